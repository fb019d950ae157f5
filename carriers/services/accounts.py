"""A merchant's account at a carrier: its adapter ready to speak, its tokens, and how it has been answering."""

from datetime import datetime, timedelta

from django.conf import settings
from django.db.models import F
from django.utils import timezone

from carriers.base import Carrier
from carriers.errors import CarrierError, CarrierRefused, CarrierUnavailable
from carriers.http import HttpTransport
from carriers.models import CarrierAccount, UnmappedCode
from carriers.registry import carrier_class, carrier_name
from orders.events import TrackingUpdate
from orders.models import Notice, NoticeKind, Shipment

PAUSE_AFTER_429 = timedelta(seconds=60)
# So many calls in a row without an answer, and the account rests: a dead carrier must not eat the workers' time.
FAILURES_BEFORE_REST = 10
REST = timedelta(minutes=5)
OVERDUE = timedelta(minutes=10)


class AccountTokens:
    """The account's access token, encrypted in its row and shared by all workers."""

    def __init__(self, account: CarrierAccount):
        self.account = account

    def load(self) -> str | None:
        until = self.account.access_token_until
        return self.account.access_token if until and until > timezone.now() else None

    def save(self, token: str, lifetime: float) -> None:
        self._keep(token, timezone.now() + timedelta(seconds=lifetime))

    def forget(self) -> None:
        self._keep(None, None)

    def _keep(self, token, until):
        self.account.access_token, self.account.access_token_until = token, until
        CarrierAccount.objects.filter(pk=self.account.pk).update(access_token=token, access_token_until=until)


def adapter(account: CarrierAccount) -> Carrier:
    """The account's carrier, ready to be asked: the real one, or the sandbox where the settings say so."""
    base_url = f"{settings.SANDBOX_CARRIER_URL}/{account.carrier}" if settings.SANDBOX else ""
    return carrier_class(account.carrier)(
        account.credentials, send=HttpTransport(account.carrier), tokens=AccountTokens(account), base_url=base_url
    )


def note_answer(account: CarrierAccount, now: datetime) -> None:
    """The carrier answered as it should."""
    CarrierAccount.objects.filter(pk=account.pk).update(last_success_at=now, failures=0, last_error="")


def note_trouble(account: CarrierAccount, error: CarrierError, now: datetime) -> None:
    """Remember what the carrier said, pause where it asks for it, tell the merchant where only they can help."""
    changes = {"last_error": str(error)[:300]}
    if isinstance(error, CarrierRefused):
        changes["refused_at"] = now
        Notice.tell(account.merchant_id, NoticeKind.ACCOUNT_REFUSED, str(account), str(error))
    elif isinstance(error, CarrierUnavailable):
        changes["failures"] = F("failures") + 1
        changes["paused_until"] = _pause(account, error, now)
    CarrierAccount.objects.filter(pk=account.pk).update(**changes)


def note_unreadable(account: CarrierAccount, error: CarrierError) -> None:
    """Keep what could not be read, for the people who can read it."""
    raw = error.reply.body[:2000].decode("utf-8", "replace") if error.reply is not None else ""
    Notice.tell(account.merchant_id, NoticeKind.PAYLOAD_UNREADABLE, str(account), f"{error}\n\n{raw}".strip())


def note_missing_accounts(now: datetime) -> int:
    """Tell merchants of parcels that nobody can be asked about, since there is no account; return how many were told.

    Only what is overdue counts: an account may be opened just after the first orders came in.
    """
    overdue = Shipment.objects.filter(next_poll_at__lte=now - OVERDUE)
    waiting = set(overdue.order_by().values_list("merchant_id", "carrier").distinct())
    missing = waiting - set(CarrierAccount.objects.values_list("merchant_id", "carrier"))
    for merchant_id, carrier in missing:
        Notice.tell(merchant_id, NoticeKind.ACCOUNT_MISSING, carrier_name(carrier))
    return len(missing)


def note_unmapped(account: CarrierAccount, carrier: Carrier, update: TrackingUpdate, now: datetime) -> None:
    """Count the codes that the adapter does not know, each with the carrier's words."""
    words = {event.code: event.description for event in update.events}
    for code in carrier.unmapped_codes(update):
        seen = {"merchant_id": account.merchant_id, "carrier": account.carrier, "code": code[:80]}
        row, is_new = UnmappedCode.objects.get_or_create(
            **seen, defaults={"description": words[code][:500], "first_at": now, "last_at": now}
        )
        if is_new:
            Notice.tell(account.merchant_id, NoticeKind.CODE_UNMAPPED, f"{account}: {code}", words[code])
        else:
            UnmappedCode.objects.filter(pk=row.pk).update(count=F("count") + 1, last_at=now)


def _pause(account: CarrierAccount, error: CarrierUnavailable, now: datetime) -> datetime | None:
    if error.retry_after is not None:
        return now + timedelta(seconds=error.retry_after)
    if error.reply is not None and error.reply.status == 429:
        return now + PAUSE_AFTER_429
    return now + REST if account.failures + 1 >= FAILURES_BEFORE_REST else account.paused_until
