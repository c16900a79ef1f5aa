"""Line 1: what is it about, and the few questions whose answers are not known yet.

``intake`` is the way in. It asks one question after another in a chat and all at once by letter.
"""
