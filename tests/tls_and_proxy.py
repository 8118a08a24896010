"""A proxy, and a TLS server with a certificate of a private CA, as in a company's network."""

from __future__ import annotations

import asyncio
import contextlib
import shutil
import ssl
import subprocess
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

NAMES = ("api.example", "slack.example", "files.slack.com", "wss-primary.slack.com", "localhost")


@dataclass(frozen=True)
class Authority:
    """A private CA and its certificate for NAMES and 127.0.0.1."""

    folder: Path

    @property
    def certificate(self) -> Path:
        """The CA's own certificate: what has to be trusted."""
        return self.folder / "ca.pem"

    def make(self) -> None:
        """Make both, with the `openssl` command."""
        names = ",".join([*(f"DNS:{name}" for name in NAMES), "IP:127.0.0.1"])
        for certificate, more in (
            ("ca", ("-subj", "/CN=Private CA", "-addext", "keyUsage=critical,keyCertSign")),
            (
                "server",
                (
                    *("-subj", "/CN=server", "-addext", f"subjectAltName={names}"),
                    *("-addext", "basicConstraints=critical,CA:FALSE"),
                    *("-CA", "ca.pem", "-CAkey", "ca.key"),
                ),
            ),
        ):
            self._openssl(
                *("req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256"),
                *("-nodes", "-days", "2", "-keyout", f"{certificate}.key"),
                *("-out", f"{certificate}.pem", *more),
            )

    def _openssl(self, *words: str) -> None:
        openssl = shutil.which("openssl")
        assert openssl, "the tests of certificates need the openssl command"
        subprocess.run([openssl, *words], cwd=self.folder, check=True, capture_output=True)  # noqa: S603  # ours

    @contextlib.asynccontextmanager
    async def before(self, port: int) -> AsyncIterator[int]:
        """Serve TLS before the plain service on this port; yields the port of TLS."""
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(self.folder / "server.pem", self.folder / "server.key")

        async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            await _join(reader, writer, port)

        server = await asyncio.start_server(serve, "127.0.0.1", 0, ssl=context)
        async with server:
            yield int(server.sockets[0].getsockname()[1])


@dataclass
class Proxy:
    """A proxy that connects ``places``, host names, to ports of this machine, and notes what it is asked."""

    places: Mapping[str, int]
    password: str = ""
    asked: list[str] = field(default_factory=list)
    heads: list[str] = field(default_factory=list)
    address: str = ""

    async def __aenter__(self) -> Proxy:
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        account = f"user:{self.password}@" if self.password else ""
        self.address = f"http://{account}127.0.0.1:{self._server.sockets[0].getsockname()[1]}"
        return self

    async def __aexit__(self, *_: object) -> None:
        self._server.close()
        await self._server.wait_closed()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = (await reader.readuntil(b"\r\n\r\n")).decode()
        self.heads.append(head)
        method, target, _ = head.split(" ", 2)
        self.asked.append(f"{method} {target}")
        port = self.places.get(target.partition(":")[0])
        if port is None:
            writer.write(b"HTTP/1.1 502 Bad Gateway\r\nContent-Length: 0\r\n\r\n")
            writer.close()
            return
        writer.write(b"HTTP/1.1 200 Connection established\r\n\r\n")
        await _join(reader, writer, port)


async def _join(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, port: int) -> None:
    """Connect both ends until one of them closes."""
    theirs, ours = await asyncio.open_connection("127.0.0.1", port)

    async def flow(source: asyncio.StreamReader, target: asyncio.StreamWriter) -> None:
        with contextlib.suppress(OSError):
            while piece := await source.read(65536):
                target.write(piece)
                await target.drain()
        target.close()

    await asyncio.gather(flow(reader, ours), flow(theirs, writer))
