"""Settings: one class, read once from the environment or a `.env`, every mistake named."""

from pathlib import Path
from typing import Literal
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
from pydantic_settings import BaseSettings, SettingsConfigDict

PREFIX = "SUREREPLY_"
META_API_URL = "https://graph.facebook.com/v23.0"


class WrongSettings(Exception):
    """One line a mistake: which setting, what is wrong, what to do."""

    def __init__(self, problems: list[str]) -> None:
        super().__init__("\n".join(problems))
        self.problems = problems


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
    llm_model: str | None = None
    llm_base_url: str | None = None
    llm_api_key: SecretStr | None = None

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

    @field_validator("whatsapp_api_url")
    @classmethod
    def _is_url(cls, url: str) -> str:
        TypeAdapter(AnyHttpUrl).validate_python(url)
        return url.rstrip("/")

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
        if self.whatsapp_phone_number_id is not None and self.flow is None:
            raise ValueError(f"{PREFIX}WHATSAPP_PHONE_NUMBER_ID is set, so {PREFIX}FLOW must name its flow file")
        return self


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
