"""4 · What crashed or stayed unknown is decided by evidence; contacts are united, partitions made, old keys pruned."""

from collections.abc import Callable
from datetime import datetime, timedelta
from uuid import UUID

import structlog

from surereply.clock import Clock
from surereply.consequences import draw_consequences
from surereply.domain.outcome import judge
from surereply.store import announcements, clock_steps, doubts, lines, merging, partitions, reports
from surereply.store.database import Database
from surereply.store.directory import Directory
from surereply.telemetry import REPLIES, SECOND_COPIES

log = structlog.get_logger()

MOST_REPORTS = 256
MOST_SENDS = 256
MOST_RESENDS = 16
MAINTAIN_EVERY = timedelta(hours=1)
MAINTAIN_AGAIN = timedelta(minutes=5)  # when partitions could not be made beside those who work


class Reconciler:
    """Four small steps, each a coroutine over a batch."""

    def __init__(
        self,
        db: Database,
        directory: Directory,
        clock: Clock,
        *,
        owed: Callable[[], None] = lambda: None,
        due: Callable[[], None] = lambda: None,
        refused_at: Callable[[], datetime | None] = lambda: None,
    ) -> None:
        """`owed` and `due` wake the dispatcher and the responder; `refused_at`: when our endpoint last refused."""
        self._db = db
        self._directory = directory
        self._clock = clock
        self._owed = owed
        self._due = due
        self._refused_at = refused_at
        self._noted_refusal: datetime | None = None
        self._maintain_at: datetime | None = None

    async def apply_reports_once(self) -> int:
        """Fold what WhatsApp reported into the replies; how many reports."""
        async with self._db.transaction() as tx:
            now = self._clock()
            applied = await reports.apply_reports(tx, self._directory.buckets(), now, MOST_REPORTS)
            for report, state in applied.failed:
                # The error table applies to a later `failed`, too; no machine sends the reply again.
                await draw_consequences(
                    tx, judge(report.code), report.code, state.bucket, report.line_id, state.conversation_id, now
                )
        for report, state in applied.failed:
            REPLIES.labels("FAILED").inc()
            log.warning("reply.reported_failed", reply_id=str(state.id), code=report.code)
        for reply_id in applied.second_copies:
            SECOND_COPIES.inc()
            log.error("reply.second_copy", reply_id=str(reply_id))
        if applied.reports:
            self._owed()
        return applied.reports

    async def settle_doubts_once(self) -> int:
        """Sends whose lease ended are UNKNOWN; where the owner's policy says so, quiet ones are sent again, once."""
        await self._note_refusal()
        async with self._db.transaction() as tx:
            unknown = await doubts.expire_sends(tx, self._directory.buckets(), self._clock(), MOST_SENDS)
        for reply_id in unknown:
            REPLIES.labels("UNKNOWN").inc()
            log.warning("reply.unknown", reply_id=str(reply_id), reason="lease ended")
        resent = 0
        for line in self._directory.lines():
            if line.settings.unknown_policy == "resend":
                resent += await self._resend_quiet(line.bucket, line.id)
        if unknown or resent:
            self._owed()
        return len(unknown) + resent

    async def _note_refusal(self) -> None:
        refused_at = self._refused_at()
        if refused_at is not None and refused_at != self._noted_refusal:
            async with self._db.transaction() as tx:
                await lines.note_refusal(tx, self._directory.buckets(), refused_at)
            self._noted_refusal = refused_at

    async def _resend_quiet(self, bucket: int, line_id: UUID) -> int:
        now, resent = self._clock(), 0
        async with self._db.connection() as tx:
            quiet = await doubts.quiet_doubts(tx, bucket, line_id, now, MOST_RESENDS)
        for doubt in quiet:
            async with self._db.transaction() as tx:
                resent += await doubts.resend(tx, bucket, doubt.reply_id, "policy: resend", now, by_policy=True)
            log.info("reply.resent_by_policy", reply_id=str(doubt.reply_id))
        return resent

    async def unite_contacts_once(self) -> int:
        """Contacts that turned out to be one; how many. No turn of theirs is taken before."""
        buckets = self._directory.buckets()
        async with self._db.connection() as tx:
            waiting = await merging.waiting(tx, buckets)
        for ticket in waiting:
            async with self._db.transaction() as tx:
                united = await merging.unite(tx, ticket, self._directory.flow, self._clock())
            if united:
                log.info("contacts.united", conversation_id=str(ticket.into_id), alias=str(ticket.conversation_id))
        if waiting:
            self._due()
        return len(waiting)

    async def maintain_once(self) -> int:
        """Each time: what a clock that was set back left in the future. Hourly: partitions for the months to come, old
        keys pruned. 0: there is no hurry."""
        now = self._clock()
        async with self._db.transaction() as tx:
            stepped = await clock_steps.step_back(tx, self._directory.buckets(), now)
        if stepped:
            log.warning("clock.went_back", tickets=stepped)
            self._due()
            self._owed()
        if self._maintain_at is None or now >= self._maintain_at:
            made = await partitions.make_ahead(self._db, now)
            if not made:
                log.warning("partitions.not_made")
            async with self._db.transaction() as tx:
                await partitions.prune_keys(tx, now)
                await announcements.prune(tx, now)
            self._maintain_at = now + (MAINTAIN_EVERY if made else MAINTAIN_AGAIN)
        return 0
