"""The contract between Doorstep and one way of writing to a shopper."""

from dataclasses import dataclass
from enum import Enum

from django.core.exceptions import ImproperlyConfigured

from alerts.consent import has_agreed
from alerts.models import Alert
from alerts.states import Why
from orders.models import Customer, Merchant, Order, Purpose


class Kind(Enum):
    """What a failure means for the next attempt."""

    TEMPORARY = "temporary"  # it did not arrive; later it may
    PERMANENT = "permanent"  # it did not and will not arrive
    UNSURE = "unsure"  # it left, and nobody knows whether it arrived


class ChannelError(Exception):
    """A message was not taken, or may not have been.

    The text is a sentence for the merchant's staff; `detail` is what the provider said, for us. `why` is the alert's
    reason once it is given up, `retry_after` the seconds the provider asked to wait, None when it did not say.
    """

    def __init__(self, message, kind: Kind, *, why: Why, retry_after: float | None = None, detail: str = ""):
        super().__init__(message)
        self.kind = kind
        self.why = why
        self.retry_after = retry_after
        self.detail = detail


class ChannelMisconfigured(ImproperlyConfigured):
    """A mistake of ours: outside the family on purpose, so that no `except ChannelError` hides it."""


@dataclass(frozen=True, slots=True)
class Receipt:
    """The provider took the message. `provider_id` is its own name for it, empty when it gave none."""

    provider_id: str = ""
    provider: str = ""


class Channel:
    """One way of writing. A subclass says who it is, finds the address, and sends one alert as it is stored."""

    key = ""  # the registry's, the database's and the templates' spelling
    name = ""  # for people, translated
    credentials: tuple[str, ...] = ()  # what a merchant's own account at the provider is opened with
    # What it says, of alerts.texts.words.FIELDS; of several the first is its title.
    says: tuple[str, ...] = ("short",)
    has_html = False
    # The same message may be sent twice without harm, because the provider or the reader knows it again.
    is_repeatable = False

    def is_wanted(self, merchant: Merchant) -> bool:
        """Whether this merchant's messages are planned by it at all; if not, no row says why it was not sent."""
        return True

    def is_ready(self, merchant: Merchant) -> bool:
        """This merchant can write by this channel at all."""
        raise NotImplementedError(f"{type(self).__name__} must say when a merchant can use it")

    def address_of(self, customer: Customer) -> str:
        """The customer's address, normalised; "" when there is none."""
        raise NotImplementedError(f"{type(self).__name__} must say where a customer's address is")

    def can_reach(self, address: str) -> bool:
        """False where it is certain that nothing sent to this address by this channel can arrive."""
        return True

    def addresses_for(self, order: Order) -> list[str]:
        """Every address at which this order's shopper is told; [""] when there is none, so that a row says so."""
        return [self.address_of(order.customer)]

    def has_consent(self, customer: Customer, purpose: Purpose) -> bool:
        """Whether the customer may be written to. News of one's own order needs no consent by itself."""
        return purpose is Purpose.DELIVERY or has_agreed(customer, self.key, purpose)

    def tidy(self, text: str) -> str:
        """The text as this channel carries it best."""
        return text

    def send(self, alert: Alert) -> Receipt:
        """Hand the stored words to the provider, with a timeout. Raises ChannelError."""
        raise NotImplementedError(f"{type(self).__name__} must say how to send")
