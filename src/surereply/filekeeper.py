"""Beside the four steps: fetches the files of customers, and keeps them where the settings say."""

import asyncio
import errno
import random
from collections.abc import Callable
from datetime import timedelta

import structlog

from surereply.clock import Clock
from surereply.store import media_tickets
from surereply.store.database import Database
from surereply.store.directory import Directory
from surereply.store.folder import Folder
from surereply.store.media_tickets import MediaLease
from surereply.telemetry import MEDIA_FILES
from surereply.whatsapp.file_types import MEGABYTE, limits
from surereply.whatsapp.media import FetchMedia, MediaFile, MediaProblem

log = structlog.get_logger()

AT_ONCE = 2  # so many whole files are in memory at most
FETCH_WITHIN_SECONDS = 60.0
LEASE = timedelta(seconds=150)  # longer than fetching and writing may take: what an erasure removes is written no more
FIRST_DELAY = timedelta(seconds=5)
LONGEST_DELAY = timedelta(hours=6)
GIVE_UP_AFTER = timedelta(days=7)  # WhatsApp keeps files no longer
FEW_TRIES = 5  # of what will hardly get better
MAY_GET_BETTER = frozenset({MediaProblem.UNREACHABLE, MediaProblem.REFUSED})  # the token may be a new one tomorrow
HARDLY = frozenset({MediaProblem.DAMAGED})
DISK = "disk"


class DiskFailed(Exception):
    """The folder could not be written; the message is the system's word for why."""


async def _on_disk(act: Callable[..., None], *given: object) -> None:
    try:
        await asyncio.to_thread(act, *given)
    except OSError as error:
        raise DiskFailed(errno.errorcode.get(error.errno or 0, type(error).__name__)) from None


class FileKeeper:
    """Nobody waits for it: a turn never needs a file. Safe to run in many processes."""

    def __init__(
        self,
        db: Database,
        directory: Directory,
        clock: Clock,
        fetch: FetchMedia,
        *,
        keeps: bool = True,
        folder: Folder | None = None,
        most_bytes: int = 16 * MEGABYTE,
        randomness: Callable[[], float] = random.random,
    ) -> None:
        """`folder`: instead of the database. Where it does not `keeps`, files stay with WhatsApp."""
        self._db = db
        self._directory = directory
        self._clock = clock
        self._fetch = fetch
        self._keeps = keeps
        self._folder = folder
        self._limits = limits(most_bytes)
        self._randomness = randomness

    async def keep_files_once(self) -> int:
        """How many files were settled or put off; more may be due at once where there are any."""
        buckets = self._directory.buckets()
        if not buckets:
            return 0
        async with self._db.transaction() as tx:
            leases = await media_tickets.claim_files(tx, buckets, self._clock(), LEASE, AT_ONCE)
        settled = await asyncio.gather(*(self._settle(lease) for lease in leases), return_exceptions=True)
        for failure in settled:
            if isinstance(failure, BaseException):
                raise failure
        return len(leases)

    async def _settle(self, lease: MediaLease) -> None:
        if lease.is_to_go:
            await self._remove(lease)
            return
        fetched = await self._fetched(lease)
        if isinstance(fetched, MediaProblem):
            await self._without(lease, fetched)
        else:
            await self._keep(lease, fetched)

    async def _fetched(self, lease: MediaLease) -> MediaFile | MediaProblem:
        """Fetched outside any transaction."""
        if lease.line_id is None or lease.media_id is None:
            return MediaProblem.GONE
        if not self._keeps:
            return MediaProblem.NOT_KEPT
        try:
            async with asyncio.timeout(FETCH_WITHIN_SECONDS):
                return await self._fetch(lease.line_id, lease.media_id, self._limits)
        except TimeoutError:
            return MediaProblem.UNREACHABLE

    async def _without(self, lease: MediaLease, problem: MediaProblem) -> None:
        """Try again later, where that may help; else the reason is what is kept."""
        now = self._clock()
        due_at = now + self._delay(lease.attempts)
        again = problem in MAY_GET_BETTER or (problem in HARDLY and lease.attempts < FEW_TRIES)
        async with self._db.transaction() as tx:
            if again and lease.received_at is not None and due_at < lease.received_at + GIVE_UP_AFTER:
                await media_tickets.put_off(tx, lease, problem, due_at)
                log.info("media.put_off", message_id=str(lease.message_id), problem=problem.value)
                return
            if await media_tickets.end_lease(tx, lease):
                await media_tickets.note_not_kept(tx, lease, problem, now)
        MEDIA_FILES.labels(problem.value).inc()
        log.info("media.not_kept", message_id=str(lease.message_id), problem=problem.value)

    async def _keep(self, lease: MediaLease, file: MediaFile) -> None:
        try:
            kept = await self._put(lease, file)
        except DiskFailed as error:
            await self._put_off(lease, error)
            return
        MEDIA_FILES.labels("kept" if kept else "lost_lease").inc()
        log.info("media.kept" if kept else "media.lost_lease", message_id=str(lease.message_id), bytes=len(file.data))

    async def _put(self, lease: MediaLease, file: MediaFile) -> bool:
        """Bytes and record together, under the ticket's lock: an erasure comes before it, or finds both."""
        folder = self._folder
        if folder is not None:
            await _on_disk(folder.write, lease.message_id, lease.token, file.data)
        async with self._db.transaction() as tx:
            kept = await media_tickets.end_lease(tx, lease)
            if kept and folder is not None:
                await _on_disk(folder.move_in, lease.message_id, lease.token)
            elif kept:
                await media_tickets.put_parts(tx, lease, file.data)
            if kept:
                place = "database" if folder is None else "folder"
                await media_tickets.note_kept(tx, lease, place, file.mime_type, file.data, self._clock())
        if folder is not None and not kept:
            await _on_disk(folder.forget, lease.message_id, lease.token)
        return kept

    async def _remove(self, lease: MediaLease) -> None:
        """A file of somebody who was erased leaves the folder; whoever was writing it has stopped."""
        try:
            if self._folder is not None:
                await _on_disk(self._folder.remove, lease.message_id)
        except DiskFailed as error:
            await self._put_off(lease, error)
            return
        async with self._db.transaction() as tx:
            await media_tickets.end_lease(tx, lease)
        log.info("media.removed", message_id=str(lease.message_id))

    async def _put_off(self, lease: MediaLease, error: DiskFailed) -> None:
        """A full disk is no reason to give up a file, nor to leave one that is to go."""
        log.warning("media.disk_failed", message_id=str(lease.message_id), error=str(error))
        async with self._db.transaction() as tx:
            await media_tickets.put_off(tx, lease, DISK, self._clock() + self._delay(lease.attempts))

    def _delay(self, attempts: int) -> timedelta:
        """5 s, 20 s, 80 s … at most 6 h; each from half to the whole of it."""
        delay = min(FIRST_DELAY * (1 << 2 * min(attempts - 1, 10)), LONGEST_DELAY)
        return delay * (0.5 + self._randomness() / 2)
