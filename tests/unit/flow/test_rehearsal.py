"""A rehearsal keeps a conversation as the store would, with the real decision and any reader."""

from datetime import UTC, datetime, timedelta

import pytest

from surereply.domain.facts import Fact, Reading, Source
from surereply.domain.flow_file import parse_flow
from surereply.domain.flow_test import report, run_tests
from surereply.domain.message import Message, MessageKind
from surereply.domain.rehearsal import begin, customer_says, customer_sends, customer_taps, time_passes
from surereply.domain.replies import ReplyType, Status

NOW = datetime(2026, 3, 2, 6, 0, tzinfo=UTC)


class ScriptedReader:
    """Understands exactly the words it was given, and remembers what it was told beside them."""

    def __init__(self, words):
        self.words, self.contexts, self.messages = words, [], []

    def __call__(self, flow, message, context):
        self.contexts.append(context)
        self.messages.append(message)
        found = self.words.get(message.text.lower(), {})
        facts = (Fact(name, value, message.text, 0, 1, 1.0, Source.STATED) for name, value in found.items())
        return Reading(tuple(facts), language="en")


@pytest.fixture
def read():
    return ScriptedReader({"cake": {"service": "CAKE"}, "large": {"size": "large"}, "4": {"people": 4}})


def test_a_rehearsed_conversation_is_greeted_asked_and_closed(bakery, read):
    first = customer_says(begin(bakery), "cake", NOW, read)
    second = customer_taps(first, "Large", NOW + timedelta(minutes=1), read)
    third = customer_says(second, "4", NOW + timedelta(minutes=2), read)

    assert first.bodies[0].text.startswith("Hello from Corner Bakery!")
    assert [choice.title for choice in first.choices] == ["Small", "Large"]
    assert third.earlier_replies[-1].reply_type is ReplyType.CLOSING
    assert {name: value.value for name, value in third.lead.fields.items()} == {
        "service": "CAKE",
        "size": "large",
        "people": 4,
    }


def test_the_reader_is_told_what_was_asked_and_what_is_known(bakery, read):
    after = customer_says(begin(bakery), "cake", NOW, read)
    customer_says(after, "large", NOW + timedelta(minutes=1), read)

    assert read.contexts[0].asked == ()
    assert read.contexts[1].asked == ("size",)
    assert read.contexts[1].known == {"service": "CAKE"}
    assert read.contexts[1].now.utcoffset() == timedelta(hours=4)


def test_a_tap_carries_the_id_of_what_was_tapped(bakery, read):
    after = customer_says(begin(bakery), "cake", NOW, read)
    customer_taps(after, "Large", NOW, read)

    tapped = read.messages[-1]
    assert tapped.kind is MessageKind.TAP
    assert tapped.tap == after.choices[1].id


def test_a_title_that_was_not_offered_cannot_be_tapped(bakery, read):
    after = customer_says(begin(bakery), "cake", NOW, read)

    assert customer_taps(after, "Medium", NOW, read) is None
    assert customer_taps(begin(bakery), "Large", NOW, read) is None


def test_every_reply_counts_as_sent_at_once(bakery, read):
    after = customer_says(begin(bakery), "cake", NOW, read)

    assert [reply.status for reply in after.earlier_replies] == [Status.SENT]
    assert after.earlier_replies[0].sent_at == NOW
    assert after.conversation.machine_replies == (NOW,)
    assert after.conversation.window_from == NOW


def test_replies_older_than_an_hour_do_not_count_for_the_ceiling(bakery, read):
    after = customer_says(begin(bakery), "cake", NOW, read)
    later = customer_says(after, "large", NOW + timedelta(hours=2), read)

    assert later.conversation.machine_replies == (NOW + timedelta(hours=2),)


def test_a_rehearsal_is_the_same_every_time(bakery, read):
    assert customer_says(begin(bakery), "cake", NOW, read) == customer_says(begin(bakery), "cake", NOW, read)


def test_what_follows_up_comes_when_it_is_due_and_not_before(bakery_text, read):
    flow = parse_flow(bakery_text + "follow_ups: [{after: 2h, text: Still there?}]\n", "x")
    asked = customer_says(begin(flow), "cake", NOW, read)

    early = time_passes(asked, NOW + timedelta(hours=1))
    due = time_passes(asked, asked.wake_at)

    assert early == asked
    assert asked.wake_at == NOW + timedelta(hours=2)
    assert due.earlier_replies[-1].reply_type is ReplyType.FOLLOW_UP
    assert "Still there?" in due.bodies[0].text


def test_a_flows_own_tests_pass_where_it_goes_as_written(bakery, read):
    results = run_tests(bakery, read)

    assert [result.passed for result in results] == [True]
    assert report(results) == "ok   1. A cake\n1 conversation: all went as written"


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("{service: CAKE}", "{service: BREAD}", "✗ service: expected 'BREAD', came 'CAKE'"),
        ("{service: CAKE}", "{people: null, size: small}", "✗ size: expected 'small', came nothing"),
        ("expect_asked: size", "expect_asked: people", "✗ asked: expected people, came size"),
        ("taps: Large", "taps: Medium", "✗ there is no button 'Medium'; there is Small, Large"),
        ("type: closing", "type: question", "✗ reply type: expected question, came closing"),
        ("type: closing", "type: none", "✗ reply type: expected none, came closing"),
        ("stage: qualified", "stage: handed_over", "✗ stage: expected handed_over, came qualified"),
        ("expect_asked: size", "expect_reply_contains: [Goodbye]", "✗ the reply lacks 'Goodbye'"),
        ("expect_asked: size", "expect_reply_lacks: [hello FROM]", "✗ the reply has 'hello FROM'"),
    ],
)
def test_a_flows_test_that_goes_another_way_says_what_was_expected_and_what_came(bakery_text, read, old, new, said):
    assert old in bakery_text

    results = run_tests(parse_flow(bakery_text.replace(old, new, 1), "x"), read)

    assert not results[0].passed
    assert said in report(results)
    assert "1 conversation: 1 went another way" in report(results)


def test_the_steps_after_one_that_failed_are_not_played(bakery_text, read):
    results = run_tests(parse_flow(bakery_text.replace("asked: size", "asked: people", 1), "x"), read)

    assert len(results[0].steps) == 1


def test_a_reaction_starts_no_turn(bakery, read):
    asked = customer_says(begin(bakery), "cake", NOW, read)
    reaction = Message(asked.conversation.id, "wamid.r", MessageKind.REACTION, "👍", NOW + timedelta(hours=1), NOW)

    after = customer_sends(asked, reaction, NOW + timedelta(hours=1), read)

    assert after.turn is None
    assert after.earlier_replies == asked.earlier_replies
    assert len(read.messages) == 1


def test_a_false_clock_of_a_message_cannot_open_the_window(bakery, read):
    early = Message(begin(bakery).conversation.id, "wamid.e", MessageKind.TEXT, "cake", NOW + timedelta(days=2), NOW)

    after = customer_sends(begin(bakery), early, NOW, read)

    assert after.conversation.window_from == NOW
