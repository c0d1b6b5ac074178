"""The ledger is the witness: it counts what was accepted, whatever the sender was told."""

from datetime import UTC, datetime, timedelta

import pytest

from surereply.lab.faults import Fault, Harm, Kind, Rule, code, lost, server_error
from surereply.lab.graph import Graph, Manners
from surereply.lab.lines import LabLine

LINE = LabLine()
NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
REPLY = "01930000-0000-7000-8000-000000000001"


def a_graph() -> Graph:
    return Graph([LINE], clock=lambda: NOW, manners=Manners(knows_windows=False))


def a_send(text: str = "Hello", reply: str = REPLY, attempt: int = 1, to: str = "971500000001") -> dict:
    return {
        "messaging_product": "whatsapp",
        "to": to,
        "type": "text",
        "text": {"body": text},
        "biz_opaque_callback_data": f"v1.7.{reply}.{attempt}",
    }


def send(graph: Graph, body: dict, fault: Fault | None = None):
    return graph.judge(LINE.phone_number_id, LINE.access_token, body, fault)


@pytest.mark.parametrize(
    "fault",
    [
        lost(Harm.RESET, accepted=True),
        lost(Harm.CLOSE, accepted=True),
        lost(Harm.SILENCE, accepted=True),
        server_error(502, accepted=True),
        Fault(Harm.BROKEN_JSON),
        Fault(Harm.NO_ID),
        code(131000, accepted=True),
    ],
)
def test_what_was_accepted_is_counted_even_if_the_answer_was_lost(fault: Fault) -> None:
    """OUT-2, OUT-3, OUT-17."""
    graph = a_graph()

    answer = send(graph, a_send(), fault)

    [entry] = graph.ledger.accepted
    assert entry.wamid is not None
    assert entry.wamid.encode() not in answer.content
    assert entry.reaches_phone


@pytest.mark.parametrize(
    "fault",
    [
        Fault(Harm.NEVER_RECEIVED),
        Fault(Harm.HALF_READ),
        lost(Harm.RESET, accepted=False),
        lost(Harm.SILENCE, accepted=False),
        server_error(503, accepted=False),
        Fault(Harm.NO_ID, accepted=False),
        code(131056),
    ],
)
def test_what_was_not_accepted_is_on_no_phone_but_on_record(fault: Fault) -> None:
    """OUT-4."""
    graph = a_graph()

    send(graph, a_send(), fault)

    [entry] = graph.ledger.entries
    assert not entry.accepted
    assert entry.wamid is None
    assert not entry.reaches_phone


def test_a_lost_answer_to_a_bad_request_accepts_nothing() -> None:
    graph = a_graph()

    send(graph, a_send(text="x" * 4097), lost(Harm.RESET, accepted=True))

    assert graph.ledger.accepted == ()


def test_a_reply_accepted_twice_is_found_by_its_callback_data() -> None:
    graph = a_graph()
    other = "01930000-0000-7000-8000-000000000002"
    send(graph, a_send(attempt=1), lost(Harm.RESET, accepted=True))
    send(graph, a_send(attempt=2, text="Worded anew"))
    send(graph, a_send(reply=other))

    twice = graph.ledger.sent_twice()

    assert list(twice) == [REPLY.replace("-", "")]
    assert [entry.attempt for entry in twice[REPLY.replace("-", "")]] == [1, 2]


def test_a_refused_first_attempt_is_no_second_copy() -> None:
    graph = a_graph()
    send(graph, a_send(attempt=1), code(130429))
    send(graph, a_send(attempt=2))

    assert graph.ledger.sent_twice() == {}


def test_a_consented_resend_allows_one_more_copy_and_no_third() -> None:
    graph = a_graph()
    for attempt in (1, 2):
        send(graph, a_send(attempt=attempt))
    consented_once = graph.ledger.sent_twice(consented=[REPLY])
    send(graph, a_send(attempt=3))

    assert consented_once == {}
    assert graph.ledger.sent_twice(consented=[REPLY]) != {}


def test_the_same_words_running_to_one_customer_are_found_under_any_key() -> None:
    graph = a_graph()
    send(graph, a_send(reply=REPLY))
    send(graph, a_send(to="971500000002"))
    send(graph, a_send(reply=REPLY.replace("1", "9")))
    send(graph, a_send(text="Something else"))
    send(graph, a_send())

    [(first, second)] = graph.ledger.said_twice_running()

    assert (first.recipient, second.recipient) == ("971500000001", "971500000001")
    assert first.callback_data != second.callback_data


def test_sends_that_nothing_could_settle_are_listed() -> None:
    graph = a_graph()
    bare = a_send()
    del bare["biz_opaque_callback_data"]
    send(graph, bare)
    send(graph, {**bare, "biz_opaque_callback_data": "7.reply.1"})
    send(graph, a_send())

    assert len(graph.ledger.without_callback_data()) == 2


def test_a_rule_strikes_only_so_often_and_only_whom_it_names() -> None:
    graph = a_graph()
    graph.faults.add(Rule(code(131056), recipient="971500000001", times=2))

    met = [
        graph.fault_for(LINE.phone_number_id, a_send(to=to))
        for to in ("971500000002", "971500000001", "971500000001", "971500000001")
    ]

    assert [fault is not None for fault in met] == [False, True, True, False]


def test_chance_is_the_same_for_a_customer_in_whatever_order_requests_come() -> None:
    def met(order: list[str]) -> dict[str, list[bool]]:
        graph = a_graph()
        graph.faults.add(Rule(code(130429), name="storm", share=0.5))
        found: dict[str, list[bool]] = {to: [] for to in order}
        for to in order:
            found[to].append(graph.fault_for(LINE.phone_number_id, a_send(to=to)) is not None)
        return found

    one, two = "971500000001", "971500000002"

    in_turns = met([one, two] * 20)
    assert in_turns == met([one] * 20 + [two] * 20)
    assert 2 < sum(in_turns[one]) < 18


def test_a_script_is_played_once_in_its_order() -> None:
    graph = a_graph()
    graph.faults.script("971500000001", [None, code(131016), lost(Harm.CLOSE, accepted=True)])

    met = [graph.fault_for(LINE.phone_number_id, a_send()) for _ in range(4)]

    assert [fault.harm if fault else None for fault in met] == [None, Harm.CODE, Harm.CLOSE, None]


def test_the_same_seed_gives_the_same_ids() -> None:
    def wamids(seed: int) -> list[str | None]:
        graph = Graph([LINE], clock=lambda: NOW, seed=seed, manners=Manners(knows_windows=False))
        return [send(graph, a_send()).entry.wamid for _ in range(3)]

    assert wamids(7) == wamids(7)
    assert wamids(7) != wamids(8)
    assert len(set(wamids(7))) == 3


@pytest.mark.parametrize(
    ("harm", "goes_out"),
    [
        (Harm.NONE, True),
        (Harm.RESET, True),
        (Harm.NO_ID, True),
        (Harm.CODE, False),
        (Harm.HTTP_STATUS, False),
        (Harm.NEVER_RECEIVED, False),
    ],
)
def test_unless_said_a_spoiled_answer_went_out_and_an_error_did_not(harm: Harm, goes_out: bool) -> None:
    graph = a_graph()

    send(graph, a_send(), Fault(harm))

    assert len(graph.ledger.accepted) == goes_out


def test_a_storm_has_its_time_its_line_and_its_kind_of_request() -> None:
    graph = a_graph()
    hour = timedelta(hours=1)
    mark = {"messaging_product": "whatsapp", "status": "read", "message_id": "wamid.1"}
    met = []
    for rule in (
        Rule(code(4), until=NOW),
        Rule(code(4), since=NOW + hour),
        Rule(code(4), phone_number_id="another"),
        Rule(code(4), kind=Kind.MARK),
        Rule(code(4), since=NOW, until=NOW + hour, phone_number_id=LINE.phone_number_id),
    ):
        graph.faults.clear()
        graph.faults.add(rule)
        met.append([graph.fault_for(LINE.phone_number_id, body) is not None for body in (a_send(), mark)])

    assert met == [[False, False], [False, False], [False, False], [False, True], [True, False]]
