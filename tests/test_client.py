"""The HTTP client against a real server."""

import gzip
import logging
import socket
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from http.server import BaseHTTPRequestHandler

import pytest
from server import Server, answer

from flows.client import Client, Unreachable, unzipped

Ask = BaseHTTPRequestHandler


@pytest.fixture(autouse=True)
def _no_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("http_proxy", "https_proxy", "all_proxy", "no_proxy"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.upper(), raising=False)


@pytest.fixture
def client() -> Iterator[Client]:
    with Client("news@example.org", 0.5, 0.6, 0.1, private_allowed=True) as opened:
        yield opened


def test_a_reply_carries_what_the_next_poll_needs(server: Server, client: Client) -> None:
    headers = {
        "ETag": '"v1"',
        "Last-Modified": "Sat, 01 Nov 2025 10:00:00 GMT",
        "Retry-After": "120",
        "Content-Type": "text/xml; charset=windows-1251",
    }
    server.routes["/feed"] = (200, headers, "да".encode("cp1251"))
    reply = client.get(server.url("/feed"))
    assert (reply.status, reply.body, reply.url) == (200, b"\xe4\xe0", server.url("/feed"))
    assert (reply.etag, reply.last_modified) == ('"v1"', "Sat, 01 Nov 2025 10:00:00 GMT")
    assert (reply.retry_after, reply.encoding) == ("120", "windows-1251")
    assert reply.content_type == "text/xml; charset=windows-1251"


def test_a_reply_without_headers_has_empty_fields(server: Server, client: Client) -> None:
    server.routes["/feed"] = (200, {}, b"x")
    reply = client.get(server.url("/feed"))
    assert {reply.etag, reply.last_modified, reply.retry_after, reply.encoding} == {""}


def test_we_say_who_we_are(server: Server, client: Client) -> None:
    client.get(server.url("/"))
    assert server.asked[0].headers["User-Agent"] == "Fairweather/0.1 (+news@example.org)"


def test_an_unchanged_feed_is_a_304(server: Server, client: Client) -> None:
    server.routes["/feed"] = (304, {}, b"")
    reply = client.get(server.url("/feed"), etag='"v1"', last_modified="Sat, 01 Nov 2025 10:00:00")
    assert (reply.status, reply.body) == (304, b"")
    assert server.asked[0].headers["If-None-Match"] == '"v1"'
    assert server.asked[0].headers["If-Modified-Since"] == "Sat, 01 Nov 2025 10:00:00"


def test_a_first_poll_sets_no_conditions(server: Server, client: Client) -> None:
    client.get(server.url("/"))
    assert not {"If-None-Match", "If-Modified-Since"} & set(server.asked[0].headers)


@pytest.mark.parametrize("status", [400, 403, 404, 429, 500, 503])
def test_an_error_status_is_a_reply(server: Server, client: Client, status: int) -> None:
    server.routes["/gone"] = (status, {}, b"sorry")
    assert client.get(server.url("/gone")).status == status


def test_a_redirect_is_followed_to_its_end(server: Server, client: Client) -> None:
    server.routes["/old"] = (301, {"Location": "/new?x=1"}, b"")
    server.routes["/new"] = (200, {}, b"here")
    reply = client.get(server.url("/old"))
    assert (reply.url, reply.body) == (server.url("/new?x=1"), b"here")


def test_ten_redirects_are_followed_and_eleven_are_not(server: Server, client: Client) -> None:
    for step in range(11):
        server.routes[f"/{step}"] = (302, {"Location": f"/{step + 1}"}, b"")
    server.routes["/11"] = (200, {}, b"end")
    assert client.get(server.url("/1")).body == b"end"
    with pytest.raises(Unreachable, match="more than 10 redirects"):
        client.get(server.url("/0"))


def test_a_redirect_loop_ends(server: Server, client: Client) -> None:
    server.routes["/loop"] = (302, {"Location": "/loop"}, b"")
    with pytest.raises(Unreachable, match="more than 10 redirects"):
        client.get(server.url("/loop"))
    assert len(server.asked) == 11


@pytest.mark.parametrize("target", ["file:///etc/passwd", "ftp://example.org/x", "//", "http://["])
def test_a_redirect_leads_only_to_web_addresses(
    server: Server, client: Client, target: str
) -> None:
    server.routes["/away"] = (302, {"Location": target}, b"")
    with pytest.raises(Unreachable):
        client.get(server.url("/away"))


@pytest.mark.parametrize(
    "url",
    ["", "x", "file:///etc/passwd", "ftp://example.org/", "http://", "http://[", "http://a:b/"],
)
def test_only_web_addresses_are_asked(client: Client, url: str) -> None:
    with pytest.raises(Unreachable):
        client.get(url)


def test_a_body_up_to_the_cap_is_read(server: Server, client: Client) -> None:
    server.routes["/full"] = (200, {}, b"x" * 100_000)
    assert len(client.get(server.url("/full")).body) == 100_000


def test_a_body_that_declares_too_much_is_not_read(server: Server, client: Client) -> None:
    server.routes["/big"] = (200, {}, b"x" * 100_001)
    with pytest.raises(Unreachable, match=r"larger than 0\.1 MB"):
        client.get(server.url("/big"))


def test_a_body_without_a_length_is_cut_at_the_cap(server: Server, client: Client) -> None:
    server.routes["/endless"] = endless
    with pytest.raises(Unreachable, match=r"larger than 0\.1 MB"):
        client.get(server.url("/endless"))


def test_a_compressed_body_is_unpacked(server: Server, client: Client) -> None:
    packed = gzip.compress(b"news ") + gzip.compress(b"of the day")
    server.routes["/zip"] = (200, {"Content-Encoding": "gzip"}, packed)
    assert client.get(server.url("/zip")).body == b"news of the day"


def test_a_gzip_bomb_goes_off_outside(server: Server, client: Client) -> None:
    server.routes["/bomb"] = (200, {"Content-Encoding": "gzip"}, gzip.compress(bytes(20_000_000)))
    with pytest.raises(Unreachable, match=r"larger than 0\.1 MB"):
        client.get(server.url("/bomb"))


def test_a_bomb_is_unpacked_in_small_pieces() -> None:
    bomb = gzip.compress(bytes(5_000_000))
    assert max(map(len, unzipped([bomb], piece=1000))) == 1000


@pytest.mark.parametrize(
    "body", [b"plain", gzip.compress(b"news of the day")[:-9]], ids=["not packed", "cut off"]
)
def test_a_damaged_compressed_body_is_no_answer(
    server: Server, client: Client, body: bytes
) -> None:
    server.routes["/zip"] = (200, {"Content-Encoding": "gzip"}, body)
    with pytest.raises(Unreachable, match="damaged"):
        client.get(server.url("/zip"))


def test_an_encoding_that_we_did_not_ask_for_is_refused(server: Server, client: Client) -> None:
    server.routes["/br"] = (200, {"Content-Encoding": "br"}, b"\x8b")
    with pytest.raises(Unreachable, match="not asked for"):
        client.get(server.url("/br"))
    assert server.asked[0].headers["Accept-Encoding"] == "gzip"


def test_a_body_shorter_than_declared_is_no_answer(server: Server, client: Client) -> None:
    server.routes["/cut"] = (200, {"Content-Length": "50", "Connection": "close"}, b"half")
    with pytest.raises(Unreachable):
        client.get(server.url("/cut"))


def dripping_body(request: Ask) -> None:
    request.send_response(200)
    request.end_headers()
    drip(request, b"x")


def dripping_headers(request: Ask) -> None:
    request.send_response(200)
    request.flush_headers()
    drip(request, b"X-More: 1\r\n")


def babble(request: Ask) -> None:
    request.wfile.write(b"hello\n")


def silent(request: Ask) -> None:
    request.rfile.read(1)  # returns when the client hangs up


def drip(request: Ask, drop: bytes) -> None:
    for _ in range(40):
        request.wfile.write(drop)
        time.sleep(0.05)


def endless(request: Ask) -> None:
    request.send_response(200)
    request.end_headers()
    for _ in range(1000):
        request.wfile.write(bytes(10_000))


@pytest.mark.parametrize("route", [dripping_body, dripping_headers, silent])
def test_the_deadline_holds_for_all_of_an_answer(
    server: Server, client: Client, route: Callable[[Ask], None]
) -> None:
    server.routes["/slow"] = route
    start = time.monotonic()
    with pytest.raises(Unreachable, match=r"took longer than 0\.6 s|no answer in time"):
        client.get(server.url("/slow"))
    assert time.monotonic() - start < 1.5


def test_the_deadline_holds_for_all_redirects_together(server: Server) -> None:
    def slow_hop(request: Ask) -> None:
        time.sleep(0.08)
        answer(request, 302, {"Location": "/hop"}, b"")

    server.routes["/hop"] = slow_hop
    with (
        Client("", 0.3, 0.3, 1, private_allowed=True) as hasty,
        pytest.raises(Unreachable, match=r"took longer than 0\.3 s"),
    ):
        hasty.get(server.url("/hop"))


def test_a_refused_connection_is_told(client: Client) -> None:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        port = unused.getsockname()[1]
        with pytest.raises(Unreachable, match="refused"):
            client.get(f"http://127.0.0.1:{port}/")


def test_a_name_that_does_not_exist_is_told(client: Client) -> None:
    with pytest.raises(Unreachable, match=r"^http://no-such-host\.invalid/feed: "):
        client.get("http://no-such-host.invalid/feed")


def test_a_server_that_speaks_no_http_is_told(server: Server, client: Client) -> None:
    server.routes["/odd"] = babble
    with pytest.raises(Unreachable, match="not HTTP"):
        client.get(server.url("/odd"))


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost"])
def test_private_networks_are_closed_by_default(server: Server, host: str) -> None:
    with Client("", 1, 1, 1) as public, pytest.raises(Unreachable, match="in a private network"):
        public.get(f"http://{host}:{server.port}/")
    assert server.asked == []


def test_a_proxy_from_the_environment_is_used(
    server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("http_proxy", server.url(""))
    server.routes["http://news.invalid/feed"] = (200, {}, b"by proxy")
    with Client("", 1, 1, 1) as proxied:
        assert proxied.get("http://news.invalid/feed").body == b"by proxy"
        with pytest.raises(Unreachable, match="in a private network"):
            proxied.get("http://10.0.0.1/feed")


def test_several_threads_share_a_client(server: Server) -> None:
    for number in range(24):
        server.routes[f"/{number}"] = (200, {}, str(number).encode())
    urls = [server.url(f"/{number}") for number in range(24)]
    with (
        Client("", 5, 5, 1, private_allowed=True) as shared,
        ThreadPoolExecutor(8) as pool,
    ):
        bodies = [reply.body for reply in pool.map(shared.get, urls)]
    assert bodies == [str(number).encode() for number in range(24)]


SECRET = "hush"


@pytest.mark.parametrize(
    "path", ["/loop", "/big", "/slow", "/away", "/br", "/bad"], ids=lambda path: path[1:]
)
def test_messages_and_logs_hold_no_secrets(
    server: Server, client: Client, path: str, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    server.routes |= {
        "/loop": (302, {"Location": f"/loop?{SECRET}"}, b""),
        "/big": (200, {}, b"x" * 100_001),
        "/slow": dripping_body,
        "/away": (302, {"Location": f"ftp://u:{SECRET}@example.org/?{SECRET}"}, b""),
        "/br": (200, {"Content-Encoding": "br"}, b""),
        "/bad": (302, {"Location": f"http://u:{SECRET}@[/?{SECRET}"}, b""),
    }
    url = f"http://user:{SECRET}@127.0.0.1:{server.port}{path}?token={SECRET}"
    with pytest.raises(Unreachable) as caught:
        client.get(url)
    assert caught.value.reason == str(caught.value)
    assert SECRET not in caught.value.reason + caplog.text
    assert "\n" not in caught.value.reason
    assert caught.value.__context__ is None
