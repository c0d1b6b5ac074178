"""A rehearsal of a flow in the terminal: no server, no database, nothing is sent."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import NAMESPACE_URL, uuid5

from rich.console import Console

from surereply.domain.flow import Flow
from surereply.domain.flow_texts import in_language
from surereply.domain.message import Media, Message, MessageKind
from surereply.domain.rehearsal import (
    Reader,
    Rehearsal,
    begin,
    customer_says,
    customer_sends,
    customer_taps,
    time_passes,
)
from surereply.lab.clock import wall_clock
from surereply.lab.terminal_view import (
    Choice,
    Lines,
    Typed,
    show_bubble,
    show_note,
    tapped,
    typed,
    typed_lines,
)

HELP = "Type to write; a number taps that button. /photo [caption]  /lead  /wait HOURS  /restart  /quit"


def run_chat(
    flow: Flow,
    read: Reader,
    *,
    profile_name: str | None = None,
    lines: Lines = typed_lines,
    clock: Callable[[], datetime] = wall_clock,
    console: Console | None = None,
) -> int:
    """A conversation with a flow, in memory alone: no server, no database, nothing is sent."""
    return asyncio.run(_Chat(flow, read, profile_name, clock, console or Console()).run(lines))


@dataclass(slots=True)
class _Chat:
    flow: Flow
    read: Reader
    profile_name: str | None
    clock: Callable[[], datetime]
    console: Console
    waited: timedelta = timedelta(0)
    sent: int = 0

    async def run(self, lines: Lines) -> int:
        show_note(self.console, HELP)
        rehearsal = begin(self.flow, self.profile_name)
        async for line in lines():
            after = self._act(rehearsal, typed(line))
            if after is None:
                break
            if after is not rehearsal and after.turn is not rehearsal.turn:
                self._show(after)
            rehearsal = after
        return 0

    def _act(self, rehearsal: Rehearsal, line: Typed) -> Rehearsal | None:
        """The rehearsal after what was typed; None to end."""
        now = self.clock() + self.waited
        if line.command in ("quit", "exit", "q"):
            return None
        if line.command == "restart":
            show_note(self.console, "A new customer.")
            return begin(self.flow, self.profile_name)
        if line.command == "lead":
            self._show_lead(rehearsal)
        elif line.command == "wait":
            return self._wait(rehearsal, line.words)
        elif line.command == "photo":
            return customer_sends(rehearsal, self._photo(line.words, now), now, self.read)
        elif line.command is not None:
            show_note(self.console, HELP)
        elif line.words:
            choices = [Choice(choice.title) for choice in rehearsal.choices]
            title = tapped(line.words, choices)
            if title is not None:
                return customer_taps(rehearsal, title, now, self.read) or rehearsal
            return customer_says(rehearsal, line.words, now, self.read)
        return rehearsal

    def _wait(self, rehearsal: Rehearsal, hours: str) -> Rehearsal:
        """Let time pass, so that a follow-up comes due."""
        try:
            self.waited += timedelta(hours=float(hours or 1))
        except (ValueError, OverflowError):
            show_note(self.console, "/wait HOURS, such as /wait 2.5")
            return rehearsal
        after = time_passes(rehearsal, self.clock() + self.waited)
        if after is rehearsal:
            show_note(self.console, "Nothing was due.")
        return after

    def _photo(self, caption: str, now: datetime) -> Message:
        self.sent += 1
        wamid = f"wamid.chat.{self.sent}"
        media = Media(media_id=str(self.sent), mime_type="image/png")
        identity = uuid5(NAMESPACE_URL, wamid)
        return Message(identity, wamid, MessageKind.IMAGE, caption, sent_at=now, received_at=now, media=media)

    def _show(self, rehearsal: Rehearsal) -> None:
        business = in_language(self.flow.business.name, rehearsal.conversation.language, self.flow.languages[0])
        for body in rehearsal.bodies:
            choices = [Choice(choice.title, choice.description) for choice in (*body.buttons, *body.rows)]
            show_bubble(self.console, business, body.text, choices)
        if rehearsal.turn is None:
            return
        if rehearsal.turn.silence is not None:
            show_note(self.console, f"(no reply: {rehearsal.turn.silence})")
        conversation = rehearsal.conversation
        asked = f"{conversation.questions_asked_count} of {self.flow.limits.max_questions} questions asked"
        show_note(self.console, f"{rehearsal.turn.why} · {asked}")

    def _show_lead(self, rehearsal: Rehearsal) -> None:
        if rehearsal.lead is None or not rehearsal.lead.fields:
            show_note(self.console, "Nothing is known yet.")
            return
        show_note(self.console, f"stage: {rehearsal.lead.stage}")
        for name, known in rehearsal.lead.fields.items():
            show_note(self.console, f"{name}: {known.value} ({known.source}, {known.confidence:.2f})")
