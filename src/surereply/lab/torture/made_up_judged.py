"""What a deployment made of the webhooks of made-up customers, as its admin API and perhaps a lab show it."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from surereply.lab.meta import Meta
from surereply.lab.torture.made_up import OLD, MadeUp


@dataclass(slots=True)
class Outcome:
    """What was sent and found. `numbers`: the made-up ones."""

    customers: int
    messages: int
    deliveries: int
    repetitions: int
    turns: int
    replies: int
    old: int
    badly_signed: int
    numbers: str
    at_the_lab: int | None  # requests to send that a lab saw, where replies go to one
    findings: list[str] = field(default_factory=list)


def judge(
    meta: Meta,
    people: MadeUp,
    shown: Sequence[Mapping[str, Any]],
    bad: Sequence[int | None],
    sent: Sequence[Mapping[str, Any]] | None,
) -> Outcome:
    messages = [message for one in shown for message in one["timeline"]["messages"]]
    outcome = Outcome(
        customers=len(people.numbers),
        messages=len(meta.book),
        deliveries=meta.deliveries + len(bad),
        repetitions=sum(len(message["repetitions"]) for message in messages),
        turns=sum(len(one["timeline"]["turns"]) for one in shown),
        replies=sum(len(one["timeline"]["replies"]) for one in shown),
        old=len(people.old),
        badly_signed=len(bad),
        numbers=people.shown_as,
        at_the_lab=None if sent is None else len(sent),
    )
    outcome.findings += [
        *_kept_once(meta, people, messages, bad),
        *(line for one in shown for line in _answered_at_most_once(one, people)),
        *_sent_at_most_once(sent or []),
    ]
    return outcome


def _kept_once(
    meta: Meta, people: MadeUp, messages: Sequence[Mapping[str, Any]], bad: Sequence[int | None]
) -> Iterator[str]:
    kept = Counter(message["wamid"] for message in messages)
    for update in meta.book:
        if update.acknowledged_at is None:
            yield f"never acknowledged: {update.key}"
        elif kept[update.key] != 1:
            yield f"acknowledged, and kept {kept[update.key]} times: {update.key}"
    if set(bad) != {401}:
        yield f"badly signed deliveries were answered {sorted(set(map(str, bad)))}, where 401 is due"
    for wamid in people.forged:
        if kept[wamid]:
            yield f"badly signed, and kept: {wamid}"


def _answered_at_most_once(shown: Mapping[str, Any], people: MadeUp) -> Iterator[str]:
    """Each message read by one turn; one reply a turn, and none where the window had closed long ago."""
    timeline, number = shown["timeline"], shown["conversation"]["phone"]
    read = Counter(message_id for turn in timeline["turns"] for message_id in turn["message_ids"])
    for message in timeline["messages"]:
        if read[message["id"]] != 1:
            why = message["why_no_turn"] or "no reason given"
            yield f"a message of {number} was read by {read[message['id']]} turns ({why})"
    causes = Counter(one["reply"]["cause"] for one in timeline["replies"])
    yield from (f"{number} is owed {times} replies for one message" for times in causes.values() if times > 1)
    for one in timeline["replies"]:
        accepted = sum(attempt["verdict"] == "accepted" for attempt in one["attempts"])
        if accepted > 1 and one["reply"]["resolution"] != "resent":
            yield f"a reply to {number} was accepted {accepted} times"
        if one["reply"]["status"] in ("PENDING", "SENDING"):
            yield f"a reply to {number} is still {one['reply']['status']}"
        if number in people.old and one["reply"]["status"] == "SENT":
            yield f"{number} wrote {OLD.days} days ago, and was answered outside the window"


def _sent_at_most_once(sent: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    copies = Counter(entry["callback_data"].rpartition(".")[0] for entry in sent if entry["accepted"])
    yield from (f"the lab accepted {times} copies of one reply" for times in copies.values() if times > 1)
