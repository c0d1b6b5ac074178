"""Beside the four steps: what the panel's lists and charts are read from, filled from history off the hot path."""

from surereply.clock import Clock
from surereply.store import cards, tallies
from surereply.store.database import Database
from surereply.store.directory import Directory

MOST_CARDS = 300  # of a bucket in one transaction


class Bookkeeper:
    """Nobody waits for it: a list that is a second behind costs nothing. Safe to run in many processes."""

    def __init__(self, db: Database, directory: Directory, clock: Clock) -> None:
        self._db = db
        self._directory = directory
        self._clock = clock

    async def fill_cards_once(self) -> int:
        """How many cards were behind; of a backlog a part, and the rest in the next round."""
        filled = 0
        for bucket in self._directory.buckets():
            async with self._db.transaction(relaxed=True) as tx:
                filled += await cards.fill(tx, bucket, self._clock(), MOST_CARDS)
        return filled

    async def count_once(self) -> int:
        """The charts' tallies; more than 0 while older ones are still to be counted."""
        behind = 0
        for bucket in self._directory.buckets():
            async with self._db.transaction(relaxed=True) as tx:
                behind += await tallies.count(tx, bucket, self._clock())
        return behind
