from __future__ import annotations

import threading

import pytest

from domainkit.generation.slots import Slots


def take(slots: Slots, owner: str | None) -> int:
    with slots.taken(owner) as slot:
        return slot


def test_an_owner_returns_to_the_slot_it_had() -> None:
    slots = Slots(3)
    first = {owner: take(slots, owner) for owner in ("a", "b", None)}

    assert len(set(first.values())) == 3
    for owner in (None, "a", "b", "a"):
        assert take(slots, owner) == first[owner]


def test_a_newcomer_gets_the_slot_left_longest_ago() -> None:
    slots = Slots(2)
    a, b = take(slots, "a"), take(slots, "b")
    take(slots, "a")

    assert take(slots, "c") == b
    assert take(slots, "d") == a


def test_one_waits_while_none_is_free() -> None:
    slots, order = Slots(1), []
    entered, leave = threading.Event(), threading.Event()

    def hold() -> None:
        with slots.taken("a"):
            entered.set()
            leave.wait(5)
            order.append("a")

    holder = threading.Thread(target=hold)
    holder.start()
    assert entered.wait(5)
    waiter = threading.Thread(target=lambda: order.append(f"b{take(slots, 'b')}"))
    waiter.start()
    leave.set()
    holder.join(5)
    waiter.join(5)

    assert order == ["a", "b0"]


def test_a_slot_is_given_back_when_its_answer_fails() -> None:
    slots = Slots(1)
    with pytest.raises(RuntimeError), slots.taken("a"):
        raise RuntimeError

    assert take(slots, "b") == 0


def test_all_waits_for_those_that_write_and_forgets_what_is_kept() -> None:
    slots = Slots(2)
    take(slots, "a")
    with slots.all():
        pass

    assert slots._last == {}
    assert take(slots, "b") in {0, 1}
