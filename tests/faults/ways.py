"""Ways to WhatsApp that go wrong: never there, not who they say, cut off in the middle of a request."""

import asyncio
import socket
import ssl
import struct
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from urllib.parse import urlsplit

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

RESET_ON_CLOSE = struct.pack("ii", 1, 0)
HEAD_END = b"\r\n\r\n"


@contextmanager
def a_full_backlog() -> Iterator[str]:
    """The URL of a listener that accepts nobody and whose queue is full: the kernel drops every further SYN."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen(0)
        waiting = [socket.socket() for _ in range(4)]
        for one in waiting:
            one.setblocking(False)
            one.connect_ex(listener.getsockname())
        try:
            yield f"http://127.0.0.1:{listener.getsockname()[1]}"
        finally:
            for one in waiting:
                one.close()


@contextmanager
def a_mute_listener() -> Iterator[str]:
    """The URL of a listener that takes connections and never says a word: no TLS handshake comes to its end."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        yield f"https://127.0.0.1:{listener.getsockname()[1]}"


@asynccontextmanager
async def an_impostor(folder: Path, *, name: str, days_valid: int = 30) -> AsyncIterator[tuple[str, bytearray]]:
    """The URL of a TLS server whose certificate nobody vouches for, and every byte that it got to read."""
    read = bytearray()

    async def take(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        read.extend(await reader.read())
        writer.close()

    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(_certificate(folder, name, days_valid))
    server = await asyncio.start_server(take, "127.0.0.1", 0, ssl=context)
    try:
        yield f"https://127.0.0.1:{server.sockets[0].getsockname()[1]}", read
    finally:
        server.close()


def _certificate(folder: Path, name: str, days_valid: int) -> Path:
    """Key and self-signed certificate, in one file."""
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=60))
        .not_valid_after(now + timedelta(days=days_valid))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(name)]), critical=False)
        .sign(key, hashes.SHA256())
    )
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    path = folder / f"{name}.pem"
    path.write_bytes(private + certificate.public_bytes(serialization.Encoding.PEM))
    return path


# Of a request, given where its head ends and its length: how many bytes of it come through.
Cut = Callable[[int, int], int]


class Way:
    """Stands between the business and WhatsApp; `url` is WhatsApp as seen through it. Cuts one request, once."""

    def __init__(self, api_url: str) -> None:
        self._to = urlsplit(api_url)
        self.url = ""
        self.came_through: list[int] = []  # bytes of each request that was cut
        self._cut: Cut | None = None

    def cut_the_next(self, cut: Cut) -> None:
        """Of the next request so much comes through; then both sides are reset."""
        self._cut = cut

    async def carry(self, from_client: asyncio.StreamReader, to_client: asyncio.StreamWriter) -> None:
        from_server, to_server = await asyncio.open_connection(self._to.hostname, self._to.port)
        try:
            while True:
                request = await _message(from_client)
                cut, self._cut = self._cut, None
                through = len(request) if cut is None else cut(request.index(HEAD_END) + len(HEAD_END), len(request))
                to_server.write(request[:through])
                await to_server.drain()
                answer = await _message(from_server) if through == len(request) else b""
                if cut is not None:
                    self.came_through.append(through)
                    return
                to_client.write(answer)
                await to_client.drain()
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            reset(to_client)
            reset(to_server)


@asynccontextmanager
async def a_way(api_url: str) -> AsyncIterator[Way]:
    way = Way(api_url)
    server = await asyncio.start_server(way.carry, "127.0.0.1", 0)
    way.url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    try:
        yield way
    finally:
        server.close()


async def _message(reader: asyncio.StreamReader) -> bytes:
    """Head and body of one request or answer, by its Content-Length."""
    head = await reader.readuntil(HEAD_END)
    lengths = [line for line in head.lower().split(b"\r\n") if line.startswith(b"content-length:")]
    return head + await reader.readexactly(int(lengths[0].split(b":")[1]) if lengths else 0)


def reset(writer: asyncio.StreamWriter) -> None:
    """RST instead of FIN."""
    connection = writer.get_extra_info("socket")
    if connection is not None and connection.fileno() != -1:
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET_ON_CLOSE)
    writer.transport.abort()
