"""The e-mail channel: what arrives is understood here, without any network.

``parse`` reads the bytes of a mail, ``quotes`` leaves only the client's new words, ``bounded``
does both in a child process with a time limit, ``automatic`` tells machines from people, and
``joining`` says to which conversation a mail belongs.
"""
