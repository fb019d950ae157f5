"""The desk for the estimates of lateness: how good they were, what they go by, and how sure to be before writing."""

from django.contrib import admin, messages
from django.http import HttpResponseRedirect
from django.shortcuts import render
from django.utils.translation import gettext_lazy as _

from orders.models import LearnedTransit, Merchant
from orders.promise.learned import ENOUGH
from orders.promise.risk import Sureness
from orders.services.hindsight import ended_parcels, reliability, tallies, tally
from orders.tenancy import ReadOnlyAdmin, changeable, scoped

# The plot is a square of so many units, drawn in a frame with room for the words at its edges.
SIDE = 200
MOST_ROWS = 30


@admin.register(LearnedTransit)
class RiskAdmin(ReadOnlyAdmin):
    """One page for each shop, instead of a list of rows that nobody can read."""

    fields = ["model_version", "parcels", "late", "learned_at", "seconds"]

    def changelist_view(self, request, extra_context=None):
        shops = scoped(Merchant.objects.order_by("name"), request.user)
        shop = shops.filter(slug=request.GET.get("shop", "")).first() or shops.first()
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


def _told_of(shop: Merchant) -> dict:
    ended = ended_parcels(shop)
    enter = shop.risk_enter
    learned = LearnedTransit.objects.filter(merchant=shop).defer("model", "settled").first()
    return {
        "learned": learned,
        "has_enough": learned is not None and learned.parcels >= ENOUGH,
        "enough": ENOUGH,
        "whole": tally(ended, enter),
        "choices": [(one, tally(ended, one.enter), enter == one.enter) for one in Sureness],
        "by_carrier": tallies(ended, enter, lambda parcel: parcel.carrier)[:MOST_ROWS],
        "by_lane": tallies(ended, enter, lambda parcel: f"{parcel.carrier} {parcel.lane}")[:MOST_ROWS],
        "points": [_point(one) for one in reliability(ended)],
        "side": SIDE,
    }


def _point(one) -> dict:
    """A bin as a dot; the more estimates, the larger."""
    return {
        "x": round(one.said * SIDE, 1),
        "y": round((1 - one.came) * SIDE, 1),
        "r": round(min(3 + one.count**0.5 / 4, 12), 1),
        "bin": one,
    }
