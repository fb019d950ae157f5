"""What shoppers chose on the preference page: which messages, by what, in which language, and from when on again."""

from dataclasses import dataclass, field
from datetime import date, datetime, time
from zoneinfo import ZoneInfo

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext

from alerts.channels import CHANNELS, channel
from alerts.consent import has_agreed, is_suppressed, resume, unsubscribe
from alerts.models import Preference, Suppressed
from alerts.triggers import Group, Trigger
from orders.models import AskedAt, Consent, Customer, Order, Purpose
from orders.services import consents
from orders.windows import zone_named

EMAIL, SMS = "email", "sms"


@dataclass(frozen=True, slots=True, kw_only=True)
class Choices:
    """All that can be chosen. `paused_until` is a day by the shopper's clock: until it begins, nothing is sent.

    `language` is one of LANGUAGES for every order; "" leaves each with its own.
    """

    wanted: frozenset[str] = field(default_factory=frozenset)
    by_email: bool = True
    by_text: bool = False
    notes_opens: bool = False
    language: str = ""
    paused_until: date | None = None


def chosen_by(customer: Customer | None) -> Preference:
    """What the shopper chose, read now; an empty one where nothing was chosen."""
    known = customer and Preference.objects.filter(customer=customer).first()
    return known or Preference(unwanted=[])


def is_unwanted(chosen: Preference, trigger: Trigger) -> bool:
    """Whether the shopper chose to get no messages of this trigger's group."""
    return trigger.manners.group in chosen.unwanted


def paused_until(chosen: Preference, now: datetime) -> datetime | None:
    """When the pause ends that the shopper asked for; None where there is none any more."""
    until = chosen.paused_until
    return until if until and until > now else None


def choices_of(customer: Customer, now: datetime | None = None) -> Choices:
    """What holds now, chosen or not."""
    chosen = chosen_by(customer)
    until = paused_until(chosen, now or timezone.now())
    return Choices(
        wanted=frozenset(group.value for group in Group if _is_wanted(customer, group, chosen)),
        by_email=not is_suppressed(customer.merchant, EMAIL, customer.email),
        by_text=agreed_to_texts(customer) is not None and not is_suppressed(customer.merchant, SMS, phone(customer)),
        notes_opens=has_agreed(customer, EMAIL, Purpose.OPENS),
        paused_until=timezone.localdate(until, zone_of(customer)) if until else None,
    )


def choose(customer: Customer, chosen: Choices) -> None:
    """Let this hold from now on, with a consent where one is needed; one transaction. The same again changes nothing.

    The consents' wording is in the active language: call it in the language in which the page was read.
    """
    with transaction.atomic():
        rows = Customer.objects.select_for_update(no_key=True, of=("self",)).select_related("merchant")
        customer = rows.get(pk=customer.pk)
        if customer.erased_at:
            return
        before = choices_of(customer)
        _keep(customer, chosen)
        _choose_email(customer, chosen, before)
        _choose_texts(customer, chosen, before)
        _choose_purposes(customer, chosen, before)
        if chosen.language:
            _speak(customer, chosen.language)


def _speak(customer: Customer, language: str) -> None:
    """In this language from now on. An order's own stands before the shopper's, and so it is changed, too."""
    Customer.objects.filter(pk=customer.pk).update(language=language)
    Order.objects.filter(customer=customer).update(language=language)


def phone(customer: Customer) -> str:
    """The number at which the customer is texted; "" when there is none."""
    return channel(SMS).address_of(customer)


def agreed_to_texts(customer: Customer) -> Consent | None:
    """The consent that holds, with its proof."""
    return customer.consents.filter(channel=SMS, purpose=Purpose.DELIVERY, withdrawn_at=None).first()


def masked(address: str) -> str:
    """Enough to know one's own address by, and no more: the link may have been passed on."""
    name, at, host = address.partition("@")
    return f"{name[:1]}…{at}{host}" if at else f"…{address[-3:]}"


def _is_wanted(customer: Customer, group: Group, chosen: Preference) -> bool:
    has_consent = group.purpose is Purpose.DELIVERY or has_agreed(customer, EMAIL, group.purpose)
    return has_consent and group not in chosen.unwanted


def _keep(customer: Customer, chosen: Choices) -> None:
    day = chosen.paused_until
    kept = {
        "merchant": customer.merchant,
        "unwanted": [group.value for group in Group if _is_declined(group, chosen)],
        "paused_until": datetime.combine(day, time.min, tzinfo=zone_of(customer)) if day else None,
        "updated_at": timezone.now(),
    }
    Preference.objects.update_or_create(customer=customer, defaults=kept)


def _is_declined(group: Group, chosen: Choices) -> bool:
    """A no to one thing. To nothing at all of what is asked for first, the missing consent is the no, and a later yes
    in the shop is not outweighed by it.
    """
    return group not in chosen.wanted and (group.purpose is Purpose.DELIVERY or bool(_asked_for(chosen)))


def _asked_for(chosen: Choices) -> list[Group]:
    return [group for group in Group if group.purpose is Purpose.AFTERCARE and group in chosen.wanted]


def _choose_email(customer: Customer, chosen: Choices, before: Choices) -> None:
    if not customer.email or chosen.by_email == before.by_email:
        return
    if chosen.by_email:
        resume(customer.merchant, EMAIL, customer.email)
    else:
        unsubscribe(customer.merchant, EMAIL, customer.email, Suppressed.UNSUBSCRIBED, customer)


def _choose_texts(customer: Customer, chosen: Choices, before: Choices) -> None:
    if not phone(customer) or chosen.by_text == before.by_text:
        return
    if chosen.by_text:
        resume(customer.merchant, SMS, phone(customer))
        consents.give(customer, SMS, where=AskedAt.PAGE, wording=texts_wording(customer))
    else:
        consents.withdraw(customer, SMS)


def _choose_purposes(customer: Customer, chosen: Choices, before: Choices) -> None:
    """What comes after the delivery, and the noting of opens, are asked for first."""
    asked = _asked_for(chosen)
    if asked and chosen.by_email:
        if not before.wanted.issuperset(asked):
            consents.withdraw(customer, EMAIL, Purpose.AFTERCARE)  # what was agreed to did not speak of this
        wording = "; ".join(str(group.label) for group in asked)
        consents.give(customer, EMAIL, Purpose.AFTERCARE, where=AskedAt.PAGE, wording=wording)
    elif not asked:
        for key in CHANNELS:
            consents.withdraw(customer, key, Purpose.AFTERCARE)
    if not chosen.notes_opens:
        consents.withdraw(customer, EMAIL, Purpose.OPENS)


def texts_wording(customer: Customer) -> str:
    """What the shopper agrees to by asking for texts, in the active language."""
    sentence = gettext("Text me about my orders at %(shop)s. I can end this here at any time, or by texting STOP.")
    return sentence % {"shop": customer.merchant.name}


def zone_of(customer: Customer) -> ZoneInfo:
    """By whose clock the shopper lives, as far as anybody said."""
    return zone_named(customer.time_zone or customer.merchant.time_zone)
