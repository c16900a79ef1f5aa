"""The e-mail channel.

What arrives is understood without any network:
``parse`` reads the bytes of a mail, ``quotes`` leaves only the client's new words, ``bounded``
does both in a child process with a time limit, ``automatic`` tells machines from people, and
``joining`` says to which conversation a mail belongs.

What is said goes out as letters: ``body`` writes the words twice, ``render`` makes the bytes,
``smtp`` keeps the connections, ``send`` is the whole of it, ``errors`` says what servers mean.
"""
