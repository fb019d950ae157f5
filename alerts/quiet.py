"""How much a channel may say, and when it is silent: the shop's own rules over sensible defaults."""

from dataclasses import dataclass
from datetime import datetime, time, timedelta
from uuid import UUID

from alerts.models import ChannelRule
from orders.models import Merchant
from orders.windows import zone_named

MINUTE, DAY = timedelta(minutes=1), timedelta(days=1)
# Over this long what waited for the morning is sent, so that thousands are no burst.
RELEASE = timedelta(minutes=45)


@dataclass(frozen=True, slots=True)
class Pace:
    """How one channel is used.

    From `quiet_from` to `quiet_until`, by the recipient's clock, nothing is sent; the same time twice: never quiet.
    `most_a_day` counts the messages about one order. None marks a channel that systems read: they are told
    everything, each by itself and at once.
    """

    quiet_from: time = time()
    quiet_until: time = time()
    most_a_day: int | None = None
    is_on: bool = True

    @property
    def is_for_people(self) -> bool:
        return self.most_a_day is not None

    @property
    def open_for(self) -> timedelta:
        """How long a day's waking hours are, clocks that are put back or forward aside."""
        return (_since_midnight(self.quiet_from) - _since_midnight(self.quiet_until)) % DAY or DAY

    def is_quiet(self, clock: time) -> bool:
        if self.quiet_from <= self.quiet_until:
            return self.quiet_from <= clock < self.quiet_until
        return clock >= self.quiet_from or clock < self.quiet_until


# A text and a push light up the phone beside the bed. An e-mail waits until somebody looks, and who looks at night
# wants to know: shops that think otherwise set hours for it too.
DEFAULTS = {
    "email": Pace(most_a_day=4),
    "sms": Pace(time(21), time(8), most_a_day=3),
    "push": Pace(time(21), time(8), most_a_day=5),
    "webhook": Pace(),
}


def paces_of(merchant: Merchant) -> dict[str, Pace]:
    """How this shop uses each channel."""
    own = {rule.channel: _pace(rule) for rule in merchant.channel_rules.all()}
    return DEFAULTS | own


def opens_at(pace: Pace, zone: str, now: datetime) -> datetime | None:
    """The first whole minute from `now` on at which the clocks in `zone` show no quiet time; None when it is not quiet.

    Clocks are put back and forward at whole minutes, so that looking at each minute is exact where arithmetic is not.
    """
    tz = zone_named(zone)
    if not pace.is_quiet(now.astimezone(tz).time()):
        return None
    minute = now.replace(second=0, microsecond=0) + MINUTE
    while pace.is_quiet(minute.astimezone(tz).time()):
        minute += MINUTE
    return minute


def released_at(pace: Pace, opening: datetime, message: UUID) -> datetime:
    """When a message that waited for the opening is sent: at a time that its own number chooses, evenly for many."""
    return opening + min(RELEASE, pace.open_for / 2) * (message.int / 2**128)


def _pace(rule: ChannelRule) -> Pace:
    return Pace(_whole(rule.quiet_from), _whole(rule.quiet_until), rule.most_a_day, rule.is_on)


def _whole(clock: time) -> time:
    """To the minute, so that there is a minute that is not quiet."""
    return clock.replace(second=0, microsecond=0)


def _since_midnight(clock: time) -> timedelta:
    return timedelta(hours=clock.hour, minutes=clock.minute)
