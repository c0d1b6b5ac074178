"""Beside the four steps, off the hot path: what the panel's lists and charts are read from is filled from history, and
words that a line keeps no longer are removed."""

import structlog

from surereply.clock import Clock
from surereply.domain.line import Line
from surereply.store import cards, tallies, word_removal
from surereply.store.database import Database
from surereply.store.directory import Directory

log = structlog.get_logger()

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

    async def remove_words_once(self) -> int:
        """Of lines that keep words for so many days only; more than 0 while a round goes on."""
        looked_at = 0
        for line in self._directory.lines():
            if line.settings.retention_days is not None:
                looked_at += await self._remove_words(line, line.settings.retention_days)
        return looked_at

    async def _remove_words(self, line: Line, days: int) -> int:
        async with self._db.transaction() as tx:
            now = self._clock()
            removed = await word_removal.remove_words(tx, line.bucket, line.id, days, now)
            if removed.looked_at:
                await word_removal.empty_old_quarantine(tx, line.bucket, line.phone_number_id, days, now)
        if removed.conversations:
            log.info(
                "words.removed",
                line_id=str(line.id),
                conversations=removed.conversations,
                messages=removed.messages,
                replies=removed.replies,
            )
        return removed.looked_at
