"""The channel that texts: short, only with consent, and never repeated in doubt."""

from django.conf import settings
from django.utils.translation import gettext_lazy as _
from phonenumbers import NumberParseException, PhoneNumberType, is_possible_number, number_type, parse

from alerts.channels.base import Channel, ChannelError, ChannelMisconfigured, Kind
from alerts.channels.sms import PROVIDERS, provider
from alerts.channels.sms.base import Account, Posted, Provider, Text
from alerts.consent import has_agreed
from alerts.links import sms_receipt_link
from alerts.models import Sender
from alerts.shops import sender_of
from alerts.states import Why
from orders.models import Merchant

# One letter outside GSM 03.38 turns the whole text into UCS-2: 70 letters a part instead of 160, at twice the price.
GSM_SPELLING = str.maketrans(
    {
        "\N{NO-BREAK SPACE}": " ",
        "\N{NARROW NO-BREAK SPACE}": " ",
        "\N{THIN SPACE}": " ",
        "\N{EN DASH}": "-",
        "\N{EM DASH}": "-",
        "\N{NON-BREAKING HYPHEN}": "-",
        "\N{LEFT SINGLE QUOTATION MARK}": "'",
        "\N{RIGHT SINGLE QUOTATION MARK}": "'",
        "\N{LEFT DOUBLE QUOTATION MARK}": '"',
        "\N{RIGHT DOUBLE QUOTATION MARK}": '"',
        "\N{DOUBLE LOW-9 QUOTATION MARK}": '"',
        "\N{HORIZONTAL ELLIPSIS}": "...",
        "\N{MIDDLE DOT}": "-",
    }
)

# Numbers that are certainly no phone in a pocket. Where a country does not tell its landlines apart, as the United
# States, the provider will.
NOT_MOBILE = {
    PhoneNumberType.FIXED_LINE,
    PhoneNumberType.TOLL_FREE,
    PhoneNumberType.PREMIUM_RATE,
    PhoneNumberType.SHARED_COST,
    PhoneNumberType.UAN,
    PhoneNumberType.VOICEMAIL,
}


class Sms(Channel):
    key, name = "sms", _("Text message")
    # No provider takes an idempotency key: nothing that may have left is sent again.
    is_repeatable = False

    def is_ready(self, merchant):
        return not account_of(merchant).lacks

    def address_of(self, customer):
        # Possible and not valid: the provider knows better than any table which numbers have been given out.
        return customer.phone.as_e164 if customer.phone and is_possible_number(customer.phone) else ""

    def can_reach(self, address):
        try:
            return number_type(parse(address)) not in NOT_MOBILE
        except NumberParseException:
            return True

    def has_consent(self, customer, purpose):
        return has_agreed(customer, self.key, purpose)

    def tidy(self, text):
        return " ".join(text.translate(GSM_SPELLING).split())

    def send(self, alert):
        account = account_of(alert.merchant)
        if account.lacks:
            missing = ", ".join(account.lacks).replace("_", " ")
            raise ChannelError(
                f"The account at {account.provider.name} is not complete; missing: {missing}. Fill in the sender, or "
                f"the platform's account and the merchant's “texts come from”.",
                Kind.PERMANENT,
                why=Why.NOT_SET_UP,
            )
        link = sms_receipt_link(account.provider.key, alert)
        return account.send(Text(alert.address, alert.body_text, alert.uuid.hex, link))


def account_of(merchant: Merchant) -> Account:
    """The account that texts for this merchant: its own, else the platform's. It may not be complete."""
    own = sender_of(merchant, Sms.key)
    if own is None:
        return platform_account(merchant.sms_from)
    return Account(_known(own.provider), own.credentials, own.identity or merchant.sms_from)


def platform_account(identity: str) -> Account:
    by = _known(settings.SMS_PROVIDER)
    return Account(by, platform_credentials(by), identity)


def platform_credentials(by: Provider) -> dict[str, str]:
    """The platform's own credentials there: the settings named after the provider and each credential."""
    names = (*by.credentials, *by.optional)
    given = {name: getattr(settings, f"{by.key}_{name}".upper()) for name in names}
    return {name: value for name, value in given.items() if value}


def is_genuine(by: Provider, posted: Posted, merchant: Merchant | None) -> bool:
    """Whether this provider posted this about this merchant's texts; None is the platform's account alone.

    Where it does not sign, the address that nobody else knows is the proof, of the account that texts now and no other:
    whoever reads the address that one provider posts to could be any.
    """
    if not by.always_signs and _is_silent(by, account_of(merchant) if merchant else platform_account("")):
        return True
    return any(by.is_signed(posted, secret) for secret in signing_secrets(by, merchant))


def _is_silent(by: Provider, account: Account) -> bool:
    """This is the provider's account, and has no secret to sign with."""
    is_theirs = account.provider.key == by.key and not by.lacking(account.credentials)
    return is_theirs and not account.credentials.get(by.signs_with)


def signing_secrets(by: Provider, merchant: Merchant | None) -> list[str]:
    """What may have signed such a post.

    An account that was switched off since may still be told of its last texts, so each of the merchant's own rows and
    the platform's account may have signed.
    """
    held = [platform_credentials(by)]
    if merchant:
        held += [own.credentials for own in Sender.objects.filter(merchant=merchant, provider=by.key)]
    return [given[by.signs_with] for given in held if given.get(by.signs_with)]


def _known(key: str) -> Provider:
    try:
        return provider(key)
    except KeyError:
        known = ", ".join(PROVIDERS)
        raise ChannelMisconfigured(
            f"There is no provider of texts {key!r}. Known providers: {known}. Check SMS_PROVIDER and the senders."
        ) from None
