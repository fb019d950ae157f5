"""Where webhooks may go: to the public internet, so that no shop reaches into the installation's own network."""

import socket
from ipaddress import IPv6Network, ip_address
from urllib.parse import SplitResult, urlsplit

from django.conf import settings
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

# Addresses that a gateway turns into IPv4 ones, private ones among them.
TRANSLATED = IPv6Network("64:ff9b::/96")
DEFAULT_PORTS = {"https": 443, "http": 80}


class AddressRefused(Exception):
    """The host is not found, or is none of the public internet's."""


def is_private_allowed() -> bool:
    """Whether this installation may write to its own network: the sandbox, or an operator who said so."""
    return settings.SANDBOX or settings.WEBHOOKS_ALLOW_PRIVATE


def validate_url(url: str) -> None:
    """Refuse what no news can be sent to. The host is looked up now, and again whenever something is sent."""
    parts = _split(url)
    if parts.scheme not in _schemes():
        raise ValidationError(_("Write an address that starts with https://."))
    if parts.username is not None or parts.password is not None or parts.fragment:
        raise ValidationError(_("Leave out the user name, the password and what follows a #."))
    try:
        resolve(parts.hostname, parts.port or DEFAULT_PORTS[parts.scheme])
    except AddressRefused as error:
        message = _("Nothing can be sent there: %(why)s. Write a public address of your system.")
        raise ValidationError(message, params={"why": error}) from None


def resolve(host: str, port: int) -> list[str]:
    """The IP addresses of this host that may be written to. Raises AddressRefused when there are none.

    One private address among them is enough to refuse the host: an honest one has none.
    """
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError):
        raise AddressRefused(_("%(host)s is not found") % {"host": host}) from None
    addresses = list(dict.fromkeys(address[0] for *_rest, address in found))
    if not is_private_allowed() and not all(map(is_public, addresses)):
        raise AddressRefused(_("%(host)s is in a private network") % {"host": host})
    return addresses


def is_public(address: str) -> bool:
    """Whether this IP address is on the public internet and one host's."""
    ip = ip_address(address)
    return ip.is_global and not ip.is_multicast and not (ip.version == 6 and ip in TRANSLATED)


def _split(url: str) -> SplitResult:
    try:
        parts = urlsplit(url)
        has_host = bool(parts.hostname) and (parts.port is None or parts.port > 0)
    except ValueError:
        has_host = False
    if not has_host or not url.isprintable() or " " in url:
        raise ValidationError(_("This is no web address: write one such as https://shop.example/hooks/doorstep."))
    return parts


def _schemes() -> set[str]:
    return {"https", "http"} if is_private_allowed() else {"https"}
