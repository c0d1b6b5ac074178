"""The invariants of the design, looked for in the tables and in what a witness outside saw; a finding is a line.

Every function takes `fetch` (`await fetch(sql, *args)` gives rows) and a `Book`, and returns findings that begin with
the invariant's name; an empty list says that it holds. Each is one statement, so it sees one moment and may be asked
while the business works. `fetch` should go over a connection of its own: those of the steps plan for look-ups by key.
"""

from support.invariants.book import NOTHING_SEEN, Book, Fetch, Request, book_of
from support.invariants.conversations import facts_only_grow, one_turn_at_a_time, questions_counted_once
from support.invariants.in_time import Look, look, moved_back
from support.invariants.leaving import looked_at_again, resent_by_policy_once
from support.invariants.messages import history_is_free, kept_once, read_once, still_open
from support.invariants.replies import (
    accepted_and_not_sent,
    forward_only,
    no_reply_vanishes,
    one_reply_a_reason,
    written_down_first,
)

INVARIANTS = (
    kept_once,
    read_once,
    one_turn_at_a_time,
    one_reply_a_reason,
    resent_by_policy_once,
    written_down_first,
    looked_at_again,
    no_reply_vanishes,
    facts_only_grow,
    questions_counted_once,
    forward_only,
    history_is_free,
)


async def broken_invariants(fetch: Fetch, book: Book = NOTHING_SEEN) -> list[str]:
    """Everything that must hold at every moment, whatever is under way."""
    return [finding for invariant in INVARIANTS for finding in await invariant(fetch, book)]


async def unfinished(fetch: Fetch, book: Book = NOTHING_SEEN) -> list[str]:
    """What must be over, too, at the end of a run: everything worked again for long enough, and every report came."""
    return [*await still_open(fetch), *await accepted_and_not_sent(fetch, book)]


__all__ = [
    "INVARIANTS",
    "NOTHING_SEEN",
    "Book",
    "Fetch",
    "Look",
    "Request",
    "accepted_and_not_sent",
    "book_of",
    "broken_invariants",
    "facts_only_grow",
    "forward_only",
    "history_is_free",
    "kept_once",
    "look",
    "looked_at_again",
    "moved_back",
    "no_reply_vanishes",
    "one_reply_a_reason",
    "one_turn_at_a_time",
    "questions_counted_once",
    "read_once",
    "resent_by_policy_once",
    "still_open",
    "unfinished",
    "written_down_first",
]
