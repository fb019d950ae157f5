"""What each message says, in whole sentences for translators.

Placeholders: %(shop)s and %(order)s everywhere. Of a parcel: %(days)s is the promise, %(last)s its last day, %(was)s
the promise before, and %(when)s the moment of delivery. Of a case: %(case)s is its kind; the shop's answer stands below
the story. Of a refund: %(amount)s with its currency. After the delivery: %(product)s is the name of what it is about,
and %(until)s the last day of its warranty.
"""

from django.utils.translation import pgettext_lazy

from alerts.sentences.base import FOLLOW, Sentences
from alerts.sentences.later import LATER
from alerts.sentences.service import SERVICE
from alerts.sentences.steps import STEPS
from alerts.sentences.tasks import TASKS
from alerts.sentences.trouble import TROUBLE

__all__ = [
    "BECAUSE",
    "CARRIER_SAYS",
    "EXPECTED",
    "FOLLOW",
    "NO_REASON",
    "PROMISED",
    "SENTENCES",
    "TEST",
    "WAS",
    "Sentences",
]

BECAUSE = pgettext_lazy("message", "The reason: %(reason)s.")
CARRIER_SAYS = pgettext_lazy("message", "The carrier says: %(reason)s.")
NO_REASON = pgettext_lazy("message", "The carrier has not said why.")
EXPECTED = pgettext_lazy("message", "Expected %(days)s")
PROMISED = pgettext_lazy("message", "Promised for %(days)s")
WAS = pgettext_lazy("promise", "was %(days)s")
TEST = pgettext_lazy("message", "Test: %(subject)s")

SENTENCES = {**STEPS, **TROUBLE, **TASKS, **SERVICE, **LATER}
