"""Letters of clients: the dialogue each belongs to, machines' letters, and choices by number.

``arrivals`` is the way in. What a person's letter says is dealt with as in a chat.
"""
