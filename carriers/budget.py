"""Each account's calls to its carrier, shared by all workers: a token bucket in the account's own row."""

from datetime import datetime

from django.db import transaction

from carriers.models import CarrierAccount
from carriers.registry import carrier_class

# A minute's calls may be saved up for a burst, never more.
MOST_SAVED_MINUTES = 1


def calls_per_minute(account: CarrierAccount) -> int:
    """The account's own limit, or what the carrier documents."""
    return account.calls_per_minute or carrier_class(account.carrier).calls_per_minute


def take(account_id: int, wanted: int, now: datetime) -> int:
    """Take up to `wanted` calls from the account's bucket; return how many were granted, 0 while it is paused."""
    with transaction.atomic():
        account = CarrierAccount.objects.select_for_update().get(pk=account_id)
        if not account.active or (account.paused_until and account.paused_until > now):
            return 0
        rate = calls_per_minute(account)
        counted_at = account.calls_counted_at or now
        minutes = max(0.0, (now - counted_at).total_seconds() / 60)
        left = min(rate * MOST_SAVED_MINUTES, account.calls_left + minutes * rate)
        if account.calls_counted_at is None:
            left = rate * MOST_SAVED_MINUTES
        granted = min(wanted, int(left))
        CarrierAccount.objects.filter(pk=account_id).update(calls_left=left - granted, calls_counted_at=now)
    return granted
