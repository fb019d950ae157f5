"""The rules a shop would use without a model: what every figure has to beat."""

from collections.abc import Callable

from orders.backtest.protocol import Scored
from orders.promise.history import REST_HERE

# Each tells, from what is known at one moment and the minimum lead, whether it would alert.
RULES: dict[str, Callable[[Scored, float], bool]] = {
    "undelivered with the minimum lead left": lambda scored, lead: scored.row.left <= lead,
    "no scan for 2 days": lambda scored, lead: scored.row.silence >= 48,
    "no scan for 3 days": lambda scored, lead: scored.row.silence >= 72,
    "last milestone a day late": lambda scored, lead: (scored.row.lateness or 0) >= 24,
    "the lane's median rest does not fit": lambda scored, lead: scored.facts[REST_HERE] > 0,
}
PROMISE_PASSED = "alert when the promise has passed"
