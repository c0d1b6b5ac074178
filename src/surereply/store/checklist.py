"""What `doctor` and `verify` ask the database: how it is set, where lines stand, and what must never be found in it."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from surereply.domain.identity import id_at
from surereply.domain.line import Line
from surereply.store.database import Tx, database_now
from surereply.store.lines import all_lines
from surereply.store.partitions import PARTITIONED

LOOK_BACK = timedelta(hours=24)  # history is looked at by a range of ids: the work does not grow with its age
SETTLE_WITHIN = timedelta(minutes=10)
MOST_SHOWN = 3

# The constraints that decide what happens once: index, table, columns.
DECIDES_ONCE = (
    ("inbound_key_pkey", "inbound_key", "(bucket, wamid)"),
    ("reply_key_pkey", "reply_key", "(bucket, outbound_dedupe_key)"),
    ("reply_key_cause", "reply_key", "(bucket, conversation_id, cause, part, revision)"),
    ("report_key_pkey", "report_key", "(bucket, wamid, reported)"),
)


@dataclass(frozen=True, slots=True)
class LineStanding:
    """A line and what keeps it from sending."""

    line: Line
    sealed: bytes | None
    flow_version: int | None
    stopped_reason: str | None
    templates_stopped: bool
    closed_until: datetime | None
    closed_reason: str | None
    held: bool
    paused: bool

    def obstacles(self, now: datetime) -> list[str]:
        """Why nothing of it goes out, each with what to do."""
        found = []
        if self.stopped_reason is not None:
            found.append(f"stopped: {self.stopped_reason} (then `surereply line rotate {self.line.phone_number_id}`)")
        if self.templates_stopped:
            found.append("templates stopped: settle the account's payment")
        if self.held:
            found.append("held: `surereply release` lets it send")
        if self.paused:
            found.append("paused by its owner")
        if self.closed_until is not None and self.closed_until > now:
            found.append(f"closed until {self.closed_until:%H:%M} UTC: {self.closed_reason}; it opens by itself")
        return found


@dataclass(frozen=True, slots=True)
class ServerFacts:
    """How the server is set. `version` as in server_version_num; `now` is its clock."""

    version: int
    settings: dict[str, str]
    now: datetime


@dataclass(frozen=True, slots=True)
class Questions:
    """The most questions that a lead of this flow version was asked, and in which conversation."""

    flow_name: str
    flow_version: int
    most: int
    conversation_id: UUID


async def server_facts(tx: Tx) -> ServerFacts:
    rows = await tx.fetch(
        """
        SELECT name, setting
          FROM pg_settings
         WHERE name IN ('fsync', 'full_page_writes', 'synchronous_commit', 'server_version_num',
                        'transaction_read_only')
        """
    )
    settings = {row["name"]: row["setting"] for row in rows}
    return ServerFacts(int(settings.pop("server_version_num")), settings, await database_now(tx))


async def missing_partitions(tx: Tx, now: datetime) -> list[str]:
    """Of this month and the next: those that are not there."""
    months = [now, now.replace(day=1) + timedelta(days=32)]
    names = [f"{parent}_{month:%Y_%m}" for month in months for parent in PARTITIONED]
    rows = await tx.fetch(
        """
        SELECT k.name
          FROM unnest($1::text[]) WITH ORDINALITY AS k (name, at)
         WHERE to_regclass(k.name) IS NULL
         ORDER BY k.at
        """,
        names,
    )
    return [row["name"] for row in rows]


async def line_standings(tx: Tx) -> list[LineStanding]:
    paces = {row["line_id"]: row for row in await tx.fetch("SELECT * FROM line_pace")}
    versions = {row["name"]: row["active_version"] for row in await tx.fetch("SELECT name, active_version FROM flow")}
    standings = []
    for stored in await all_lines(tx):
        pace = paces.get(stored.line.id)
        standings.append(
            LineStanding(
                stored.line,
                stored.secrets,
                versions.get(stored.line.flow_name),
                (pace["stopped_reason"] or "no reason given") if pace and pace["stopped_at"] else None,
                bool(pace and pace["templates_stopped_at"]),
                pace["closed_until"] if pace else None,
                pace["closed_reason"] if pace else None,
                bool(pace and pace["held_at"]),
                bool(pace and pace["paused_at"]),
            )
        )
    return standings


async def count_owed(tx: Tx) -> int:
    owed: int = await tx.fetchval("SELECT count(*) FROM reply_ticket WHERE status = 'PENDING'")
    return owed


async def missing_guards(tx: Tx) -> list[str]:
    """The unique indexes that decide what happens once, and are not there as they must be."""
    rows = await tx.fetch(
        """
        SELECT k.name
          FROM unnest($1::text[], $2::text[], $3::text[]) AS k (name, table_name, columns)
         WHERE NOT EXISTS (SELECT
                             FROM pg_index i
                            WHERE i.indexrelid = to_regclass(k.name) AND i.indrelid = to_regclass(k.table_name)
                              AND i.indisunique AND i.indisvalid
                              AND position(k.columns IN pg_get_indexdef(i.indexrelid)) > 0)
        """,
        *(list(column) for column in zip(*DECIDES_ONCE, strict=True)),
    )
    return [row["name"] for row in rows]


async def replies_without_key(tx: Tx, now: datetime) -> list[UUID]:
    """Replies of the last day that no key protects."""
    return await _ids(
        tx,
        """
        SELECT r.id
          FROM reply r
         WHERE r.id >= $1
           AND NOT EXISTS (SELECT
                             FROM reply_key k
                            WHERE k.bucket = r.bucket AND k.outbound_dedupe_key = r.outbound_dedupe_key
                              AND k.reply_id = r.id)
        """,
        id_at(now - LOOK_BACK),
    )


async def replies_accepted_twice(tx: Tx, now: datetime) -> list[UUID]:
    """Replies of the last day that WhatsApp accepted more often than a person or a policy asked for."""
    return await _ids(
        tx,
        """
        SELECT a.reply_id
          FROM send_attempt a
         WHERE a.reply_id >= $1 AND a.verdict = 'accepted'
         GROUP BY a.bucket, a.reply_id
        HAVING count(*) > 1 + (SELECT count(*)
                                 FROM act o
                                WHERE o.bucket = a.bucket AND o.reply_id = a.reply_id AND o.name = 'resend')
        """,
        id_at(now - LOOK_BACK),
    )


async def messages_kept_twice(tx: Tx, now: datetime) -> list[UUID]:
    return await _ids(
        tx,
        """
        SELECT min(m.id::text)::uuid
          FROM message m
         WHERE m.id >= $1
         GROUP BY m.bucket, m.wamid
        HAVING count(*) > 1
        """,
        id_at(now - LOOK_BACK),
    )


async def messages_without_turn(tx: Tx, now: datetime) -> list[UUID]:
    """Messages of the last day, but for the last minutes, that no turn read and that have no reason for it."""
    return await _ids(
        tx,
        """
        SELECT m.id
          FROM message m
          JOIN conversation c ON c.bucket = m.bucket AND c.id = m.conversation_id
         WHERE m.id >= $1 AND m.id < $2 AND m.needs_no_turn IS NULL
           AND NOT EXISTS (SELECT
                             FROM turn t
                            WHERE t.bucket = m.bucket AND t.conversation_id IN (m.conversation_id, c.merged_into)
                              AND t.id >= $1 AND m.id = ANY(t.message_ids))
           AND NOT EXISTS (SELECT
                             FROM unread u
                             JOIN conversation_ticket k ON k.bucket = u.bucket AND k.conversation_id = u.conversation_id
                            WHERE u.bucket = m.bucket AND u.conversation_id IN (m.conversation_id, c.merged_into)
                              AND u.message_id = m.id)
        """,
        id_at(now - LOOK_BACK),
        id_at(now - SETTLE_WITHIN),
    )


async def replies_without_ticket(tx: Tx, now: datetime) -> list[UUID]:
    """Replies that are owed, and that no dispatcher will find."""
    return await _ids(
        tx,
        """
        SELECT r.id
          FROM reply r
         WHERE r.id >= $1 AND r.status IN ('PENDING', 'SENDING')
           AND NOT EXISTS (SELECT
                             FROM reply_ticket t
                            WHERE t.bucket = r.bucket AND t.conversation_id = r.conversation_id AND t.reply_id = r.id)
        """,
        id_at(now - LOOK_BACK),
    )


async def most_questions(tx: Tx) -> list[Questions]:
    rows = await tx.fetch(
        """
        SELECT DISTINCT ON (l.flow_name, l.flow_version)
               l.flow_name, l.flow_version, c.questions_asked_count AS most, c.id AS conversation_id
          FROM conversation c
          JOIN lead l ON l.bucket = c.bucket AND l.id = c.lead_id
         ORDER BY l.flow_name, l.flow_version, c.questions_asked_count DESC
        """
    )
    return [Questions(**row) for row in rows]


async def leads_without_service(tx: Tx) -> list[UUID]:
    """Leads whose service was recognised and is not in `service_type_enum`."""
    return await _ids(
        tx,
        """
        SELECT l.id
          FROM lead l
         WHERE l.fields ? 'service' AND l.service_type_enum IS DISTINCT FROM (l.fields -> 'service' ->> 'value')
        """,
    )


async def leads_with_empty_fields(tx: Tx) -> list[UUID]:
    """Leads that hold an empty value: nothing empty is ever written."""
    return await _ids(
        tx,
        """
        SELECT l.id
          FROM lead l
         WHERE EXISTS (SELECT
                         FROM jsonb_each(l.fields) AS f (name, known)
                        WHERE f.known -> 'value' IS NULL OR f.known -> 'value' IN ('null', '""', '[]', '{}'))
        """,
    )


async def leads_beside_known_fields(tx: Tx) -> list[UUID]:
    """Leads whose conversation says of its known fields something else."""
    return await _ids(
        tx,
        """
        SELECT l.id
          FROM conversation c
          JOIN lead l ON l.bucket = c.bucket AND l.id = c.lead_id
         WHERE c.merged_into IS NULL AND NOT c.known_fields @> l.fields
        """,
    )


async def _ids(tx: Tx, sql: str, *arguments: object) -> list[UUID]:
    """A few of the rows, for a person to look at."""
    return [row[0] for row in await tx.fetch(f"{sql} LIMIT {MOST_SHOWN}", *arguments)]
