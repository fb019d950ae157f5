"""What messages keep of a shopper who is to be forgotten."""

from datetime import datetime

from django.db.models import Q

from alerts.consent import forgotten
from alerts.models import Alert, BrowserSubscription, Preference, Suppression
from alerts.retention import WORDLESS
from alerts.states import WAITING, State, Why
from orders.services.erasure import Marks, erase_logs

# By its form: a push goes to a browser and a webhook to a system, which are nobody.
OF_A_PERSON = Q(address__contains="@") | Q(address__startswith="+")


def erase_messages(*, marks: Marks, now: datetime, **_signal) -> None:
    """Receiver of `orders.signals.customer_erased`. Leave that there were messages, and when, and no more.

    What waits is not sent; what a worker is about to send finds no address.
    """
    alerts = Alert.objects.filter(order__in=marks.orders)
    theirs = alerts.filter(is_test=False)
    _keep_suppressed(marks, {marks.email, marks.phone, *theirs.filter(OF_A_PERSON).values_list("address", flat=True)})
    erase_logs({Alert: alerts.values_list("pk", flat=True)})
    alerts.filter(state__in=WAITING).update(state=State.SUPPRESSED, reason=Why.FORGOTTEN, due_at=None)
    alerts.update(**WORDLESS, error="", provider_id="", forgotten_at=now)
    theirs.filter(OF_A_PERSON).update(address="")
    BrowserSubscription.objects.filter(order__in=marks.orders).delete()
    Preference.objects.filter(customer=marks.customer).delete()


def _keep_suppressed(marks: Marks, addresses: set[str]) -> None:
    """Never to be written to again, without being known: the list keeps a digest in the place of the address."""
    listed = Suppression.objects.filter(merchant=marks.customer.merchant_id)
    for address in filter(None, addresses):
        rows = listed.filter(address=address.lower())
        erase_logs({Suppression: rows.values_list("pk", flat=True)})
        rows.update(address=forgotten(address))
