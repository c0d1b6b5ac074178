"""The owner's language models by name, through pydantic-ai; the one place that imports the optional extra."""

import importlib.util
import inspect
import json
import warnings
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeAlias

from surereply.config import PREFIX, Price, Settings

if TYPE_CHECKING:
    from pydantic_ai.messages import ModelResponse
    from pydantic_ai.models import Model

EXTRA = "surereply[llm]"
# Providers whose models are spoken to at the settings' base URL; every other one has an address of its own.
_AT_BASE_URL = frozenset({"openai", "openai-chat", "ollama", "vllm", "litellm"})
_NO_KEY = "none"  # what a server of the owner's that wants no key is given


class ModelUnusable(Exception):
    """One line: which setting names a model that cannot be used, and what to do."""


@dataclass(frozen=True, slots=True)
class Prompt:
    """What a model is asked. `instructions` are ours alone; whatever others wrote stands in `data`.

    `schema` is the JSON schema of the answer, `name` what the answer is called there.
    """

    name: str
    instructions: str
    data: str
    schema: Mapping[str, Any]
    most_tokens: int


# The smallest question: whether a model answers at all, in the form that it is asked for.
GREETING = Prompt(
    "greeting",
    "Answer with a greeting of one word.",
    "{}",
    {
        "type": "object",
        "properties": {"greeting": {"type": "string"}},
        "required": ["greeting"],
        "additionalProperties": False,
    },
    most_tokens=50,
)


@dataclass(frozen=True, slots=True)
class Answered:
    """What a model answered: the JSON object, None where it is none, and the tokens that it took."""

    value: dict[str, Any] | None
    input_tokens: int
    output_tokens: int
    was_refused: bool = False  # the provider's filter, or the model, would not answer


Ask: TypeAlias = Callable[[Prompt], Awaitable[Answered]]


@dataclass(frozen=True, slots=True)
class NamedModel:
    """A model that can be asked, and its price where the owner gave one."""

    name: str
    ask: Ask
    price: Price | None


def open_models(settings: Settings) -> tuple[NamedModel, ...]:
    """The models of the settings, the first before its fallbacks; none where none is set.

    Nothing is sent yet. Raises `ModelUnusable`: the extra is missing, the name or its provider is unknown, a key is.
    """
    if settings.llm_model is None:
        return ()
    if importlib.util.find_spec("pydantic_ai") is None:
        raise ModelUnusable(f"{PREFIX}LLM_MODEL is set, but {EXTRA} is not installed: pip install '{EXTRA}'")
    return tuple(_named(settings, name) for name in settings.llm_models)


def _named(settings: Settings, name: str) -> NamedModel:
    setting = f"{PREFIX}LLM_MODEL" if name == settings.llm_model else f"{PREFIX}LLM_FALLBACKS"
    try:
        model = _model(settings, name)
    except ModelUnusable as error:
        raise ModelUnusable(f"{setting}: {error}") from None
    return NamedModel(name, lambda prompt: _ask(model, prompt), settings.llm_prices.get(name))


def _model(settings: Settings, name: str) -> "Model":
    from pydantic_ai.exceptions import UserError
    from pydantic_ai.models import infer_model

    provider, _, bare = name.partition(":")
    if settings.llm_base_url is not None and (provider in _AT_BASE_URL or not _is_provider(provider)):
        return _model_at(settings, bare if provider in _AT_BASE_URL and bare else name)
    if not bare or not _is_provider(provider):
        raise ModelUnusable(
            f"{name!r} names no provider; write it as openai:NAME, anthropic:NAME or google:NAME, "
            f"or set {PREFIX}LLM_BASE_URL for a server that speaks OpenAI's protocol"
        )
    try:
        return infer_model(name, lambda known: _provider(settings, known))
    except ImportError as error:
        missing = str(error).partition("you can use")[0].strip(" ,")
        raise ModelUnusable(f"{name!r}: {missing}") from None
    except UserError as error:
        if "API" in str(error) and "key" in str(error).lower():
            raise ModelUnusable(f"{name!r} needs a key: set {PREFIX}LLM_API_KEY, or the provider's own") from None
        raise ModelUnusable(f"{name!r}: {' '.join(str(error).split())}") from None


def _is_provider(name: str) -> bool:
    from pydantic_ai.providers import infer_provider_class

    try:
        infer_provider_class(name)
    except ValueError:
        return False
    except ImportError:
        return True  # one whose own package is missing, which making its model says
    return True


def _model_at(settings: Settings, name: str) -> "Model":
    """A model of any server that speaks OpenAI's protocol: Ollama, vLLM, a gateway."""
    from pydantic_ai.models.openai import OpenAIChatModel
    from pydantic_ai.providers.openai_compatible import OpenAICompatibleProvider

    key = settings.llm_api_key.get_secret_value() if settings.llm_api_key else _NO_KEY
    server = OpenAICompatibleProvider("openai-compatible", base_url=settings.llm_base_url or "", api_key=key)
    return OpenAIChatModel(name, provider=server)


def _provider(settings: Settings, name: str) -> Any:
    """With the settings' key where it is the first model's provider: no other one is ever shown it."""
    from pydantic_ai.providers import infer_provider_class

    wanted = infer_provider_class(name)
    is_first = (settings.llm_model or "").partition(":")[0] == name
    if is_first and settings.llm_api_key is not None and "api_key" in inspect.signature(wanted.__init__).parameters:
        made: Any = wanted
        return made(api_key=settings.llm_api_key.get_secret_value())
    return wanted()


async def _ask(model: "Model", prompt: Prompt) -> Answered:
    """One request, never a second: whoever asks has a deadline, and counts what it costs."""
    from pydantic_ai.direct import model_request
    from pydantic_ai.exceptions import ContentFilterError
    from pydantic_ai.messages import ModelRequest
    from pydantic_ai.models import ModelRequestParameters
    from pydantic_ai.output import OutputObjectDefinition
    from pydantic_ai.settings import ModelSettings
    from pydantic_ai.tools import ToolDefinition

    schema = dict(prompt.schema)
    if model.profile.get("supports_json_schema_output", False):
        parameters = ModelRequestParameters(
            output_mode="native",
            output_object=OutputObjectDefinition(json_schema=schema, name=prompt.name, strict=True),
        )
    else:
        answer = ToolDefinition(name=prompt.name, parameters_json_schema=schema, kind="output")
        parameters = ModelRequestParameters(output_mode="tool", output_tools=[answer], allow_text_output=False)
    request = ModelRequest.user_text_prompt(prompt.data, instructions=prompt.instructions)
    wanted = ModelSettings(temperature=0.0, max_tokens=prompt.most_tokens, max_retries=0, thinking=False)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # a setting that a model does without is no news on every call
            response = await model_request(
                model, [request], model_settings=wanted, model_request_parameters=parameters, instrument=False
            )
    except ContentFilterError:
        return Answered(None, 0, 0, was_refused=True)
    usage = response.usage
    was_refused = response.finish_reason == "content_filter"
    return Answered(_object(response), usage.input_tokens, usage.output_tokens, was_refused)


def _object(response: "ModelResponse") -> dict[str, Any] | None:
    """The answer as a JSON object; None for anything else, such as text, a list, or an object that was cut off."""
    from pydantic_ai.messages import TextPart, ToolCallPart

    for part in response.parts:
        if isinstance(part, ToolCallPart):
            given: Any = part.args
        elif isinstance(part, TextPart):
            given = part.content
        else:
            continue
        try:
            value = json.loads(given) if isinstance(given, str) else given
        except ValueError:
            return None
        return value if isinstance(value, dict) else None
    return None
