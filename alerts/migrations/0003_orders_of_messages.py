"""Each message gets its parcel's order, and each sender of e-mails its provider."""

from django.db import migrations
from django.db.models import OuterRef, Subquery


def fill(apps, schema_editor):
    Shipment, Alert = apps.get_model("orders", "Shipment"), apps.get_model("alerts", "Alert")
    order = Shipment.objects.filter(pk=OuterRef("shipment_id")).values("order_id")[:1]
    Alert.objects.filter(order=None).update(order_id=Subquery(order))
    apps.get_model("alerts", "Sender").objects.filter(channel="email").update(provider="email")


class Migration(migrations.Migration):
    dependencies = [("alerts", "0002_messages")]
    operations = [migrations.RunPython(fill, migrations.RunPython.noop)]
