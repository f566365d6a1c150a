"""One HTTP request to the outside, and to nowhere else: no address of our own network, no redirect, no long wait."""

import http.client
import ipaddress
import socket
import ssl
import threading
from dataclasses import dataclass
from typing import Final
from urllib.parse import SplitResult, urlsplit

from django.conf import settings
from django.utils.translation import gettext as _

from accounts.webhooks.formats import Request

SECONDS: Final = 10
"""For all of it."""
LONGEST_ANSWER: Final = 64 * 1024
NAT64: Final = ipaddress.ip_network("64:ff9b::/96")
Address = ipaddress.IPv4Address | ipaddress.IPv6Address


class NotSentError(Exception):
    """Nothing was handed over."""


class UnknownError(Exception):
    """Something may have been handed over: the answer never came."""


@dataclass(frozen=True)
class Answer:
    status: int
    body: bytes


def fault_of(url: str) -> str:
    """Why an address is none that may be told, in words for people; empty when it may."""
    schemes = {"https", "http"} if settings.WEBHOOK_PLAIN_HTTP else {"https"}
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        return _("This is no web address.")
    if any(ord(sign) <= 32 or ord(sign) > 126 for sign in url):  # noqa: PLR2004 - what an address consists of
        return _("A web address has no blanks and no special characters.")
    if parts.scheme not in schemes:
        return _("The address must begin with https://.")
    if not parts.hostname or port == 0:
        return _("This is no web address.")
    if parts.username or parts.password or parts.fragment:
        return _("Leave user name, password and # out of the address.")
    return ""


def is_allowed(address: Address) -> bool:
    """Public, also where an IPv4 address hides in one of IPv6."""
    if settings.WEBHOOK_PRIVATE_ADDRESSES:
        return True
    if isinstance(address, ipaddress.IPv6Address):
        if address.ipv4_mapped:
            return is_allowed(address.ipv4_mapped)
        if address.sixtofour or address.teredo or address in NAT64:
            return False
    return address.is_global and not address.is_multicast


def connect(parts: SplitResult) -> socket.socket:
    """To the very address that was looked at: a name that means another one a moment later changes nothing."""
    host = parts.hostname or ""
    port = parts.port or (443 if parts.scheme == "https" else 80)
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as error:
        raise NotSentError(f"{host}: {error}") from error
    allowed = [each for each in found if is_allowed(ipaddress.ip_address(str(each[4][0]).split("%", 1)[0]))]
    if not allowed:
        raise NotSentError(_("%(host)s is in a private network, which is not allowed here.") % {"host": host})
    family, kind, protocol, _name, address = allowed[0]
    plain = socket.socket(family, kind, protocol)
    plain.settimeout(SECONDS)
    try:
        plain.connect(address)
        if parts.scheme == "https":
            return ssl.create_default_context().wrap_socket(plain, server_hostname=host)
    except (OSError, ValueError) as error:
        plain.close()
        raise NotSentError(f"{host}: {error}") from error
    return plain


def send(request: Request) -> Answer:
    """Raises NotSentError where nothing went out, UnknownError where nobody knows whether it arrived."""
    if fault := fault_of(request.url):
        raise NotSentError(fault)
    parts = urlsplit(request.url)
    opened = connect(parts)
    watch = threading.Timer(SECONDS, hang_up, [opened])
    watch.daemon = True
    watch.start()
    connection = http.client.HTTPConnection(parts.hostname or "", parts.port or 443, timeout=SECONDS)
    connection.sock = opened
    path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    headers = {
        "Host": parts.netloc,
        "Content-Type": "application/json; charset=utf-8",
        "User-Agent": "Tierbook",
        "Connection": "close",
        **request.headers,
    }
    try:
        connection.request("POST", path, body=request.body, headers=headers)
        answer = connection.getresponse()
        return Answer(answer.status, answer.read(LONGEST_ANSWER))
    except (OSError, http.client.HTTPException, ValueError) as error:
        raise UnknownError(f"{type(error).__name__}: {error}") from error
    finally:
        watch.cancel()
        connection.close()
        opened.close()


def hang_up(opened: socket.socket) -> None:
    """Whoever answers a byte at a time does not hold a worker."""
    try:
        opened.shutdown(socket.SHUT_RDWR)
    except OSError:
        pass
