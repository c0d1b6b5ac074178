"""What the web side is put together from."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field

from surereply.clock import Clock
from surereply.receiver import Receiver
from surereply.store.database import Database
from surereply.store.directory import Directory
from surereply.store.folder import Folder
from surereply.whatsapp.media import FetchMedia


@dataclass(frozen=True, slots=True)
class WebParts:
    """`db` is a pool of its own, so that no reader of the API holds up an acknowledgement.

    `owed` and `due` are hints for dispatcher and responder, `stopping` ends the streams of a server that goes down.
    `is_lab`: what is sent goes to a WhatsApp one can break.
    `fetch_media` fetches a customer's file from WhatsApp; `media_folder` holds those that are kept in a folder.
    """

    receiver: Receiver
    db: Database
    directory: Directory
    clock: Clock
    admin_token: str | None = field(repr=False)
    owed: Callable[[], None] = lambda: None
    due: Callable[[], None] = lambda: None
    stopping: asyncio.Event = field(default_factory=asyncio.Event)
    fetch_media: FetchMedia | None = None
    private_endpoints: bool = False  # whether endpoints may have addresses that are not public
    is_lab: bool = False
    media_folder: Folder | None = None
