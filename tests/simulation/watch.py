"""What is seen at every commit: who holds which lease, and what must never be written at all."""

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from simulation.business import businesses
from simulation.trail import Change
from surereply.domain.conversation import SERVICE_WINDOW
from surereply.domain.replies import PASSES_A_CLOSED_WINDOW, PASSES_A_HANDOVER, PASSES_A_STOP, ReplyType

GIVES_BACK = {"give_back", "unite", "erased"}


class Watch:
    """Fed with every commit's changes, in order. Its findings begin with the invariant that was broken."""

    def __init__(self) -> None:
        self.leases: dict[str, str] = {}  # process to the conversation it leased last
        self.ticket_leased_by: dict[str, str] = {}
        self.tickets_made: Counter[str] = Counter()
        self.buckets: dict[str, int] = {}
        self.conversation_of_wamid: dict[str, str] = {}
        self._conversations: dict[str, Mapping[str, Any]] = {}
        self._replies: dict[str, Mapping[str, Any]] = {}
        self._zones = {one.flow.name: ZoneInfo(one.flow.business.time_zone) for one in businesses()}

    def see(self, changes: Sequence[Change], owner: str) -> list[str]:
        findings = []
        """Everything that one commit changed."""
        acts = {change.row["name"] for change in changes if change.table == "act"}
        causes = {change.row["turn_cause"] for change in changes if change.table == "turn"}
        for change in changes:
            match change.table:
                case "conversation_ticket":
                    self._ticket(change, owner)
                case "message" if change.after is not None:
                    self.conversation_of_wamid[change.after["wamid"]] = change.after["conversation_id"]
                case "conversation":
                    findings += self._conversation(change, acts, causes)
                case "reply":
                    findings += self._reply(change)
        findings += self._followed_up_on_its_day(changes)
        return findings

    def leaves(self, reply_id: UUID, attempt: int) -> list[str]:
        """A request is judged by the provider: until then nobody may have given the attempt up."""
        reply = self._replies.get(str(reply_id))
        if reply is None or (reply["attempt"] == attempt and reply["status"] != "UNKNOWN"):
            return []
        said = f"is {reply['status']} at attempt {reply['attempt']}"
        return [f"written down first: attempt {attempt} of reply {reply_id} leaves, and the reply {said}"]

    def _ticket(self, change: Change, owner: str) -> None:
        conversation = change.row["conversation_id"]
        self.buckets[conversation] = change.row["bucket"]
        if change.before is None:
            self.tickets_made[conversation] += 1
        if change.became("lease_token") is not None:
            self.leases[owner] = conversation
            self.ticket_leased_by[conversation] = owner
        elif change.row["lease_token"] is None or change.after is None:
            self.ticket_leased_by.pop(conversation, None)

    def _conversation(self, change: Change, acts: set[str], causes: set[str]) -> list[str]:
        if change.after is None:
            return [f"forward only: conversation {change.row['id']} was deleted"]
        before, after = self._conversations.get(after_id := change.after["id"]), change.after
        self._conversations[after_id] = after
        if before is None:
            return []
        found = []
        took_back = before["handed_over_at"] and not after["handed_over_at"]
        # By a person's act, by a turn that the act or the flow's set time caused; a stale turn would do it unseen.
        if took_back and not acts & GIVES_BACK and not causes & {"given_back"}:
            found.append(f"one turn at a time: conversation {after_id} was taken from the person who had it")
        if before["stopped_at"] and after["stopped_at"] and after["stopped_at"] < before["stopped_at"]:
            found.append(f"forward only: conversation {after_id} was stopped earlier than it was")
        return found

    def _reply(self, change: Change) -> list[str]:
        if change.after is None:
            return []  # moved into its month's partition, or gone: the tables are looked at, too
        reply = change.after
        earlier = [one for one in self._replies.values() if one["conversation_id"] == reply["conversation_id"]]
        self._replies[reply["id"]] = reply
        if change.became("status") != "SENDING":
            return []
        name = f"reply {reply['id']} of conversation {reply['conversation_id']}"
        found = [
            f"written down first: {name} leaves before {one['id']}, which is {one['status']}"
            for one in earlier
            if one["id"] < reply["id"] and one["status"] in ("PENDING", "SENDING")
        ]
        conversation = self._conversations[reply["conversation_id"]]
        reply_type = ReplyType(reply["reply_type"])
        if conversation["stopped_at"] and reply_type not in PASSES_A_STOP:
            found.append(f"no reply vanishes: {name} leaves after a stop")
        if conversation["handed_over_at"] and reply_type not in PASSES_A_HANDOVER:
            found.append(f"no reply vanishes: {name} leaves while a person has the conversation")
        window_from = conversation["window_from"]
        sending_at = datetime.fromisoformat(reply["sending_at"])
        is_closed = window_from is None or sending_at >= datetime.fromisoformat(window_from) + SERVICE_WINDOW
        if is_closed and reply_type not in PASSES_A_CLOSED_WINDOW:
            found.append(f"no reply vanishes: {name} leaves outside the window")
        return found

    def _followed_up_on_its_day(self, changes: Sequence[Change]) -> list[str]:
        """The day of a follow-up is that of its stored due time, where the business is."""
        tickets = {one.row["conversation_id"]: one.before for one in changes if one.table == "conversation_ticket"}
        flows = {one.row["id"]: one.row["flow_name"] for one in changes if one.table == "lead"}
        found = []
        for change in changes:
            reply = change.after
            if change.table != "reply" or change.before is not None or reply is None:
                continue
            ticket = tickets.get(reply["conversation_id"])
            if reply["reply_type"] != "follow_up" or ticket is None or ticket["wake_at"] is None:
                continue
            zone = self._zones.get(flows.get(reply["lead_id"], ""))
            due_on = datetime.fromisoformat(ticket["wake_at"]).astimezone(zone or ZoneInfo("UTC")).date().isoformat()
            if zone is not None and reply["day_bucket"] != due_on:
                found.append(
                    f"one reply a reason: follow-up {reply['id']} of {reply['day_bucket']} was due on {due_on}"
                )
        return found

    def key_of(self, conversation: str) -> tuple[int, UUID]:
        return self.buckets[conversation], UUID(conversation)
