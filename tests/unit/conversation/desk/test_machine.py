"""Whatever people do at their desks, in whatever order, some things always hold."""

from __future__ import annotations

import itertools

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from bot.conversation.decision import Decision
from bot.conversation.desk.prefixes import COMMANDS
from bot.conversation.events import NotYet
from bot.delivery.ports import OutboxRow
from channels.message import (
    Act,
    Address,
    Content,
    Edited,
    FormattedText,
    MessageRef,
    Reason,
    Said,
    Sender,
)
from escalation.ticket import BOT, Status
from tests.desk_world import ANONYMOUS, CLIENT, IVAN, OLGA, PETR, World

PEOPLE = st.sampled_from([IVAN, OLGA, PETR, IVAN, OLGA, PETR, ANONYMOUS])
DESKS = st.sampled_from(["network", "billing", "experts", "experts"])
SECRET = "секрет"
VERBS = [
    "take", "release", "back", "reopen", "pass", "priority", "close", "ask", "note", "up",
    "return", "resolve", "answer", "to", "set", "cancel", "skip", "again",
]  # fmt: skip
ARGUMENTS = ["", "network", "billing", "experts", "high", "low", "id1", "id40", "nowhere"]
WORDS = st.sampled_from(
    ["Здравствуйте", "!Здравствуйте", f"//{SECRET}", f"/note {SECRET}", f"/return {SECRET}",
     f"/up {SECRET}", f"/pass billing {SECRET}", "/pass experts", "/ask Когда?", "/resolve Готово",
     "/recall", "/история", "/нечто", "// "]
    + [f"/{verb}" for verb in sorted(set(COMMANDS.values()))]
)  # fmt: skip
FATES: list[Reason | bool | None] = [
    True,
    True,
    True,
    None,
    Reason.BLOCKED,
    Reason.REFUSED,
    Reason.TOO_LARGE,
]


class Desks(RuleBasedStateMachine):
    """Random specialists, a patient client, unreliable delivery."""

    @initialize(forum=st.booleans(), escalated=st.booleans())
    def begin(self, forum: bool, escalated: bool) -> None:
        self.world = World(forum=forum)
        self.numbers = itertools.count(1)
        self.presses: list[str] = []
        self.said: list[tuple[str, str, str | None]] = []
        self.statuses: dict[int, Status] = {}
        self.looked = 0
        self.fate: Reason | bool | None = True
        self.world.fails = self._fate
        self.open(topic="internet")
        if escalated:
            self.world.say(IVAN, "network", "/up")

    def _fate(self, row: OutboxRow, act: Act) -> Reason | bool | None:
        return self.fate if row.outgoing.conversation else True

    @rule(topic=st.sampled_from(["internet", "money", None]))
    @precondition(lambda self: len(self.statuses) < 3)
    def open(self, topic: str | None) -> None:
        self.world.open_ticket("Помогите", topic=topic)

    @rule(fate=st.sampled_from(FATES))
    def change_fate(self, fate: Reason | bool | None) -> None:
        self.fate = fate

    @rule(number=st.integers(1, 3))
    def client_writes(self, number: int) -> None:
        if self.world.tx.records.ticket(number) is not None:
            self.world.client_says(number, "Ну что?")

    @rule(
        who=PEOPLE,
        desk=DESKS,
        number=st.integers(1, 3),
        text=WORDS,
        back=st.sampled_from([0, 0, 0, 1, 2, 5]),
    )
    def specialist_writes(self, who: Sender, desk: str, number: int, text: str, back: int) -> None:
        number = self._ticket_at(desk, number)
        chat, thread = self._place(desk, number)
        if desk == "experts":
            text = f"{text} {SECRET}"  # whatever they say is not for the client
        before = [m for m in self.world.chats.get(chat, {}).values() if m.thread == thread]
        if thread is None and before:
            back = back or len(before)
        reply_to = before[-back].id if 0 < back <= len(before) else None
        self.said.append((self.world.write(
            who, chat, thread, text, reply_to=reply_to, deliver=False
        ), chat, thread))  # fmt: skip
        self._from_desk(desk)

    @rule(
        who=PEOPLE,
        desk=st.sampled_from(["network", "billing"]),
        number=st.integers(1, 3),
        text=st.sampled_from([f"//{SECRET}", f"// {SECRET}", f"/note {SECRET}"]),
        back=st.sampled_from([0, 0, 1, 2]),
    )
    def specialist_notes(self, who: Sender, desk: str, number: int, text: str, back: int) -> None:
        self.specialist_writes(who=who, desk=desk, number=number, text=text, back=back)

    @rule(who=PEOPLE, number=st.integers(1, 3), text=WORDS)
    def expert_speaks(self, who: Sender, number: int, text: str) -> None:
        self.specialist_writes(who=who, desk="experts", number=number, text=text, back=0)

    @rule(who=PEOPLE, desk=DESKS, number=st.integers(1, 3), back=st.integers(1, 4), text=WORDS)
    def specialist_edits(self, who: Sender, desk: str, number: int, back: int, text: str) -> None:
        if back > len(self.said):
            return
        message, chat, thread = self.said[-back]
        ref = MessageRef(channel="telegram", chat=chat, id=message)
        secret = chat == self.world.workspace.desks["experts"].chat
        words = FormattedText(f"{text} {SECRET}" if secret else text)
        event = Edited(message=message, content=Content(text=words, source=(ref,)))
        self.world.decide(self.world.inbound(who, chat, thread, event))
        if secret:
            self._from_desk("experts")

    @rule(
        who=PEOPLE,
        desk=DESKS,
        verb=st.sampled_from(VERBS),
        number=st.integers(1, 4),
        argument=st.sampled_from(ARGUMENTS),
    )
    def specialist_presses(
        self, who: Sender, desk: str, verb: str, number: int, argument: str
    ) -> None:
        number = number if number == 4 else self._ticket_at(desk, number)
        data = f"d:{verb}:{number}" + (f":{argument}" if argument else "")
        self.presses.append(self.world.press(who, desk, data, ticket=number, deliver=False))
        self._from_desk(desk)

    @rule(data=st.text(max_size=70))
    def somebody_presses_anything(self, data: str) -> None:
        self.presses.append(self.world.press(IVAN, "network", data, deliver=False))

    @rule(minutes=st.sampled_from([0.5, 5, 15, 3000]))
    def time_passes(self, minutes: float) -> None:
        self.world.advance(minutes=minutes)
        for timer in self.world.tx.timers.due(self.world.now, 9):
            self.world.tx.timers.drop(timer)
            self.world.fire(timer.kind, int(timer.subject))

    @rule(desk=DESKS, number=st.integers(1, 3))
    def topic_is_deleted(self, desk: str, number: int) -> None:
        if self.world.thread(number, desk) is not None:
            self.world.delete_thread(desk, number)

    @rule(chat=st.sampled_from(["-777", "-20"]), thread=st.sampled_from([None, "t99"]))
    def chatter_elsewhere(self, chat: str, thread: str | None) -> None:
        said = Said(message="1", content=Content(text=FormattedText("привет")), reply_to="2")
        try:
            self.world.decide(self.world.inbound(IVAN, chat, thread, said))
        except NotYet:
            assert self.world.tx.records.unconfirmed("telegram", chat)

    def _ticket_at(self, desk: str, number: int) -> int:
        """A ticket that has been at the desk, if there is one."""
        there = [n for n in self.statuses if f"{n}@{desk}" in self.world.tables.rooms]
        return there[number % len(there)] if there else number

    def _place(self, desk: str, number: int) -> tuple[str, str | None]:
        return self.world.workspace.desks[desk].chat, self.world.thread(number, desk)

    def _from_desk(self, desk: str) -> None:
        """Case G7: nothing that comes of an act at the experts' desk is for a client."""
        decision = self.world.decisions[-1]
        if desk == "experts":
            assert not decision.resend
            assert not any(
                isinstance(post.to, Address) and post.to.chat == CLIENT
                for post in decision.outgoing
            )

    @invariant()
    def what_must_hold(self) -> None:
        self.world.deliver()
        for decision in self.world.decisions[self.looked :]:
            self._every_status_change_is_written_down(decision)
        self.looked = len(self.world.decisions)
        released = [release.press for release in self.world.releases]
        assert sorted(released) == sorted(self.presses), "case B16: each press once"
        assert not any(SECRET in text for text in self.world.client_sees), "case G2"

    def _every_status_change_is_written_down(self, decision: Decision) -> None:
        for ticket in decision.tickets:
            before = self.statuses.get(ticket.number)
            if ticket.status is not before:
                told = [e for e in decision.events if e.ticket == ticket.number]
                assert any(e.after == ticket.status for e in told), "case G9"
                assert all(e.author.name or e.author == BOT for e in told)
            self.statuses[ticket.number] = ticket.status

    def teardown(self) -> None:
        for message in (m for n in self.statuses for m in self.world.tx.records.history(n)):
            if message.kind == "note":
                assert not self.world.tx.records.places_of(message.id, "telegram", CLIENT)


TestDesks = Desks.TestCase
TestDesks.settings = settings(
    max_examples=60,
    stateful_step_count=30,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow],
)
