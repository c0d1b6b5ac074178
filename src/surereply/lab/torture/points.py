"""Exact points of the steps, as they are seen on the wires: a commit about to be made, made, or answered; a send."""

from collections.abc import Callable
from dataclasses import dataclass, field
from enum import Enum

from surereply.lab.wires import Link, Way

# What the transactions of the steps say, each in words that no other one says.
SAID = {
    "ingest": b"INSERT INTO inbound_key",
    "load": b"AND r.id >= k.since",  # the last of what a turn looks at before it thinks
    "fence": b"AS k (bucket, conversation_id, token)",  # the first words of a turn's commit
    "turn": b"INSERT INTO turn ",
    "ticket": b"DELETE FROM conversation_ticket t",  # of a turn, after it looked for what is still unread
    "claim": b"SET status = 'SENDING', attempt",
    "result": b"INSERT INTO send_attempt",
}
STATEMENT = b"__asyncpg_stmt_"
BIND = b"B"  # the message that gives a statement its values
SEND = b"biz_opaque_callback_data"
BODY_LEFT = 60  # bytes of a request that are held back where it is cut in its body


class Statements:
    """Follows the transactions on a wire to PostgreSQL. A statement says its words once to a connection, when it is
    prepared, and goes by a name from then on. In the link's notes, `transaction` holds what the open one is about, and
    `executing` what is just being done."""

    def __call__(self, link: Link, way: Way, data: bytes) -> bool:
        if way is not Way.REQUESTS:
            return True
        names: dict[bytes, str] = link.notes.setdefault("names", {})
        about: set[str] = link.notes.setdefault("transaction", set())
        if b"BEGIN" in data:
            about.clear()
        for step, words in SAID.items():
            at = data.find(words)
            if at >= 0:
                about.add(step)
                begins = data.rfind(STATEMENT, 0, at)
                if begins >= 0:
                    names[data[begins : data.index(b"\0", begins) + 1]] = step
        said = {step for name, step in names.items() if name in data}
        about |= said
        link.notes["executing"] = said if data.startswith(BIND) else set()
        return True


class Moment(Enum):
    BEFORE = "before the commit"
    ANSWERED = "after the commit, before its answer"


@dataclass(slots=True)
class AtCommit:
    """At the next commit of a step, does something, once; what was about to be passed on is swallowed, unless said."""

    step: str
    moment: Moment
    act: Callable[[Link], None]
    swallows: bool = True
    is_done: bool = False

    def __call__(self, link: Link, way: Way, data: bytes) -> bool:
        if self.is_done:
            return True
        if way is Way.REQUESTS:
            is_it = b"COMMIT" in data and self.step in link.notes.get("transaction", ())
            link.notes["committing"] = self.step if is_it else None
            if not is_it or self.moment is Moment.ANSWERED:
                return True
        elif link.notes.get("committing") != self.step:
            return True
        self.is_done = True
        self.act(link)
        return not self.swallows


@dataclass(slots=True)
class AtAnswer:
    """When the answer to a step's statement comes, does something, once, before it is passed on. `about`: bytes that
    the statement's values must hold."""

    step: str
    act: Callable[[Link], None]
    about: bytes
    is_done: bool = False

    def __call__(self, link: Link, way: Way, data: bytes) -> bool:
        if way is Way.REQUESTS:
            link.notes["asked"] = self.step in link.notes.get("executing", ()) and self.about in data
        elif link.notes.get("asked") and not self.is_done:
            self.is_done = True
            self.act(link)
        return True


@dataclass(slots=True)
class HeldAt:
    """When a step is about to be done, does something, once, and holds back what is said until `let_go`; `every`: on
    whichever links, and not on the first one alone."""

    step: str
    act: Callable[[Link], None]
    every: bool = False
    held: list[tuple[Link, Way, bytes]] = field(default_factory=list)

    def __call__(self, link: Link, way: Way, data: bytes) -> bool:
        if way is not Way.REQUESTS:
            return True
        if not any(link is known for known, *_ in self.held):
            if self.step not in link.notes.get("executing", ()) or (self.held and not self.every):
                return True
            if not self.held:
                self.act(link)
        self.held.append((link, way, data))
        return False

    def let_go(self) -> None:
        held, self.held = self.held, []
        for link, way, data in held:
            link.write(way, data)


class SendPoint(Enum):
    IN_MID_BODY = "in mid-body"
    ANSWERED = "after the answer"


@dataclass(slots=True)
class AtSend:
    """At the next request to send, does something, once: with its last bytes held back, or with the answer come. `to`:
    the number that it must be for, if any."""

    point: SendPoint
    act: Callable[[Link], None]
    to: str = ""
    is_done: bool = False

    def __call__(self, link: Link, way: Way, data: bytes) -> bool:
        if self.is_done:
            return True
        if way is Way.REQUESTS:
            link.notes["sending"] = SEND in data and self.to.encode() in data
            if not link.notes["sending"] or self.point is SendPoint.ANSWERED:
                return True
            link.write(Way.REQUESTS, data[:-BODY_LEFT])
        elif not link.notes.get("sending") or self.point is SendPoint.IN_MID_BODY:
            return True
        self.is_done = True
        self.act(link)
        return False
