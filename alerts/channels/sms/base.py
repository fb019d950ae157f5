"""What every way of texting has in common."""

from django.utils.translation import gettext_lazy as _
from phonenumbers import is_possible_number

from alerts.channels.base import Channel

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


class Sms(Channel):
    """Texts to phones: short, only with consent, and never repeated in doubt."""

    key, name = "sms", _("Text message")

    def address_of(self, customer):
        # Possible and not valid: the provider knows better than any table which numbers have been given out.
        return customer.phone.as_e164 if customer.phone and is_possible_number(customer.phone) else ""

    def has_consent(self, customer):
        return customer.sms_consent_at is not None

    def tidy(self, text):
        return " ".join(text.translate(GSM_SPELLING).split())
