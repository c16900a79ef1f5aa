"""Lines 0 and 1 and what comes after, as one client lives through them.

``arrivals`` is the way in; the desk side calls ``notices`` and ``actions``.
"""
