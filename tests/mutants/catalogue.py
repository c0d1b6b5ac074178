"""The bugs, by the step they are planted in: those that teams who build this write, and those that we nearly wrote."""

from mutants.planting import Mutant, edit

STORE = "surereply.store"

RECEIVING = (
    Mutant(
        "acknowledged_before_commit",
        "a webhook is answered 200 before its message is on disk",
        (
            edit(
                "surereply.receiver:Receiver._keep",
                ("async with self._db.transaction() as tx:", "async with self._db.transaction(relaxed=True) as tx:"),
            ),
        ),
    ),
    Mutant(
        "ticket_do_nothing",
        "a message that comes while a turn deletes the ticket wakes nobody: DO NOTHING in place of DO UPDATE",
        (
            edit(
                f"{STORE}.inbox:_raise_tickets",
                ("DO UPDATE\n           SET first_unread_at", "DO NOTHING /*"),
                ('END\n        """', 'END */\n        """'),
                ("        patience.max_wait,\n    )", "    )"),
            ),
        ),
    ),
    Mutant(
        "no_inbound_key",
        "a message that is delivered twice is kept twice, and answered twice",
        (
            edit(
                f"{STORE}.inbox:_take_keys",
                (
                    'return {row["message_id"] for row in rows}',
                    "return {new.message.id for _, new in delivered}",
                ),
            ),
        ),
    ),
    Mutant(
        "duplicates_write_nothing",
        "a batch of nothing but repetitions writes no row, so its commit waits for no standby: acknowledged, then lost",
        (
            edit(
                f"{STORE}.keeping:keep",
                (
                    "    await _keep_deliveries(tx, deliveries, fresh)",
                    "    if any(fresh.values()):\n        await _keep_deliveries(tx, deliveries, fresh)",
                ),
            ),
            edit(f"{STORE}.inbox:_note_repetitions", ("await tx.execute(", "return None\n    await tx.execute(")),
        ),
    ),
    Mutant(
        "standby_warning_ignored",
        "a commit that the server could not replicate is acknowledged all the same",
        (edit(f"{STORE}.database:Database.transaction", ("if warnings:", "if False:")),),
    ),
    Mutant(
        "warning_by_its_words",
        "that a commit was not replicated is only understood where the server speaks English",
        (
            edit(
                f"{STORE}.database:_collect_replication_warnings",
                (
                    'if message.server_source_function == "SyncRepWaitForLSN":',
                    'if "might not have been replicated" in f"{message.message} {message.detail}":',
                ),
            ),
        ),
    ),
    Mutant(
        "answered_whenever",
        "while no standby confirms anything, webhooks are not answered at all, and pile up",
        (
            edit(
                "surereply.receiver:Receiver.receive",
                ("async with asyncio.timeout(self._answer_within.total_seconds()):", "if True:"),
            ),
        ),
    ),
)

CONNECTING = (
    Mutant(
        "silent_host_waited_for",
        "the first host is a machine that is gone, and nobody asks the second one",
        (
            edit(
                f"{STORE}.hosts:Hosts.connect",
                ("except NEXT_HOST as error:", "except ConnectionRefusedError as error:"),
            ),
        ),
    ),
    Mutant(
        "no_primary_is_a_crash",
        "while no host is the primary, whoever asks for one ends, and never asks again",
        (
            edit(
                f"{STORE}.hosts:Hosts.connect",
                ('raise NoPrimary("none of its hosts is a primary that answers") from refused', "raise refused"),
            ),
        ),
    ),
    Mutant(
        "connections_kept",
        "connections to an old primary that lives on are kept, and nothing is ever committed on them",
        (edit(f"{STORE}.database:Database._on_the_primary", ("await self._pool.expire_connections()", "pass")),),
    ),
    Mutant(
        "old_primary_asked_first",
        "an old primary that takes itself for the primary is connected to again and again",
        (edit(f"{STORE}.database:Database._on_the_primary", ("self._pass_over()", "pass")),),
    ),
    Mutant(
        "statements_kept_behind_pgbouncer",
        "statements are prepared on one server connection and run on another: behind pgbouncer they fail, or mix",
        (
            edit(
                f"{STORE}.database:connection_settings",
                ('"statement_cache_size": 0 if behind_pgbouncer else 200,', '"statement_cache_size": 200,'),
            ),
        ),
    ),
    Mutant(
        "migrated_piecemeal",
        "a migration that was cut off leaves its first half behind, and no next try gets past it",
        (
            edit(
                f"{STORE}.migrate:_migrate",
                (
                    "await tx.execute(script_from(state.applied),",
                    'await tx.execute(script_from(state.applied).replace(";\\n", ";\\nCOMMIT;\\nBEGIN;\\n"),',
                ),
            ),
        ),
    ),
    Mutant(
        "closed_listener_kept",
        "a listening connection that the server closed is not missed until there is something to tell",
        (
            edit(
                "surereply.hints:Hints.run",
                ("connection.add_termination_listener(lambda _: self._something.set())", "pass"),
            ),
        ),
    ),
    Mutant(
        "hints_trusted",
        "a step works when it is told to, and never looks by itself: a lost hint is a customer without an answer",
        (edit("surereply.worker:run_step", ("await wake.wait(idle_seconds)", "await wake.wait(86_400)")),),
    ),
)

RESPONDING = (
    Mutant(
        "no_fence",
        "a turn commits although its lease was lost: somebody else answers the same messages",
        (edit(f"{STORE}.commit:_lock_tickets", (" AND t.lease_token = k.token", " AND k.token IS NOT NULL")),),
    ),
    Mutant(
        "fence_by_conversation",
        "a turn that lost its lease is written beside the one that has it, where one process is late with both",
        (
            edit(
                f"{STORE}.commit:commit_turns",
                (
                    "if decided.lease.token not in held:",
                    "if decided.key not in {t.key for t in turns if t.lease.token in held}:",
                ),
                (
                    "[t for t in turns if t.lease.token in held]",
                    "[t for t in turns if t.key in {t.key for t in turns if t.lease.token in held}]",
                ),
            ),
        ),
    ),
    Mutant(
        "counter_fence",
        "the fence is a counter that starts anew with the ticket, so a stale turn passes (ABA)",
        (
            edit(
                f"{STORE}.turns:claim",
                (
                    "lease_token = gen_random_uuid()",
                    "lease_token = lpad(to_hex(t.attempts + 1), 32, '0')::uuid",
                ),
            ),
        ),
    ),
    Mutant(
        "no_state_version",
        "a turn that was decided on an old state overwrites what a person did meanwhile",
        (
            edit(
                f"{STORE}.commit:commit_turns",
                ("current.get(decided.key) != decided.loaded.conversation.state_version", "decided.key not in current"),
            ),
        ),
    ),
    Mutant(
        "pending_not_looked_at",
        "a turn carries over a reply that has left meanwhile: the customer reads it twice",
        (
            edit(
                f"{STORE}.commit:commit_turns",
                ("or pending.get(decided.key, frozenset()) != decided.loaded.pending", "or pending is None"),
            ),
        ),
    ),
    Mutant(
        "delete_all_unread",
        "a turn marks all of a conversation as read, also what came while it was thinking",
        (
            edit(
                f"{STORE}.turn_rows:_delete_unread",
                (" AND u.message_id = k.message_id", " AND k.message_id IS NOT NULL"),
            ),
        ),
    ),
    Mutant(
        "ticket_always_deleted",
        "a turn deletes its ticket without looking for what came meanwhile",
        (
            edit(
                f"{STORE}.turn_rows:_settle_tickets",
                ("AND t.unread_due_at IS NULL AND t.wake_at IS NULL", "AND t.wake_at IS NULL"),
            ),
        ),
    ),
    Mutant(
        "no_reply_key",
        "a reply's dedupe key is not unique: a second computation sends a second copy",
        (
            edit(
                f"{STORE}.owed:insert_replies",
                ('written = {row["reply_id"] for row in rows}', "written = {reply.id for reply in replies}"),
            ),
        ),
    ),
    Mutant(
        "lost_commit_forgotten",
        "a turn whose commit's answer was lost counts as lost, and the dispatcher is not told what it owes",
        (
            edit(
                f"{STORE}.commit:committed_turns",
                ('return {row["id"] for row in rows}', "return set()"),
            ),
        ),
    ),
    Mutant(
        "dies_in_company",
        "whoever is thought about beside a message that kills its process is handed over with it",
        (edit("surereply.responder:Responder.respond_once", ("lease.attempts > TRIES_IN_COMPANY", "False")),),
    ),
    Mutant(
        "given_back_beats_taken_over",
        "the bot takes a conversation from a person who took it over again after giving it back",
        (edit("surereply.case:_causes", (" and not _taken_over_since(case, rules)", "")),),
    ),
    Mutant(
        "fields_wiped",
        "a turn writes down what it read, and empties what was known before",
        (
            edit(
                f"{STORE}.lead_rows:_row",
                (
                    "to_json(lead.fields)",
                    "to_json({name: one for name, one in lead.fields.items() if one.at == at})",
                ),
            ),
        ),
    ),
    Mutant(
        "act_stays_on_the_ticket",
        "what is given back a second time, by the set time, owes its reply under the first one's key: nobody gets it",
        (
            edit(
                f"{STORE}.turn_rows:_settle_tickets",
                (
                    "\n                               THEN t.wake_act END",
                    "\n                               OR true THEN t.wake_act END",
                ),
            ),
        ),
    ),
    Mutant(
        "every_question_counted",
        "the same question in other words counts once more, and customers are given up too early",
        (
            edit(
                "surereply.domain.asking:put",
                ("another = ask.field != conversation.last_question_key", "another = True"),
            ),
        ),
    ),
)

DISPATCHING = (
    Mutant(
        "lease_to_pending",
        "a send whose process died goes back to PENDING because time passed, and is sent again",
        (
            edit(
                f"{STORE}.doubts:expire_sends",
                (
                    "SET status = 'UNKNOWN', lease_until = NULL, due_at = 'infinity'",
                    "SET status = 'PENDING', lease_until = NULL, due_at = $2",
                ),
                (
                    "SET status = 'UNKNOWN', error = 'nobody settled this send: its process ended or hung'",
                    "SET status = 'PENDING'",
                ),
            ),
        ),
    ),
    Mutant(
        "asynchronous_claim",
        "SENDING is not on disk when the first byte leaves: after a crash of the database it is sent again",
        (
            edit(
                "surereply.dispatcher:Dispatcher._claim",
                ("async with self._db.transaction() as tx:", "async with self._db.transaction(relaxed=True) as tx:"),
            ),
        ),
    ),
    Mutant(
        "claim_in_doubt_forgotten",
        "replies whose claim was cut off stay in doubt for ever, though nobody ever sent them",
        (
            edit(
                "surereply.dispatcher:Dispatcher._claim",
                ("self._surely_unsent += claimed.sending", "pass"),
            ),
        ),
    ),
    Mutant(
        "given_back_by_attempt",
        "a claim in doubt is given back while another one with its attempt is being sent: the customer gets two copies",
        (edit(f"{STORE}.outbox:still_marked", ("t.lease_token = k.token", "k.token IS NOT NULL")),),
    ),
    Mutant(
        "sent_before_the_claim",
        "the request leaves while its claim is not committed: a claim that is lost sends twice",
        (
            edit(
                f"{STORE}.outbox:_mark_replies",
                ("return rows", "await tx.execute('ROLLBACK; BEGIN')\n    return rows"),
            ),
        ),
    ),
    Mutant(
        "written_after_its_time",
        "a dispatcher that stood still beyond its lease sends all the same, beside the one that took its place",
        (
            edit(
                "surereply.whatsapp.http:Flight.check",
                ("self.too_late or self.clock() > self.deadline", "self.too_late and self.clock() > self.deadline"),
            ),
        ),
    ),
    Mutant(
        "blind_resend",
        "a send without a verdict counts as failed, and is tried again",
        (
            edit(
                "surereply.whatsapp.client:_broken",
                (
                    'return Outcome(Verdict.UNKNOWN, details=f"no answer: {name}", rule=IN_DOUBT, record=record)',
                    "return Outcome(NOT_WRITTEN.verdict, details=name, rule=NOT_WRITTEN, record=record)",
                ),
            ),
        ),
    ),
    Mutant(
        "conversation_not_looked_at",
        "a reply leaves after a stop, beside a person, outside the window",
        (
            edit(
                f"{STORE}.outbox:suppression",
                ("closes_at = ", "return None\n    closes_at = "),
                (
                    '    if conversation["stopped_at"] is not None',
                    '    if False and conversation["stopped_at"] is not None',
                ),
                (
                    '    if conversation["handed_over_at"] is not None',
                    '    if False and conversation["handed_over_at"] is not None',
                ),
            ),
        ),
    ),
    Mutant(
        "replies_out_of_order",
        "a conversation's second reply leaves before the first is settled",
        (
            edit(
                f"{STORE}.outbox:_candidates", ("AND e.reply_id < t.reply_id", "AND e.reply_id < t.reply_id AND false")
            ),
        ),
    ),
    Mutant(
        "late_answer_wins",
        "the answer to an attempt that was given up undoes what came after it",
        (
            edit(
                f"{STORE}.settling:_settle_replies",
                (
                    "AND r.id = k.id AND r.attempt = k.attempt\n           AND (r.status = 'SENDING'",
                    "AND r.id = k.id AND k.attempt > 0\n           AND (true OR r.status = 'SENDING'",
                ),
            ),
        ),
    ),
    Mutant(
        "late_answer_undoes_resend",
        "the late answer to a copy that failed takes back what a person sent again: nothing arrives, and nobody knows",
        (edit(f"{STORE}.settling:_take_back", (" AND f.report_id IS NULL", "")),),
    ),
    Mutant(
        "suppressed_though_accepted",
        "what was accepted before it was withdrawn stays SUPPRESSED, whatever the answer said",
        (
            edit(
                f"{STORE}.settling:_take_back",
                ("r.status IN ('PENDING', 'SUPPRESSED') AND f.report_id", "r.status = 'PENDING' AND f.report_id"),
            ),
        ),
    ),
)

RECONCILING = (
    Mutant(
        "reports_step_back",
        "a report that comes late undoes a later one: delivered, then sent again",
        (
            edit(
                "surereply.domain.outcome:fold",
                ("return max(reported_so_far, new, key=REPORT_ORDER.__getitem__)", "return new"),
            ),
        ),
    ),
    Mutant(
        "echo_ignored",
        "the report that carries our callback data settles nothing, and a reply that arrived stays in doubt",
        (
            edit(
                "surereply.domain.settling:settle_by_report",
                ("status=Status.SENT if came_back else state.status,", "status=state.status,"),
            ),
        ),
    ),
    Mutant(
        "lost_attempt_refused",
        "a report of an attempt that a restored backup does not know is refused by the database, and all after it wait",
        (edit("surereply.domain.settling:settle_by_report", ("attempt=max(attempt, 1),", "attempt=state.attempt,")),),
    ),
    Mutant(
        "policy_resends_again_and_again",
        "the owner's policy sends a quiet reply again every time that it is quiet, not once",
        (edit(f"{STORE}.doubts:resend", ("if by_policy and not await", "if False and not await")),),
    ),
    Mutant(
        "policy_behind_a_later_reply",
        "the owner's policy sends a reply again behind a later one that has left",
        (edit(f"{STORE}.doubts:_policy_may_resend", ("AND r.attempt > 0", "AND r.attempt > 99")),),
    ),
    Mutant(
        "resend_beside_a_claim",
        "a reply is sent again while a dispatcher that has looked already marks a later one: they leave out of order",
        (edit(f"{STORE}.doubts:resend", ("    await _lock_pace(tx, bucket, reply_id)\n", "")),),
    ),
    Mutant(
        "resend_stays_behind",
        "a reply that moves to another conversation forgets that it was sent again, and the policy does so once more",
        (edit(f"{STORE}.moving:move_work", ("AND a.reply_id = moved.reply_id", "AND false")),),
    ),
    Mutant(
        "doubt_keeps_resolution",
        "a second doubt counts as resolved as the first one was, and its reply is never owed again",
        (
            edit(
                f"{STORE}.doubts:expire_sends",
                ("resolution = NULL  -- of an earlier doubt", "resolution = r.resolution"),
            ),
            edit(
                f"{STORE}.settling:_settle_replies",
                ("CASE WHEN k.status = 'UNKNOWN' THEN NULL ELSE r.resolution END", "r.resolution"),
            ),
        ),
    ),
    Mutant(
        "failure_forgotten",
        "that a copy was sent settles a reply, though the same copy failed: nothing arrives, and nobody knows",
        (
            edit(
                "surereply.domain.settling:settle_by_report",
                ("report.reported is Reported.SENT and report.copy_failed", "report.copy_failed is None"),
            ),
        ),
    ),
    Mutant(
        "only_latest_attempt_fails",
        "a reply stays SENT though the copy that it rests on failed, because a later attempt was made",
        (edit("surereply.domain.settling:settle_by_report", (" and not rests_on_it", "")),),
    ),
)

# Bugs of whoever thinks of quiet days alone: full disks, long readers, false clocks, connections that are stale.
ENDURING = (
    Mutant(
        "keys_pruned_early",
        "the keys of messages are pruned while WhatsApp still repeats them, and a copy is answered again",
        (
            edit(
                f"{STORE}.partitions:prune_inbound_keys",
                ("        now - KEEP_INBOUND_KEYS,", "        now - KEEP_INBOUND_KEYS / 5,"),
            ),
        ),
    ),
    Mutant(
        "erased_comes_back",
        "a repeated webhook brings back what somebody had erased",
        (edit(f"{STORE}.inbox:_take_keys", ("AND e.hash = k.hash", "AND e.hash = k.hash AND false")),),
    ),
    Mutant(
        "one_held_row_holds_all",
        "a row that somebody holds stops all who are written together with it",
        (edit(f"{STORE}.database:is_of_one_item", (" or isinstance(error, asyncpg.LockNotAvailableError)", "")),),
    ),
    Mutant(
        "stands_still_for_ever",
        "a process that was suspended in a transaction keeps its locks for as long as it stands still",
        (
            edit(
                f"{STORE}.database:connection_settings",
                (
                    "SAFETY_SETTINGS | (STEP_SETTINGS if for_steps else {})",
                    'SAFETY_SETTINGS | STEP_SETTINGS | {"idle_in_transaction_session_timeout": "0"}',
                ),
            ),
        ),
    ),
    Mutant(
        "claims_look_all_the_way",
        "under a dump of the database each claim reads everything that was done since the dump began",
        (edit(f"{STORE}.looking_back:LookBack.since", ("return self._oldest - A_WHILE", "return THE_BEGINNING")),),
    ),
    Mutant(
        "bucket_read_for_each_reply",
        "a claim reads all that a bucket owes, once for each reply that it claims",
        (edit(f"{STORE}.outbox:_candidates", ("OFFSET 0)", ")")),),
    ),
    Mutant(
        "months_wait_for_readers",
        "who makes the month's partitions waits for a dump, and every webhook waits behind",
        (edit(f"{STORE}.partitions:make_ahead", ("'{LOCK_WITHIN}'", "'10s'")),),
    ),
    Mutant(
        "many_rows_moved_at_once",
        "rows of a month that had no partition are moved under a lock in the middle of the day, however many they are",
        (edit(f"{STORE}.partitions:make_ahead", (", most_moved=MOST_MOVED", "")),),
    ),
    Mutant(
        "clock_waited_out",
        "after the clock was set back nobody is answered until it is that late again",
        (edit(f"{STORE}.clock_steps:step_back", ("    done = [", "    return 0\n    done = [")),),
    ),
    Mutant(
        "pair_of_the_future",
        "after the clock was set back, whoever was served by the old time is silent until it is that late again",
        (
            edit(
                f"{STORE}.pair_pace:held_until",
                (" <= now + FURTHEST - BORROWED", " <= now + FURTHEST * 1000"),
            ),
        ),
    ),
    Mutant(
        "day_of_the_taking",
        "a follow-up bears the day on which it happened to be taken, so a second computation has another key",
        (
            edit(
                "surereply.domain.following_up:_nudge",
                ("(given.follow_up_due_at or given.now).astimezone", "given.now.astimezone"),
            ),
            edit("surereply.case:_cause_without_messages", ("lease.wake_at or lease.due_at", "case.now")),
        ),
    ),
    Mutant(
        "newer_schema_not_ready",
        "when the next version migrates, every old process leaves the load balancer before a new one is there",
        (edit("surereply.web.app:readyz", ("(Standing.CURRENT, Standing.NEWER)", "(Standing.CURRENT,)")),),
    ),
    Mutant(
        "own_database_not_kept",
        "a database of our own that ended by itself stays away until somebody starts us again",
        (edit(f"{STORE}.embedded_kept:_keep", ("if not running.is_running():", "if False:")),),
    ),
    Mutant(
        "silence_of_the_deaf",
        "that no report came while no webhook came at all counts as silence, and the reply is sent a second time",
        (
            edit(
                f"{STORE}.doubts:quiet_doubts",
                ("heard.received_at + 2 * (heard.received_at - t.since) <= $3", "heard.received_at IS NOT NULL"),
            ),
        ),
    ),
    Mutant(
        "refusals_unseen",
        "health is green while the disk is full and every delivery is refused, because the database can be read",
        (edit("surereply.web.api.health:read_stored", ("refusing_s=refusing_s", "refusing_s=None")),),
    ),
    Mutant(
        "sent_by_put",
        "a send is a PUT, which the HTTP library takes for harmless and repeats on a stale connection",
        (edit("surereply.whatsapp.client:WhatsAppClient._post", ("self.http.post(", "self.http.put(")),),
    ),
    Mutant(
        "certificate_not_checked",
        "whoever answers in WhatsApp's place gets the token, and what was to be sent",
        (edit("surereply.whatsapp.http:open_http", ("limit=connections,", "limit=connections, ssl=False,")),),
    ),
    Mutant(
        "server_errors_tried_again",
        "an answer without a verdict counts as not sent, and the reply is sent again",
        (
            edit(
                "surereply.whatsapp.client:WhatsAppClient._outcome",
                (
                    'return Outcome(Verdict.UNKNOWN, details=f"HTTP {status} without a verdict", rule=IN_DOUBT,',
                    'return Outcome(NOT_WRITTEN.verdict, details=f"HTTP {status}", rule=NOT_WRITTEN,',
                ),
            ),
        ),
    ),
    Mutant(
        "storm_not_heeded",
        "WhatsApp says that it is too much, and is asked as often as before",
        (edit("surereply.pacing:slow", ("case Action.SLOW_LINE:", "case Action.SLOW_LINE if False:")),),
    ),
)

MUTANTS = {
    mutant.name: mutant for mutant in (*RECEIVING, *CONNECTING, *RESPONDING, *DISPATCHING, *RECONCILING, *ENDURING)
}
