"""Addresses that want no messages, and what shoppers text to say so."""

from alerts.models import Suppressed, Suppression
from orders.models import Merchant

# What a shopper said, the shopper may take back; what staff or a provider said, not.
BY_THE_SHOPPER = (Suppressed.UNSUBSCRIBED, Suppressed.STOP)

# Twilio's default keywords, and the plain words of the other languages. Compared without case and full stops.
STOP_WORDS = frozenset(
    {"stop", "stopall", "unsubscribe", "cancel", "end", "quit", "revoke", "optout"}  # en
    | {"stopp", "ende", "abmelden"}  # de
    | {"lopeta", "peru"}  # fi
    | {"توقف", "قف", "إيقاف"}  # ar
)
START_WORDS = frozenset({"start", "unstop", "yes", "aloita", "anmelden", "ابدأ"})


def suppress(merchant: Merchant, channel_key: str, address: str, reason: Suppressed) -> Suppression:
    """No more messages to this address by this channel. What is queued finds out when it is sent; twice is once."""
    suppression, _is_new = Suppression.objects.get_or_create(
        merchant=merchant, channel=channel_key, address=plain(address), defaults={"reason": reason}
    )
    return suppression


def resume(merchant: Merchant, channel_key: str, address: str) -> bool:
    """The shopper wants messages again; whether that changed anything."""
    rows = Suppression.objects.filter(
        merchant=merchant, channel=channel_key, address=plain(address), reason__in=BY_THE_SHOPPER
    )
    return bool(rows.delete()[0])


def is_suppressed(merchant: Merchant, channel_key: str, address: str) -> bool:
    return Suppression.objects.filter(merchant=merchant, channel=channel_key, address=plain(address)).exists()


def hear(merchant: Merchant, channel_key: str, address: str, words: str) -> None:
    """Act on what a shopper wrote back: STOP or START and their like. Anything else is not for us."""
    said = words.strip().strip(".!").casefold()
    if said in STOP_WORDS:
        suppress(merchant, channel_key, address, Suppressed.STOP)
    elif said in START_WORDS:
        resume(merchant, channel_key, address)


def plain(address: str) -> str:
    """As addresses are compared and stored."""
    return address.strip().lower()
