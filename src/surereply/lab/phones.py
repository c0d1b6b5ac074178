"""A customer's phone: it writes, taps and sends photos, and shows what came back, in order."""

import hashlib
from base64 import b64encode
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from surereply.lab import payloads
from surereply.lab.bubbles import Bubble, Button, bubble_of
from surereply.lab.envelope import Update
from surereply.lab.lines import LabLine
from surereply.lab.media import small_picture, voice_note
from surereply.lab.reporting import READ

if TYPE_CHECKING:
    from surereply.lab.world import World


class NothingToTapError(LookupError):
    """No bubble on the phone has such a button or row."""


@dataclass(frozen=True, slots=True)
class Said:
    """A message that the customer sent, with the update that carries it to the business."""

    number: int
    wamid: str
    at: datetime
    kind: str
    text: str
    update: Update
    reply_to: str | None = None


class Phone:
    """One customer on one line, known by number, BSUID or both; `shows_…` is what their messages reveal."""

    def __init__(
        self,
        world: "World",
        line: LabLine,
        *,
        number: str | None,
        bsuid: str | None,
        name: str,
        username: str | None = None,
    ) -> None:
        if number is None and bsuid is None:
            raise ValueError("a phone needs a number or a BSUID")
        self._world = world
        self.line = line
        self.number = number
        self.bsuid = bsuid
        self.name = name
        self.username = username
        self.shows_number = number is not None
        self.shows_bsuid = bsuid is not None
        self.said: list[Said] = []
        self.seen_by_business: set[str] = set()  # wamids with a read mark
        self.typing_until: datetime | None = None
        self._former_names: list[str] = []
        self._read_up_to = 0

    @property
    def address(self) -> str:
        return self.number or self.bsuid or ""

    @property
    def names(self) -> tuple[str, ...]:
        """Everything a reply may be addressed to and still come here."""
        return tuple(name for name in (self.number, self.bsuid, *self._former_names) if name)

    @property
    def receives(self) -> list[Bubble]:
        """The bubbles as the customer sees them, oldest first."""
        entries = self._world.graph.ledger.to(self.line.phone_number_id, self.names)
        return [bubble_of(entry) for entry in entries if entry.reaches_phone]

    @property
    def texts(self) -> list[str]:
        return [bubble.text for bubble in self.receives]

    def says(self, text: str, *, at: datetime | None = None, reply_to: str | None = None, told: bool = True) -> Said:
        """Write a text. `at` is the message's own timestamp, now unless given."""
        return self.sends(payloads.text(text), text, at=at, reply_to=reply_to, told=told)

    def taps(self, title: str, of: str | None = None) -> Said:
        """Tap the newest button or row with this title, or the one in the bubble whose wamid is `of`."""
        bubble, button = self._find(title, of)
        content = (
            payloads.list_reply(button.id, button.title, button.description)
            if button.in_list
            else payloads.button_reply(button.id, button.title)
        )
        return self.sends(content, button.title, kind="tap", reply_to=bubble.wamid)

    def sends_photo(self, caption: str | None = None, photo: bytes | None = None) -> Said:
        """A PNG; a small one of one colour unless given."""
        return self._sends_file(payloads.image("", caption), photo or small_picture(63, 124, 172), caption or "")

    def sends_voice(self, words: str = "") -> Said:
        """A voice note in which somebody says the words: `lab.media.words_in` hears them."""
        return self._sends_file(payloads.voice(""), voice_note(words), words, kind="voice")

    def sends_sticker(self) -> Said:
        return self._sends_file(payloads.sticker(""), b"RIFF\x00\x00\x00\x00WEBP")

    def sends_document(
        self,
        file_name: str,
        caption: str | None = None,
        file: bytes = b"%PDF-1.4\n%%EOF\n",
        mime_type: str | None = None,
    ) -> Said:
        document = payloads.document("", file_name, caption)
        document["document"]["mime_type"] = mime_type or document["document"]["mime_type"]
        return self._sends_file(document, file, caption or "")

    def sends_location(self, latitude: float, longitude: float, name: str | None = None) -> Said:
        return self.sends(payloads.location(latitude, longitude, name), name or "")

    def sends_contact(self, name: str, number: str) -> Said:
        return self.sends(payloads.contacts([(name, number)]), name)

    def reacts(self, emoji: str | None = "\N{THUMBS UP SIGN}", to: str | None = None) -> Said:
        """React to a bubble, the newest unless given; None takes the reaction back."""
        bubbles = self.receives
        wamid = to or (bubbles[-1].wamid if bubbles else self.said[-1].wamid)
        return self.sends(payloads.reaction(wamid, emoji), emoji or "")

    def changes_number(self, number: str) -> Said:
        """WhatsApp tells that the customer has a new number; later messages come from it."""
        said = self.sends(payloads.changed_number(self.number or "", number), "")
        if self.number is not None:
            self._former_names.append(self.number)
        self.number, self.shows_number = number, True
        self._world.moved(self)
        return said

    def changes_user_id(self, bsuid: str) -> Said:
        """WhatsApp tells that the customer has a new BSUID."""
        said = self.sends(payloads.changed_user_id(self.bsuid or "", bsuid), "")
        if self.bsuid is not None:
            self._former_names.append(self.bsuid)
        self.bsuid, self.shows_bsuid = bsuid, True
        self._world.moved(self)
        return said

    def sends(
        self,
        content: Mapping[str, Any],
        text: str = "",
        *,
        kind: str | None = None,
        at: datetime | None = None,
        reply_to: str | None = None,
        told: bool = True,
    ) -> Said:
        """Send any content of `payloads`. It is in the book at once and delivered when its turn comes; where it is not
        `told`, somebody else delivers its update."""
        sent_at = at or self._world.clock()
        wamid = self._world.ids.wamid()
        number = self.number if self.shows_number else None
        bsuid = self.bsuid if self.shows_bsuid else None
        made = payloads.message(
            wamid,
            sent_at,
            content,
            number=number,
            bsuid=bsuid,
            reply_to=reply_to,
            business_number=self.line.display_phone_number,
        )
        contact = payloads.contact(self.name, number=number, bsuid=bsuid, username=self.username)
        update = Update(key=wamid, line=self.line, content=made, contact=contact)
        said = Said(
            number=self._world.graph.ledger.next_number(),
            wamid=wamid,
            at=sent_at,
            kind=kind or str(content["type"]),
            text=text,
            update=update,
            reply_to=reply_to,
        )
        self.said.append(said)
        self._world.take_message(self, said, told=told)
        return said

    def again(self) -> Said | None:
        """The newest message is delivered once more; None if nothing was said yet."""
        if not self.said:
            return None
        self._world.meta.again(self.said[-1].update)
        return self.said[-1]

    def says_late(self, text: str, age: timedelta = timedelta(hours=25)) -> Said:
        """A message written `age` ago that is delivered only now."""
        return self.says(text, at=self._world.clock() - age)

    def reads(self) -> int:
        """Look at the bubbles: each new one is reported as read. Returns how many."""
        unread = [bubble for bubble in self.receives if bubble.number > self._read_up_to]
        for bubble in unread:
            entry = self._world.graph.ledger.by_wamid(bubble.wamid)
            if entry is not None:
                self._world.tell_report(entry, READ)
            self._read_up_to = bubble.number
        return len(unread)

    def _sends_file(self, content: dict[str, Any], file: bytes, text: str = "", kind: str | None = None) -> Said:
        """Send media; the file can be fetched from the Graph API under the id that the message names."""
        described = content[content["type"]]
        media_id = self._world.ids.media_id()
        self._world.media.keep(media_id, described["mime_type"], file, self._world.clock())
        described["id"] = media_id
        described["sha256"] = b64encode(hashlib.sha256(file).digest()).decode()
        return self.sends(content, text, kind=kind)

    def _find(self, title: str, of: str | None) -> tuple[Bubble, Button]:
        for bubble in reversed(self.receives):
            for choice in bubble.choices:
                if choice.title == title and of in (None, bubble.wamid):
                    return bubble, choice
        raise NothingToTapError(f"no bubble on the phone {self.address} has a button or row {title!r}")
