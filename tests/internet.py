"""A public internet that lies on loopback: names, addresses, servers; who connects to what is noted."""

import asyncio
import contextlib
import gzip
import socket
import ssl
import zlib
from collections.abc import Sequence

import trustme

ADDRESS = "93.184.215.14"


def answer(body=b"", status="200 OK", *, packed=False, **headers):
    """An HTTP answer, byte by byte; a header's name has `_` for `-`."""
    body = body.encode() if isinstance(body, str) else body
    if packed:
        body, headers = gzip.compress(body), headers | {"Content_Encoding": "gzip"}
    told = {"Content_Type": "text/plain", "Content_Length": str(len(body))} | headers
    lines = [f"{name.replace('_', '-')}: {value}" for name, value in told.items() if value is not None]
    return "\r\n".join([f"HTTP/1.1 {status}", *lines, "", ""]).encode() + body


def moved(to, status="302 Found"):
    """An answer that leads on."""
    return answer(b"<a>moved</a>", status, Location=to)


def bomb(megabytes):
    """A gzip of so many megabytes of nothing."""
    packer = zlib.compressobj(9, zlib.DEFLATED, 31)
    return b"".join(packer.compress(bytes(1_000_000)) for _ in range(megabytes)) + packer.flush()


class Site:
    """A server that answers each path as it was told: with bytes, one after another, or by a function.

    A function takes the reader and the writer; what is left of a list at its last item is said again.
    """

    def __init__(self, paths):
        self.paths = {path: list(said) if isinstance(said, list) else [said] for path, said in paths.items()}
        self.asked: list[tuple[str, dict[str, str]]] = []

    async def serve(self, reader, writer):
        with contextlib.suppress(ConnectionError, asyncio.IncompleteReadError, ssl.SSLError):
            head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
            first, *lines = head.strip().split("\r\n")
            path = first.split(" ")[1]
            self.asked.append((path, dict(line.split(": ", 1) for line in lines)))
            said = self.paths.get(path, [answer("not here", "404 Not Found")])
            said = said.pop(0) if len(said) > 1 else said[0]
            if callable(said):
                await said(reader, writer)
            else:
                writer.write(said)
                await writer.drain()

    @property
    def paths_asked(self):
        return [path for path, _ in self.asked]


class Internet:
    """Names that resolve to public addresses, behind which loopback servers stand."""

    def __init__(self):
        self.names: dict[str, list[Sequence[str]]] = {}  # one answer after another, the last again and again
        self.resolved: list[str] = []
        self.connected: list[tuple[str, int]] = []
        self.authority = trustme.CA()
        self.trusting = ssl.create_default_context()
        self.authority.configure_trust(self.trusting)
        self._places: dict[tuple[str, int], tuple[str, int]] = {}
        self._servers: list[asyncio.Server] = []
        self._tasks: set[asyncio.Task] = set()
        self._writers: list[asyncio.StreamWriter] = []

    async def add(self, paths, name="example.com", *, address=ADDRESS, port=80, tls=None):
        """A site at a name, an address and a port; `tls` is for whom its certificate is."""
        site = Site(paths)
        context = None
        if tls:
            context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
            authority = trustme.CA() if tls == "unknown" else self.authority
            authority.issue_cert(name if tls == "unknown" else tls).configure_cert(context)
        host = "::1" if ":" in address else "127.0.0.1"
        await self.listen(site.serve, address, port, host, ssl=context)
        self.names.setdefault(name, [[address]])
        return site

    async def listen(self, serve, address, port, host="127.0.0.1", **options):
        """Anything that listens there; its loopback address and port are returned."""

        async def accepted(reader, writer):
            self._tasks.add(asyncio.current_task())
            self._writers.append(writer)
            with contextlib.suppress(ConnectionError, asyncio.CancelledError):
                await serve(reader, writer)
            writer.close()

        server = await asyncio.start_server(accepted, host, 0, **options)
        self._servers.append(server)
        self._places[address, port] = server.sockets[0].getsockname()[:2]
        return self._places[address, port]

    async def resolve(self, host):
        self.resolved.append(host)
        answers = self.names.get(host)
        if answers is None:
            raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")
        return answers.pop(0) if len(answers) > 1 else answers[0]

    def open_socket(self, found):
        """A socket that connects to what stands on loopback for an address of this internet."""
        internet = self

        class Diverted(socket.socket):
            def connect(self, address):
                internet.connected.append(address[:2])
                if address[:2] not in internet._places:
                    raise ConnectionRefusedError(111, "nobody listens there")
                super().connect(internet._places[address[:2]])

        return Diverted(*found[:3])

    async def close(self):
        for server in self._servers:
            server.close()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        for writer in self._writers:
            writer.transport.abort()
        await asyncio.sleep(0)  # transports go in the next turn of the loop
