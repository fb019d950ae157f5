"""Each account's calls to its carrier, shared by all workers: two token buckets in the account's own row.

One holds the calls of a minute, one those of a day where the carrier has a quota. A bucket saves up a share of them
for a burst and refills by so much less: then no minute and no 24 hours, wherever the carrier begins to count, ever
hold more calls than it allows, and a quota is spread over the day rather than burnt in the morning.
"""

import math
from datetime import datetime, timedelta

from django.db import transaction

from carriers.models import CarrierAccount
from carriers.registry import carrier_class

MINUTE, DAY = timedelta(minutes=1), timedelta(days=1)
SAVED_OF_A_MINUTE, SAVED_OF_A_DAY = 0.03, 1 / 6
# The share of what is saved of a day that is kept for parcels that cannot wait.
KEPT_FOR_THE_URGENT = 0.5
NO_QUOTA = 1_000_000_000  # calls a day: more than a carrier could answer


def calls_per_minute(account: CarrierAccount) -> int:
    """The account's own limit, or what the carrier documents."""
    return account.calls_per_minute or carrier_class(account.carrier).calls_per_minute


def calls_per_day(account: CarrierAccount) -> int | None:
    """The account's own quota, or what the carrier documents; None where there is none."""
    return account.calls_per_day or carrier_class(account.carrier).calls_per_day


def take(account_id: int, wanted: int, now: datetime, *, urgent: bool = False) -> int:
    """Take up to `wanted` calls; return how many were granted, 0 while the account is paused, refused or off."""
    with transaction.atomic():
        account = CarrierAccount.objects.select_for_update().get(pk=account_id)
        if not is_askable(account, now):
            return 0
        minute, day = left_of_minute(account, now), left_of_day(account, now)
        granted = max(0, math.floor(min(wanted, minute, day if urgent else day - _kept_of_day(account))))
        CarrierAccount.objects.filter(pk=account_id).update(
            calls_left=minute - granted, calls_left_of_day=day - granted, calls_counted_at=now
        )
    return granted


def is_askable(account: CarrierAccount, now: datetime) -> bool:
    paused = account.paused_until is not None and account.paused_until > now
    return account.active and account.refused_at is None and not paused


def seconds_a_call(account: CarrierAccount) -> float:
    """How long the minute's bucket takes to gain one call."""
    calls = calls_per_minute(account)
    return 60 / _refill(calls, _saved(calls, SAVED_OF_A_MINUTE))


def left_of_minute(account: CarrierAccount, now: datetime) -> float:
    return _left(account, account.calls_left, calls_per_minute(account), SAVED_OF_A_MINUTE, MINUTE, now)


def left_of_day(account: CarrierAccount, now: datetime) -> float:
    quota = calls_per_day(account) or NO_QUOTA
    return _left(account, account.calls_left_of_day, quota, SAVED_OF_A_DAY, DAY, now)


def _left(account: CarrierAccount, left: float, calls: int, share: float, period: timedelta, now: datetime) -> float:
    saved = _saved(calls, share)
    if account.calls_counted_at is None:
        return saved
    return min(saved, left + max(0.0, (now - account.calls_counted_at) / period) * _refill(calls, saved))


def _saved(calls: int, share: float) -> float:
    return max(1.0, calls * share)


def _refill(calls: int, saved: float) -> float:
    return max(calls - saved, calls / 2)


def _kept_of_day(account: CarrierAccount) -> float:
    return _saved(calls_per_day(account) or NO_QUOTA, SAVED_OF_A_DAY) * KEPT_FOR_THE_URGENT
