"""What messages keep of a shopper, for a shopper who asks."""

from django.db.models import QuerySet

from alerts.models import Alert, BrowserSubscription, Preference, Suppression
from orders.models import Customer


def messages_of(*, customer: Customer, **_signal) -> list[QuerySet]:
    """Receiver of `orders.signals.customer_disclosed`."""
    addresses = [customer.email, customer.phone.as_e164 if customer.phone else ""]
    return [
        Alert.objects.filter(customer=customer, is_test=False),
        Preference.objects.filter(customer=customer),
        BrowserSubscription.objects.filter(order__customer=customer),
        Suppression.objects.filter(merchant=customer.merchant_id, address__in=filter(None, addresses)),
    ]
