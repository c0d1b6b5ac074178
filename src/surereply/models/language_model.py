"""A language model's part in a turn: it reads beside the embedded reader, and words what was decided."""

import time
from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from typing import Any

from surereply.config import Settings
from surereply.domain.facts import Context, Reading
from surereply.domain.flow import Flow
from surereply.domain.line import Line
from surereply.domain.message import Message
from surereply.domain.replies import EarlierReply, ReplyDraft
from surereply.domain.turn_values import Turn
from surereply.domain.values import storable
from surereply.models.budget import Budget, NoBudget
from surereply.models.calling import Caller
from surereply.models.checker import check
from surereply.models.prompts import PROMPT_VERSION, reading_prompt, wording_prompt
from surereply.models.providers import NamedModel, Prompt, open_models
from surereply.models.reading import is_worth_asking, judge
from surereply.models.records import Refusal, TurnRecord, Wording
from surereply.models.wording import Rewordable, rewordable
from surereply.store.database import Database
from surereply.store.model_spending import Account
from surereply.telemetry import MODEL_PROPOSALS, MODEL_WORDINGS

MOST_MESSAGES = 8  # of a turn that one call reads; the newest count
MOST_CHARACTERS = 2_000  # of a message that a model sees
SEEN_FOR_TONE, CHARACTERS_FOR_TONE = 3, 300  # messages, and of each, that a rewording may take its tone from


class LanguageModel:
    """What all turns of a process share: models, slots, breakers and the budget."""

    def __init__(
        self,
        models: Sequence[NamedModel],
        budget: Budget | NoBudget,
        *,
        deadline_seconds: float = 6.0,
        at_once: int = 32,
    ) -> None:
        """`deadline_seconds`: for all calls of a turn together. `at_once`: calls in flight in this process."""
        self.at_once = at_once
        self._caller = Caller(models, budget, at_once=at_once)
        self._budget = budget
        self._deadline_seconds = deadline_seconds

    def begin(self, line: Line, today: date) -> "ModelTurn":
        """The model's part in one turn; its deadline counts from now. `today`: in the line's time zone."""
        until = time.monotonic() + self._deadline_seconds
        return ModelTurn(self._caller, Account(line.bucket, line.id, today), until)

    async def close(self) -> None:
        """Return when the books of the calls are written."""
        await self._budget.close()


def connect_models(settings: Settings, db: Database) -> LanguageModel | None:
    """The settings' models on their budget in the database; None where none is set. Raises `ModelUnusable`."""
    models = open_models(settings)
    if not models:
        return None
    budget = Budget(db, tokens_a_day=settings.llm_tokens_a_day or None, money_a_day=settings.llm_money_a_day)
    return LanguageModel(models, budget, deadline_seconds=settings.llm_deadline_ms / 1000, at_once=settings.llm_at_once)


class ModelTurn:
    """One turn's calls under one deadline, and what is kept of them. Knows nothing of any other turn."""

    def __init__(self, caller: Caller, account: Account, until: float) -> None:
        self.record = TurnRecord(PROMPT_VERSION)
        self._caller = caller
        self._account = account
        self._until = until
        self._worded: dict[tuple[str, str, str | None], str] = {}  # what was decided → what is sent

    async def read(
        self, flow: Flow, contexts: Sequence[Context], messages: Sequence[Message], readings: Sequence[Reading]
    ) -> tuple[Reading, ...]:
        """The embedded reader's `readings` of these messages, and what the model is allowed to add to them."""
        places = [at for at, message in enumerate(messages) if is_worth_asking(message, readings[at])][-MOST_MESSAGES:]
        if not places:
            return tuple(readings)
        asked = [messages[at] for at in places]
        prompt = reading_prompt(flow, contexts[places[0]], [message.text[:MOST_CHARACTERS] for message in asked])
        value = await self._ask(prompt)
        if value is None:
            return tuple(readings)
        judged = judge(flow, [contexts[at] for at in places], asked, [readings[at] for at in places], storable(value))
        self.record.proposals.extend(judged.proposals)
        for proposal in judged.proposals:
            MODEL_PROPOSALS.labels(proposal.kind, proposal.fate.value).inc()
        united = list(readings)
        for at, reading in zip(places, judged.readings, strict=True):
            united[at] = reading
        return tuple(united)

    async def word(self, flow: Flow, turn: Turn, messages: Sequence[Message], earlier: Sequence[EarlierReply]) -> Turn:
        """The turn with its reply in the model's words, where the checker lets them through; else as it is."""
        replies = tuple([await self._word(flow, turn, draft, messages, earlier) for draft in turn.replies])
        return replace(turn, replies=replies)

    async def _word(
        self, flow: Flow, turn: Turn, draft: ReplyDraft, messages: Sequence[Message], earlier: Sequence[EarlierReply]
    ) -> ReplyDraft:
        wanted = rewordable(flow, turn.conversation, turn.lead, draft, earlier)
        if wanted is None:
            return draft
        # A turn that was beaten is decided again: the same reply is not worded twice, another one not in its words.
        key = (draft.body.text, draft.reply_type.value, draft.question_key)
        if key not in self._worded:
            self._worded[key] = await self._proposed(flow, wanted, draft, messages)
        return replace(draft, body=replace(draft.body, text=self._worded[key]))

    async def _proposed(self, flow: Flow, wanted: Rewordable, draft: ReplyDraft, messages: Sequence[Message]) -> str:
        said = [message.text[:CHARACTERS_FOR_TONE] for message in messages if message.text.strip()][-SEEN_FOR_TONE:]
        parts = [(part.kind.value, part.text) for part in wanted.offered]
        bounds = wanted.bounds
        value = await self._ask(wording_prompt(flow, bounds.language, parts, said, bounds.last_reply))
        if value is None:
            return draft.body.text
        proposed = value.get("parts")
        texts = [text for text in proposed if isinstance(text, str)] if isinstance(proposed, list) else []
        refusals = check(texts, wanted.offered, bounds)
        body = wanted.joined(texts) if Refusal.PARTS not in refusals else "\n\n".join(texts)
        if not refusals and len(body) > wanted.most_characters:
            refusals = (Refusal.TOO_LONG,)
        self.record.wordings.append(Wording(draft.body.text, storable(body), refusals))
        for fate in [refusal.value for refusal in refusals] or ["sent"]:
            MODEL_WORDINGS.labels(fate).inc()
        return draft.body.text if refusals else body

    async def _ask(self, prompt: Prompt) -> dict[str, Any] | None:
        answer = await self._caller.ask(prompt, self._account, self._until)
        self.record.calls.extend(answer.calls)
        return answer.value
