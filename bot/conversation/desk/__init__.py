"""The desk's side of the conversation: what specialists say and press in their groups.

``arrivals`` is the way in; the one way to a client is ``ticket.to_client``.
"""
