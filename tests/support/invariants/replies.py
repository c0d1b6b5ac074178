"""What must hold of replies: one a reason, written down first, none that vanishes, none that moves back."""

from support.invariants.book import NOTHING_SEEN, Book, Fetch, findings


async def one_reply_a_reason(fetch: Fetch, book: Book = NOTHING_SEEN) -> list[str]:
    """Every reply has a key of its own; more than one accepted copy needs as much consent."""
    return await findings(
        fetch,
        "one reply a reason",
        """
        SELECT format('reply %s has no key of its own', r.id)
          FROM reply r
          LEFT JOIN reply_key k ON k.bucket = r.bucket AND k.outbound_dedupe_key = r.outbound_dedupe_key
                               AND k.reply_id = r.id
         WHERE k.reply_id IS NULL
         UNION ALL
        SELECT format('a key names reply %s, which is not there', k.reply_id)
          FROM reply_key k
          LEFT JOIN reply r ON r.bucket = k.bucket AND r.id = k.reply_id
         WHERE r.id IS NULL
         UNION ALL
        SELECT format('a fenced turn met the key of reply %s', existing_reply_id) FROM collision WHERE alarm
         UNION ALL
        SELECT format('reply %s was accepted %s times, with consent to %s copies more', a.reply_id, a.copies,
                      coalesce(c.times, 0))
          FROM (SELECT reply_id, count(*) AS copies FROM unnest($1::uuid[]) AS q (reply_id) GROUP BY 1) a
          LEFT JOIN (SELECT reply_id, count(*) AS times FROM act WHERE name = 'resend' GROUP BY 1) c
            ON c.reply_id = a.reply_id
         WHERE a.copies > 1 + coalesce(c.times, 0)
        """,
        book.columns(accepted_only=True)[0],
    )


async def written_down_first(fetch: Fetch, book: Book = NOTHING_SEEN) -> list[str]:
    """No request without its attempt on disk; what was marked goes again only where it surely did not leave, or on
    consent."""
    return await findings(
        fetch,
        "written down first",
        """
        WITH requested AS (
            SELECT * FROM unnest($1::uuid[], $2::integer[]) AS q (reply_id, attempt)
        ), accepted AS (
            SELECT * FROM unnest($3::uuid[], $4::integer[]) AS q (reply_id, attempt)
        ), consent AS (
            SELECT reply_id, count(*) AS times FROM act WHERE name = 'resend' GROUP BY 1
        ), refused AS (
            SELECT bucket, reply_id, count(*) AS times FROM send_attempt WHERE verdict = 'rejected_retry' GROUP BY 1, 2
        )
        SELECT format('attempt %s of reply %s was requested; on disk is attempt %s', q.attempt, q.reply_id, r.attempt)
          FROM requested q
          LEFT JOIN reply r ON r.id = q.reply_id
         WHERE r.id IS NULL OR r.attempt < q.attempt
         UNION ALL
        SELECT format('attempt %s of reply %s was requested %s times', attempt, reply_id, count(*))
          FROM requested GROUP BY reply_id, attempt HAVING count(*) > 1
         UNION ALL
        SELECT format('attempt %s of reply %s was accepted, and the reply is %s', a.attempt, r.id, r.status)
          FROM accepted a
          JOIN reply r ON r.id = a.reply_id AND r.attempt = a.attempt
          LEFT JOIN consent c ON c.reply_id = r.id
         WHERE r.status IN ('PENDING', 'SUPPRESSED') AND c.times IS NULL
         UNION ALL
        SELECT format('attempt %s of reply %s is known to be accepted, and the reply is %s', a.attempt, r.id, r.status)
          FROM reply r
          JOIN send_attempt a ON a.bucket = r.bucket AND a.reply_id = r.id AND a.attempt = r.attempt
         WHERE a.verdict = 'accepted' AND r.status NOT IN ('SENT', 'FAILED')
           AND NOT EXISTS (SELECT FROM report_key f  -- a copy that failed may go again under this attempt's number
                            WHERE f.bucket = a.bucket AND f.wamid = a.provider_message_id AND f.reported = 'failed')
         UNION ALL
        SELECT format('reply %s is %s at attempt %s after %s refusals and consent to %s', r.id, r.status, r.attempt,
                      coalesce(f.times, 0), coalesce(c.times, 0))
          FROM reply r
          LEFT JOIN refused f ON f.bucket = r.bucket AND f.reply_id = r.id
          LEFT JOIN consent c ON c.reply_id = r.id
         WHERE r.attempt - (r.status <> 'PENDING')::integer > coalesce(f.times, 0) + coalesce(c.times, 0)
        """,
        *book.columns(),
        *book.columns(accepted_only=True),
    )


async def no_reply_vanishes(fetch: Fetch, book: Book = NOTHING_SEEN) -> list[str]:
    """A reply is settled, or open or listed with a ticket that says the same; what left the list says why."""
    return await findings(
        fetch,
        "no reply vanishes",
        """
        SELECT format('reply %s is %s at attempt %s (resolution %s), its ticket %s at attempt %s', r.id, r.status,
                      r.attempt, coalesce(r.resolution, 'none'), coalesce(t.status, 'gone'), t.attempt)
          FROM reply r
          LEFT JOIN reply_ticket t ON t.bucket = r.bucket AND t.reply_id = r.id
         WHERE NOT coalesce(CASE
               WHEN t.reply_id IS NOT NULL
               THEN t.status = r.status AND t.attempt = r.attempt AND t.conversation_id = r.conversation_id
                    AND (t.status = 'SENDING') = (t.lease_until IS NOT NULL)
               WHEN r.status = 'UNKNOWN' THEN r.resolution IN ('discarded', 'overtaken')
               WHEN r.status = 'FAILED'
               THEN EXISTS (SELECT FROM act a WHERE a.bucket = r.bucket AND a.conversation_id = r.conversation_id
                                                AND (a.reply_id = r.id AND a.name = 'discard' OR a.name = 'erased'))
               ELSE r.status IN ('SENT', 'SUPPRESSED')
               END, false)
         UNION ALL
        SELECT format('a ticket names reply %s, which is not there', t.reply_id)
          FROM reply_ticket t
          LEFT JOIN reply r ON r.bucket = t.bucket AND r.id = t.reply_id
         WHERE r.id IS NULL
        """,
    )


async def forward_only(fetch: Fetch, book: Book = NOTHING_SEEN) -> list[str]:
    """A reply is reported at least as far as each report that was folded; a window opens no earlier than what was read
    and no later than what was written. See `in_time` for what needs two looks."""
    return await findings(
        fetch,
        "forward only",
        """
        SELECT format('reply %s is reported %s, behind the report %s of %s', r.id, coalesce(r.reported, 'nothing'),
                      p.reported, p.wamid)
          FROM report p
          JOIN reply r ON r.bucket = p.bucket AND r.provider_message_id = p.wamid
         WHERE array_position($1::text[], p.reported) > coalesce(array_position($1::text[], r.reported), 0)
           AND NOT EXISTS (SELECT FROM report_ticket t WHERE t.bucket = p.bucket AND t.report_id = p.id)
           AND NOT EXISTS (SELECT FROM act a WHERE a.bucket = r.bucket AND a.reply_id = r.id AND a.name = 'resend')
         UNION ALL
        SELECT format('the window of conversation %s counts from %s, its messages from %s to %s', c.id, c.window_from,
                      m.newest_read, m.newest)
          FROM conversation c
         CROSS JOIN LATERAL (
               SELECT max(LEAST(m.sent_at, m.received_at)) AS newest,
                      max(LEAST(m.sent_at, m.received_at))
                          FILTER (WHERE m.needs_no_turn IS NULL AND u.message_id IS NULL) AS newest_read
                 FROM message m
                 LEFT JOIN unread u ON u.bucket = m.bucket AND u.message_id = m.id
                WHERE m.bucket = c.bucket AND m.conversation_id = c.id
         ) m
         WHERE (c.window_from > m.newest OR c.window_from < m.newest_read
                OR (c.window_from IS NULL) <> (m.newest_read IS NULL) AND c.window_from IS NULL)
           AND c.merged_into IS NULL
           AND NOT EXISTS (SELECT FROM act a
                            WHERE a.bucket = c.bucket AND a.conversation_id = c.id AND a.name = 'unite')
        """,
        ["sent", "failed", "delivered", "read"],
    )


async def accepted_and_not_sent(fetch: Fetch, book: Book = NOTHING_SEEN) -> list[str]:
    """Once its reports came, what the provider accepted is SENT, or reported as failed."""
    return await findings(
        fetch,
        "no reply vanishes",
        """
        SELECT format('reply %s was accepted and reported, and is %s', r.id, r.status)
          FROM unnest($1::uuid[]) AS a (reply_id)
          JOIN reply r ON r.id = a.reply_id
         WHERE r.status <> 'SENT' AND NOT (r.status = 'FAILED' AND r.reported = 'failed')
        """,
        book.columns(accepted_only=True)[0],
    )
