"""What every step looks up: lines with their credentials, flows by version, service types, endpoints."""

from uuid import UUID

import structlog

from surereply.domain.announcements import Endpoint
from surereply.domain.flow import Flow
from surereply.domain.flow_file import parse_flow
from surereply.domain.line import Line
from surereply.domain.signing import SigningKey
from surereply.store import endpoints, flows, lines
from surereply.store.database import Database
from surereply.store.endpoints import EndpointRow
from surereply.store.erased_keys import wamid_hash
from surereply.store.secrets import Credentials, SecretsUnreadable, seal, unseal, unseal_keys

log = structlog.get_logger()


class UnknownFlow(Exception):
    """A lead or a line names a flow version that is not in the database."""


class Directory:
    """A copy of the small tables, as of the last `refresh`."""

    def __init__(self, db: Database, secret_key: str | None, environment: dict[str, Credentials]) -> None:
        """`environment`: credentials by phone number id, of the line that the settings describe."""
        self._db = db
        self._secret_key = secret_key
        self.hash_of = wamid_hash(secret_key or "")  # what an erasure leaves of a wamid
        self.has_secret_key = bool(secret_key)  # without one nobody may be erased
        self._environment = environment
        self._lines: dict[UUID, Line] = {}
        self._by_number: dict[str, Line] = {}
        self._credentials: dict[UUID, Credentials] = {}
        self._sealed: dict[UUID, bytes] = {}
        self._active: dict[str, int] = {}
        self._service_types: dict[str, dict[str, int]] = {}
        self._flows: dict[tuple[str, int], Flow] = {}
        self._endpoints: list[Endpoint] = []

    async def refresh(self) -> None:
        async with self._db.connection() as tx:
            stored = await lines.all_lines(tx)
            self._active = await flows.active_versions(tx)
            self._service_types = await flows.service_type_ids(tx)
            listening = await endpoints.all_endpoints(tx)
        self._lines = {one.line.id: one.line for one in stored}
        self._by_number = {one.line.phone_number_id: one.line for one in stored}
        for one in stored:
            self._learn_credentials(one)
        self._endpoints = [self._endpoint(one) for one in listening]
        for name, version in self._active.items():
            await self.flow(name, version)

    def _learn_credentials(self, stored: lines.StoredLine) -> None:
        line = stored.line
        if line.phone_number_id in self._environment:
            self._credentials[line.id] = self._environment[line.phone_number_id]
        elif stored.secrets is not None and stored.secrets != self._sealed.get(line.id):
            try:
                self._credentials[line.id] = unseal(stored.secrets, self._secret_key or "")
                self._sealed[line.id] = stored.secrets
            except SecretsUnreadable as error:
                log.error("line.secrets_unreadable", line_id=str(line.id), hint=type(error).__doc__)

    def _endpoint(self, row: EndpointRow) -> Endpoint:
        is_disabled = row.disabled_at is not None
        told_now = not is_disabled and row.paused_at is None
        return Endpoint(row.id, row.url, frozenset(row.topics), told_now, not is_disabled, self.keys_of(row))

    def keys_of(self, row: EndpointRow) -> tuple[SigningKey, ...] | None:
        """What an endpoint is signed with; None where it does not open."""
        try:
            return unseal_keys(row.keys, self._secret_key or "")
        except SecretsUnreadable as error:
            log.error("endpoint.keys_unreadable", endpoint_id=str(row.id), hint=type(error).__doc__)
            return None

    def endpoints(self) -> list[Endpoint]:
        return self._endpoints

    def somebody_wants(self, *topics: str) -> bool:
        """Whether an endpoint is to be told of any of these; where none is, nobody asks the database."""
        return any(one.is_written_for and not one.topics.isdisjoint(topics) for one in self._endpoints)

    def lines(self) -> list[Line]:
        return list(self._lines.values())

    def line(self, line_id: UUID) -> Line:
        return self._lines[line_id]

    def line_of_number(self, phone_number_id: str | None) -> Line | None:
        return self._by_number.get(phone_number_id or "")

    def credentials(self, line_id: UUID) -> Credentials | None:
        return self._credentials.get(line_id)

    def is_of_environment(self, line: Line) -> bool:
        """Its credentials are the settings', not the database's."""
        return line.phone_number_id in self._environment

    def seal(self, secret: Credentials | tuple[SigningKey, ...]) -> bytes | None:
        """As it is kept; None without a secret key to keep it under."""
        return seal(secret, self._secret_key) if self._secret_key else None

    def app_secrets(self) -> list[str]:
        """Each configured app's secret, once."""
        return list(dict.fromkeys(credentials.app_secret for credentials in self._credentials.values()))

    def verify_tokens(self) -> list[str]:
        return list(dict.fromkeys(credentials.verify_token for credentials in self._credentials.values()))

    def buckets(self) -> list[int]:
        """Buckets of our lines: where there can be work."""
        return sorted({line.bucket for line in self._lines.values()})

    def active_flow(self, flow_name: str) -> Flow | None:
        """The running version, as far as it is loaded."""
        return self._flows.get((flow_name, self._active.get(flow_name, 0)))

    def active_flows(self) -> list[Flow]:
        return [self._flows[key] for key in self._active.items() if key in self._flows]

    def active_version(self, flow_name: str) -> int:
        """Raises `UnknownFlow`."""
        if flow_name not in self._active:
            raise UnknownFlow(flow_name)
        return self._active[flow_name]

    def service_type_ids(self, flow_name: str) -> dict[str, int]:
        return self._service_types.get(flow_name, {})

    async def flow(self, name: str, version: int) -> Flow:
        """A version of a flow, parsed once. Raises `UnknownFlow`."""
        known = self._flows.get((name, version))
        if known is not None:
            return known
        async with self._db.connection() as tx:
            source = await flows.source_of(tx, name, version)
        if source is None:
            raise UnknownFlow(f"{name} version {version}")
        parsed = parse_flow(source, f"{name} version {version}")
        self._flows[name, version] = parsed
        return parsed
