"""How far a message has come, and why one was not sent: each listed once, with its words."""

from django.db.models import TextChoices
from django.utils.translation import pgettext_lazy


class State(TextChoices):
    QUEUED = "queued", pgettext_lazy("message", "Queued")
    SENDING = "sending", pgettext_lazy("message", "Being sent")
    SENT = "sent", pgettext_lazy("message", "Sent")
    DELIVERED = "delivered", pgettext_lazy("message", "Delivered")
    RETRY = "retry", pgettext_lazy("message", "To be tried again")
    FAILED = "failed", pgettext_lazy("message", "Failed")
    SUPPRESSED = "suppressed", pgettext_lazy("message", "Not sent")
    # The request left and no answer came: it may or may not have arrived.
    UNSURE = "unsure", pgettext_lazy("message", "Unsure")


# A worker may take these when they are due.
WAITING = frozenset({State.QUEUED, State.RETRY})
# `due_at` is set in these and in no others.
OPEN = WAITING | {State.SENDING}
# The shopper has it, or may have it: it is not said a second time.
WENT_OUT = frozenset({State.SENDING, State.SENT, State.DELIVERED, State.UNSURE})


class Why(TextChoices):
    """Why a message was not sent, did not arrive, or is in doubt."""

    NO_ADDRESS = "no_address", pgettext_lazy("why not sent", "The shopper gave no such address.")
    NO_CONSENT = "no_consent", pgettext_lazy("why not sent", "The shopper has not agreed to texts.")
    UNSUBSCRIBED = "unsubscribed", pgettext_lazy("why not sent", "This address wants no messages from this shop.")
    NOT_SET_UP = "not_set_up", pgettext_lazy("why not sent", "The shop has not set up this way of writing.")
    OLD_NEWS = "old_news", pgettext_lazy("why not sent", "It happened more than three days ago.")
    BACKFILL = "backfill", pgettext_lazy("why not sent", "It was history when the parcel was first looked up.")
    OVERTAKEN = "overtaken", pgettext_lazy("why not sent", "Newer news made it untrue.")
    ONLY_A_DELAY = (
        "only_a_delay",
        pgettext_lazy("why not sent", "Only a delay: the shopper hears of it when the promised day is at risk."),
    )
    SAME_NEWS = "same_news", pgettext_lazy("why not sent", "Another message tells the same news.")
    TOLD_BEFORE = "told_before", pgettext_lazy("why not sent", "The shopper was told so before.")
    NEVER_WARNED = "never_warned", pgettext_lazy("why not sent", "The shopper was never told of a problem.")
    SEEN = "seen", pgettext_lazy("why not sent", "The shopper has seen it on the page.")

    ADDRESS_REFUSED = "address_refused", pgettext_lazy("why it failed", "The address does not take messages.")
    ACCOUNT_REFUSED = "account_refused", pgettext_lazy("why it failed", "The provider refused the account or sender.")
    REFUSED = "refused", pgettext_lazy("why it failed", "The provider refused the message.")
    UNAVAILABLE = "unavailable", pgettext_lazy("why it failed", "The provider could not be reached for too long.")
    UNDELIVERED = "undelivered", pgettext_lazy("why it failed", "The provider could not deliver it.")
    UNWRITTEN = "unwritten", pgettext_lazy("why it failed", "Its text could not be written.")

    NO_ANSWER = "no_answer", pgettext_lazy("why it is unsure", "It left, and no answer came.")
    WORKER_LOST = "worker_lost", pgettext_lazy("why it is unsure", "The worker stopped while it was being sent.")
    UNEXPECTED = "unexpected", pgettext_lazy("why it is unsure", "Something went wrong in Doorstep.")
