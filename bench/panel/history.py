"""A business with a past: conversations with messages, turns and replies, as the steps leave them."""

from datetime import datetime, timedelta

import asyncpg

DAYS = 30
APART = timedelta(minutes=3)  # two messages of a conversation
PARTS = 20  # so that no statement takes minutes

# A UUIDv7 of an instant and a number: what `domain.identity.new_id` makes, but for the randomness.
NEW_ID = """
CREATE OR REPLACE FUNCTION bench_id(at timestamptz, salt text) RETURNS uuid LANGUAGE sql IMMUTABLE AS $$
    SELECT (lpad(to_hex((extract(epoch FROM at) * 1000)::bigint), 12, '0') || '7' || substr(md5(salt), 1, 3)
            || '8' || substr(md5(salt), 4, 15))::uuid
$$
"""
CUSTOMERS = """
CREATE TEMPORARY TABLE customer AS
SELECT n, $1::timestamptz + n * ($2::interval / $3::integer) AS at,
       $4::smallint AS bucket, $5::uuid AS line_id, 'Customer ' || n AS name, (971500000000 + n)::text AS phone
  FROM generate_series(0, $3::integer - 1) AS n
"""
EVERYTHING = (
    """
    INSERT INTO contact (bucket, id, line_id, profile_name, created_at)
    SELECT bucket, bench_id(at, 'contact' || n), line_id, name, at FROM part
    """,
    """
    INSERT INTO lead (bucket, id, conversation_id, contact_id, flow_name, flow_version, stage, service_type_enum,
                      fields, score, opened_at, updated_at)
    SELECT bucket, bench_id(at, 'lead' || n), bench_id(at, 'conversation' || n), bench_id(at, 'contact' || n),
           'business-services', 1, (ARRAY['qualifying', 'qualified', 'handed_over', 'won'])[1 + n % 4],
           (ARRAY['FREELANCE_VISA', 'FAMILY_VISA', 'GOLDEN_VISA'])[1 + n % 3],
           '{"nationality": {"value": "IN", "source": "stated", "confidence": 0.97}}', 40, at, at
      FROM part
    """,
    """
    INSERT INTO conversation (bucket, id, line_id, contact_id, lead_id, state_version, questions_asked_count,
                              last_question_key, language, profile_name, phone, window_from, created_at)
    SELECT bucket, bench_id(at, 'conversation' || n), line_id, bench_id(at, 'contact' || n), bench_id(at, 'lead' || n),
           $1, 3, 'nationality', 'en', name, phone, at, at
      FROM part
    """,
    """
    INSERT INTO identifier (bucket, line_id, kind, value, contact_id, conversation_id, created_at)
    SELECT bucket, line_id, 'phone', phone, bench_id(at, 'contact' || n), bench_id(at, 'conversation' || n), at
      FROM part
    """,
    """
    INSERT INTO message (bucket, id, conversation_id, delivery_id, wamid, kind, text, sent_at, received_at, raw)
    SELECT bucket, bench_id(at + m * $2::interval, 'message' || n || '-' || m), bench_id(at, 'conversation' || n),
           bench_id(at + m * $2::interval, 'delivery' || n || '-' || m), 'wamid.bench.' || n || '.' || m, 'text',
           'I would like to know about the papers, number ' || m || ' of ' || n, at + m * $2::interval,
           at + m * $2::interval, ''
      FROM part CROSS JOIN generate_series(0, $1 - 1) AS m
    """,
    """
    INSERT INTO turn (bucket, id, conversation_id, lead_id, state_version, turn_cause, cause, message_ids, why,
                      readings, state_before, state_after, created_at)
    SELECT bucket, bench_id(at + m * $2::interval + interval '1 s', 'turn' || n || '-' || m),
           bench_id(at, 'conversation' || n), bench_id(at, 'lead' || n), m, 'messages', 'wamid.bench.' || n || '.' || m,
           ARRAY[bench_id(at + m * $2::interval, 'message' || n || '-' || m)], 'question nationality',
           '[{"facts": [], "signals": [], "language": "en"}]', '{"stage": "qualifying"}', '{"stage": "qualifying"}',
           at + m * $2::interval + interval '1 s'
      FROM part CROSS JOIN generate_series(0, $1 - 1) AS m
    """,
    """
    INSERT INTO reply (bucket, id, conversation_id, lead_id, turn_id, outbound_dedupe_key, reply_type, question_key,
                       cause, body, status, attempt, reported, created_at, sending_at, sent_at)
    SELECT bucket, bench_id(at + m * $2::interval + interval '1 s', 'reply' || n || '-' || m),
           bench_id(at, 'conversation' || n), bench_id(at, 'lead' || n),
           bench_id(at + m * $2::interval + interval '1 s', 'turn' || n || '-' || m), md5('key' || n || '-' || m),
           'question', 'nationality', 'wamid.bench.' || n || '.' || m,
           '{"text": "Which nationality is in the passport?"}', 'SENT', 1, 'delivered',
           at + m * $2::interval + interval '1 s', at + m * $2::interval + interval '1 s',
           at + m * $2::interval + interval '2 s'
      FROM part CROSS JOIN generate_series(0, $1 - 1) AS m
    """,
)


async def fill(url: str, bucket: int, line_id: object, now: datetime, conversations: int, messages_each: int) -> None:
    """Partitions of the months they fall into are there."""
    connection = await asyncpg.connect(url, command_timeout=600)
    try:
        await connection.execute("SET synchronous_commit = off")
        await connection.execute(NEW_ID)
        began = now - timedelta(days=DAYS)
        await connection.execute(CUSTOMERS, began, timedelta(days=DAYS), conversations, bucket, line_id)
        for part in range(PARTS):
            await connection.execute(
                f"CREATE TEMPORARY TABLE part AS SELECT * FROM customer WHERE n % {PARTS} = {part}"
            )
            for statement in EVERYTHING:
                arguments = (messages_each, APART)[: statement.count("$1") and (2 if "$2" in statement else 1)]
                await connection.execute(statement, *arguments)
            await connection.execute("DROP TABLE part")
        await connection.execute("ANALYZE")
    finally:
        await connection.close()
