"""The admin's sidebar: the desks in the order in which people need them, each only for those who may see it."""

from django.apps import apps
from django.contrib import admin
from django.urls import reverse_lazy
from django.utils.text import capfirst
from django.utils.translation import gettext_lazy as _

# Group -> (model, icon of Material Symbols). The model's own plural is the link's text.
DESKS = {
    _("Parcels"): [
        ("orders.Shipment", "local_shipping"),
        ("orders.Order", "receipt_long"),
        ("orders.Customer", "person"),
        ("orders.Case", "support"),
        ("orders.Notice", "notifications"),
    ],
    _("Messages"): [
        ("alerts.Alert", "outgoing_mail"),
        ("alerts.TriggerRule", "tune"),
        ("alerts.ChannelRule", "bedtime"),
        ("alerts.MessageText", "edit_note"),
        ("alerts.Suppression", "unsubscribe"),
        ("alerts.Sender", "contact_mail"),
    ],
    _("Selling"): [
        ("offers.Offer", "sell"),
        ("orders.Product", "category"),
    ],
    _("Carriers"): [
        ("carriers.CarrierAccount", "hub"),
        ("carriers.CallbackDelivery", "move_to_inbox"),
        ("carriers.UnmappedCode", "help"),
        ("carriers.CodeMeaning", "translate"),
        ("carriers.Dispute", "gavel"),
    ],
    _("Shop"): [
        ("orders.Merchant", "storefront"),
        ("orders.DeliveryRule", "event_available"),
        ("orders.LearnedTransit", "monitoring"),
        ("orders.Membership", "badge"),
        ("orders.ApiKey", "key"),
        ("orders.WebhookEndpoint", "webhook"),
        ("orders.WebhookDelivery", "outbox"),
    ],
    _("Installation"): [
        ("auth.User", "manage_accounts"),
        ("auth.Group", "groups"),
        ("axes.AccessAttempt", "lock_clock"),
    ],
}


def sidebar(request) -> list[dict]:
    """Unfold's SIDEBAR["navigation"], with the desks this person may see."""
    front = {"title": _("Overview"), "icon": "dashboard", "link": reverse_lazy("admin:index")}
    groups = [{"items": [front]}]
    for title, desks in DESKS.items():
        items = [_item(apps.get_model(name), icon) for name, icon in desks if _may_see(request, name)]
        if items:
            groups.append({"title": title, "items": items})
    return groups


def _may_see(request, name: str) -> bool:
    model = apps.get_model(name)
    return admin.site.is_registered(model) and admin.site.get_model_admin(model).has_module_permission(request)


def _item(model, icon: str) -> dict:
    meta = model._meta
    link = reverse_lazy(f"admin:{meta.app_label}_{meta.model_name}_changelist")
    return {"title": capfirst(meta.verbose_name_plural), "icon": icon, "link": link}
