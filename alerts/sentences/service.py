"""What is said of answers and refunds."""

from django.utils.translation import pgettext_lazy

from alerts.sentences.base import SEE_ORDER, Sentences
from alerts.triggers import Trigger

SERVICE = {
    Trigger.CASE_OPENED: Sentences(
        subject=pgettext_lazy("case opened", "We are looking into your order %(order)s"),
        headline=pgettext_lazy("case opened", "We are looking into it"),
        story=pgettext_lazy(
            "case opened", "Thank you for telling %(shop)s. We have noted about your order %(order)s: %(case)s."
        ),
        next=pgettext_lazy("case opened", "You do not need to do anything now. We will answer you."),
        short=pgettext_lazy(
            "case opened", "%(shop)s: we have your message about your order %(order)s and are looking into it."
        ),
        button=SEE_ORDER,
    ),
    Trigger.CASE_ANSWERED: Sentences(
        subject=pgettext_lazy("case answered", "Our answer about your order %(order)s"),
        headline=pgettext_lazy("case answered", "Our answer"),
        story=pgettext_lazy("case answered", "%(shop)s has answered about your order %(order)s (%(case)s)."),
        next=pgettext_lazy("case answered", "If anything is still open, please write to us."),
        short=pgettext_lazy(
            "case answered", "%(shop)s: we have answered you about your order %(order)s. Read it here:"
        ),
        button=SEE_ORDER,
    ),
    Trigger.CASE_CLOSED: Sentences(
        subject=pgettext_lazy("case closed", "What was open about your order %(order)s is settled"),
        headline=pgettext_lazy("case closed", "Settled"),
        story=pgettext_lazy("case closed", "%(shop)s has closed your case about order %(order)s (%(case)s)."),
        next=pgettext_lazy("case closed", "If it is not settled for you, please write to us."),
        short=pgettext_lazy(
            "case closed",
            "%(shop)s: your case about order %(order)s is closed. If it is not settled for you, please write to us.",
        ),
        button=SEE_ORDER,
    ),
    Trigger.REFUNDED: Sentences(
        subject=pgettext_lazy("refund", "We have sent you %(amount)s for your order %(order)s"),
        headline=pgettext_lazy("refund", "Refund sent: %(amount)s"),
        story=pgettext_lazy("refund", "%(shop)s has sent back %(amount)s for your order %(order)s."),
        next=pgettext_lazy("refund", "You do not need to do anything. It may take your bank some days to show it."),
        short=pgettext_lazy(
            "refund",
            "%(shop)s: we have sent back %(amount)s for your order %(order)s. Your bank may take some days to show it.",
        ),
        button=SEE_ORDER,
    ),
}
