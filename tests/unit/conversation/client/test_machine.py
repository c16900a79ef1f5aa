"""Whatever a client does, in whatever order: nothing fails, nothing is lost, no dead ends."""

from __future__ import annotations

import os
from typing import Any

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from bot.conversation.client.buttons import VERBS
from bot.conversation.decision import Release, Say
from bot.conversation.say.actions import LIMIT, encode
from bot.conversation.state import Idle
from channels.message import Buttons, Contact, Location, Media, Other, Part, Unreadable
from config.settings import Workspace
from escalation.ticket import Status
from tests.unit.conversation.client.talk import Talk, buttons_of

WORDS = st.sampled_from(
    [
        "сменить пароль от вайфай", "почему мигает роутер", "когда открыт офис", "пропал интернет",
        "хочу заполнить анкету", "списали деньги дважды", "абракадабра", "спасибо", "ок", "👍",
        "привет", "NB-123456", "завтра", "3", "a@b.ru", "+7 912 345-67-89", "Москва, Ленина 5",
        "Красная", "Пропустить", "← Шаг назад", "Отменить", "Сразу к специалисту",
        "🙋 Позвать специалиста", "роутер", "где взять счёт на оплату? забыл пароль от wifi?", "",
        "/start", "/start password", "/start internet", "/faq", "/faq пароль", "/status",
        "/person", "/language", "/help", "/cancel", "/new", "/unknown",
    ]
)  # fmt: skip
PARTS: list[Part] = [
    Media(kind="photo", channel="telegram", file="p"),
    Media(kind="sticker", channel="telegram", file="s"),
    Media(kind="voice", channel="telegram", file="v"),
    Location(latitude=1.5, longitude=2.5),
    Contact(phone="79123456789", name="Анна", own=True),
    Other(kind="poll", detail="Да или нет?"),
]
FORGED = st.one_of(
    st.text(max_size=70),
    st.builds(
        lambda verb, words: encode(verb, *words),
        st.sampled_from(sorted(VERBS)),
        st.lists(
            st.sampled_from(["1", "2", "999", "0", "5", "y", "n", "password", "gone", "internet"]),
            max_size=3,
        ),
    ),
)


EXAMPLES = int(os.environ.get("LINEZERO_EXAMPLES", "30"))
"""More of them find more: ``LINEZERO_EXAMPLES=1000``."""


class AnyClient(RuleBasedStateMachine):
    """Random words, buttons, edits, silence, and a desk that takes, resolves and closes."""

    workspace: Workspace

    def __init__(self) -> None:
        super().__init__()
        self.talk = Talk(self.workspace)
        self.said: list[str] = []
        self.presses = 0
        self.talk.say("/start")

    # ------------------------------------------------------------ the client

    @rule(words=WORDS)
    def says(self, words: str) -> None:
        self.said.append(self.talk.say(words))

    @rule(part=st.sampled_from(PARTS), words=WORDS)
    def sends(self, part: Part, words: str) -> None:
        self.said.append(self.talk.say(words, part))

    @precondition(lambda self: self.talk.shown)
    @rule(data=st.data(), words=WORDS)
    def replies(self, data: st.DataObject, words: str) -> None:
        foreign, _ = data.draw(st.sampled_from(self.talk.shown))
        self.said.append(self.talk.say(words, reply_to=foreign))

    @precondition(lambda self: self.said)
    @rule(data=st.data(), words=WORDS)
    def edits(self, data: st.DataObject, words: str) -> None:
        self.talk.edit(data.draw(st.sampled_from(self.said)), words)

    @precondition(lambda self: any(b.action for _, p in self.talk.shown for b in buttons_of(p)))
    @rule(data=st.data(), twice=st.booleans(), recent=st.booleans())
    def presses_a_button(self, data: st.DataObject, twice: bool, recent: bool) -> None:
        shown = [
            (foreign, button.action)
            for foreign, post in self.talk.shown
            for button in buttons_of(post)
            if button.action
        ]
        foreign, action = data.draw(st.sampled_from(shown[-6:] if recent else shown))
        for _ in range(1 + twice):
            self.press(action, foreign)

    @rule(forged=FORGED)
    def forges_a_button(self, forged: str) -> None:
        self.press(forged, None)

    def press(self, data: str, foreign: str | None) -> None:
        before = len(self.talk.released)
        self.talk.press_data(data, foreign)
        assert len(self.talk.released) == before + 1, "every press is released, once"

    @rule(reachable=st.booleans())
    def blocks(self, reachable: bool) -> None:
        self.talk.reach(reachable)

    @rule()
    def sends_garbage(self) -> None:
        self.talk.arrive(Unreadable(raw="{}", error="?"))

    @rule(minutes=st.sampled_from([1, 20, 45, 60 * 26, 60 * 24 * 5]))
    def waits(self, minutes: int) -> None:
        self.talk.pass_time(minutes=minutes)

    # ------------------------------------------------------------ the desk

    @rule(data=st.data(), status=st.sampled_from(list(Status)), taken=st.booleans())
    def is_worked_on(self, data: st.DataObject, status: Status, taken: bool) -> None:
        tickets = self.talk.tickets()
        if not tickets:
            return
        number = data.draw(st.sampled_from([ticket.number for ticket in tickets]))
        ended = not status.open
        self.talk.change_ticket(
            number,
            status=status,
            resolved_at=self.talk.now if ended else None,
            closed_at=self.talk.now if status is Status.CLOSED else None,
        )
        if taken:
            self.talk.take(number)

    # ------------------------------------------------------------ what always holds

    @invariant()
    def everything_said_is_kept(self) -> None:
        for foreign in self.said:
            assert self.talk.kept(foreign) is not None

    @invariant()
    def every_question_has_a_way_out(self) -> None:
        if isinstance(self.talk.conversation.waiting, Idle):
            return
        keyboards = [post for _, post in self.talk.shown if list(buttons_of(post))]
        assert keyboards, "something is waited for and nothing can be pressed"

    @invariant()
    def tickets_stay_within_the_budget(self) -> None:
        open_ones = [ticket for ticket in self.talk.tickets() if ticket.status.open]
        brought_back = [t for t in self.talk.tickets() if t.reopened or t.version > 1]
        budget = self.workspace.settings.tickets.budget
        assert len(open_ones) <= budget + len(brought_back)

    @invariant()
    def every_button_fits(self) -> None:
        for each in self.talk.last.outgoing:
            if isinstance(each.action, Say) and isinstance(each.action.keyboard, Buttons):
                for button in buttons_of(each.action):
                    assert button.label
                    assert (button.action is None) != (button.url is None)
                    assert len((button.action or "").encode()) <= LIMIT

    @invariant()
    def nothing_empty_is_said(self) -> None:
        for each in self.talk.last.outgoing:
            if isinstance(each.action, Say):
                assert each.action.content
            if isinstance(each.action, Release):
                assert len(each.action.text) <= 200


def test_any_client(workspace: Workspace) -> None:
    """case E6 case B16: random clients, forged and repeated presses included."""
    machine: Any = type("AnyClientHere", (AnyClient,), {"workspace": workspace})
    run_state_machine_as_test(
        machine,
        settings=settings(
            max_examples=EXAMPLES,
            stateful_step_count=30,
            deadline=None,
            suppress_health_check=[HealthCheck.too_slow],
        ),
    )
