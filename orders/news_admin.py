"""What staff tell of an order by hand, where no system of the shop tells it: delayed, cancelled, money sent back."""

from django import forms
from django.contrib import messages
from django.http import Http404
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy
from unfold.decorators import action, display
from unfold.forms import BaseDialogForm
from unfold.widgets import UnfoldAdminDecimalFieldWidget, UnfoldAdminTextInputWidget

from orders.desk import turn_to
from orders.models import CaseNews, ChangeKind, Order, OrderNews, Refund, RefundNews, StatusChange
from orders.services.order_news import order_cancelled, order_delayed
from orders.services.refunds import record_refund
from orders.tenancy import ReadOnlyInline

BECOMES = {ChangeKind.ORDER: OrderNews, ChangeKind.CASE: CaseNews, ChangeKind.REFUND: RefundNews}


class RefundForm(BaseDialogForm):
    amount = forms.DecimalField(
        label=_("Amount"), max_digits=12, decimal_places=2, widget=UnfoldAdminDecimalFieldWidget
    )
    reference = forms.CharField(
        label=_("Reference"),
        max_length=80,
        help_text=_("Your own name for it: the same again is no second refund."),
        widget=UnfoldAdminTextInputWidget,
    )


class RefundInline(ReadOnlyInline):
    model = Refund
    show_title = False
    fields = readonly_fields = ["reference", "amount", "currency", "sent_at"]


class OrderNewsInline(ReadOnlyInline):
    model = StatusChange
    show_title = False
    verbose_name_plural = _("what became of it")
    fields = readonly_fields = ["kind", "became", "occurred_at"]

    def get_queryset(self, request):
        return super().get_queryset(request).filter(kind__in=BECOMES)

    @display(description=pgettext_lazy("change", "to"))
    def became(self, change):
        return BECOMES[change.kind](change.new).label


class TellsNews:
    """Buttons on an order's page. Each tells the shopper, once."""

    actions_detail = ["tell_delay", "tell_cancellation", "note_refund"]

    @action(
        description=_("Tell of a delay"),
        permissions=["act"],
        icon="hourglass_bottom",
        dialog={
            "title": _("Tell of a delay"),
            "description": _("The shopper is told that getting the order ready takes longer than planned."),
        },
    )
    def tell_delay(self, request, form, object_id):
        return self._told(request, object_id, order_delayed)

    @action(
        description=_("Tell that it is cancelled"),
        permissions=["act"],
        icon="cancel",
        dialog={
            "title": _("Tell that it is cancelled"),
            "description": _("The shopper is told that the order will not come. This cannot be taken back."),
        },
    )
    def tell_cancellation(self, request, form, object_id):
        return self._told(request, object_id, order_cancelled)

    @action(
        description=_("Note a refund"),
        permissions=["act"],
        icon="currency_exchange",
        dialog={
            "title": _("Note a refund"),
            "description": _("The shopper is told that you have sent this back, in the order's currency."),
            "form_class": RefundForm,
        },
    )
    def note_refund(self, request, form, object_id):
        reference, amount = form.cleaned_data["reference"], form.cleaned_data["amount"]
        return self._told(request, object_id, lambda order: record_refund(order, reference, amount)[1])

    def _told(self, request, object_id, tell):
        """Tell it of this order and say how it went; what `tell` returns is false when it was known."""
        try:
            is_news = tell(self._found(request, object_id))
        except ValueError as refused:
            self.message_user(request, str(refused), messages.ERROR)
        else:
            self.message_user(request, _("It is noted, and the shopper is told.") if is_news else _("It was known."))
        return turn_to(request, reverse("admin:orders_order_change", args=[object_id]))

    def _found(self, request, object_id) -> Order:
        order = self.get_object(request, object_id)
        if order is None:
            raise Http404
        return order
