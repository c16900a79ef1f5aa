"""The letter an outside expert reads: what was chosen for them, and nothing else.

No names of specialists or desks are in it, and none of the client's name, contacts and place
unless a specialist chose so.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Final

from bot.conversation.say.contents import described
from bot.conversation.state import Message
from bot.conversation.ticket import dialogues
from bot.conversation.turn import Turn
from channels.letter import Letterhead, Quotation
from channels.message import Contact, Content, FormattedText, Location, Media, Other, Part, join
from escalation.experts import Draft, SideThread
from escalation.settings import Question
from escalation.ticket import IntakeAnswer, Ticket

_PRIVATE: Final = frozenset({"phone", "email", "location"})
"""Types of intake questions whose answers tell where the client can be found."""


def language_of(turn: Turn, thread: SideThread) -> str:
    """The language in which an expert is written to."""
    expert = turn.workspace.experts.get(thread.expert or "")
    return (expert.language if expert else None) or turn.workspace.default_language


def subject(turn: Turn, ticket: Ticket, language: str) -> str:
    """``[№12] No internet``. The client's own words are not in it: nobody chose them."""
    topic = turn.workspace.topics.get(ticket.topic or "")
    if topic is None:
        return turn.label("expert.subject", language, number=ticket.number)
    title = topic.title.in_language(language)
    return turn.label("expert.subject_topic", language, number=ticket.number, topic=title)


def letterhead(turn: Turn, thread: SideThread, *, automatic: bool) -> Letterhead:
    """How the next letter of an exchange is headed: an answer to what was said last."""
    channel, chat = thread.address.channel, thread.address.chat
    references = list(thread.references)
    if thread.asked is not None and thread.waiting:  # nothing of theirs came after it
        ours = turn.records.places_of(thread.asked, channel, chat)
        references += [place for place in ours[:1] if place not in references]
    last = turn.message((thread.asked if automatic else thread.heard) or "")
    company = turn.workspace.settings.company.in_language(language_of(turn, thread))
    quotation = None
    if last is not None and (words := last.content.words):
        author = company if automatic else thread.name
        quotation = Quotation(author=author, at=last.at, text=words)
    return Letterhead(
        subject=thread.subject,
        references=tuple(references),
        quotation=quotation,
        automatic=automatic,
        language=language_of(turn, thread),
    )


def letter(turn: Turn, ticket: Ticket, thread: SideThread, draft: Draft) -> Content:
    """A specialist's question with what goes along, in the expert's language."""
    language = language_of(turn, thread)
    messages = [m for m in (turn.message(key) for key in draft.messages) if m is not None]
    blocks = [
        turn.words("expert.hello", language) if thread.asked is None else FormattedText(),
        _words(turn, draft.question, draft, language),
        _case(turn, ticket, draft, language),
        _client(turn, ticket, draft, language),
        _said(turn, messages, draft, language),
        _footer(turn, language),
    ]
    files = [file for content in _contents(messages, draft) for file in _files(content)]
    return Content(text=join("\n\n", [block for block in blocks if block]), parts=tuple(files))


def reminder(turn: Turn, thread: SideThread) -> Content:
    """A polite word about a question nobody has answered."""
    language = language_of(turn, thread)
    text = turn.words("expert.reminder", language, since=thread.waiting_since or turn.now)
    hello = turn.words("expert.hello", language)
    return Content(text=join("\n\n", [hello, text, _footer(turn, language)]))


def _footer(turn: Turn, language: str) -> FormattedText:
    company = turn.workspace.settings.company.in_language(language)
    return turn.words("expert.footer", language, company=company)


# ---------------------------------------------------------------------- what goes along


def _case(turn: Turn, ticket: Ticket, draft: Draft, language: str) -> FormattedText:
    if not draft.case:
        return FormattedText()
    topic = turn.workspace.topics.get(ticket.topic or "")
    questions = {question.id: question for question in (topic.questions if topic else ())}
    lines = [
        turn.words("expert.case_topic", language, topic=topic.title.in_language(language))
        if topic
        else FormattedText()
    ]
    for answer in ticket.answers:
        question = questions.get(answer.question)
        if question is None or (_is_private(question) and not draft.client):
            continue
        name = (question.label or question.ask).in_language(language).rstrip(" ?:.")
        words = _answer(question, answer, language)
        lines.append(turn.words("expert.answer", language, question=name, answer=words))
    return join("\n", [line for line in lines if line])


def _is_private(question: Question) -> bool:
    return question.private or question.type in _PRIVATE


def _answer(question: Question, answer: IntakeAnswer, language: str) -> str:
    """The answer as the expert reads it: a chosen option in their language."""
    option = next((o for o in question.options if o.id == answer.value), None)
    return option.label.in_language(language) if option else answer.label


def _client(turn: Turn, ticket: Ticket, draft: Draft, language: str) -> FormattedText:
    """Who the client is and where they can be reached, if that was chosen."""
    if not draft.client:
        return FormattedText()
    opened, client = dialogues.opened_in(turn, ticket), dialogues.client_of(turn, ticket)
    contacts = [f"@{client.username}"] if client.username else []
    places = dict.fromkeys(each.chat for each in (opened.address, *client.addresses))
    contacts += [chat for chat in places if "@" in chat]
    who = ", ".join([client.name, *contacts])
    return turn.words("expert.client", language, who=who)


def _said(turn: Turn, messages: list[Message], draft: Draft, language: str) -> FormattedText:
    told = [_message(turn, message, draft, language) for message in messages]
    if not told:
        return FormattedText()
    return join("\n\n", [turn.words("expert.messages", language), *told])


def _message(turn: Turn, message: Message, draft: Draft, language: str) -> FormattedText:
    who = turn.words(
        "expert.who_client" if message.kind == "client" else "expert.who_support", language
    )
    if message.kind == "client" and draft.client:
        who = FormattedText(message.author.name)
    head = turn.words("expert.message", language, who=who, at=message.at)
    words = _words(turn, message.content, draft, language)
    return head + "\n" + words.wrapped("quote") if words else head


def _contents(messages: list[Message], draft: Draft) -> Iterator[Content]:
    yield draft.question
    for message in messages:
        yield message.content


def _words(turn: Turn, content: Content, draft: Draft, language: str) -> FormattedText:
    """What is written in it; what it carries beside files is told in words."""
    lines = [content.text, *(_part(turn, part, draft, language) for part in content.parts)]
    return join("\n", [line for line in lines if line])


def _part(turn: Turn, part: Part, draft: Draft, language: str) -> FormattedText:
    match part:
        case Media():
            return part.caption
        case Location():
            where = f"{part.latitude:.6f}, {part.longitude:.6f}" if draft.client else ""
            named = ", ".join(w for w in (part.title, part.address) if w) if draft.client else ""
            place = turn.words("desk.part.location", language)
            return join(" ", [each for each in (place, _plain(named), _plain(where)) if each])
        case Contact():
            name, phone = (part.name, part.phone) if draft.client else ("…", "…")
            return turn.words("desk.part.contact", language, name=name, phone=phone)
        case Other():
            return described(turn.workspace.texts, part, language)


def _plain(text: str) -> FormattedText:
    return FormattedText(text)


def _files(content: Content) -> Iterator[Media]:
    """Files without their captions, which stand in the text."""
    for part in content.parts:
        if isinstance(part, Media):
            yield replace(part, caption=FormattedText())
