"""The fake refuses what WhatsApp refuses, with its codes; a lenient fake would hide our mistakes."""

import json
from datetime import UTC, datetime

import pytest

from surereply.lab.checks import refusal_of
from surereply.lab.clock import StandingClock
from surereply.lab.graph import Answer, Graph, Manners
from surereply.lab.limits import Limits
from surereply.lab.lines import LabLine, make_lines

CUSTOMER = "971500000001"


def body(**parts: object) -> dict:
    return {"messaging_product": "whatsapp", "to": CUSTOMER, **parts}


def text(words: str) -> dict:
    return body(type="text", text={"body": words})


def buttons(*titles: str, words: str = "Which one?", ids: list[str] | None = None) -> dict:
    made = [
        {"type": "reply", "reply": {"id": (ids or [str(n) for n in range(9)])[place], "title": title}}
        for place, title in enumerate(titles)
    ]
    interactive = {"type": "button", "body": {"text": words}, "action": {"buttons": made}}
    return body(type="interactive", interactive=interactive)


def rows(count: int, *, title: str = "Row", id: str | None = None, **more: str) -> dict:
    made = [{"id": id or str(place), "title": title, **more} for place in range(count)]
    action = {"button": "Choose", "sections": [{"rows": made}]}
    interactive = {"type": "list", "body": {"text": "Which one?"}, "action": action}
    return body(type="interactive", interactive=interactive)


@pytest.mark.parametrize(
    "sent",
    [
        text("x" * 4096),
        buttons("a", "b", "c", words="x" * 1024),
        buttons("x" * 20, ids=["i" * 256]),
        rows(10, description="x" * 72),
        rows(1, title="x" * 24, id="i" * 200),
        body(type="template", template={"name": "hello", "language": {"code": "en"}}),
        {"messaging_product": "whatsapp", "recipient": "US.134912", "type": "text", "text": {"body": "x"}},
        {**text("x"), "biz_opaque_callback_data": "x" * 512},
        {**text("x"), "to": "+971 50 000 0001"},
    ],
)
def test_what_keeps_the_limits_is_accepted(sent: dict) -> None:
    assert refusal_of(sent) is None


@pytest.mark.parametrize(
    ("sent", "code"),
    [
        (None, 100),
        ([], 100),
        ({"to": CUSTOMER, "type": "text", "text": {"body": "x"}}, 100),
        ({"messaging_product": "whatsapp", "type": "text", "text": {"body": "x"}}, 100),
        ({**text("x"), "recipient": "US.134912"}, 100),
        ({**text("x"), "to": "customer"}, 131009),
        ({**text("x"), "colour": "red"}, 100),
        ({**text("x"), "biz_opaque_callback_data": "x" * 513}, 100),
        (text("x" * 4097), 100),
        (text("  "), 100),
        (body(type="text"), 131008),
        (body(type="hologram"), 131051),
        (buttons("a", words="x" * 1025), 131009),
        (buttons("a", "b", "c", "d"), 131009),
        (buttons(), 131009),
        (buttons("x" * 21), 131009),
        (buttons("Yes", "Yes"), 131009),
        (buttons("a", "b", ids=["1", "1"]), 131009),
        (buttons("a", ids=["i" * 257]), 131009),
        (rows(11), 131009),
        (rows(0), 131009),
        (rows(1, title="x" * 25), 131009),
        (rows(1, id="i" * 201), 131009),
        (rows(1, description="x" * 73), 131009),
        (rows(2, id="same"), 131009),
    ],
)
def test_what_breaks_a_limit_is_refused_with_its_code(sent: object, code: int) -> None:
    refusal = refusal_of(sent)

    assert refusal is not None
    assert refusal.code == code


def code_of(answer: Answer) -> int | None:
    return json.loads(answer.content).get("error", {}).get("code")


def test_the_window_is_the_one_the_phones_opened() -> None:
    clock = StandingClock()
    line = LabLine()
    graph = Graph([line], clock=clock)

    def send(sent: dict) -> int | None:
        return code_of(graph.judge(line.phone_number_id, line.access_token, sent))

    before = send(text("Hello"))
    graph.note_inbound(line.phone_number_id, [CUSTOMER], "wamid.1", clock())
    inside = send(text("Hello"))
    clock.advance(hours=24)

    assert (before, inside, send(text("Hello"))) == (131047, None, 131047)
    assert send(body(type="template", template={"name": "hello", "language": {"code": "en"}})) is None


def test_a_message_with_an_old_or_false_timestamp_opens_no_window() -> None:
    """IN-12."""
    clock = StandingClock()
    line = LabLine()
    graph = Graph([line], clock=clock)
    graph.note_inbound(line.phone_number_id, [CUSTOMER], "wamid.1", datetime(2030, 1, 1, tzinfo=UTC))
    graph.note_inbound(line.phone_number_id, [CUSTOMER], "wamid.2", datetime(2020, 1, 1, tzinfo=UTC))

    clock.advance(hours=23, minutes=59)
    still_open = code_of(graph.judge(line.phone_number_id, line.access_token, text("Hello")))
    clock.advance(minutes=1)
    closed = code_of(graph.judge(line.phone_number_id, line.access_token, text("Hello")))

    assert (still_open, closed) == (None, 131047)


def test_tokens_are_checked_for_each_number() -> None:
    """OUT-8."""
    first, second = make_lines(2)
    graph = Graph([first, second], clock=StandingClock(), manners=Manners(knows_windows=False))

    def send(line: LabLine, token: str | None) -> int | None:
        return code_of(graph.judge(line.phone_number_id, token, text("Hello")))

    codes = [
        send(first, first.access_token),
        send(first, second.access_token),
        send(first, "x"),
        send(first, None),
    ]
    graph.expire_token(first.phone_number_id)
    expired = [send(first, first.access_token), send(second, second.access_token)]
    graph.renew_token(first.phone_number_id, "new")
    renewed = [send(first, "new"), send(first, first.access_token)]

    assert codes == [None, 10, 190, 190]
    assert expired == [190, None]
    assert renewed == [None, 190]


def test_recipients_whom_whatsapp_does_not_reach_are_refused() -> None:
    line = LabLine(allowed_recipients=frozenset({CUSTOMER, "971500000002", LabLine().display_phone_number}))
    manners = Manners(knows_windows=False, unreachable=frozenset({"971500000002"}))
    graph = Graph([line], clock=StandingClock(), manners=manners)

    def send(to: str) -> int | None:
        return code_of(graph.judge(line.phone_number_id, line.access_token, {**text("Hello"), "to": to}))

    assert send(CUSTOMER) is None
    assert send("971500000002") == 131026
    assert send("971500000003") == 131030
    assert send(line.display_phone_number) == 131021


def test_a_refusal_may_come_late_as_a_failed_report() -> None:
    """OUT-18."""
    line = LabLine()
    graph = Graph([line], clock=StandingClock(), manners=Manners(reported_late=frozenset({131047})))

    answer = graph.judge(line.phone_number_id, line.access_token, text("Hello"))

    assert answer.http_status == 200
    assert [stage for stage, _ in answer.plan] == ["failed"]
    assert answer.reporting is not None
    assert answer.reporting.failed_code == 131047
    assert not answer.entry.reaches_phone


def test_a_number_sends_so_many_in_a_second() -> None:
    """OUT-7."""
    clock = StandingClock()
    line = LabLine()
    graph = Graph([line], clock=clock, manners=Manners(limits=Limits(per_second=80), knows_windows=False))

    def send() -> int | None:
        return code_of(graph.judge(line.phone_number_id, line.access_token, text("Hello")))

    first = [send() for _ in range(81)]
    clock.advance(seconds=0.1)
    then = [send() for _ in range(9)]

    assert first == [None] * 80 + [130429]
    assert then == [None] * 8 + [130429]


def test_a_pair_may_burst_and_then_gets_one_in_six_seconds() -> None:
    """OUT-7."""
    clock = StandingClock()
    line = LabLine()
    graph = Graph([line], clock=clock, manners=Manners(limits=Limits(pair=True), knows_windows=False))

    def send(to: str = CUSTOMER) -> int | None:
        return code_of(graph.judge(line.phone_number_id, line.access_token, {**text("Hello"), "to": to}))

    burst = [send() for _ in range(46)]
    other = send("971500000002")
    clock.advance(seconds=6)

    assert burst == [None] * 45 + [131056]
    assert other is None
    assert [send(), send()] == [None, 131056]


def test_what_a_number_receives_counts_towards_its_throughput() -> None:
    line = LabLine()
    graph = Graph([line], clock=StandingClock(), manners=Manners(limits=Limits(per_second=3)))
    for number in range(2):
        graph.note_inbound(line.phone_number_id, [CUSTOMER], f"wamid.{number}", StandingClock()())

    sent = [code_of(graph.judge(line.phone_number_id, line.access_token, text("Hello"))) for _ in range(2)]

    assert sent == [None, 130429]


def test_only_a_customers_message_can_be_marked_as_read() -> None:
    line = LabLine()
    graph = Graph([line], clock=StandingClock())
    graph.note_inbound(line.phone_number_id, [CUSTOMER], "wamid.1", StandingClock()())

    def mark(wamid: str) -> int | None:
        sent = {"messaging_product": "whatsapp", "status": "read", "message_id": wamid}
        return code_of(graph.judge(line.phone_number_id, line.access_token, sent))

    assert [mark("wamid.1"), mark("wamid.2")] == [None, 131009]
    assert [made.message_id for made in graph.marks] == ["wamid.1"]
