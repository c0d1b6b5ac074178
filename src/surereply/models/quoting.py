"""Words that a model quotes, found in the customer's message: what does not stand there was not said."""

from surereply.understanding.normalise import Words, normalise


def place_of(quote: str, message: Words) -> tuple[int, int] | None:
    """Where the quoted words stand in the message, in code points; capitals, marks and digits of any script alike.

    None where they do not stand there, one after the other, or where nothing is quoted.
    """
    wanted = _said(normalise(quote).texts)
    if not wanted:
        return None
    tokens = [at for at, text in enumerate(message.texts) if text[0].isalnum()]
    texts = [message.texts[at] for at in tokens]
    for first in range(len(texts) - len(wanted) + 1):
        if texts[first : first + len(wanted)] == wanted:
            start, _ = message.span(tokens[first], tokens[first] + 1)
            last = tokens[first + len(wanted) - 1]
            return start, message.span(last, last + 1)[1]
    return None


def stands_in(value: str, words: str) -> bool:
    """Whether all of the value is said by the words, in its order."""
    said = _said(normalise(words).texts)
    wanted = _said(normalise(value).texts)
    return bool(wanted) and any(
        said[first : first + len(wanted)] == wanted for first in range(len(said) - len(wanted) + 1)
    )


def _said(texts: tuple[str, ...]) -> list[str]:
    """Without commas, dots and signs, which a model sets as it likes."""
    return [text for text in texts if text[0].isalnum()]
