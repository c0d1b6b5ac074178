"""Runs the conversations that a flow file brings as its own tests, and says what came instead."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from surereply.domain.facts import Value
from surereply.domain.flow import Flow, FlowTest, FlowTestStep
from surereply.domain.flow_checks import NO_REPLY, TEST_TIME_FORMAT
from surereply.domain.rehearsal import Reader, Rehearsal, begin, customer_says, customer_taps

BETWEEN_MESSAGES = timedelta(minutes=1)
UNLESS_SAID = datetime(2026, 3, 2, 6, 0, tzinfo=UTC)  # when a test without `at` begins: a Monday


@dataclass(frozen=True, slots=True)
class StepResult:
    """A step, what we answered to it, and what did not hold: one line for each, none if all did."""

    step: FlowTestStep
    answered: str  # our bubble's text, with its buttons in [ ]; "" if none
    failures: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ConversationResult:
    """A test up to its first step that failed; the steps after it would fail for its reason."""

    name: str
    number: int  # in the file, from 1
    steps: tuple[StepResult, ...]

    @property
    def passed(self) -> bool:
        return not any(step.failures for step in self.steps)


def run_tests(flow: Flow, read: Reader) -> tuple[ConversationResult, ...]:
    """Every test of the flow, in order. Pure: the clock is the tests' own."""
    return tuple(_run(flow, test, number, read) for number, test in enumerate(flow.tests, 1))


def report(results: Sequence[ConversationResult]) -> str:
    """For the terminal: a line for each test, and under one that failed its conversation up to there."""
    lines = [line for result in results for line in _lines(result)]
    failed = sum(not result.passed for result in results)
    count = f"{len(results)} conversation{'' if len(results) == 1 else 's'}"
    lines.append(f"{count}: {failed} went another way" if failed else f"{count}: all went as written")
    return "\n".join(lines)


def _run(flow: Flow, test: FlowTest, number: int, read: Reader) -> ConversationResult:
    now = _begins_at(flow, test)
    rehearsal = begin(flow)
    steps = []
    for step in test.conversation:
        after = _step(rehearsal, step, now, read)
        if after is None:
            titles = ", ".join(choice.title for choice in rehearsal.choices) or "none"
            steps.append(StepResult(step, "", (f"there is no button '{step.taps}'; there is {titles}",)))
            break
        failures = tuple(_failures(after, step))
        steps.append(StepResult(step, _answered(after), failures))
        if failures:
            break
        rehearsal, now = after, now + BETWEEN_MESSAGES
    return ConversationResult(test.name, number, tuple(steps))


def _begins_at(flow: Flow, test: FlowTest) -> datetime:
    if test.at is None:
        return UNLESS_SAID
    zone = ZoneInfo(flow.business.time_zone)
    return datetime.strptime(test.at, TEST_TIME_FORMAT).replace(tzinfo=zone)


def _step(rehearsal: Rehearsal, step: FlowTestStep, now: datetime, read: Reader) -> Rehearsal | None:
    if step.taps is not None:
        return customer_taps(rehearsal, step.taps, now, read)
    return customer_says(rehearsal, step.says or "", now, read)


def _failures(after: Rehearsal, step: FlowTestStep) -> Iterator[str]:
    """What was expected and what came."""
    reply = after.turn.replies[-1] if after.turn and after.turn.replies else None
    for name, expected in step.expect_fields.items():
        found = after.lead.value(name) if after.lead else None
        if not _is_same(expected, found):
            yield f"{name}: expected {_shown(expected)}, came {_shown(found)}"
    if step.expect_reply_type is not None:
        came = str(reply.reply_type) if reply else NO_REPLY
        if came != step.expect_reply_type:
            yield f"reply type: expected {step.expect_reply_type}, came {came}{_why(after)}"
    if step.expect_asked is not None:
        asked = reply.question_key if reply else None
        if asked != step.expect_asked:
            yield f"asked: expected {step.expect_asked}, came {asked or 'nothing'}{_why(after)}"
    text = _answered(after)
    for words in step.expect_reply_contains:
        if words.casefold() not in text.casefold():
            yield f"the reply lacks '{words}'"
    for words in step.expect_reply_lacks:
        if words.casefold() in text.casefold():
            yield f"the reply has '{words}'"
    stage = str(after.lead.stage) if after.lead else "none"
    if step.expect_stage is not None and stage != step.expect_stage:
        yield f"stage: expected {step.expect_stage}, came {stage}"


def _is_same(expected: Value, found: Value) -> bool:
    """Equal, but for capitals: customers write their names small."""
    if isinstance(expected, str) and isinstance(found, str):
        return expected.casefold() == found.casefold()
    return bool(expected == found)


def _shown(value: Value) -> str:
    return "nothing" if value is None else repr(value)


def _why(after: Rehearsal) -> str:
    return f" ({after.turn.why})" if after.turn and after.turn.why else ""


def _answered(after: Rehearsal) -> str:
    bubbles = []
    for body in after.bodies:
        titles = " ".join(f"[{choice.title}]" for choice in (*body.buttons, *body.rows))
        bubbles.append(f"{body.text} {titles}".strip())
    return "\n".join(bubbles)


def _lines(result: ConversationResult) -> Iterator[str]:
    yield f"{'ok  ' if result.passed else 'FAIL'} {result.number}. {result.name}"
    if result.passed:
        return
    for step in result.steps:
        yield f"       customer: {step.step.says if step.step.says is not None else f'[{step.step.taps}]'}"
        yield f"       we:       {step.answered or '(nothing)'}".replace("\n", "\n                 ")
        for failure in step.failures:
            yield f"       ✗ {failure}"
