"""The new names every store gives."""

from __future__ import annotations

from bot.delivery.ports import Store, Transaction


async def test_names_are_new(store: Store) -> None:
    def names(tx: Transaction) -> tuple[list[str], list[int]]:
        return [tx.ids.new_id() for _ in range(50)], [tx.ids.new_ticket_number() for _ in range(3)]

    ids, numbers = await store.transact(names)
    more_ids, more_numbers = await store.transact(names)
    assert len({*ids, *more_ids}) == 100
    assert all(len(i) <= 20 and i.isalnum() and i.isascii() for i in ids)
    assert [*numbers, *more_numbers] == sorted({*numbers, *more_numbers})


async def test_codes_are_six_digits_nobody_can_foresee(store: Store) -> None:
    codes = await store.transact(lambda tx: [tx.ids.new_code() for _ in range(50)])
    assert all(len(code) == 6 and code.isdecimal() for code in codes)
    assert len(set(codes)) > 40
