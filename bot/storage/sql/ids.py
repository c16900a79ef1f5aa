"""New names for things, over SQL."""

from __future__ import annotations

from sqlalchemy import insert

from bot.storage.ids import random_code
from bot.storage.sql.schema import ticket_numbers
from bot.storage.sql.session import Facet, Session

_NEXT_NUMBER = insert(ticket_numbers).values(at=None).returning(ticket_numbers.c.number)


class SqlIds(Facet):
    """``Ids`` over SQL."""

    def __init__(self, session: Session) -> None:
        super().__init__(session)
        self._new_id = session.new_id

    def new_id(self) -> str:
        return self._new_id()

    def new_ticket_number(self) -> int:
        number: int = self._run(_NEXT_NUMBER).scalar()
        return number

    def new_code(self) -> str:
        return random_code()
