"""What must hold of conversations and leads: turns in order, facts that grow, questions that are counted once."""

from support.invariants.book import NOTHING_SEEN, Book, Fetch, findings

MAX_QUESTIONS = 5  # of a lead, unless the flow says otherwise


async def one_turn_at_a_time(fetch: Fetch, book: Book = NOTHING_SEEN) -> list[str]:
    """Each turn came to a version of its own, and the version counts the turns and the acts: no gap, none twice.

    Conversations that were united or erased are left out of the count: their versions jump.
    """
    return await findings(
        fetch,
        "one turn at a time",
        """
        SELECT format('conversation %s: %s turns came to version %s', conversation_id, count(*), state_version)
          FROM turn GROUP BY bucket, conversation_id, state_version HAVING count(*) > 1
         UNION ALL
        SELECT format('conversation %s is at version %s, behind its turn at %s', c.id, c.state_version, t.state_version)
          FROM turn t
          JOIN conversation c ON c.bucket = t.bucket AND c.id = t.conversation_id
         WHERE t.state_version > c.state_version
         UNION ALL
        SELECT format('conversation %s is at version %s after %s turns, %s takeovers and %s other acts',
                      c.id, c.state_version, n.turns, n.takeovers, n.acts)
          FROM conversation c
         CROSS JOIN LATERAL (
               SELECT (SELECT count(*) FROM turn t WHERE t.bucket = c.bucket AND t.conversation_id = c.id) AS turns,
                      (SELECT count(*) FROM handover h
                        WHERE h.bucket = c.bucket AND h.conversation_id = c.id
                          AND h.told LIKE 'taken over: %') AS takeovers,  -- a turn that hands over is counted above
                      (SELECT count(*) FROM act a
                        WHERE a.bucket = c.bucket AND a.conversation_id = c.id
                          AND a.name IN ('give_back', 'edit_lead')) AS acts
         ) n
         WHERE c.state_version <> n.turns + n.takeovers + n.acts
           AND c.merged_into IS NULL
           AND NOT EXISTS (SELECT FROM act a WHERE a.bucket = c.bucket AND a.conversation_id = c.id
                                               AND a.name IN ('unite', 'erased'))
        """,
    )


async def facts_only_grow(fetch: Fetch, book: Book = NOTHING_SEEN) -> list[str]:
    """What a lead knows is the end of an unbroken history: no field empties, no value is overwritten unseen."""
    return await findings(
        fetch,
        "facts only grow",
        """
        WITH change AS (
            SELECT bucket, lead_id, field, new AS value, 1 AS times FROM lead_change WHERE new IS NOT NULL
             UNION ALL
            SELECT bucket, lead_id, field, old, -1 FROM lead_change WHERE new IS NOT NULL
             UNION ALL
            SELECT l.bucket, l.id, f.key, f.value, -1 FROM lead l CROSS JOIN jsonb_each(l.fields) f
             UNION ALL  -- a history starts once, from nothing
            SELECT DISTINCT bucket, lead_id, field, NULL::jsonb, 1 FROM lead_change WHERE new IS NOT NULL
        )
        SELECT format('field %s of lead %s: %s in its history and in what is known, %s of %s', field, lead_id,
                      CASE WHEN sum(times) > 0 THEN 'lost' ELSE 'from nowhere' END, sum(times),
                      coalesce(left(value->>'value', 40), 'a start from nothing'))
          FROM change GROUP BY bucket, lead_id, field, value HAVING sum(times) <> 0
         UNION ALL
        SELECT format('field %s of lead %s is known and empty', f.key, l.id)
          FROM lead l CROSS JOIN jsonb_each(l.fields) f
         WHERE coalesce(f.value->'value', 'null') IN ('null', '""', '[]')
         UNION ALL
        SELECT format('conversation %s does not know what its lead %s knows', c.id, l.id)
          FROM conversation c
          JOIN lead l ON l.bucket = c.bucket AND l.id = c.lead_id
         WHERE c.known_fields <> l.fields AND c.merged_into IS NULL
        """,
    )


async def questions_counted_once(
    fetch: Fetch, book: Book = NOTHING_SEEN, *, max_questions: int = MAX_QUESTIONS
) -> list[str]:
    """The count rises by one, only with another question, never past the limit; a lead of its own starts at nothing."""
    return await findings(
        fetch,
        "questions counted once",
        """
        SELECT format('conversation %s was asked %s questions', id, questions_asked_count)
          FROM conversation WHERE questions_asked_count > $1
         UNION ALL
        SELECT format('turn %s counts from %s to %s questions, from %s to %s', k.id, k.before, k.after,
                      coalesce(k.key_before, 'none'), coalesce(k.key_after, 'none'))
          FROM (SELECT t.id,
                       l.opened_at = t.created_at AS opens,
                       (t.state_before->>'questions_asked_count')::integer AS before,
                       (t.state_after->>'questions_asked_count')::integer AS after,
                       t.state_before->>'last_question_key' AS key_before,
                       t.state_after->>'last_question_key' AS key_after
                  FROM turn t
                  JOIN lead l ON l.bucket = t.bucket AND l.id = t.lead_id
                 WHERE t.state_after <> '{}') k
         WHERE NOT (k.after = k.before
                    OR k.after = k.before + 1 AND k.key_after IS DISTINCT FROM k.key_before
                    OR k.opens AND k.after <= 1)
        """,
        max_questions,
    )
