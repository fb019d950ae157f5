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


class Held(TextChoices):
    """Why a message waited before it was sent."""

    QUIET_HOURS = "quiet_hours", pgettext_lazy("why it waited", "It was night where the shopper lives.")
    SPACING = "spacing", pgettext_lazy("why it waited", "Another message had just been sent about this order.")
    GATHERING = "gathering", pgettext_lazy("why it waited", "Other parcels of the order might tell the same.")
    LATER = "later", pgettext_lazy("why it waited", "It is meant to come some time after.")
    PAUSED = "paused", pgettext_lazy("why it waited", "The shopper asked for a pause.")


class Why(TextChoices):
    """Why a message was not sent, did not arrive, or is in doubt."""

    SWITCHED_OFF = "switched_off", pgettext_lazy("why not sent", "The shop has switched this kind of message off.")
    NOT_FOR_THIS = "not_for_this", pgettext_lazy("why not sent", "The shop sends this for other orders only.")
    BEFORE_SWITCH = (
        "before_switch",
        pgettext_lazy("why not sent", "The order is older than the shop's decision to send this."),
    )
    UNWANTED = "unwanted", pgettext_lazy("why not sent", "The shopper does not want messages of this kind.")
    ENOUGH_TODAY = "enough_today", pgettext_lazy("why not sent", "The shopper was told enough about this order today.")
    TOLD_TOGETHER = (
        "told_together",
        pgettext_lazy("why not sent", "One message told it together with other parcels of the order."),
    )
    IN_TROUBLE = (
        "in_trouble",
        pgettext_lazy("why not sent", "Something is wrong with the order: this is not the moment."),
    )

    FORGOTTEN = "forgotten", pgettext_lazy("why not sent", "The shopper asked to be forgotten.")
    NO_ADDRESS = "no_address", pgettext_lazy("why not sent", "The shopper gave no such address.")
    NOT_MOBILE = "not_mobile", pgettext_lazy("why not sent", "The number is a landline's: it takes no texts.")
    NO_CONSENT = "no_consent", pgettext_lazy("why not sent", "The shopper has not agreed to such messages.")
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
