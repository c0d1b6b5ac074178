"""The business numbers that the lab knows, with the credentials a server needs to serve them."""

import secrets
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class LabLine:
    """One WhatsApp number of a business. `allowed_recipients` is a test number's list (None: everybody)."""

    phone_number_id: str = "106540352242922"
    waba_id: str = "102290129340398"
    display_phone_number: str = "15550100200"
    access_token: str = field(default="lab-access-token", repr=False)
    name: str = "Lab line"
    subscribed: bool = True  # the app's webhook is subscribed to the account
    allowed_recipients: frozenset[str] | None = None


def make_lines(count: int) -> tuple[LabLine, ...]:
    """`count` lines with numbers of their own and one account; tokens named after the number."""
    return tuple(
        LabLine(
            phone_number_id=f"10654035224{2922 + index}",
            display_phone_number=f"1555{100200 + index:07d}",
            access_token=f"lab-access-token-{index}",
            name=f"Lab line {index + 1}",
        )
        for index in range(count)
    )


@dataclass(frozen=True, slots=True)
class AppSecrets:
    """What the business's app shares with Meta."""

    app_secret: str = field(default="lab-app-secret", repr=False)
    verify_token: str = field(default="lab-verify-token", repr=False)
    app_id: str = "670843887433847"

    def knows(self, verify_token: str) -> bool:
        return secrets.compare_digest(verify_token.encode(), self.verify_token.encode())
