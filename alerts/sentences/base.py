from dataclasses import dataclass

from django.utils.functional import Promise as Lazy
from django.utils.translation import pgettext_lazy

FOLLOW = pgettext_lazy("button", "Follow your parcel")
SEE_ORDER = pgettext_lazy("button", "See your order")
SHOW_ME = pgettext_lazy("button", "Show me how")
TELL_US = pgettext_lazy("button", "Tell us")


@dataclass(frozen=True, slots=True)
class Sentences:
    """`headline` stands large, `story` is what happened, `next` what follows unless the reason asks for something.

    `short` is for phones and browsers: one or two sentences; the link follows.
    """

    subject: Lazy
    headline: Lazy
    story: Lazy
    next: Lazy
    short: Lazy
    button: Lazy = FOLLOW
