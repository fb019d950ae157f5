"""What is said of help with what was bought, questions and reminders."""

from django.utils.translation import pgettext_lazy

from alerts.sentences.base import SEE_ORDER, SHOW_ME, TELL_US, Sentences
from alerts.triggers import Trigger

LATER = {
    Trigger.HOW_TO_USE: Sentences(
        subject=pgettext_lazy("how to use it", "How to get started with %(product)s"),
        headline=pgettext_lazy("how to use it", "How to get started"),
        story=pgettext_lazy(
            "how to use it", "You bought %(product)s at %(shop)s. The page of your order shows how to use it."
        ),
        next=pgettext_lazy("how to use it", "If something is not clear, please write to us."),
        short=pgettext_lazy("how to use it", "%(shop)s: how to get started with %(product)s:"),
        button=SHOW_ME,
    ),
    Trigger.CARE: Sentences(
        subject=pgettext_lazy("care", "How to care for %(product)s"),
        headline=pgettext_lazy("care", "How to care for it"),
        story=pgettext_lazy(
            "care", "You bought %(product)s at %(shop)s. The page of your order shows how it stays as good as new."
        ),
        next=pgettext_lazy("care", "If something is not clear, please write to us."),
        short=pgettext_lazy("care", "%(shop)s: how to care for %(product)s:"),
        button=SHOW_ME,
    ),
    Trigger.FEEDBACK: Sentences(
        subject=pgettext_lazy("feedback", "How was your order %(order)s?"),
        headline=pgettext_lazy("feedback", "How was it?"),
        story=pgettext_lazy(
            "feedback",
            "Your order %(order)s from %(shop)s has arrived. We would like to know what was good and what was not.",
        ),
        next=pgettext_lazy("feedback", "If something is not right, please write to us: we will put it right."),
        short=pgettext_lazy(
            "feedback", "%(shop)s: how was your order %(order)s? We would like to know what was good and what was not:"
        ),
        button=TELL_US,
    ),
    Trigger.WARRANTY_ENDS: Sentences(
        subject=pgettext_lazy("warranty ends", "The warranty of %(product)s ends on %(until)s"),
        headline=pgettext_lazy("warranty ends", "The warranty ends soon"),
        story=pgettext_lazy("warranty ends", "You bought %(product)s at %(shop)s. Its warranty ends on %(until)s."),
        next=pgettext_lazy("warranty ends", "If something is wrong with it, please write to us before that day."),
        short=pgettext_lazy(
            "warranty ends",
            "%(shop)s: the warranty of %(product)s ends on %(until)s. If anything is wrong with it, write to us.",
        ),
        button=SEE_ORDER,
    ),
    Trigger.ANNIVERSARY: Sentences(
        subject=pgettext_lazy("anniversary", "A year with %(product)s"),
        headline=pgettext_lazy("anniversary", "A year ago"),
        story=pgettext_lazy(
            "anniversary", "A year ago, %(product)s from %(shop)s came to you. We hope that you still like it."
        ),
        next=pgettext_lazy("anniversary", "If something is not right with it, please write to us."),
        short=pgettext_lazy(
            "anniversary", "%(shop)s: a year ago, %(product)s came to you. We hope that you still like it."
        ),
        button=SEE_ORDER,
    ),
}
