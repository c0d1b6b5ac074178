"""Where an endpoint may be: a URL that means what it says, and an address that is not inside anybody's house. Pure."""

from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address
from urllib.parse import urlsplit

LONGEST_URL = 2048
_NAT64 = IPv6Network("64:ff9b::/96")


class WrongUrl(ValueError):
    """The address of an endpoint that cannot be taken; says what is wrong with it."""


def endpoint_url(given: str, *, private_allowed: bool) -> str:
    """The URL as it is kept. Raises `WrongUrl`."""
    url = given.strip()
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        raise WrongUrl("this is no URL; it looks like https://example.org/path") from None
    if parts.scheme not in (("https", "http") if private_allowed else ("https",)) or not parts.hostname:
        raise WrongUrl("the URL begins with https:// and names a host")
    if parts.username is not None or parts.password is not None or parts.fragment:
        raise WrongUrl("the URL holds no user name, no password and no #")
    if len(url) > LONGEST_URL or not url.isascii() or not url.isprintable() or " " in url:
        raise WrongUrl(f"the URL has {LONGEST_URL} characters at most, all of them ASCII and without spaces")
    if port == 0:
        raise WrongUrl("port 0 is no port")
    if not private_allowed and (literal := literal_address(parts.hostname)) and not is_public(literal):
        raise WrongUrl("the URL names an address that is not public")
    return url


def literal_address(host: str) -> IPv4Address | IPv6Address | None:
    """The address that a URL names as such; None where it names a host."""
    try:
        return ip_address(host.strip("[]"))
    except ValueError:
        return None


def is_public(address: IPv4Address | IPv6Address) -> bool:
    """Reachable by everybody: neither private nor loopback, link-local, shared, multicast or reserved; an IPv6 address
    that carries an IPv4 address is judged by that one."""
    if isinstance(address, IPv6Address):
        carried = address.ipv4_mapped or address.sixtofour or (address.teredo or (None, None))[1]
        if address in _NAT64:
            carried = IPv4Address(int(address) & 0xFFFFFFFF)
        if carried is not None:
            return is_public(carried)
    return address.is_global and not address.is_multicast and not address.is_reserved


def host_of(url: str) -> str:
    """What of a URL may be shown to anybody: paths of endpoints often hold a secret."""
    return urlsplit(url).hostname or ""
