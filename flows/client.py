"""HTTP: one GET with a deadline, a size cap and an eye on where it leads."""

import logging
import socket
import threading
import zlib
from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from types import TracebackType
from typing import Any, Self

import httpx

from flows.addresses import SHOWN_LENGTH, is_private, shown

MAX_REDIRECTS = 10
GZIP_MAGIC = b"\x1f\x8b"

# Both log whole addresses, with passwords and query, at levels that Prefect may switch on.
for _name in ("httpx", "httpcore"):
    logging.getLogger(_name).setLevel(logging.WARNING)


class Unreachable(Exception):
    """No usable answer; `reason` is one line that may be shown: it holds no secrets."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


@dataclass(frozen=True, slots=True)
class Reply:
    """An HTTP answer of any status; header fields are "" where they are missing.

    `url` is the address after redirects and may hold secrets: show it by `shown` only.
    `body` is decompressed. `encoding` is the charset that the server names.
    """

    url: str
    status: int
    body: bytes
    etag: str = ""
    last_modified: str = ""
    retry_after: str = ""
    content_type: str = ""
    encoding: str = ""


class Client:
    """Fetches addresses; a context manager, and safe to share between threads.

    `contact` (an address or e-mail) goes into the User-Agent. `connect_seconds` bounds the
    connection, `total_seconds` (wall clock) all of one `get` with its redirects, `megabytes`
    (millions of bytes) the decompressed body. Addresses of private networks are refused, at
    every hop, unless `private_allowed`; behind a proxy that check is the proxy's, except for
    addresses written as numbers. Proxies from the environment are used.
    """

    def __init__(
        self,
        contact: str,
        connect_seconds: float,
        total_seconds: float,
        megabytes: float,
        *,
        private_allowed: bool = False,
    ) -> None:
        self._connect_seconds = connect_seconds
        self._total_seconds = total_seconds
        self._limit = int(megabytes * 1_000_000)
        self._private_allowed = private_allowed
        self._http = httpx.Client(
            headers={"User-Agent": user_agent(contact), "Accept-Encoding": "gzip"},
            timeout=httpx.Timeout(total_seconds, connect=min(connect_seconds, total_seconds)),
            # A kept connection would be used without the checks that are made at connect.
            limits=httpx.Limits(max_keepalive_connections=0),
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._http.close()

    def get(self, url: str, etag: str = "", last_modified: str = "") -> Reply:
        """The answer to a GET of `url`, after at most 10 redirects.

        `etag` and `last_modified` are those of an earlier `Reply`: status 304 then means
        that nothing changed. A status of 400 or more is a Reply as well.
        Raises Unreachable when there is no answer, not in time, too large, or the
        address (or one that it redirects to) is not http(s) or lies in a private network.
        """
        headers = conditions(etag, last_modified)
        address = url
        with _Watch(self._total_seconds, self._private_allowed) as watch:
            for _ in range(MAX_REDIRECTS + 1):
                answer = self._hop(address, headers, watch)
                if isinstance(answer, Reply):
                    return answer
                address = answer
        raise Unreachable(f"{shown(url)}: more than {MAX_REDIRECTS} redirects")

    def _hop(self, address: str, headers: dict[bytes, bytes], watch: "_Watch") -> Reply | str:
        try:
            watch.turn_to(httpx.URL(address))
            return self._ask(address, headers, watch)
        # Raised only after this block, so that no traceback repeats the library's own
        # message, which may hold the address with its secrets.
        except _Refused as refused:
            why = str(refused)
        except (httpx.HTTPError, httpx.InvalidURL, OSError, ValueError, zlib.error) as error:
            why = explain(error, self._connect_seconds)
        if watch.expired:
            why = f"took longer than {self._total_seconds:g} s"
        raise Unreachable(f"{shown(address)}: {why}")

    def _ask(self, address: str, headers: dict[bytes, bytes], watch: "_Watch") -> Reply | str:
        extensions = {"trace": watch.notice}
        with self._http.stream("GET", address, headers=headers, extensions=extensions) as response:
            if response.next_request is not None:
                return str(response.next_request.url)
            reply = reply_of(response, body_of(response, self._limit))
        if watch.expired:
            raise _Refused("too late")
        return reply


def user_agent(contact: str) -> str:
    """How we name ourselves to publishers."""
    return f"Fairweather/0.1 (+{contact})" if contact else "Fairweather/0.1"


def conditions(etag: str, last_modified: str) -> dict[bytes, bytes]:
    """The request's header fields that ask for news only since an earlier answer."""
    fields = {b"If-None-Match": etag, b"If-Modified-Since": last_modified}
    return {name: value.encode("utf8", "ignore") for name, value in fields.items() if value}


def explain(error: Exception, connect_seconds: float) -> str:
    """A few words on a library's `error`, none of them from the address or its answer."""
    match error:
        case httpx.ConnectTimeout():
            return f"no connection within {connect_seconds:g} s"
        case httpx.TimeoutException():
            return "no answer in time"
        case httpx.ProxyError():
            return "the proxy refused"
        case httpx.ConnectError():
            return (str(error).splitlines() or ["no connection"])[0][:SHOWN_LENGTH]
        case httpx.NetworkError() | httpx.RemoteProtocolError() | OSError():
            return "the connection broke off, or the answer is not HTTP"
        case zlib.error():
            return "the compressed answer is damaged"
        case _:
            return "not an address that can be asked"


def reply_of(response: httpx.Response, body: bytes) -> Reply:
    """The part of `response` that we use."""
    fields = response.headers
    return Reply(
        url=str(response.url),
        status=response.status_code,
        body=body,
        etag=fields.get("etag", ""),
        last_modified=fields.get("last-modified", ""),
        retry_after=fields.get("retry-after", ""),
        content_type=fields.get("content-type", ""),
        encoding=response.charset_encoding or "",
    )


def body_of(response: httpx.Response, limit: int) -> bytes:
    """The decompressed body; never holds much more than `limit` bytes in memory."""
    length = response.headers.get("content-length", "")
    if length.isdecimal() and int(length) > limit:
        raise _Refused(too_large(limit))
    match response.headers.get("content-encoding", "").strip().lower():
        case "" | "identity":
            return joined(response.iter_raw(), limit)
        case "gzip" | "x-gzip":
            return joined(unzipped(response.iter_raw()), limit)
    raise _Refused("compressed in a way that was not asked for")


def joined(chunks: Iterable[bytes], limit: int) -> bytes:
    """`chunks` as one, at most `limit` bytes."""
    body = bytearray()
    for chunk in chunks:
        body += chunk
        if len(body) > limit:
            raise _Refused(too_large(limit))
    return bytes(body)


def unzipped(chunks: Iterable[bytes], piece: int = 1 << 16) -> Iterator[bytes]:
    """The content of a gzip stream of one or more members, in pieces of `piece` bytes.

    The pieces are small so that the reader can stop a bomb. Raises zlib.error when the
    stream is damaged or cut off.
    """
    # 47: both gzip and zlib frames, with the largest window.
    decoder = zlib.decompressobj(wbits=47)
    begun = False
    for chunk in chunks:
        begun = begun or bool(chunk)
        while chunk:
            yield decoder.decompress(chunk, piece)
            chunk = decoder.unconsumed_tail
            if decoder.eof:
                chunk = decoder.unused_data
                if not chunk.startswith(GZIP_MAGIC):
                    return
                decoder = zlib.decompressobj(wbits=47)
    yield decoder.flush()
    if begun and not decoder.eof:
        raise zlib.error("cut off")


def too_large(limit: int) -> str:
    """What we say of a body over `limit` bytes."""
    return f"larger than {limit / 1_000_000:g} MB"


class _Refused(Exception):
    """We do not want this answer, and say why; the address is added further up."""


class _Watch:
    """The clock and the door of one `get`.

    httpx has timeouts for each wait and none for the whole: a server that sends one byte
    now and then would hold a thread for days. When the time is up, the connection is shut,
    whatever it is doing. And the address is checked after its name was resolved, on the
    connection itself, so that no name can lead into a private network.
    """

    def __init__(self, seconds: float, private_allowed: bool) -> None:
        self._timer = threading.Timer(seconds, self._expire)
        self._timer.daemon = True
        self._private_allowed = private_allowed
        self._lock = threading.Lock()
        self._sockets: list[socket.socket] = []
        self._host = self._dialled = ""
        self.expired = False

    def __enter__(self) -> Self:
        self._timer.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._timer.cancel()
        with self._lock:
            while self._sockets:
                self._sockets.pop().close()

    def turn_to(self, url: httpx.URL) -> None:
        """The next hop goes to `url`; raises _Refused where it must not."""
        if self.expired:
            raise _Refused("too late")
        if url.scheme not in ("http", "https") or not url.host:
            raise _Refused("not an http(s) address")
        self._host = url.raw_host.decode("ascii")
        if not self._private_allowed and is_private(self._host):
            raise _Refused("in a private network")

    def notice(self, event: str, details: dict[str, Any]) -> None:
        """Called by httpcore at each step of a connection (its extension `trace`)."""
        if event == "connection.connect_tcp.started":
            self._dialled = details["host"]
        elif event == "connection.connect_tcp.complete":
            stream = details["return_value"]
            try:
                self._admit(stream)
            except _Refused:
                stream.close()
                raise

    def _admit(self, stream: Any) -> None:
        is_direct = self._dialled == self._host  # otherwise this is the connection to a proxy
        peer = stream.get_extra_info("server_addr")[0]
        if is_direct and not self._private_allowed and is_private(peer):
            raise _Refused("in a private network")
        with self._lock:
            if self.expired:
                raise _Refused("too late")
            # A duplicate shuts the connection even after TLS has taken over the original.
            self._sockets.append(stream.get_extra_info("socket").dup())

    def _expire(self) -> None:
        with self._lock:
            self.expired = True
            for connection in self._sockets:
                _shut(connection)


def _shut(connection: socket.socket) -> None:
    with suppress(OSError):  # the other side was faster
        connection.shutdown(socket.SHUT_RDWR)
