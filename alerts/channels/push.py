"""Web push (RFC 8030): to the browsers that asked for it on a tracking page, encrypted for them (RFC 8291)."""

import base64
import json
import time
from datetime import timedelta
from http import HTTPStatus
from urllib.parse import urlsplit
from uuid import UUID

import http_ece
from cryptography.hazmat.primitives.asymmetric import ec
from django.conf import settings
from django.core.exceptions import ValidationError
from django.utils import timezone, translation
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy
from py_vapid import Vapid, b64urlencode

from alerts.channels.base import Channel, ChannelError, Kind, Receipt
from alerts.links import page_link
from alerts.models import Alert, BrowserSubscription, ChannelRule
from alerts.states import Why
from alerts.triggers import Group, Trigger
from orders.models import Merchant
from orders.webhooks.addresses import validate_url
from orders.webhooks.posting import Answer, post

# What a shopper says yes to; kept with each browser in the words that were shown.
WORDING = pgettext_lazy(
    "web push", "%(shop)s tells this device the news of order %(order)s, until you switch it off here."
)

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
# How long a push service keeps the message for a device that is off, and whether it wakes one that saves its battery.
WORTH = {
    Group.STEPS: (DAY, "normal"),
    Group.TROUBLE: (2 * DAY, "normal"),
    Group.TASKS: (3 * DAY, "high"),
    Group.SERVICE: (3 * DAY, "normal"),
    Group.HELP: (7 * DAY, "low"),
    Group.LATER: (7 * DAY, "low"),
}
WORTH_WAKING_FOR = (12 * HOUR, "high")
# RFC 8292: a signature holds for a day at most.
SIGNED_FOR = 12 * HOUR
# A push service takes 4096 bytes; encryption adds 103, the JSON around the text and its address some more.
MOST_OF_TITLE, MOST_OF_BODY = 400, 2400

LONGEST_ENDPOINT = 1000
AUTH_BYTES = 16
GONE = (HTTPStatus.NOT_FOUND, HTTPStatus.GONE)
NOT_OURS = (HTTPStatus.BAD_REQUEST, HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN)


class Push(Channel):
    """The address is the uuid of a BrowserSubscription: what a browser gave lets anybody write to it."""

    key, name = "push", pgettext_lazy("channel", "Notification in the browser")
    says = ("headline", "story")
    # A second one has the topic and the tag of the first, and takes its place.
    is_repeatable = True

    def is_wanted(self, merchant):
        return self.is_ready(merchant)

    def is_ready(self, merchant):
        return bool(settings.VAPID_PRIVATE_KEY)

    def address_of(self, customer):
        return ""  # browsers belong to orders

    def addresses_for(self, order):
        return [str(uuid) for uuid in order.browsers.filter(gone_at=None).values_list("uuid", flat=True)]

    def send(self, alert):
        browser = _browser(alert)
        if browser is None:
            said = "This browser is told nothing any more."
            raise ChannelError(said, Kind.PERMANENT, why=Why.ADDRESS_REFUSED)
        endpoint = browser.subscription["endpoint"]
        service = urlsplit(endpoint).hostname
        _read(
            post(endpoint, encrypted(payload(alert), browser.subscription), headers(alert, endpoint)), service, browser
        )
        return Receipt(provider=service[:30])


def is_offered(merchant: Merchant) -> bool:
    """Whether this merchant's pages offer it: there is a key, and the shop has not switched the channel off."""
    is_off = {"merchant": merchant, "channel": Push.key, "is_on": False}
    return bool(settings.VAPID_PRIVATE_KEY) and not ChannelRule.objects.filter(**is_off).exists()


def payload(alert: Alert) -> bytes:
    """What the service worker reads (templates/alerts/push/worker.js)."""
    return json.dumps(
        {
            "title": _cut(alert.subject or alert.merchant.name, MOST_OF_TITLE),
            "body": _cut(alert.body_text.strip(), MOST_OF_BODY),
            "link": page_link(alert),
            "tag": topic(alert),
            "lang": alert.language,
            "dir": "rtl" if translation.get_language_info(alert.language)["bidi"] else "ltr",
        },
        ensure_ascii=False,
    ).encode()


def topic(alert: Alert) -> str:
    """What the message is about. Of two about the same, the newer takes the older one's place, on the way or shown."""
    return f"parcel-{alert.shipment_id}" if alert.shipment_id else f"order-{alert.order_id}"


def headers(alert: Alert, endpoint: str) -> dict[str, str]:
    keep, urgency = _worth(Trigger(alert.trigger))
    return {
        "Content-Type": "application/octet-stream",
        "Content-Encoding": "aes128gcm",
        "TTL": str(int(keep.total_seconds())),
        "Urgency": urgency,
        "Topic": topic(alert),
        **_signature(endpoint),
    }


def public_key() -> str:
    """The key by which browsers and push services know this installation (RFC 8292), in Base64url."""
    return b64urlencode(_point(_vapid().public_key))


def new_private_key() -> str:
    number = ec.generate_private_key(ec.SECP256R1()).private_numbers().private_value
    return b64urlencode(number.to_bytes(32))


def check_subscription(given) -> dict:
    """A browser's PushSubscription as it is kept. Raises ValidationError, saying what is wrong with it."""
    keys = given.get("keys") if isinstance(given, dict) else None
    endpoint = given.get("endpoint") if keys else None
    if not isinstance(keys, dict) or not isinstance(endpoint, str) or len(endpoint) > LONGEST_ENDPOINT:
        raise ValidationError(_("This is no subscription: send what PushManager.subscribe() returned, as JSON."))
    kept = {"endpoint": endpoint, "keys": {name: str(keys.get(name, "")) for name in ("p256dh", "auth")}}
    if not _are_keys(**kept["keys"]):
        raise ValidationError(_("The keys of this subscription are none that a message could be encrypted with."))
    _check_endpoint(endpoint)
    return kept


def _check_endpoint(endpoint: str) -> None:
    """A stranger says where to write to: to the public internet only, and looked up again before each message.

    Why not is not told: it would tell which names there are in the private network.
    """
    try:
        validate_url(endpoint)
    except ValidationError:
        raise ValidationError(_("This subscription leads to no push service.")) from None


def wording(merchant: Merchant, order_number: str) -> str:
    """What is agreed to, in the language that is spoken."""
    return WORDING % {"shop": merchant.name, "order": order_number}


def _browser(alert: Alert) -> BrowserSubscription | None:
    try:
        known_as = UUID(alert.address)
    except ValueError:
        return None
    return BrowserSubscription.objects.filter(merchant=alert.merchant_id, uuid=known_as, gone_at=None).first()


def _worth(trigger: Trigger) -> tuple[timedelta, str]:
    return WORTH_WAKING_FOR if trigger.manners.breaks_quiet else WORTH[trigger.manners.group]


def _cut(text: str, most: int) -> str:
    """As much of it as takes so many bytes of JSON, where one letter takes six at most."""
    while (over := len(json.dumps(text, ensure_ascii=False).encode()) - most) > 0:
        text = text[: -max(1, over // 6)]
    return text


def encrypted(body: bytes, subscription: dict) -> bytes:
    """As only this browser can read it, by a key that is used this once."""
    keys = {name: _decoded(key) for name, key in subscription["keys"].items()}
    once = ec.generate_private_key(ec.SECP256R1())
    return http_ece.encrypt(body, private_key=once, dh=keys["p256dh"], auth_secret=keys["auth"], version="aes128gcm")


def _signature(endpoint: str) -> dict[str, str]:
    service = urlsplit(endpoint)
    until = int(time.time() + SIGNED_FOR.total_seconds())
    claims = {"aud": f"{service.scheme}://{service.netloc}", "exp": until, "sub": settings.VAPID_SUBJECT}
    return _vapid().sign(claims)


def _vapid() -> Vapid:
    return Vapid.from_string(settings.VAPID_PRIVATE_KEY)


def _point(key: ec.EllipticCurvePublicKey) -> bytes:
    numbers = key.public_numbers()
    return b"\x04" + numbers.x.to_bytes(32) + numbers.y.to_bytes(32)


def _are_keys(p256dh: str, auth: str) -> bool:
    """The browser's public point, on the curve, and its secret."""
    try:
        ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), _decoded(p256dh))
        return len(_decoded(auth)) == AUTH_BYTES
    except ValueError:
        return False


def _decoded(text: str) -> bytes:
    return base64.b64decode(text.rstrip("=") + "=" * (-len(text.rstrip("=")) % 4), altchars="-_", validate=True)


def _read(answer: Answer, service: str, browser: BrowserSubscription) -> None:
    """What the push service's answer means. Raises ChannelError unless it took the message."""
    if answer.is_taken:
        return
    if answer.status in GONE:
        forget(browser)
        raise _failed(answer, "The browser is no longer subscribed.", Kind.PERMANENT, Why.ADDRESS_REFUSED)
    said = f"The push service {service} {answer.error}."
    if answer.status is None:
        # One browser's push service: nothing that the shop could do anything about.
        raise _failed(answer, said, Kind.UNSURE, Why.UNDELIVERED)
    if answer.status == HTTPStatus.TOO_MANY_REQUESTS or answer.status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        raise _failed(answer, said, Kind.TEMPORARY, Why.UNAVAILABLE)
    if answer.status in NOT_OURS:
        raise _failed(answer, f"{said} Check VAPID_PRIVATE_KEY.", Kind.PERMANENT, Why.ACCOUNT_REFUSED)
    raise _failed(answer, said, Kind.PERMANENT, Why.REFUSED)


def _failed(answer: Answer, said: str, kind: Kind, why: Why) -> ChannelError:
    return ChannelError(said, kind, why=why, retry_after=answer.retry_after or None, detail=answer.text or answer.error)


def forget(browser: BrowserSubscription) -> None:
    """Nothing more is sent there, and nothing is kept that could be; that it once agreed stays."""
    BrowserSubscription.objects.filter(pk=browser.pk).update(gone_at=timezone.now(), subscription={})
