"""What a webhook says: what changed, and the parcel, case or refund in the same shape as in the REST API."""

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers
from rest_framework.renderers import JSONRenderer

from orders.models import Order, StatusChange, WebhookDelivery
from orders.serializers import CaseSerializer, ParcelSerializer, PromiseSerializer, ReasonField, RefundSerializer
from orders.services.promises import first_promise


class ChangeSerializer(serializers.ModelSerializer):
    """From what to what. A promise is written as its first and last day: 2026-11-24/2026-11-26."""

    reason = ReasonField()

    class Meta:
        model = StatusChange
        fields = ["old", "new", "reason", "occurred_at"]


class ToldParcelSerializer(ParcelSerializer):
    """The parcel of the REST API with what was promised first, beside what is promised now."""

    first_promise = serializers.SerializerMethodField()

    class Meta(ParcelSerializer.Meta):
        fields = [*ParcelSerializer.Meta.fields, "first_promise"]

    @extend_schema_field(PromiseSerializer(allow_null=True))
    def get_first_promise(self, shipment):
        promise = first_promise(shipment)
        return PromiseSerializer(promise).data if promise else None


class ToldOrderSerializer(serializers.ModelSerializer):
    class Meta:
        model = Order
        fields = ["number", "placed_at", "currency", "total"]


class NewsSerializer(serializers.ModelSerializer):
    """A webhook's body. A test has no change; what became of the order as a whole is about no parcel."""

    id = serializers.UUIDField(source="uuid")
    kind = serializers.CharField()
    change = ChangeSerializer(allow_null=True)
    order = ToldOrderSerializer(source="change.order", allow_null=True)
    parcel = ToldParcelSerializer(source="change.shipment", allow_null=True)
    case = CaseSerializer(source="change.case", allow_null=True)
    refund = RefundSerializer(source="change.refund", allow_null=True)

    class Meta:
        model = WebhookDelivery
        fields = ["id", "kind", "created_at", "change", "order", "parcel", "case", "refund"]


def write(delivery: WebhookDelivery) -> str:
    """The body as JSON: the parcel as it is now."""
    return JSONRenderer().render(NewsSerializer(delivery).data).decode()
