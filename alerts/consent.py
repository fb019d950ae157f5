"""Addresses that want no messages, and what shoppers text to say so."""

from babel.languages import get_official_languages
from django.conf import settings
from django.utils import translation
from django.utils.crypto import salted_hmac
from django.utils.translation import pgettext_lazy
from phonenumbers import NumberParseException, parse, region_code_for_number

from alerts.keywords import Asked, asked_for
from alerts.models import Suppressed, Suppression
from orders.models import AskedAt, Customer, Merchant, Purpose
from orders.services import consents

# What a shopper said, the shopper may take back; what staff or a provider said, not.
BY_THE_SHOPPER = (Suppressed.UNSUBSCRIBED, Suppressed.STOP)
# How the address of somebody who was forgotten stands on the list.
FORGOTTEN = "forgotten:"

ANSWERS = {
    Asked.STOP: pgettext_lazy(
        "answer to a text", "%(shop)s: You get no more texts from us. Text START to get them again."
    ),
    Asked.START: pgettext_lazy(
        "answer to a text", "%(shop)s: We text you about your orders again. Text STOP to end this, HELP for help."
    ),
    Asked.HELP: pgettext_lazy(
        "answer to a text",
        "%(shop)s: We text you about your orders. Questions: %(contacts)s. Text STOP to end this.",
    ),
}
HELP_WITHOUT_CONTACTS = pgettext_lazy(
    "answer to a text", "%(shop)s: We text you about your orders. Text STOP to end this."
)


def suppress(merchant: Merchant, channel_key: str, address: str, reason: Suppressed) -> Suppression:
    """No more messages to this address by this channel. What is queued finds out when it is sent; twice is once."""
    known = _rows(merchant, channel_key, address).first()
    return (
        known
        or Suppression.objects.get_or_create(
            merchant=merchant, channel=channel_key, address=plain(address), defaults={"reason": reason}
        )[0]
    )


def unsubscribe(
    merchant: Merchant, channel_key: str, address: str, reason: Suppressed, customer: Customer | None = None
) -> None:
    """The shopper wants no messages by this channel, whatever they are for: the consents are withdrawn, too."""
    suppress(merchant, channel_key, address, reason)
    for shopper in [customer] if customer else customers_at(merchant, address):
        consents.withdraw(shopper, channel_key)


def resume(
    merchant: Merchant, channel_key: str, address: str, reasons: tuple[Suppressed, ...] = BY_THE_SHOPPER
) -> bool:
    """The shopper wants messages again, which ends what was for one of these reasons; whether that changed anything."""
    rows = _rows(merchant, channel_key, address).filter(reason__in=reasons)
    return bool(rows.delete()[0])


def has_agreed(customer: Customer, channel_key: str, purpose: Purpose) -> bool:
    """Whether the shopper said yes to this and has not taken it back."""
    return customer.consents.filter(channel=channel_key, purpose=purpose, withdrawn_at=None).exists()


def is_suppressed(merchant: Merchant, channel_key: str, address: str) -> bool:
    return _rows(merchant, channel_key, address).exists()


def is_refused(merchant: Merchant, channel_key: str, address: str) -> bool:
    """Whether others than the shopper ended it: the address bounces, or the shop's staff or the provider said so."""
    return _rows(merchant, channel_key, address).exclude(reason__in=BY_THE_SHOPPER).exists()


def customers_at(merchant: Merchant, address: str) -> list[Customer]:
    """The merchant's shoppers with this e-mail or phone: one phone may be a family's."""
    reached_by = {"email": plain(address)} if "@" in address else {"phone": address.strip()}
    return list(Customer.objects.filter(merchant=merchant, **reached_by)) if address.strip() else []


def hear(merchant: Merchant, channel_key: str, address: str, words: str) -> str:
    """Act on what a shopper wrote back; return what to answer, "" for nothing.

    The answer is in the language of the number's country. STOP is answered once. Anything but STOP, START and HELP is
    for people to read and not for us.
    """
    asked = asked_for(words)
    if asked is None:
        return ""
    if asked is Asked.STOP:
        is_known = is_suppressed(merchant, channel_key, address)
        unsubscribe(merchant, channel_key, address, Suppressed.STOP)
        if is_known:
            return ""
    elif asked is Asked.START:
        _begin_again(merchant, channel_key, address, words)
    with translation.override(language_of_number(address) or merchant.default_language):
        return _answer(asked, merchant)


def language_of_number(number: str) -> str:
    """The main language of the number's country, of those that Doorstep speaks; "" where there is none."""
    try:
        country = region_code_for_number(parse(number))
    except NumberParseException:
        return ""
    spoken = get_official_languages(country, de_facto=True) if country else ()
    return next((language for language in spoken if language in dict(settings.LANGUAGES)), "")


def plain(address: str) -> str:
    """As addresses are compared and stored."""
    return address.strip().lower()


def forgotten(address: str) -> str:
    """As the address stands on the list once its owner was forgotten: it can be compared and not read."""
    return _digests(address)[0]


def _begin_again(merchant: Merchant, channel_key: str, address: str, words: str) -> None:
    # The provider told of a STOP; a START comes by the same provider, which ends its own block.
    resume(merchant, channel_key, address, (*BY_THE_SHOPPER, Suppressed.BY_PROVIDER))
    for customer in customers_at(merchant, address):
        consents.give(customer, channel_key, where=AskedAt.TEXT, wording=words.strip()[:300])


def _answer(asked: Asked, merchant: Merchant) -> str:
    contacts = _contacts(merchant)
    sentence = HELP_WITHOUT_CONTACTS if asked is Asked.HELP and not contacts else ANSWERS[asked]
    return sentence % {"shop": merchant.name, "contacts": contacts}


def _contacts(merchant: Merchant) -> str:
    return ", ".join(filter(None, (merchant.support_phone, merchant.support_email))) or merchant.website


def _rows(merchant: Merchant, channel_key: str, address: str):
    known_as = [plain(address), *_digests(address)]
    return Suppression.objects.filter(merchant=merchant, channel=channel_key, address__in=known_as)


def _digests(address: str) -> list[str]:
    """With every key that may have been used, the newest first."""
    keys = [settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS]
    return [FORGOTTEN + _digest(plain(address), key) for key in keys]


def _digest(address: str, key: str) -> str:
    return salted_hmac("alerts.suppression", address, secret=key, algorithm="sha256").hexdigest()
