import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("orders", "0009_orders_of_changes")]
    operations = [
        migrations.AlterField(
            model_name="statuschange",
            name="order",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.CASCADE, related_name="changes", to="orders.order"
            ),
        ),
        migrations.RemoveField(model_name="customer", name="sms_consent_at"),
    ]
