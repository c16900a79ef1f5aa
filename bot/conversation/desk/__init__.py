"""The desk's side of the conversation: tickets as specialists see and move them in their groups.

The client's side calls in through ``tickets`` and ``relay``; the way back is ``outward`` alone.
"""
