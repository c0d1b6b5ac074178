"""What must hold of messages: kept once, read once, and no ticket that outlives its work."""

from support.invariants.book import NOTHING_SEEN, Book, Fetch, findings


async def kept_once(fetch: Fetch, book: Book = NOTHING_SEEN) -> list[str]:
    """A webhook answered 200 is on disk; a message is kept once, and so is a report."""
    return await findings(
        fetch,
        "kept once",
        """
        SELECT format('message %s is kept %s times', wamid, count(*))
          FROM message GROUP BY bucket, wamid HAVING count(*) > 1
         UNION ALL
        SELECT format('the key of %s names no message', k.wamid)
          FROM inbound_key k
          LEFT JOIN message m ON m.bucket = k.bucket AND m.id = k.message_id AND m.wamid = k.wamid
         WHERE m.id IS NULL
         UNION ALL
        SELECT format('message %s has no key, so it can be kept again', m.wamid)
          FROM message m
          LEFT JOIN inbound_key k ON k.bucket = m.bucket AND k.wamid = m.wamid
         WHERE k.wamid IS NULL AND m.raw <> ''  -- what was erased keeps a hash instead
           AND m.received_at > (SELECT max(received_at) FROM delivery) - INTERVAL '8 days'
         UNION ALL
        SELECT format('report %s of %s is kept %s times', reported, wamid, count(*))
          FROM report GROUP BY bucket, wamid, reported HAVING count(*) > 1
         UNION ALL
        SELECT format('message %s was answered with 200 and is not kept', a.wamid)
          FROM unnest($1::text[]) AS a (wamid)
         WHERE NOT EXISTS (SELECT FROM message m WHERE m.wamid = a.wamid)
        """,
        list(book.acknowledged),
    )


async def read_once(fetch: Fetch, book: Book = NOTHING_SEEN) -> list[str]:
    """Every message was read by exactly one turn, waits for one that is due, or has a recorded reason."""
    return await findings(
        fetch,
        "read once",
        """
        WITH read AS (
            SELECT t.bucket, m.id, count(*) AS turns
              FROM turn t CROSS JOIN unnest(t.message_ids) AS m (id)
             GROUP BY 1, 2
        ), waiting AS (
            SELECT bucket, message_id AS id, count(*) AS tickets FROM unread GROUP BY 1, 2
        )
        SELECT format('message %s: read by %s turns, unread %s times, its reason to need none: %s', m.wamid,
                      coalesce(r.turns, 0), coalesce(w.tickets, 0), coalesce(m.needs_no_turn, 'none'))
          FROM message m
          LEFT JOIN read r    ON r.bucket = m.bucket AND r.id = m.id
          LEFT JOIN waiting w ON w.bucket = m.bucket AND w.id = m.id
         WHERE coalesce(r.turns, 0) + coalesce(w.tickets, 0) + (m.needs_no_turn IS NOT NULL)::integer <> 1
         UNION ALL
        SELECT format('message %s is unread, and no turn of conversation %s is due', u.message_id, u.conversation_id)
          FROM unread u
          LEFT JOIN conversation_ticket t ON t.bucket = u.bucket AND t.conversation_id = u.conversation_id
         WHERE t.unread_due_at IS NULL
         UNION ALL
        SELECT format('a turn or a ticket names message %s, which is not kept', n.id)
          FROM (SELECT bucket, id FROM read UNION SELECT bucket, id FROM waiting) n
          LEFT JOIN message m ON m.bucket = n.bucket AND m.id = n.id
         WHERE m.id IS NULL
        """,
    )


async def history_is_free(fetch: Fetch, book: Book = NOTHING_SEEN) -> list[str]:
    """Tickets are open work alone: none stays behind when its work is done."""
    return await findings(
        fetch,
        "history is free",
        """
        SELECT format('the ticket of conversation %s waits for nothing', t.conversation_id)
          FROM conversation_ticket t
         WHERE t.wake_at IS NULL
           AND NOT EXISTS (SELECT FROM unread u WHERE u.bucket = t.bucket AND u.conversation_id = t.conversation_id)
         UNION ALL
        SELECT format('a ticket names report %s, which is not there', t.report_id)
          FROM report_ticket t
          LEFT JOIN report r ON r.bucket = t.bucket AND r.id = t.report_id
         WHERE r.id IS NULL
        """,
    )


async def still_open(fetch: Fetch, book: Book = NOTHING_SEEN) -> list[str]:
    """What a business at rest has none of: for the end of a run, when everything worked again for long enough.

    Replies on the list (UNKNOWN, FAILED) are no backlog: somebody sees them. Nor is a time to wake at.
    """
    return await findings(
        fetch,
        "the backlog drains",
        """
        SELECT format('message %s was not read', message_id) FROM unread
         UNION ALL
        SELECT format('reply %s is still %s', reply_id, status) FROM reply_ticket WHERE status IN ('PENDING', 'SENDING')
         UNION ALL
        SELECT format('report %s was not folded', report_id) FROM report_ticket
         UNION ALL
        SELECT format('conversations %s and %s were not united', conversation_id, into_id) FROM merge_ticket
        """,
    )
