"""The desk for the estimates of lateness: how good they were, what they go by, and how sure to be before writing."""

from functools import cache

from babel.numbers import format_percent
from django.conf import settings
from django.contrib import admin, messages
from django.http import HttpResponseRedirect
from django.shortcuts import render
from django.utils.module_loading import import_string
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext
from unfold.widgets import RADIO_CLASSES, SELECT_CLASSES

from orders.models import LearnedTransit, Merchant
from orders.promise.learned import ENOUGH
from orders.promise.risk import Sureness
from orders.promise.transit import PUBLISHED_LATE_SHARE, published_late_share
from orders.services.hindsight import ended_parcels, every_nth, gap, reliability, tallies, tally
from orders.tenancy import ReadOnlyAdmin, changeable, scoped
from orders.wording import locale_for

# The plot is a square of so many units, drawn in a frame with room for the words at its edges.
SIDE = 200
MOST_ROWS = 30
# Late parcels below which a share may be chance.
FEW = 30


@admin.register(LearnedTransit)
class RiskAdmin(ReadOnlyAdmin):
    """One page for each shop, instead of a list of rows that nobody can read."""

    fields = ["model_version", "parcels", "late", "learned_at", "seconds"]

    def changelist_view(self, request, extra_context=None):
        shops = list(scoped(Merchant.objects.order_by("name"), request.user))
        shop = next((one for one in shops if one.slug == request.GET.get("shop")), next(iter(shops), None))
        if request.method == "POST":
            self._choose(request, shop)
            return HttpResponseRedirect(request.get_full_path())
        may_choose = shop is not None and changeable(Merchant.objects.filter(pk=shop.pk), request.user).exists()
        context = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "title": _("How good the estimates are"),
            "shops": shops,
            "shop": shop,
            "select_classes": " ".join(SELECT_CLASSES),
            "radio_classes": " ".join(RADIO_CLASSES),
            "may_choose": may_choose,
            **(_told_of(shop) if shop else {}),
        }
        return render(request, "admin/risk.html", context)

    def _choose(self, request, shop: Merchant | None) -> None:
        """Another sureness; a viewer's is not taken, and neither is a word that is none."""
        chosen = request.POST.get("sureness")
        if shop is None or chosen not in Sureness.values:
            return
        thresholds = {"risk_enter": Sureness(chosen).enter, "risk_leave": Sureness(chosen).leave}
        if changeable(Merchant.objects.filter(pk=shop.pk), request.user).update(**thresholds):
            messages.success(request, _("From now on: %(choice)s.") % {"choice": Sureness(chosen).label})


def present_choice(shop: Merchant) -> str:
    """How sure the shop is before it writes, in words."""
    chosen = (one.label for one in Sureness if (one.enter, one.leave) == (shop.risk_enter, shop.risk_leave))
    return next(chosen, pgettext("before we write", "By thresholds of your own"))


def _told_of(shop: Merchant) -> dict:
    every = every_nth(shop)
    ended = ended_parcels(shop, every=every)
    enter = shop.risk_enter
    whole = tally(ended, enter)
    learned = LearnedTransit.objects.filter(merchant=shop).defer("model", "settled").first()
    bins = reliability(ended)
    names = dict(import_string(settings.CARRIER_CHOICES)())
    lane_name = cache(_lane)
    by_carrier = tallies(ended, enter, lambda parcel: names.get(parcel.carrier, parcel.carrier))
    by_lane = tallies(ended, enter, lambda parcel: lane_name(names.get(parcel.carrier, parcel.carrier), *parcel.lane))
    return {
        "learned": learned,
        "has_enough": learned is not None and learned.parcels >= ENOUGH,
        "enough": ENOUGH,
        "published": _published({parcel.carrier for parcel in ended}, names),
        "whole": whole,
        "every": every,
        "few": whole.late < FEW,
        "present_choice": present_choice(shop),
        "choices": [(one, tally(ended, one.enter), enter == one.enter) for one in Sureness],
        "tables": [(_("By carrier"), by_carrier), (_("By carrier and lane"), by_lane[:MOST_ROWS])],
        "left_out": max(len(by_lane) - MOST_ROWS, 0),
        "points": [_point(one) for one in bins],
        "gap": gap(bins),
        "side": SIDE,
    }


def _lane(carrier: str, origin: str, destination: str) -> str:
    """By the names of its countries."""
    names = locale_for().territories
    told = {"origin": names.get(origin, origin or "–"), "destination": names.get(destination, destination or "–")}
    return pgettext("lane", "%(carrier)s, %(origin)s to %(destination)s") % {"carrier": carrier, **told}


def _published(carriers: set[str], names: dict[str, str]) -> list[tuple[str, str, bool]]:
    """What the estimates start from: of each carrier its share of late parcels, and whether it is its own."""
    return sorted(
        (
            names.get(carrier, carrier),
            format_percent(published_late_share(carrier), "#,##0.0 %", locale=locale_for()),
            carrier in PUBLISHED_LATE_SHARE,
        )
        for carrier in carriers
    )


def _point(one) -> dict:
    """A bin as a dot; the more estimates, the larger."""
    return {
        "x": round(one.said * SIDE, 1),
        "y": round((1 - one.came) * SIDE, 1),
        "r": round(min(3 + one.count**0.5 / 4, 12), 1),
        "bin": one,
    }
