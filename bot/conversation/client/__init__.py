"""Lines 0 and 1 and what comes after, as one client lives through them.

``arrivals`` is the way in; what becomes of a ticket is done in ``ticket``.
"""
