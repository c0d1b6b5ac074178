"""An answer in the form that was asked for, whole or spoiled, as OpenAI's chat API writes it."""

import json
from dataclasses import dataclass
from typing import Any

from surereply.lab.models.asked import Asked, Form
from surereply.lab.models.manners import Trouble
from surereply.lab.models.tokens import count_tokens

STARTED_AT = 1_764_000_000  # the same answer whenever it is asked for
REFUSAL = "I'm sorry, but I can't help with that."
CHAT = "Of course! As an AI language model, I'd be happy to help. Here is the JSON you asked for:"
OTHER_OBJECT = '{"result": "ok", "message": "done", "items": [1, 2, 3]}'
FORM_TOKENS = 9  # what roles and separators add to a request


@dataclass(frozen=True, slots=True)
class Answer:
    """What is said, why it ends, and what it took."""

    text: str
    finish: str
    input_tokens: int
    output_tokens: int
    refusal: str | None = None
    choices: int = 1


def answer_to(asked: Asked, value: Any, trouble: Trouble) -> Answer:
    """`value` is what the mind answered: a JSON value, or a text where text was asked for."""
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    finish, refusal, choices = "stop", None, 1
    match trouble:
        case Trouble.NOT_JSON:
            text = CHAT
        case Trouble.OTHER_SCHEMA:
            text = OTHER_OBJECT
        case Trouble.FENCED:
            text = f"{CHAT}\n```json\n{text}\n```"
        case Trouble.EMPTY:
            text = ""
        case Trouble.CUT:
            text, finish = text[: len(text) // 2], "length"
        case Trouble.REFUSES:
            text, refusal = "", REFUSAL
        case Trouble.FILTERED:
            text, finish = "", "content_filter"
        case Trouble.NO_CHOICE:
            text, choices = "", 0
    most = asked.most_tokens
    if most is not None and count_tokens(text) > most:
        text, finish = _first_tokens(text, most), "length"
    spent = count_tokens(asked.instructions) + count_tokens(asked.user) + count_tokens(json.dumps(asked.schema))
    return Answer(text, finish, spent + FORM_TOKENS, count_tokens(text or refusal or ""), refusal, choices)


def completion(asked: Asked, answer: Answer, number: int) -> dict[str, Any]:
    """The body of a 200."""
    message: dict[str, Any] = {"role": "assistant", "content": answer.text or None, "refusal": answer.refusal}
    finish = answer.finish
    if asked.form is Form.TOOL and answer.text and answer.refusal is None:
        called = {"name": asked.name, "arguments": answer.text}
        message |= {"content": None, "tool_calls": [{"id": f"call_{number}", "type": "function", "function": called}]}
        finish = "tool_calls" if finish == "stop" else finish
    if answer.text == "" and answer.refusal is None and finish == "stop":
        message["content"] = ""
    choice = {"index": 0, "message": message, "logprobs": None, "finish_reason": finish}
    return {
        "id": f"chatcmpl-lab-{number}",
        "object": "chat.completion",
        "created": STARTED_AT + number,
        "model": asked.model,
        "choices": [choice] * answer.choices,
        "usage": {
            "prompt_tokens": answer.input_tokens,
            "completion_tokens": answer.output_tokens,
            "total_tokens": answer.input_tokens + answer.output_tokens,
        },
    }


def error(http_status: int, text: str) -> dict[str, Any]:
    """The body of an error, as OpenAI writes it."""
    kinds = {401: "invalid_api_key", 404: "model_not_found", 429: "rate_limit_exceeded"}
    kind = "invalid_request_error" if http_status < 500 else "server_error"
    return {"error": {"message": text, "type": kind, "param": None, "code": kinds.get(http_status)}}


def _first_tokens(text: str, most: int) -> str:
    """So much of the text as fits, found by halving."""
    low, high = 0, len(text)
    while low < high:
        middle = (low + high + 1) // 2
        low, high = (middle, high) if count_tokens(text[:middle]) <= most else (low, middle - 1)
    return text[:low]
