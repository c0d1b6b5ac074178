"""The language is held unless the message shows another of the flow's."""

import pytest

from surereply.understanding.language import language_of
from surereply.understanding.normalise import normalise


@pytest.mark.parametrize(
    ("text", "languages", "held", "language"),
    [
        ("hello there", ("en", "ar"), None, "en"),
        ("مرحبا", ("en", "ar"), None, "ar"),
        ("مرحبا I need visa", ("en", "ar"), None, "en"),
        ("ابي فيزا visa", ("en", "ar"), None, "ar"),
        ("123", ("en", "ar"), "ar", "ar"),
        ("👍", ("en", "ar"), None, "en"),
        ("hello", ("ar", "en"), "ar", "en"),
        ("مرحبا", ("en",), None, "en"),
        ("नमस्ते", ("en", "ar"), "ar", "ar"),
        ("ok", ("en", "ar"), "fr", "en"),
    ],
)
def test_script_first_then_what_is_held(text: str, languages: tuple[str, ...], held: str | None, language: str) -> None:
    assert language_of(normalise(text), languages, held) == language
