"""One conversation as three sources show it, with nothing amiss: for tests that make something amiss, and look."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from surereply.domain.identity import new_id
from surereply.lab.envelope import STATUSES
from surereply.lab.stage.business import Business
from surereply.lab.torture.audit import Evidence, Finding, audit
from surereply.lab.torture.scene import Stranger
from surereply.lab.world import World
from surereply.store.audit import HeldConversation, KeptMessage, OpenWork, OwedReply, Tables, TakenTurn

NUMBER = "971500000001"
NOTHING = OpenWork(0, 0, 0, 0, 0, 0, 0, None)
QUESTION = "What would you like to come in for?"


@dataclass
class Talk:
    """Replies and turns by number, from 0; each exchange is a message, a turn and a reply that arrived."""

    business: Business
    world: World = field(init=False)
    customer: Stranger = field(init=False)
    conversation_id: UUID = field(default_factory=lambda: new_id(datetime.now(UTC)))
    messages: list[KeptMessage] = field(default_factory=list)
    turns: list[TakenTurn] = field(default_factory=list)
    replies: list[OwedReply] = field(default_factory=list)
    conversation: HeldConversation = field(init=False)
    more: dict[str, Any] = field(default_factory=dict)  # of the tables
    consented: list[str] = field(default_factory=list)
    acknowledges: bool = True

    def __post_init__(self) -> None:
        line = self.business.line
        self.world = World(deliver=self._take, lines=[line], by_hand=True)
        self.customer = Stranger(self.world.phone(NUMBER, line=line), self.business.flow)
        self.conversation = HeldConversation(
            self.conversation_id, line.phone_number_id, self.business.flow.name, NUMBER, 0, 0, 0, False, False
        )

    async def _take(self, body: bytes, headers: Mapping[str, str]) -> int:
        return 200 if self.acknowledges else 503

    async def exchange(self, text: str = QUESTION, *, arrives: bool = True) -> None:
        now, number = datetime.now(UTC), len(self.turns)
        said = self.customer.phone.says(f"message {number}")
        await self.world.deliver()
        self.messages.append(KeptMessage(new_id(now), said.wamid, self.conversation_id, None, now))
        self.turns.append(
            TakenTurn(new_id(now), self.conversation_id, number + 1, (self.messages[-1].id,), None, "a reason", now)
        )
        self.replies.append(
            OwedReply(
                new_id(now), self.conversation_id, self.turns[-1].id, "question", said.wamid, 0, text, "SENT", 1, None,
                None, False, False, None, now, now,
            )
        )  # fmt: skip
        self.conversation = replace(self.conversation, state_version=number + 1)
        if arrives:
            await self.arrives(number)

    async def arrives(self, reply: int, *, attempt: int = 1, to: str = NUMBER, text: str | None = None) -> None:
        """The provider accepts the reply, and reports it."""
        line = self.business.line
        body = {
            "messaging_product": "whatsapp",
            "to": to,
            "type": "text",
            "text": {"body": text or self.replies[reply].body},
            "biz_opaque_callback_data": f"v1.7.{self.replies[reply].id}.{attempt}",
        }
        answer = await self.world.post_message(line.phone_number_id, line.access_token, body)
        assert answer.http_status == 200
        await self.world.deliver()

    def evidence(self) -> Evidence:
        reported = {
            (wamid, stage)
            for update in self.world.meta.book
            if update.part == STATUSES
            for wamid, _, stage in [update.key.rpartition(" ")]
        }
        tables = Tables(
            messages=tuple(self.messages),
            turns=tuple(self.turns),
            replies=tuple(self.replies),
            conversations=(self.conversation,),
            unread=frozenset(),
            reported=frozenset(reported),
            quarantined=0,
            consents={},
            wiped=(),
            collisions=(),
            open_work=NOTHING,
        )
        return Evidence(self.world, [self.customer], replace(tables, **self.more), self.consented)

    def findings(self) -> list[Finding]:
        return audit(self.evidence())
