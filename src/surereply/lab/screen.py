"""What a phone shows, as JSON for the page and for a terminal: both sides' messages in order."""

from datetime import datetime
from typing import Any

from surereply.lab.bubbles import Bubble
from surereply.lab.phones import Phone, Said


def screen_of(phone: Phone, now: datetime) -> dict[str, Any]:
    """Items oldest first; `mine` are the customer's, the others bubbles of the business."""
    answered = {said.reply_to for said in phone.said if said.kind == "tap"}
    mine = [_said_item(said, phone) for said in phone.said]
    theirs = [_bubble_item(bubble, bubble.wamid in answered) for bubble in phone.receives]
    return {
        "name": phone.name,
        "address": phone.address,
        "line": phone.line.phone_number_id,
        "business": phone.line.name,
        "typing": phone.typing_until is not None and now < phone.typing_until,
        "items": sorted(mine + theirs, key=lambda item: int(item["number"])),
    }


def _said_item(said: Said, phone: Phone) -> dict[str, Any]:
    if said.wamid in phone.seen_by_business:
        ticks = "seen"
    else:
        ticks = "delivered" if said.update.acknowledged_at is not None else "waiting"
    return {
        "mine": True,
        "number": said.number,
        "wamid": said.wamid,
        "at": said.at.isoformat(),
        "kind": said.kind,
        "text": said.text,
        "ticks": ticks,
        "deliveries": said.update.attempts,
    }


def _bubble_item(bubble: Bubble, answered: bool) -> dict[str, Any]:
    choices = [
        {"title": choice.title, "description": choice.description, "in_list": choice.in_list}
        for choice in bubble.choices
    ]
    return {
        "mine": False,
        "number": bubble.number,
        "wamid": bubble.wamid,
        "at": bubble.at.isoformat(),
        "kind": bubble.kind,
        "text": bubble.text,
        "header": bubble.header,
        "footer": bubble.footer,
        "choices": choices,
        "list_button": bubble.list_button,
        "answered": answered,
    }
