"""Each change gets its parcel's order, and each date of agreeing to texts becomes a consent."""

from django.db import migrations
from django.db.models import OuterRef, Subquery


def fill(apps, schema_editor):
    Shipment, StatusChange = apps.get_model("orders", "Shipment"), apps.get_model("orders", "StatusChange")
    order = Shipment.objects.filter(pk=OuterRef("shipment_id")).values("order_id")[:1]
    StatusChange.objects.filter(order=None).update(order_id=Subquery(order))
    Customer, Consent = apps.get_model("orders", "Customer"), apps.get_model("orders", "Consent")
    agreed = Customer.objects.filter(sms_consent_at__isnull=False).values_list("pk", "merchant_id", "sms_consent_at")
    consents = (
        Consent(customer_id=pk, merchant_id=merchant, channel="sms", given_at=at)
        for pk, merchant, at in agreed.iterator()
    )
    Consent.objects.bulk_create(consents, batch_size=1000)


class Migration(migrations.Migration):
    dependencies = [("orders", "0008_messages")]
    operations = [migrations.RunPython(fill, migrations.RunPython.noop)]
