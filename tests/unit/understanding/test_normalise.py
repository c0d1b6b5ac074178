"""Folding never loses where a word stood in the customer's own text."""

import pytest

from surereply.understanding.normalise import LONGEST, normalise


@pytest.mark.parametrize(
    ("text", "tokens"),
    [
        ("Hello, WORLD", ("hello", ",", "world")),
        ("7pm", ("7", "pm")),
        ("15/8 at 5:30", ("15/8", "at", "5:30")),
        ("yesssss coool", ("yes", "cool")),
        ("٣ غرف", ("3", "غرف")),
        ("५ कमरे", ("5", "कमरे")),
        ("Ｆｕｌｌ naïve", ("full", "naive")),
        ("الإمارات أَهْلاً", ("الامارات", "اهلا")),
        ("it’s ok", ("it's", "ok")),
        ("1️⃣", ("1",)),
        ("", ()),
    ],
)
def test_words_are_folded(text: str, tokens: tuple[str, ...]) -> None:
    assert normalise(text).texts == tokens


def test_tokens_keep_their_place_in_the_original() -> None:
    text = "أريد ٣ تأشيرات… ﷺ café"
    words = normalise(text)

    said = [text[token.start : token.end] for token in words.tokens]

    assert said[0] == "أريد"
    assert said[1] == "٣"
    assert said[-1] == "café"


def test_sentences_end_at_marks_and_lines_and_not_at_titles() -> None:
    words = normalise("I saw Dr. Lee. He helped\nthanks")

    assert [token.sentence for token in words.tokens] == [0, 0, 0, 0, 0, 0, 1, 1, 2]


def test_what_is_longer_than_any_message_is_cut() -> None:
    assert len(normalise("a " * 10_000).original) == LONGEST
