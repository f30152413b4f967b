"""A proxy as hospitals and councils have them, which alone knows the way to Slack; and Slack behind TLS."""

from __future__ import annotations

import asyncio
import base64
import ssl
from collections.abc import Mapping
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from urllib.parse import urlsplit

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from tests.slack.fake import SlackFake

HOST, LINK = "slack.test", "wss-primary.slack.test"
"""Nobody but the proxy knows where these are."""


class Behind:
    """A Slack that is reached through a proxy only: `asked` is what that was asked to lead to."""

    def __init__(self, slack: SlackFake, folder: Path, user: str = "") -> None:
        self.certificate = _certificate(folder)
        self.asked: list[str] = []
        self._slack, self._user = slack, user
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(self.certificate)
        self._front = slack.run(asyncio.start_server(self._decrypt, "127.0.0.1", 0, ssl=context))
        self._proxy = slack.run(asyncio.start_server(self._lead, "127.0.0.1", 0))
        self._address, slack.sockets.address = slack.sockets.address, lambda: f"wss://{LINK}/link/"

    base_url = f"https://{HOST}/api/"

    @property
    def url(self) -> str:
        return f"http://{self._user}{'@' if self._user else ''}127.0.0.1:{_port(self._proxy)}"

    def close(self) -> None:
        self._slack.sockets.address = self._address
        for server in (self._proxy, self._front):
            self._slack.loop.call_soon_threadsafe(server.close)

    async def _lead(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
        method, target, _ = head.split("\r\n")[0].split(" ")
        self.asked.append(f"{method} {target}")
        password = base64.b64encode(self._user.encode()).decode()
        if self._user and f"basic {password}".casefold() not in head.casefold():
            writer.write(b"HTTP/1.1 407 Proxy Authentication Required\r\nContent-Length: 0\r\n\r\n")
            writer.close()
            return
        writer.write(b"HTTP/1.1 200 Connection established\r\n\r\n")
        await _joined(reader, writer, "127.0.0.1", _port(self._front))

    async def _decrypt(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await _joined(reader, writer, "127.0.0.1", urlsplit(self._slack.base_url).port or 0)


def _port(server: asyncio.Server) -> int:
    port: int = server.sockets[0].getsockname()[1]
    return port


async def _joined(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, host: str, port: int) -> None:
    there_reader, there_writer = await asyncio.open_connection(host, port)
    await asyncio.gather(_copied(reader, there_writer), _copied(there_reader, writer))


async def _copied(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with suppress(OSError):
        while some := await reader.read(65536):
            writer.write(some)
            await writer.drain()
    writer.close()


def _certificate(folder: Path) -> Path:
    """Key and certificate of both hosts in one file, by which they are believed as well."""
    key, name = ec.generate_private_key(ec.SECP256R1()), x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, HOST)])
    public, now = key.public_key(), datetime.now(UTC)
    extensions: Mapping[x509.ExtensionType, bool] = {
        x509.SubjectAlternativeName([x509.DNSName(HOST), x509.DNSName(LINK)]): False,
        x509.BasicConstraints(ca=True, path_length=0): True,
        x509.KeyUsage(True, False, False, False, False, True, False, False, False): True,
        x509.SubjectKeyIdentifier.from_public_key(public): False,
        x509.AuthorityKeyIdentifier.from_issuer_public_key(public): False,
    }
    builder = x509.CertificateBuilder(name, name, public, x509.random_serial_number())
    builder = builder.not_valid_before(now - timedelta(hours=1)).not_valid_after(now + timedelta(days=1))
    for extension, critical in extensions.items():
        builder = builder.add_extension(extension, critical)
    made = builder.sign(key, hashes.SHA256()).public_bytes(serialization.Encoding.PEM)
    held = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )  # fmt: skip
    path = folder / "slack.pem"
    path.write_bytes(held + made)
    return path
