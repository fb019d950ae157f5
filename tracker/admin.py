"""The desk for parcels, which puts together what all apps know of one, and what only the operator manages."""

from axes.admin import AccessAttemptAdmin, AccessLogAdmin
from axes.models import AccessAttempt, AccessLog
from django import forms
from django.conf import settings
from django.contrib import admin, messages
from django.contrib.auth.admin import GroupAdmin, UserAdmin
from django.contrib.auth.models import Group, User
from django.core.exceptions import ValidationError
from django.http import Http404
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html, format_html_join
from django.utils.translation import get_language, ngettext, pgettext_lazy
from django.utils.translation import gettext_lazy as _
from unfold.admin import ModelAdmin
from unfold.decorators import action, display
from unfold.forms import AdminPasswordChangeForm, BaseDialogForm, UserChangeForm, UserCreationForm
from unfold.widgets import UnfoldAdminSelectWidget, UnfoldAdminTextInputWidget

from alerts.admin import STATE_BADGES as ALERT_BADGES
from alerts.channels import channel_choices
from alerts.models import Alert
from alerts.services import send_test
from carriers.admin import CarrierFilter
from carriers.registry import carrier_name
from carriers.services import poll_now
from orders import wording
from orders.desk import badge, pretty_json, turn_to
from orders.incoming import LONGEST_TRACKING_NUMBER
from orders.models import CarrierCorrection, Promise, RiskState, Shipment, StatusChange, TrackingEvent
from orders.portal import tracking_url
from orders.services.corrections import correct_carrier
from orders.services.recognition import likely_carriers, own_carriers
from orders.statuses import Status
from orders.tenancy import OperatorOnly, ReadOnlyAdmin, ReadOnlyInline, changeable, scoped
from tracker.dashboard import POLL_IS_OVERDUE_AFTER, UNDER_WAY, delivered_lately, overdue

MOST_TESTS = 5

STATUS_BADGES = {
    Status.UNKNOWN: "default",
    Status.INFO_RECEIVED: "default",
    Status.IN_TRANSIT: "info",
    Status.OUT_FOR_DELIVERY: "info",
    Status.AVAILABLE_FOR_PICKUP: "info",
    Status.DELIVERED: "success",
    Status.ATTEMPT_FAILED: "warning",
    Status.EXCEPTION: "danger",
    Status.RETURNING: "warning",
    Status.RETURNED: "warning",
    Status.CANCELLED: "default",
}
RISK_BADGES = {
    RiskState.ON_TRACK: "success",
    RiskState.RECOVERED: "success",
    RiskState.AT_RISK: "warning",
    RiskState.LATE: "danger",
}


class JourneyFilter(admin.SimpleListFilter):
    title = _("journey")
    parameter_name = "journey"

    def lookups(self, request, model_admin):
        return [("under_way", _("Under way")), ("delivered_lately", _("Delivered in the last 7 days"))]

    def queryset(self, request, queryset):
        wanted = {"under_way": UNDER_WAY, "delivered_lately": delivered_lately(timezone.now())}.get(self.value())
        return queryset.filter(wanted) if wanted else queryset


class OverdueFilter(admin.SimpleListFilter):
    title = _("check")
    parameter_name = "overdue"

    def lookups(self, request, model_admin):
        return [("yes", _("Overdue")), ("no", _("In time"))]

    def queryset(self, request, queryset):
        late = overdue(timezone.now())
        return {"yes": queryset.filter(late), "no": queryset.exclude(late)}.get(self.value(), queryset)


class EventInline(ReadOnlyInline):
    model = TrackingEvent
    show_title = False
    verbose_name = _("scan")
    verbose_name_plural = _("timeline")
    ordering = ["-occurred_at", "-id"]
    per_page = 50
    fields = readonly_fields = ["happened", "told", "how", "place", "code", "source", "sent"]

    def get_queryset(self, request):
        return super().get_queryset(request).filter(correction=None)

    @display(description=_("happened"))
    def happened(self, event):
        when = wording.day_and_clock(event.local_time)
        return when if event.zone_known else _("%(when)s (zone not told)") % {"when": when}

    @display(description=_("carrier's words"))
    def told(self, event):
        return event.description

    @display(description=_("status"))
    def how(self, event):
        return badge(event.get_status_display(), STATUS_BADGES[event.status])

    @display(description=_("place"))
    def place(self, event):
        return _place(event.location)

    @display(description=_("raw"))
    def sent(self, event):
        return pretty_json(event.raw)


class StrangeEventInline(EventInline):
    """What wrong carriers told."""

    verbose_name_plural = _("scans that do not count: of another parcel")
    fields = readonly_fields = ["told_by", *EventInline.fields]

    def get_queryset(self, request):
        rows = super(EventInline, self).get_queryset(request)
        return rows.filter(correction__isnull=False).select_related("correction")

    @display(description=_("told by"))
    def told_by(self, event):
        return f"{carrier_name(event.correction.old_carrier)} {event.correction.old_number}"


class CorrectionInline(ReadOnlyInline):
    model = CarrierCorrection
    show_title = False
    fields = readonly_fields = ["at", "before", "after", "by", "note"]

    @display(description=pgettext_lazy("correction", "from"))
    def before(self, correction):
        return f"{carrier_name(correction.old_carrier)} {correction.old_number}"

    @display(description=pgettext_lazy("correction", "to"))
    def after(self, correction):
        return f"{carrier_name(correction.new_carrier)} {correction.new_number}"


class PromiseInline(ReadOnlyInline):
    model = Promise
    show_title = False
    verbose_name_plural = _("promises, the first on top")
    fields = readonly_fields = ["days", "source", "reason", "zone", "made_at", "counts"]

    @display(description=_("promised"))
    def days(self, promise):
        return wording.promised(promise.window)

    @display(description=_("counts"), boolean=True)
    def counts(self, promise):
        return promise.correction_id is None


class ChangeInline(ReadOnlyInline):
    model = StatusChange
    show_title = False
    fields = readonly_fields = ["kind", "old", "new", "reason", "occurred_at", "created_at", "planned_at"]


class AlertInline(ReadOnlyInline):
    model = Alert
    ordering = ["-id"]
    fields = readonly_fields = [
        "created_at",
        "trigger",
        "channel",
        "address",
        "how",
        "reason",
        "sent_at",
        "error",
    ]
    show_change_link = True

    @display(description=_("state"))
    def how(self, alert):
        return badge(alert.get_state_display(), ALERT_BADGES[alert.state])


class TestForm(BaseDialogForm):
    """To whom, by what and in which language a test is sent: to oneself, unless one says otherwise."""

    channel = forms.ChoiceField(
        label=pgettext_lazy("channel", "By"), choices=channel_choices, widget=UnfoldAdminSelectWidget
    )
    address = forms.CharField(
        label=pgettext_lazy("recipient", "To"),
        max_length=254,
        widget=UnfoldAdminTextInputWidget,
        help_text=_("Your own e-mail, or your phone number with + and the country."),
    )
    language = forms.ChoiceField(label=_("Language"), choices=settings.LANGUAGES, widget=UnfoldAdminSelectWidget)

    def __init__(self, request, object_id=None, *args, **kwargs):
        super().__init__(request, object_id, *args, **kwargs)
        self.fields["address"].initial = request.user.email
        self.fields["language"].initial = get_language()


class CorrectionForm(BaseDialogForm):
    """Whose parcel it really is: the shop's carriers, those first that the number looks like."""

    carrier = forms.ChoiceField(label=_("Carrier"), widget=UnfoldAdminSelectWidget)
    number = forms.CharField(
        label=_("Tracking number"), max_length=LONGEST_TRACKING_NUMBER, widget=UnfoldAdminTextInputWidget
    )
    courier = forms.CharField(
        label=_("Carrier behind the aggregator"), max_length=60, required=False, widget=UnfoldAdminTextInputWidget
    )
    note = forms.CharField(label=_("Note"), max_length=300, required=False, widget=UnfoldAdminTextInputWidget)

    def __init__(self, request, object_id=None, *args, **kwargs):
        super().__init__(request, object_id, *args, **kwargs)
        shipment = scoped(Shipment.objects.select_related("merchant"), request.user).filter(pk=object_id).first()
        if shipment:
            self.fields["carrier"].choices = carriers_for(shipment)
            self.fields["carrier"].initial = shipment.carrier
            self.fields["number"].initial = shipment.tracking_number
            self.fields["courier"].initial = shipment.courier


def carriers_for(shipment: Shipment) -> list[tuple[str, str]]:
    """The carriers with which the shop has an account, and the parcel's own: the likely ones first, with how likely."""
    own = own_carriers(shipment.merchant)
    likely = dict(likely_carriers(shipment.tracking_number, own=own, country=shipment.destination_country))
    keys = sorted(own | {shipment.carrier}, key=lambda key: (-likely.get(key, 0), carrier_name(key).casefold()))
    return [(key, f"{carrier_name(key)} ({likely[key]:.0%})" if key in likely else carrier_name(key)) for key in keys]


@admin.register(Shipment)
class ShipmentAdmin(ReadOnlyAdmin):
    list_display = [
        "tracking_number",
        "order",
        "carrier_told",
        "how",
        "danger",
        "promised",
        "last_scan",
        "next_check_and_error",
    ]
    list_select_related = ["order", "promise"]
    list_filter = [
        JourneyFilter,
        "status",
        "risk",
        CarrierFilter,
        OverdueFilter,
        ("poll_error", admin.EmptyFieldListFilter),
    ]
    search_fields = ["^tracking_number", "^order__number", "=order__customer__email"]
    ordering = ["-id"]
    show_full_result_count = False
    list_fullwidth = True
    inlines = [EventInline, PromiseInline, ChangeInline, AlertInline]
    actions = ["poll", "send_tests"]
    actions_detail = ["poll_this", "send_this_test", "correct_this"]
    fieldsets = [
        (None, {"fields": [("tracking_number", "carrier_told", "service"), ("order", "page")]}),
        (
            _("Where it is"),
            {"fields": [("how", "reason", "status_at"), ("last_scan", "first_attempt_at", "delivered_at")]},
        ),
        (_("Promise and risk"), {"fields": [("promised", "zone"), ("danger", "probability", "risk_reason")]}),
        (_("The way"), {"fields": [("from_place", "to_place"), "proof_of_delivery"]}),
        (
            _("Checks"),
            {"fields": [("next_check", "polled_at"), ("poll_error", "poll_failures"), "seen_at"]},
        ),
    ]
    readonly_fields = [
        "carrier_told",
        "page",
        "how",
        "last_scan",
        "promised",
        "danger",
        "probability",
        "from_place",
        "to_place",
        "next_check",
    ]

    def get_inlines(self, request, obj):
        """The corrections and what they took away, only where there are any."""
        is_corrected = obj is not None and obj.pk is not None and obj.corrections.exists()
        return [*self.inlines, *([CorrectionInline, StrangeEventInline] if is_corrected else [])]

    @display(description=_("carrier"), ordering="carrier")
    def carrier_told(self, shipment):
        return carrier_name(shipment.carrier)

    @display(description=_("status"), ordering="status")
    def how(self, shipment):
        return badge(shipment.get_status_display(), STATUS_BADGES[shipment.status])

    @display(description=_("risk"), ordering="risk")
    def danger(self, shipment):
        return badge(shipment.get_risk_display(), RISK_BADGES[shipment.risk])

    @display(description=_("probability of being late"))
    def probability(self, shipment):
        return None if shipment.risk_probability is None else f"{shipment.risk_probability:.0%}"

    @display(description=_("promised"), ordering="promise__latest")
    def promised(self, shipment):
        return _in_one_line(wording.promised(shipment.promise.window)) if shipment.promise else None

    @display(description=_("last scan"), ordering="last_event_at")
    def last_scan(self, shipment):
        return _in_one_line(wording.ago(shipment.last_event_at)) if shipment.last_event_at else None

    @display(description=_("next check"), ordering="next_poll_at")
    def next_check(self, shipment):
        due, now = shipment.next_poll_at, timezone.now()
        if due is None:
            return _("None: the journey is over")
        is_overdue = due < now - POLL_IS_OVERDUE_AFTER
        return _in_one_line(badge(_("Overdue"), "danger") if is_overdue else "", wording.ago(due, now=now))

    @display(description=_("next check, last error"), ordering="next_poll_at")
    def next_check_and_error(self, shipment):
        if not shipment.poll_error:
            return self.next_check(shipment)
        error = '<span class="block max-w-48 truncate text-red-600 text-xs dark:text-red-500" title="{0}">{0}</span>'
        return format_html("{}{}", self.next_check(shipment), format_html(error, shipment.poll_error))

    @display(description=pgettext_lazy("place", "from"))
    def from_place(self, shipment):
        return _place(shipment.origin)

    @display(description=pgettext_lazy("place", "to"))
    def to_place(self, shipment):
        return _place(shipment.destination)

    @display(description=_("the shopper's page"))
    def page(self, shipment):
        url = tracking_url(shipment)
        return format_html('<a class="text-link" href="{}" target="_blank" rel="noopener">{}</a>', url, url)

    @action(description=_("Poll now"), permissions=["act"])
    def poll(self, request, queryset):
        count = poll_now(list(changeable(queryset, request.user).values_list("pk", flat=True)))
        told = ngettext("%d parcel is checked within seconds.", "%d parcels are checked within seconds.", count)
        self.message_user(request, told % count)

    @action(
        description=_("Poll now"),
        permissions=["act"],
        icon="refresh",
        dialog={"title": _("Poll now"), "description": _("Asks the carrier at once, as far as its limit allows.")},
    )
    def poll_this(self, request, form, object_id):
        poll_now([self._found(request, object_id).pk])
        self.message_user(request, _("The carrier is asked within seconds: load this page again to see its answer."))
        return turn_to(request, reverse("admin:orders_shipment_change", args=[object_id]))

    @action(description=_("Send me a test alert"), permissions=["act"])
    def send_tests(self, request, queryset):
        shipments = changeable(queryset, request.user).select_related("order__customer", "merchant")[:MOST_TESTS]
        for shipment in shipments:
            self._send_test(request, shipment, request.user.email, "email", shipment.order.spoken_language)

    @action(
        description=_("Send test alert"),
        permissions=["act"],
        icon="outgoing_mail",
        dialog={
            "title": _("Send test alert"),
            "description": _("What the shopper would be told of this parcel, sent to you."),
            "form_class": TestForm,
        },
    )
    def send_this_test(self, request, form, object_id):
        told = form.cleaned_data
        self._send_test(request, self._found(request, object_id), told["address"], told["channel"], told["language"])
        return turn_to(request, reverse("admin:orders_shipment_change", args=[object_id]))

    @action(
        description=_("Correct the carrier"),
        permissions=["act"],
        icon="swap_horiz",
        dialog={
            "title": _("Correct the carrier"),
            "description": _(
                "The shopper's link stays. What the wrong carrier told is kept below and does not count any more."
            ),
            "form_class": CorrectionForm,
        },
    )
    def correct_this(self, request, form, object_id):
        told = {name: form.cleaned_data[name] for name in ("carrier", "number", "courier", "note")}
        if "courier" not in form.changed_data:
            del told["courier"]  # it goes with the carrier it was given for
        try:
            correct_carrier(self._found(request, object_id).pk, by=request.user.get_username(), **told)
        except ValidationError as error:
            self.message_user(request, " ".join(error.messages), messages.ERROR)
        else:
            self.message_user(request, _("The carrier was corrected, and is asked within seconds."))
        return turn_to(request, reverse("admin:orders_shipment_change", args=[object_id]))

    def _send_test(self, request, shipment, address, channel, language):
        try:
            alert = send_test(shipment.merchant, address, channel, language, shipment)
        except ValueError as error:
            self.message_user(request, str(error), messages.ERROR)
            return
        told = _("A test about %(parcel)s is on its way to %(address)s. How it goes stands under its messages.")
        self.message_user(request, told % {"parcel": shipment, "address": alert.address})

    def _found(self, request, object_id) -> Shipment:
        shipment = self.get_object(request, object_id)
        if shipment is None:
            raise Http404
        return shipment


def _in_one_line(*parts):
    return format_html('<span class="whitespace-nowrap">{}</span>', format_html_join(" ", "{}", ((p,) for p in parts)))


def _place(location) -> str:
    return ", ".join(part for part in (location.city, location.postcode, location.country) if part)


# What only the operator manages


admin.site.unregister([User, Group, AccessAttempt, AccessLog])


@admin.register(User)
class OperatorUserAdmin(OperatorOnly, UserAdmin, ModelAdmin):
    form = UserChangeForm
    add_form = UserCreationForm
    change_password_form = AdminPasswordChangeForm


@admin.register(Group)
class OperatorGroupAdmin(OperatorOnly, GroupAdmin, ModelAdmin):
    pass


@admin.register(AccessAttempt)
class OperatorAccessAttemptAdmin(OperatorOnly, AccessAttemptAdmin, ModelAdmin):
    pass


@admin.register(AccessLog)
class OperatorAccessLogAdmin(OperatorOnly, AccessLogAdmin, ModelAdmin):
    pass
