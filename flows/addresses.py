"""Web addresses: what may be shown of one, where it leads, and its one form."""

import ipaddress
import re
from urllib.parse import urljoin, urlsplit, urlunsplit

from models.records import identity

SHOWN_LENGTH = 160

TRACKING_PREFIXES = ("utm_", "at_", "pk_", "mtm_", "hsa_")
TRACKING = frozenset(
    {
        *("fbclid", "gclid", "dclid", "gbraid", "wbraid", "msclkid", "yclid", "ysclid", "twclid"),
        *("ttclid", "li_fat_id", "igshid", "igsh", "mc_cid", "mc_eid", "mkt_tok", "_ga", "_gl"),
        *("_openstat", "__twitter_impression", "cmpid", "ocid", "smid", "xtor", "ftag", "srnd"),
        *("spm", "wt_mc", "wt_zmc", "ns_mchannel", "ns_source", "ns_campaign", "ns_linkname"),
    }
)
DEFAULT_PORTS = {"http": 80, "https": 443}


def shown(url: str) -> str:
    """`url` as messages and logs may carry it: no user, password, query or fragment."""
    try:
        parts = urlsplit(url)
        host, port = parts.hostname, parts.port
    except ValueError:
        return "(unreadable address)"
    if not host:
        return "(no web address)"
    if port is not None and "@" not in parts.netloc and "@" in url:
        # A password with "/", "?" or "#" in it: what looks like host and port may be secret.
        return "(unreadable address)"
    host = f"[{host}]" if ":" in host else host
    place = host if port is None else f"{host}:{port}"
    line = f"{parts.scheme}://{place}{parts.path}"[:SHOWN_LENGTH]
    return "".join(letter if letter.isprintable() else "?" for letter in line)


def ledger_name(url: str) -> str:
    """The name of a feed in tables and logs: its address without secrets, still its own."""
    return f"{shown(url)}#{identity(url)[:8]}" if "?" in url else shown(url)


def is_private(address: str) -> bool:
    """Whether `address` is an IP address that the public internet cannot reach."""
    try:
        ip = ipaddress.ip_address(address)
    except ValueError:
        return False
    mapped = ip.ipv4_mapped if isinstance(ip, ipaddress.IPv6Address) else None
    return not (mapped or ip).is_global


def absolute(link: str, base: str) -> str:
    """`link` as found at the address `base`; "" for none, or for one that is malformed."""
    try:
        return urljoin(base, link.strip()) if link.strip() else ""
    except ValueError:
        return ""


def canonical(url: str) -> str:
    """The same address for the same article: no fragment, no tracking parameters.

    Scheme and host in lower case, no default port; the rest as the publisher writes it.
    "" for what is not an http(s) address.
    """
    try:
        parts = urlsplit(url.strip())
        place = _place(parts.scheme, parts.netloc, parts.port)
    except ValueError:
        return ""
    if parts.scheme not in DEFAULT_PORTS or not parts.hostname:
        return ""
    query = "&".join(pair for pair in parts.query.split("&") if pair and not is_tracking(pair))
    path = parts.path.replace(" ", "%20") or "/"
    return urlunsplit((parts.scheme, place, path, query.replace(" ", "%20"), ""))


def _place(scheme: str, netloc: str, port: int | None) -> str:
    host = netloc.rpartition("@")[2]
    if port is None or port == DEFAULT_PORTS.get(scheme):
        host = re.sub(r":\d*$", "", host)
    return host.lower()


def is_tracking(pair: str) -> bool:
    """Whether `pair` (`name=value`) tells who clicked where, and not which article."""
    name = pair.partition("=")[0].lower()
    return name in TRACKING or name.startswith(TRACKING_PREFIXES)
