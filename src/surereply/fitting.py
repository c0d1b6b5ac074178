"""Fits a process out for files and voice notes: who fetches them, who keeps them, who listens."""

from collections.abc import Mapping
from datetime import timedelta
from uuid import UUID

import aiohttp

from surereply.clock import Clock
from surereply.config import NOWHERE, Settings
from surereply.filekeeper import FileKeeper
from surereply.models.transcribing import Transcriber, TranscriptionEndpoint
from surereply.store.database import Database
from surereply.store.directory import Directory
from surereply.store.folder import Folder
from surereply.voice import Listen, VoiceListener, listen_to_nothing
from surereply.whatsapp.file_types import MEGABYTE
from surereply.whatsapp.media import FetchMedia, MediaFile, MediaProblem, fetch_media


def fetcher(settings: Settings, directory: Directory, http: aiohttp.ClientSession) -> FetchMedia:
    """Customers' files, with the token of the line that they came on."""

    async def fetch(line_id: UUID, media_id: str, limits: Mapping[str, int]) -> MediaFile | MediaProblem:
        credentials = directory.credentials(line_id)
        if credentials is None:
            return MediaProblem.REFUSED
        token, api_url, hosts = credentials.access_token, settings.whatsapp_api_url, settings.hosts_of_media
        return await fetch_media(http, api_url, token, media_id, limits=limits, hosts=hosts)

    return fetch


def filekeeper(
    settings: Settings, db: Database, directory: Directory, clock: Clock, fetch: FetchMedia, folder: Folder | None
) -> FileKeeper:
    """`folder`: the one that the settings name, checked."""
    keeps = settings.media_store != NOWHERE
    return FileKeeper(
        db, directory, clock, fetch, keeps=keeps, folder=folder, most_bytes=settings.media_max_mb * MEGABYTE
    )


def listener(settings: Settings, db: Database, clock: Clock, fetch: FetchMedia, http: aiohttp.ClientSession) -> Listen:
    """One that transcribes, where an endpoint is set."""
    if settings.transcribe_base_url is None or settings.transcribe_model is None:
        return listen_to_nothing
    key = settings.transcribe_api_key
    endpoint = TranscriptionEndpoint(
        settings.transcribe_base_url, settings.transcribe_model, key.get_secret_value() if key else None
    )
    return VoiceListener(
        db,
        clock,
        fetch,
        Transcriber(http, endpoint, at_once=settings.transcribe_at_once),
        within_seconds=settings.transcribe_timeout_ms / 1000,
        most_bytes=settings.transcribe_max_mb * MEGABYTE,
    )


def listening_time(settings: Settings) -> timedelta:
    """How much longer a turn may take for its voice notes."""
    return timedelta(milliseconds=settings.transcribe_timeout_ms if settings.transcribe_base_url else 0)
