"""What must hold of replies that left: the conversation was looked at again, under its lock, and their order kept."""

from support.invariants.book import NOTHING_SEEN, Book, Fetch, findings
from surereply.domain.conversation import SERVICE_WINDOW, WINDOW_MARGIN
from surereply.domain.replies import PASSES_A_CLOSED_WINDOW


async def looked_at_again(fetch: Fetch, book: Book = NOTHING_SEEN) -> list[str]:
    """Outside the window only a template left; one send of a conversation at a time. What a stop and a person keep
    back is seen between two looks (`in_time`): here nobody knows when they were written down.

    Of united conversations nothing is said: the window of the other one came with it.
    """
    return await findings(
        fetch,
        "looked at again",
        """
        SELECT format('a %s left conversation %s at %s, open from %s', r.reply_type, c.id, r.sending_at, c.window_from)
          FROM reply r
          JOIN conversation c ON c.bucket = r.bucket AND c.id = r.conversation_id
         WHERE r.sending_at >= c.window_from + $1::interval AND r.reply_type <> ALL($2::text[])
           AND c.merged_into IS NULL
           AND NOT EXISTS (SELECT FROM act a
                            WHERE a.bucket = c.bucket AND a.conversation_id = c.id AND a.name IN ('unite', 'erased'))
         UNION ALL
        SELECT format('conversation %s has %s sends under way at once', t.conversation_id, count(*))
          FROM reply_ticket t
         WHERE t.status = 'SENDING'
           AND NOT EXISTS (SELECT FROM act a
                            WHERE a.bucket = t.bucket AND a.reply_id = t.reply_id AND a.name = 'resend')
         GROUP BY t.bucket, t.conversation_id HAVING count(*) > 1
        """,
        SERVICE_WINDOW - WINDOW_MARGIN,
        [one.value for one in PASSES_A_CLOSED_WINDOW],
    )


async def resent_by_policy_once(fetch: Fetch, book: Book = NOTHING_SEEN) -> list[str]:
    """The owner's policy sends a reply again once, and only while no later one of the conversation has left."""
    return await findings(
        fetch,
        "one reply a reason",
        """
        SELECT format('the policy sent reply %s again %s times', reply_id, count(*))
          FROM act WHERE name = 'resend' AND operator LIKE 'policy:%' GROUP BY reply_id HAVING count(*) > 1
         UNION ALL
        SELECT format('the policy sent reply %s again behind %s, which had left at %s', a.reply_id, r.id, r.sending_at)
          FROM act a
          JOIN reply r ON r.bucket = a.bucket AND r.conversation_id = a.conversation_id AND r.id > a.reply_id
         WHERE a.name = 'resend' AND a.operator LIKE 'policy:%' AND r.sending_at < a.at
        """,
    )
