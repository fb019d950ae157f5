import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("alerts", "0003_orders_of_messages")]
    operations = [
        migrations.AlterField(
            model_name="alert",
            name="order",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.CASCADE, related_name="alerts", to="orders.order"
            ),
        ),
    ]
