"""The Graph API's errors: code, HTTP status and words, as Meta's published table gives them."""

from dataclasses import dataclass
from typing import Any

# code: (HTTP status, message, details)
TABLE: dict[int, tuple[int, str, str]] = {
    0: (401, "AuthException", "We were unable to authenticate the app user."),
    1: (400, "An unknown error occurred", "Invalid request or possible server error."),
    2: (503, "Service temporarily unavailable", "Temporary due to downtime or due to being overloaded."),
    3: (500, "Application does not have the capability to make this API call", "Capability or permissions."),
    4: (400, "Application request limit reached", "The app has reached its API call rate limit."),
    10: (403, "Application does not have permission for this action", "Permission not granted or removed."),
    100: (400, "Invalid parameter", "The request included one or more unsupported or misspelled parameters."),
    190: (401, "Error validating access token", "The access token has expired."),
    200: (403, "Permissions error", "Permission is either not granted or has been removed."),
    368: (403, "Temporarily blocked for policies violations", "The account violated a platform policy."),
    80007: (400, "Rate limit hit", "The WhatsApp Business Account has reached its rate limit."),
    130429: (400, "Rate limit hit", "Cloud API message throughput has been reached."),
    130472: (400, "User's number is part of an experiment", "Message was not sent as part of an experiment."),
    130497: (
        403,
        "Business account is restricted from messaging users in this country",
        "Country restriction.",
    ),
    131000: (500, "Something went wrong", "Message failed to send due to an unknown error."),
    131005: (403, "Access denied", "Permission is either not granted or has been removed."),
    131008: (400, "Required parameter is missing", "The request is missing a required parameter."),
    131009: (400, "Parameter value is not valid", "One or more parameter values are invalid."),
    131016: (500, "Service unavailable", "A service is temporarily unavailable."),
    131020: (400, "Invalid request", "The request is not valid."),
    131021: (400, "Recipient cannot be sender", "Sender and recipient phone number is the same."),
    131026: (400, "Message undeliverable", "Unable to deliver message."),
    131030: (400, "Recipient phone number not in allowed list", "Add recipient phone number to the list."),
    131031: (403, "Account has been locked", "The business account has been restricted or disabled."),
    131042: (400, "Business eligibility payment issue", "There was an error related to your payment method."),
    131044: (400, "Payment account missing", "No payment account is attached to the business account."),
    131045: (500, "Incorrect certificate", "Phone number registration error."),
    131047: (
        400,
        "Re-engagement message",
        "More than 24 hours have passed since the recipient last replied.",
    ),
    131048: (400, "Spam rate limit hit", "Too many previous messages were blocked or flagged as spam."),
    131049: (400, "Meta chose not to deliver", "Not delivered to maintain a healthy ecosystem engagement."),
    131050: (400, "User has stopped marketing messages", "The recipient opted out of marketing messages."),
    131051: (400, "Unsupported message type", "Message type is not currently supported."),
    131052: (400, "Media download error", "Unable to download the media sent by the user."),
    131053: (400, "Media upload error", "Unable to upload the media used in the message."),
    131056: (400, "Pair rate limit hit", "Too many messages sent from this phone number to the same one."),
    131057: (500, "Account in maintenance mode", "Business account is in maintenance mode."),
    131062: (400, "Recipient id form is not supported", "This request needs the recipient's phone number."),
    132000: (400, "Template Param Count Mismatch", "The number of parameters does not match the template."),
    132001: (404, "Template name does not exist in the translation", "The template does not exist."),
    133010: (400, "Phone number not registered", "Phone number not registered on the Business Platform."),
    135000: (
        400,
        "Generic user error",
        "Message failed to send because of an unknown request parameter error.",
    ),
}


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why a request is refused: a code of the table, and details of its own where there are any."""

    code: int
    details: str | None = None
    subcode: int | None = None


def http_status_of(code: int) -> int:
    return TABLE[code][0] if code in TABLE else 400


def error_body(refusal: Refusal, trace: str) -> dict[str, Any]:
    """The body of an error answer; a code outside the table gets words that say nothing, as Meta's do."""
    _, message, details = TABLE.get(refusal.code, (400, "Unknown error", "Unknown error."))
    error: dict[str, Any] = {
        "message": f"(#{refusal.code}) {message}",
        "type": "OAuthException",
        "code": refusal.code,
        "error_data": {"messaging_product": "whatsapp", "details": refusal.details or details},
        "fbtrace_id": trace,
    }
    if refusal.subcode is not None:
        error["error_subcode"] = refusal.subcode
    return {"error": error}


def reported_error(code: int) -> dict[str, Any]:
    """The same error inside a `failed` report."""
    _, message, details = TABLE.get(code, (400, "Unknown error", "Unknown error."))
    return {
        "code": code,
        "title": message,
        "message": message,
        "error_data": {"details": details},
        "href": "https://developers.facebook.com/docs/whatsapp/cloud-api/support/error-codes/",
    }
