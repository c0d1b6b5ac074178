"""Settings: one class, read once from the environment or a `.env`, every mistake named."""

import re
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Annotated, Literal, NamedTuple
from urllib.parse import urlsplit

from pydantic import (
    AnyHttpUrl,
    Field,
    SecretStr,
    TypeAdapter,
    ValidationError,
    field_validator,
    model_validator,
)
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

PREFIX = "SUREREPLY_"
META_API_URL = "https://graph.facebook.com/v23.0"
META_MEDIA_HOSTS = "lookaside.fbsbx.com"
IN_DATABASE, NOWHERE = "database", "none"


class WrongSettings(Exception):
    """One line a mistake: which setting, what is wrong, what to do."""

    def __init__(self, problems: list[str]) -> None:
        super().__init__("\n".join(problems))
        self.problems = problems


class Price(NamedTuple):
    """Of a million tokens, in the currency of the owner's bill."""

    input: Decimal
    output: Decimal


class Settings(BaseSettings):
    """The environment's settings; those of WhatsApp describe the first line, more lines live in the database."""

    model_config = SettingsConfigDict(env_prefix=PREFIX, env_file=".env", extra="ignore", frozen=True)

    home: Path | None = None
    database_url: str | None = None
    host: str = "127.0.0.1"
    port: int = Field(8080, ge=1, le=65535)
    flow: Path | None = None
    admin_token: SecretStr | None = None
    secret_key: SecretStr | None = None
    whatsapp_api_url: str = META_API_URL
    whatsapp_phone_number_id: str | None = None
    whatsapp_access_token: SecretStr | None = None
    whatsapp_app_secret: SecretStr | None = None
    whatsapp_verify_token: SecretStr | None = None
    debounce_ms: int = Field(1500, ge=0, le=60_000)
    max_wait_ms: int = Field(8000, ge=0, le=300_000)
    unknown_policy: Literal["hold", "resend"] = "hold"
    private_endpoints: bool = False
    llm_model: str | None = None
    llm_fallbacks: Annotated[tuple[str, ...], NoDecode] = ()
    llm_base_url: str | None = None
    llm_api_key: SecretStr | None = None
    llm_prices: Annotated[dict[str, Price], NoDecode] = Field(default_factory=dict)
    llm_deadline_ms: int = Field(6000, ge=500, le=10_000)
    llm_at_once: int = Field(32, ge=1, le=1000)
    llm_tokens_a_day: int = Field(5_000_000, ge=0)
    llm_money_a_day: Decimal | None = Field(None, ge=0)
    media_store: str = IN_DATABASE  # or NOWHERE, or a folder
    media_max_mb: int = Field(16, ge=1, le=100)
    media_hosts: str = META_MEDIA_HOSTS  # beside the API's own, separated by commas
    transcribe_base_url: str | None = None
    transcribe_model: str | None = None
    transcribe_api_key: SecretStr | None = None
    transcribe_timeout_ms: int = Field(8000, ge=500, le=30_000)
    transcribe_max_mb: int = Field(4, ge=1, le=16)
    transcribe_at_once: int = Field(4, ge=1, le=100)

    @property
    def is_lab(self) -> bool:
        """What is sent goes elsewhere than to Meta."""
        return (urlsplit(self.whatsapp_api_url).hostname or "") != urlsplit(META_API_URL).hostname

    @field_validator("database_url")
    @classmethod
    def _is_postgres(cls, url: str | None) -> str | None:
        if url is not None and not url.startswith(("postgresql://", "postgres://")):
            raise ValueError("must start with postgresql://")
        return url

    @field_validator("whatsapp_api_url", "transcribe_base_url")
    @classmethod
    def _is_url(cls, url: str | None) -> str | None:
        if url is None:
            return None
        TypeAdapter(AnyHttpUrl).validate_python(url)
        return url.rstrip("/")

    @field_validator("media_store")
    @classmethod
    def _is_place(cls, place: str) -> str:
        if place not in (IN_DATABASE, NOWHERE) and not Path(place).is_absolute():
            raise ValueError(f"must be `{IN_DATABASE}`, `{NOWHERE}`, or the full path of a folder")
        return place

    @field_validator("media_hosts")
    @classmethod
    def _are_hosts(cls, hosts: str) -> str:
        if any(not re.fullmatch(r"[a-z0-9.-]+", host) for host in listed(hosts)):
            raise ValueError(f"must be names of hosts, separated by commas, such as {META_MEDIA_HOSTS}")
        return hosts

    @field_validator("llm_base_url")
    @classmethod
    def _is_endpoint(cls, url: str | None) -> str | None:
        return cls._is_url(url) if url is not None else None

    @field_validator("llm_fallbacks", mode="before")
    @classmethod
    def _names(cls, value: object) -> object:
        return tuple(listed(value)) if isinstance(value, str) else value

    @field_validator("llm_prices", mode="before")
    @classmethod
    def _prices(cls, value: object) -> object:
        return dict(map(_price, listed(value))) if isinstance(value, str) else value

    @field_validator("admin_token")
    @classmethod
    def _is_long_enough(cls, token: SecretStr | None) -> SecretStr | None:
        if token is not None and len(token.get_secret_value()) < 16:
            raise ValueError("must have at least 16 characters; `openssl rand -hex 24` makes one")
        return token

    @model_validator(mode="after")
    def _fit_together(self) -> "Settings":
        if self.max_wait_ms < self.debounce_ms:
            raise ValueError(f"{PREFIX}MAX_WAIT_MS must not be less than {PREFIX}DEBOUNCE_MS")
        line = {
            "ACCESS_TOKEN": self.whatsapp_access_token,
            "APP_SECRET": self.whatsapp_app_secret,
            "VERIFY_TOKEN": self.whatsapp_verify_token,
        }
        missing = [f"{PREFIX}WHATSAPP_{name}" for name, value in line.items() if value is None]
        if self.whatsapp_phone_number_id is not None and missing:
            raise ValueError(f"{PREFIX}WHATSAPP_PHONE_NUMBER_ID is set, so {', '.join(missing)} must be, too")
        if (self.transcribe_base_url is None) != (self.transcribe_model is None):
            raise ValueError(f"{PREFIX}TRANSCRIBE_BASE_URL and {PREFIX}TRANSCRIBE_MODEL must be set together")
        if self.whatsapp_phone_number_id is not None and self.flow is None:
            raise ValueError(f"{PREFIX}WHATSAPP_PHONE_NUMBER_ID is set, so {PREFIX}FLOW must name its flow file")
        others = {f"{PREFIX}LLM_FALLBACKS": self.llm_fallbacks, f"{PREFIX}LLM_MONEY_A_DAY": self.llm_money_a_day}
        idle = next((name for name, value in others.items() if value), None)
        if self.llm_model is None and idle is not None:
            raise ValueError(f"{idle} is set, so {PREFIX}LLM_MODEL must be, too")
        unpriced = [name for name in self.llm_models if name not in self.llm_prices]
        if self.llm_money_a_day is not None and unpriced:
            raise ValueError(f"{PREFIX}LLM_MONEY_A_DAY is set, so {PREFIX}LLM_PRICES must have {', '.join(unpriced)}")
        return self

    @property
    def hosts_of_media(self) -> tuple[str, ...]:
        return tuple(listed(self.media_hosts))

    @property
    def media_folder(self) -> Path | None:
        """Where files are kept, if not in the database."""
        return Path(self.media_store) if self.media_store not in (IN_DATABASE, NOWHERE) else None

    @property
    def llm_models(self) -> tuple[str, ...]:
        """The language models to ask, the first before the others; none unless one is set."""
        return (self.llm_model, *self.llm_fallbacks) if self.llm_model is not None else ()


def listed(text: str) -> list[str]:
    """The parts of a setting with commas between."""
    return [part.strip() for part in text.split(",") if part.strip()]


def _price(text: str) -> tuple[str, Price]:
    name, _, amounts = text.rpartition("=")
    try:
        each = [Decimal(amount) for amount in amounts.split("/")]
    except InvalidOperation:
        each = []
    if not name or len(each) != 2 or not all(amount.is_finite() and amount >= 0 for amount in each):
        raise ValueError("write MODEL=INPUT/OUTPUT for each, as in openai:gpt-5-mini=0.25/2.00")
    return name.strip(), Price(*each)


def read_settings(**overrides: object) -> Settings:
    """The settings; raises `WrongSettings` with every mistake, never with a value."""
    try:
        return Settings(**overrides)  # type: ignore[arg-type]
    except ValidationError as error:
        raise WrongSettings([_problem(detail) for detail in error.errors(include_input=False)]) from None


def _problem(detail: object) -> str:
    assert isinstance(detail, dict)
    name = f"{PREFIX}{str(detail['loc'][0]).upper()}: " if detail["loc"] else ""
    return f"{name}{str(detail['msg']).removeprefix('Value error, ')}"
