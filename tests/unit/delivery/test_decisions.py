"""What a decision may do to those who asked for it."""

from __future__ import annotations

import pytest

from bot.delivery import decisions
from bot.delivery.decisions import Decider, Fault
from tests.clock import START
from tests.unit.delivery.deciding import inbox
from tests.values import said


class Panic(BaseException):
    """As libraries written in Rust raise it when they break (``pyo3_runtime.PanicException``)."""


async def test_a_panic_of_a_library_is_poison_and_not_the_end(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def broken(*_args: object, **_more: object) -> None:
        raise Panic("index out of range")

    monkeypatch.setattr(decisions, "decide", broken)
    decider = Decider(lambda: None)  # type: ignore[arg-type,return-value]  # nobody looks at it
    async with inbox(said("1")) as it:
        with pytest.raises(Fault, match="Panic: index out of range"):
            await it.store.transact(lambda tx: decider(tx, said("1"), START))
        it.worker._decide = decider
        await it.until_quiet(40)
        assert len(await it.aside()) == 1
