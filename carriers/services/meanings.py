"""Codes that no adapter maps, read as the shop has confirmed. Until then they say nothing: never a guess."""

from dataclasses import replace

from django.db.models import QuerySet
from django.utils import timezone

from carriers.models import CarrierAccount, CodeMeaning, UnmappedCode
from orders.events import ParcelEvent, TrackingUpdate
from orders.reasons import Reason
from orders.statuses import Status


def with_confirmed_meanings(account: CarrierAccount, update: TrackingUpdate) -> TrackingUpdate:
    """The update with the scans that say nothing to us read as this shop has confirmed for their codes."""
    codes = {event.code[:80] for event in update.events if event.code and event.status is Status.UNKNOWN}
    if not codes:
        return update
    meanings = {meaning.code: meaning for meaning in _confirmed(account).filter(code__in=codes)}
    return replace(update, events=tuple(_read(event, meanings) for event in update.events)) if meanings else update


def open_codes(account: CarrierAccount) -> QuerySet[UnmappedCode]:
    """The account's codes whose meaning nobody has confirmed yet, the newest first."""
    seen = UnmappedCode.objects.filter(merchant_id=account.merchant_id, carrier=account.carrier)
    return seen.exclude(code__in=_confirmed(account).values("code"))


def suggestions(account: CarrierAccount) -> dict[str, CodeMeaning]:
    """What was suggested for the account's codes and is not confirmed, by code."""
    own = CodeMeaning.objects.filter(merchant_id=account.merchant_id, carrier=account.carrier)
    return {meaning.code: meaning for meaning in own.filter(confirmed_at__isnull=True)}


def suggest(account: CarrierAccount, code: str, **told) -> CodeMeaning:
    """Keep the carrier's suggestion, in the place of an earlier one. What is confirmed stays as it is."""
    meaning, is_new = CodeMeaning.objects.get_or_create(
        merchant_id=account.merchant_id, carrier=account.carrier, code=code, defaults=told
    )
    if not is_new:
        unconfirmed = CodeMeaning.objects.filter(pk=meaning.pk, confirmed_at__isnull=True)
        unconfirmed.update(**{**told, "suggested_at": timezone.now()})
    return meaning


def confirm(meanings: QuerySet[CodeMeaning], user) -> int:
    """Read these codes so from now on; return how many were not confirmed before."""
    return meanings.filter(confirmed_at__isnull=True).update(confirmed_at=timezone.now(), confirmed_by=user)


def withdraw(meanings: QuerySet[CodeMeaning]) -> int:
    """Read these codes as saying nothing again; return how many were confirmed."""
    return meanings.filter(confirmed_at__isnull=False).update(confirmed_at=None, confirmed_by=None)


def _confirmed(account: CarrierAccount) -> QuerySet[CodeMeaning]:
    own = CodeMeaning.objects.filter(merchant_id=account.merchant_id, carrier=account.carrier)
    return own.filter(confirmed_at__isnull=False)


def _read(event: ParcelEvent, meanings: dict[str, CodeMeaning]) -> ParcelEvent:
    meaning = meanings.get(event.code[:80]) if event.status is Status.UNKNOWN else None
    if meaning is None:
        return event
    return replace(event, status=Status(meaning.status), reason=Reason(meaning.reason) if meaning.reason else None)
