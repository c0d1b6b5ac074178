"""Layer 4: torture and scenarios, on real processes; and the mutants that they catch.

`python -m torture.caught MUTANT` plays what `CATCHES` names for a bug, with that bug in the servers: exit code 1 if it
was caught. A bug that stands not there is tortured for half a minute instead.
"""

from typing import Final

SEED: Final = 1

# The scenario that catches a bug, and the invariant that it breaks there. Each was seen to, with the seed above; the
# first one in three of four runs: whether somebody else's commit brings the message to disk in time is luck.
CATCHES: Final = {
    "acknowledged_before_commit": ("postgres-stopped-as-a-webhook-is-acknowledged", "lost"),
    "asynchronous_claim": ("postgres-stopped-as-a-send-arrives", "sent twice"),
    "blind_resend": ("answers-lost", "sent twice"),
    "counter_fence": ("frozen-while-the-ticket-is-made-anew", "kept or read twice"),
    "delete_all_unread": ("messages-while-the-bot-thinks", "lost"),
    "echo_ignored": ("dispatcher-killed-and-the-echo-late", "accepted, and not SENT"),
    "fields_wiped": ("server-killed", "fields wiped"),
    "hints_trusted": ("all-servers-killed", "stuck"),
    "lease_to_pending": ("dispatcher-killed-and-the-echo-late", "sent twice"),
    "no_fence": ("frozen-beyond-the-lease", "kept or read twice"),
    "no_inbound_key": ("the-same-webhook-a-thousand-times-at-once", "kept or read twice"),
    "replies_out_of_order": ("provider-slow", "out of order"),
    "sent_before_the_claim": ("server-killed", "sent twice"),
    "ticket_do_nothing": ("messages-at-the-end-of-a-turn", "stuck"),
}
