"""The demo's language model: mostly good, and in seeded shares slow, failing, rubbish, refusing, or untrue."""

import hashlib
from collections.abc import Sequence

from surereply.domain.flow import Flow
from surereply.lab.models.asked import Asked
from surereply.lab.models.good import WORDING, good
from surereply.lab.models.manners import Manner, Trouble, failing, slow
from surereply.lab.models.server import KEY, MODEL, Mind, ModelServer
from surereply.lab.models.willing import Place, put_in

LATENCY_S = (0.15, 0.6)
TOO_SLOW_S = 8.0  # longer than a turn waits for its model
UNTRUE = 0.15  # the share of rewordings that say more than what was decided
# Share of the calls, and what goes wrong with them.
TROUBLES = (
    (0.04, slow(TOO_SLOW_S)),
    (0.04, failing(500)),
    (0.03, failing(429, retry_after_s=1)),
    (0.03, Manner(Trouble.CUT)),
    (0.03, Manner(Trouble.NOT_JSON)),
    (0.03, Manner(Trouble.REFUSES)),
    (0.02, Manner(Trouble.RESET)),
)
UNTRUTHS = {
    "en": (
        "It is free of charge this week.",
        "You get 50% off.",
        "I am a real person.",
        "Just pay at https://pay.example.",
        "Your request is approved.",
        "It costs 99 in all.",
    ),
    "ar": ("الخدمة مجانية هذا الأسبوع.", "لك خصم 50%.", "أنا إنسان حقيقي.", "تمت الموافقة على طلبك."),
}


def model_server(flows: Sequence[Flow], seed: int) -> ModelServer:
    """Not listening yet."""
    return ModelServer(_sometimes_untrue(good(flows, seed=seed), seed), manner=lambda asked: _manner(asked, seed))


def model_settings(server: ModelServer) -> dict[str, str]:
    """What the business's servers are told of it."""
    return {"LLM_MODEL": MODEL, "LLM_BASE_URL": server.base_url, "LLM_API_KEY": KEY}


def _sometimes_untrue(mind: Mind, seed: int) -> Mind:
    def answers(asked: Asked) -> object:
        answer = mind(asked)
        if asked.name != WORDING or not answer["parts"] or _drawn("untrue", seed, asked) >= UNTRUE:
            return answer
        language = str(asked.data.get("language", "en"))
        told = UNTRUTHS.get(language, UNTRUTHS["en"])
        chosen = told[int(_drawn("which", seed, asked) * len(told))]
        return {"parts": put_in(answer["parts"], chosen, Place.BEFORE)}

    return answers


def _manner(asked: Asked, seed: int) -> Manner:
    drawn = _drawn("trouble", seed, asked)
    for share, manner in TROUBLES:
        if drawn < share:
            return manner
        drawn -= share
    least, most = LATENCY_S
    return slow(least + (most - least) * _drawn("latency", seed, asked))


def _drawn(what: str, seed: int, asked: Asked) -> float:
    """From 0 to 1, the same for the same question whenever it is asked."""
    named = f"{what}:{seed}:{asked.name}:{asked.user}".encode()
    return int.from_bytes(hashlib.blake2b(named, digest_size=8).digest(), "big") / 2**64
