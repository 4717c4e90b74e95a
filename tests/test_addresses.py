"""Web addresses: shown without secrets, known as private, made absolute and of one form."""

import pytest

from flows.addresses import absolute, canonical, is_private, ledger_name, shown


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        pytest.param("https://e.org/a/b", "https://e.org/a/b", id="plain"),
        pytest.param("https://u:p@e.org/a", "https://e.org/a", id="user and password"),
        pytest.param("https://e.org/a?k=v#f", "https://e.org/a", id="query and fragment"),
        pytest.param("http://u@e.org:8080/a", "http://e.org:8080/a", id="port"),
        pytest.param("https://e.org/@user/x", "https://e.org/@user/x", id="at in the path"),
        pytest.param("https://u:p@[::1]:80/a", "https://[::1]:80/a", id="IPv6"),
        pytest.param("https://u:1#2@e.org/", "(unreadable address)", id="hash in the password"),
        pytest.param("https://u:1/2@e.org/", "(unreadable address)", id="slash in the password"),
        pytest.param("https://u:p?q@e.org/", "(unreadable address)", id="mark in the password"),
        pytest.param("http://[e.org/", "(unreadable address)", id="open bracket"),
        pytest.param("u:p@e.org/a", "(no web address)", id="no scheme"),
        pytest.param("", "(no web address)", id="nothing"),
        pytest.param("https://e.org/a\x1b[31m", "https://e.org/a?[31m", id="control character"),
    ],
)
def test_an_address_is_shown_without_its_secrets(url: str, expected: str) -> None:
    assert shown(url) == expected


def test_a_long_address_is_shown_short() -> None:
    assert len(shown("https://e.org/" + "a" * 5000)) == 160


def test_two_feeds_that_differ_in_a_secret_have_names_of_their_own() -> None:
    one, two = (ledger_name(f"https://one.example/rss?key={key}") for key in ("s3cret", "other"))
    assert one != two
    assert one.startswith("https://one.example/rss#")


@pytest.mark.parametrize(
    ("address", "expected"),
    [
        ("127.0.0.1", True),
        ("10.1.2.3", True),
        ("169.254.169.254", True),
        ("100.64.0.1", True),
        ("0.0.0.0", True),
        ("::1", True),
        ("fd00::1", True),
        ("fe80::1%eth0", True),
        ("::ffff:127.0.0.1", True),
        ("::ffff:8.8.8.8", False),
        ("8.8.8.8", False),
        ("2a00:1450:4001::1", False),
        ("example.org", False),
    ],
)
def test_private_addresses_are_known(address: str, expected: bool) -> None:
    assert is_private(address) is expected


@pytest.mark.parametrize(
    ("link", "expected"),
    [
        ("/b", "https://e.org/b"),
        ("b", "https://e.org/a/b"),
        ("//f.org/b", "https://f.org/b"),
        ("http://f.org/", "http://f.org/"),
        ("", ""),
        ("  ", ""),
        ("http://[", ""),
    ],
)
def test_a_link_is_absolute(link: str, expected: str) -> None:
    assert absolute(link, "https://e.org/a/feed.xml") == expected


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        pytest.param("https://e.org/a", "https://e.org/a", id="nothing to do"),
        pytest.param("https://e.org/a#top", "https://e.org/a", id="fragment"),
        pytest.param("https://e.org/a?utm_source=x&id=1", "https://e.org/a?id=1", id="utm"),
        pytest.param("https://e.org/a?fbclid=x", "https://e.org/a", id="fbclid"),
        pytest.param("https://e.org/a?b=2&gclid=x&a=1", "https://e.org/a?b=2&a=1", id="order kept"),
        pytest.param("https://e.org/a?UTM_Medium=x", "https://e.org/a", id="upper case"),
        pytest.param("https://e.org/a?at_medium=RSS&at_campaign=r", "https://e.org/a", id="at_"),
        pytest.param("https://e.org/a?b=%D0%B4+x", "https://e.org/a?b=%D0%B4+x", id="escapes kept"),
        pytest.param("https://e.org/a?utmost=1", "https://e.org/a?utmost=1", id="only like utm"),
        pytest.param("https://e.org/a?id", "https://e.org/a?id", id="name without value"),
        pytest.param("https://e.org/a?&&b=1&", "https://e.org/a?b=1", id="empty pairs"),
        pytest.param("HTTPS://E.org/A", "https://e.org/A", id="case of scheme and host"),
        pytest.param("http://e.org:80/", "http://e.org/", id="default port"),
        pytest.param("http://e.org:/a", "http://e.org/a", id="empty port"),
        pytest.param("https://e.org:8443/", "https://e.org:8443/", id="other port"),
        pytest.param("http://[::1]/a", "http://[::1]/a", id="IPv6"),
        pytest.param("https://e.org", "https://e.org/", id="no path"),
        pytest.param(" https://e.org/a\n", "https://e.org/a", id="white space around"),
        pytest.param("https://e.org/a b?c=d e", "https://e.org/a%20b?c=d%20e", id="spaces inside"),
        pytest.param("https://e.org/новости", "https://e.org/новости", id="letters kept"),
        pytest.param("mailto:a@e.org", "", id="mail"),
        pytest.param("javascript:alert(1)", "", id="script"),
        pytest.param("/a", "", id="relative"),
        pytest.param("https:///a", "", id="no host"),
        pytest.param("http://[e.org/", "", id="open bracket"),
        pytest.param("http://e.org:x/", "", id="impossible port"),
        pytest.param("", "", id="nothing"),
    ],
)
def test_an_address_has_one_form(url: str, expected: str) -> None:
    assert canonical(url) == expected
    assert canonical(expected) == expected
