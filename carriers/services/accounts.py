"""A merchant's account at a carrier: its adapter ready to speak, its tokens, and how it has been answering."""

from datetime import datetime, timedelta
from enum import Enum
from http import HTTPStatus

from django.conf import settings
from django.db.models import F
from django.utils import timezone

from carriers.base import Carrier
from carriers.errors import CarrierError, CarrierRefused, CarrierUnavailable
from carriers.http import HttpTransport
from carriers.models import CarrierAccount, UnmappedCode
from carriers.polling import back_off
from carriers.registry import carrier_class, carrier_name
from orders.events import TrackingUpdate
from orders.models import Notice, NoticeKind, Shipment

PAUSE_AFTER_429, LONGEST_PAUSE = timedelta(seconds=60), timedelta(days=1)
# So many calls in a row without an answer, and the breaker opens: a dead carrier must not eat the workers' time. Each
# time it is half open one call goes out, and the rest after it is longer.
FAILURES_BEFORE_REST = 10
FIRST_REST, LAST_REST = timedelta(minutes=1), timedelta(minutes=15)
OVERDUE = timedelta(minutes=10)
# An account that keeps answering is written to once in a while only.
ANSWERS_NOTED_EVERY = timedelta(seconds=10)
# Several calls may learn at once that a token is no longer taken: the one just renewed is kept.
JUST_RENEWED = timedelta(seconds=5)


class Breaker(Enum):
    """Whether a carrier is asked: freely, not at all, or by one call that finds out whether it is back."""

    CLOSED = "closed"
    OPEN = "open"
    HALF_OPEN = "half open"

    @classmethod
    def of(cls, account: CarrierAccount, now: datetime) -> "Breaker":
        if account.paused_until and account.paused_until > now:
            return cls.OPEN
        return cls.HALF_OPEN if account.failures >= FAILURES_BEFORE_REST else cls.CLOSED


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


class TurnTokens(AccountTokens):
    """The same for many threads: they only read and set the account in memory, and its owner saves what changed."""

    def __init__(self, account: CarrierAccount):
        super().__init__(account)
        self.renewed_at, self.is_saved = None, True

    def save(self, token: str, lifetime: float) -> None:
        super().save(token, lifetime)
        self.renewed_at = timezone.now()

    def forget(self) -> None:
        if self.renewed_at is None or timezone.now() - self.renewed_at > JUST_RENEWED:
            super().forget()

    def keep(self) -> None:
        """Save what changed since the last time."""
        if not self.is_saved:
            super()._keep(self.account.access_token, self.account.access_token_until)
            self.is_saved = True

    def _keep(self, token, until):
        self.account.access_token, self.account.access_token_until = token, until
        self.is_saved = False


def adapter(account: CarrierAccount, tokens: AccountTokens | None = None) -> Carrier:
    """The account's carrier, ready to be asked: the real one, or the sandbox where the settings say so."""
    tokens = tokens or AccountTokens(account)
    base_url = f"{settings.SANDBOX_CARRIER_URL}/{account.carrier}" if settings.SANDBOX else ""
    return carrier_class(account.carrier)(
        account.credentials, send=HttpTransport(account.carrier), tokens=tokens, base_url=base_url
    )


def note_answer(account: CarrierAccount, now: datetime) -> None:
    """The carrier answered as it should: the breaker closes."""
    noted = account.last_success_at
    if not account.failures and not account.last_error and noted and now - noted < ANSWERS_NOTED_EVERY:
        return
    changes = {"last_success_at": now, "failures": 0, "last_error": ""}
    CarrierAccount.objects.filter(pk=account.pk).update(**changes)
    _tell(account, changes)


def note_trouble(account: CarrierAccount, error: CarrierError, now: datetime, dice: float = 1.0) -> None:
    """Remember what the carrier said, pause where it asks for it, tell the merchant where only they can help."""
    changes = {"last_error": str(error)[:300]}
    if isinstance(error, CarrierRefused):
        changes["refused_at"] = now
        Notice.tell(account.merchant_id, NoticeKind.ACCOUNT_REFUSED, str(account), str(error))
    elif isinstance(error, CarrierUnavailable):
        changes |= _unavailable(account, error, now, dice)
    CarrierAccount.objects.filter(pk=account.pk).update(**changes)
    _tell(account, changes)


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


def _unavailable(account: CarrierAccount, error: CarrierUnavailable, now: datetime, dice: float) -> dict:
    """A carrier that says when to come again is alive; one that only fails is asked ever more seldom."""
    if asked := _asked_to_wait(error):
        return {"paused_until": max(now + min(asked, LONGEST_PAUSE), account.paused_until or now)}
    if Breaker.of(account, now) is Breaker.OPEN:
        return {}  # of calls that were on their way when it opened: they say nothing new
    failures = account.failures + 1
    if failures < FAILURES_BEFORE_REST:
        return {"failures": failures}
    rest = back_off(failures - FAILURES_BEFORE_REST + 1, FIRST_REST, LAST_REST, dice)
    return {"failures": failures, "paused_until": now + rest}


def _asked_to_wait(error: CarrierUnavailable) -> timedelta | None:
    if error.retry_after is not None:
        return timedelta(seconds=error.retry_after)
    too_many = error.reply is not None and error.reply.status == HTTPStatus.TOO_MANY_REQUESTS
    return PAUSE_AFTER_429 if too_many else None


def _tell(account: CarrierAccount, changes: dict) -> None:
    """What was saved, to the instance that goes on being used."""
    for name, value in changes.items():
        setattr(account, name, value)
