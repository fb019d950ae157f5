"""How often somebody may try: a fixed number of turns, each of which comes back after a while."""

import hashlib
import ipaddress
import math
import time

from django.conf import settings
from django.core.cache import cache
from django.http import HttpRequest


def seconds_to_wait(scope: str, who: str, *, turns: int, every: int) -> int:
    """Take one of this person's `turns`, each free again after `every` seconds. 0, or the seconds until one is free.

    The cache learns a digest of `who` only.
    """
    digest = hashlib.sha256(who.encode("utf-8", "surrogatepass")).hexdigest()
    keys = [f"throttle:{scope}:{digest}:{turn}" for turn in range(turns)]
    now = time.time()
    if any(cache.add(key, now + every, every) for key in keys):
        return 0
    return max(1, math.ceil(min(cache.get_many(keys).values(), default=now) - now))


def visitor(request: HttpRequest) -> str:
    """Where the request comes from: the address, or the network of an IPv6 address, of which one person has many.

    The nearest TRUSTED_PROXIES entries of X-Forwarded-For are believed and nothing before them: a forged header
    changes nothing.
    """
    address = request.META.get("REMOTE_ADDR", "")
    hops = request.headers.get("X-Forwarded-For", "").split(",")
    proxies = settings.TRUSTED_PROXIES
    if proxies and len(hops) >= proxies:
        address = hops[-proxies].strip()
    return _network(address)


def _network(address: str) -> str:
    try:
        known = ipaddress.ip_address(address)
    except ValueError:
        return address
    if known.version == 6 and known.ipv4_mapped is None:
        return str(ipaddress.ip_network((known, 64), strict=False))
    return str(known)
