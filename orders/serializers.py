"""The REST API's shapes: orders as they come in, orders and parcels as they are told.

What comes in is turned into the values of `orders.incoming`, which refuse what cannot be right; the fields here only
see to types. A promise goes out as local days with their zone, never as an instant.
"""

from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from orders.incoming import ConsentData, CustomerData, ItemData, OrderData, ShipmentData
from orders.models import (
    CarrierCorrection,
    Case,
    Customer,
    Order,
    OrderItem,
    Promise,
    Purpose,
    Refund,
    RiskState,
    Shipment,
    TrackingEvent,
)
from orders.portal import tracking_url
from orders.promise.arrival import arrival_of
from orders.promise.evidence import risk_words
from orders.reasons import Reason
from orders.statuses import Status
from orders.windows import PromisedWindow

MOST_ITEMS, MOST_SHIPMENTS, MOST_CONSENTS = 1000, 200, 20


# Coming in


class AwareDateTimeField(serializers.DateTimeField):
    """An instant with its offset, both ways: one that comes without is refused, one that goes out keeps its own."""

    def enforce_timezone(self, value):
        if value.utcoffset() is None:
            raise serializers.ValidationError(
                _("The time %(time)s has no time zone: add its offset, as in %(time)s+02:00.")
                % {"time": value.isoformat()}
            )
        return value


class DataSerializer(serializers.Serializer):
    """Turns JSON into a value of `data_class`; a field that is not known is refused, not overlooked."""

    data_class: type

    def to_internal_value(self, data):
        unknown = [name for name in data if name not in self.fields] if isinstance(data, dict) else []
        if unknown:
            message = _("This field is not known here: leave it out. Known are %(fields)s.")
            raise serializers.ValidationError(
                {str(name): message % {"fields": ", ".join(self.fields)} for name in unknown}
            )
        return super().to_internal_value(data)

    def validate(self, attrs):
        return self.data_class(
            **{name: tuple(told) if isinstance(told, list) else told for name, told in attrs.items()}
        )


class WindowInput(DataSerializer):
    """The days, both included, and perhaps the hours that the shop promised; local to the destination."""

    earliest = serializers.DateField()
    latest = serializers.DateField()
    from_time = serializers.TimeField(required=False, allow_null=True)
    to_time = serializers.TimeField(required=False, allow_null=True)

    def validate(self, attrs):
        if attrs["latest"] < attrs["earliest"]:
            message = _("The window ends (%(latest)s) before it starts (%(earliest)s): exchange the two.")
            raise serializers.ValidationError({"latest": message % attrs})
        return PromisedWindow(**attrs)


class ConsentInput(DataSerializer):
    """A yes that the shopper gave in your shop; `withdrawn_at` where it was taken back there."""

    data_class = ConsentData
    channel = serializers.CharField(help_text="By what: email or sms.")
    purpose = serializers.ChoiceField(choices=Purpose, required=False, help_text="delivery unless given.")
    given_at = AwareDateTimeField()
    wording = serializers.CharField(help_text="What the shopper agreed to, word for word.")
    withdrawn_at = AwareDateTimeField(required=False, allow_null=True)


class CustomerInput(DataSerializer):
    data_class = CustomerData
    email = serializers.CharField(required=False, allow_blank=True, max_length=254)
    phone = serializers.CharField(required=False, allow_blank=True, max_length=40)
    name = serializers.CharField(required=False, allow_blank=True, max_length=120)
    language = serializers.CharField(required=False, allow_blank=True, max_length=20)
    consents = ConsentInput(many=True, required=False, max_length=MOST_CONSENTS)


class ItemInput(DataSerializer):
    data_class = ItemData
    sku = serializers.CharField()
    name = serializers.CharField(required=False, allow_blank=True, max_length=160)
    quantity = serializers.IntegerField(required=False)
    price = serializers.DecimalField(required=False, max_digits=12, decimal_places=2)
    category = serializers.CharField(required=False, allow_blank=True, max_length=80)
    image = serializers.CharField(required=False, allow_blank=True)
    link = serializers.CharField(required=False, allow_blank=True)


class ShipmentInput(DataSerializer):
    data_class = ShipmentData
    carrier = serializers.CharField(
        required=False,
        allow_blank=True,
        help_text="A carrier's key, such as dhl-unified. Without it the number must tell one of your carriers clearly.",
    )
    tracking_number = serializers.CharField()
    service = serializers.CharField(required=False, allow_blank=True, max_length=120)
    courier = serializers.CharField(required=False, allow_blank=True, max_length=60)
    origin_country = serializers.CharField(required=False, allow_blank=True)
    origin_city = serializers.CharField(required=False, allow_blank=True, max_length=120)
    country = serializers.CharField(required=False, allow_blank=True, help_text="The destination's, ISO 3166 alpha-2.")
    postcode = serializers.CharField(required=False, allow_blank=True, max_length=16)
    city = serializers.CharField(required=False, allow_blank=True, max_length=120)
    zone = serializers.CharField(required=False, allow_blank=True, help_text="The destination's IANA time zone.")
    window = WindowInput(required=False, allow_null=True)


class OrderInput(DataSerializer):
    data_class = OrderData
    number = serializers.CharField(help_text="As the shopper knows it.")
    placed_at = AwareDateTimeField()
    customer = CustomerInput()
    items = ItemInput(many=True, required=False, max_length=MOST_ITEMS)
    shipments = ShipmentInput(many=True, required=False, max_length=MOST_SHIPMENTS)
    currency = serializers.CharField(required=False)
    total = serializers.DecimalField(required=False, allow_null=True, max_digits=12, decimal_places=2)
    language = serializers.CharField(required=False, allow_blank=True, max_length=20)
    postcode = serializers.CharField(required=False, allow_blank=True, max_length=16)


class CorrectionInput(DataSerializer):
    """What a parcel's label should have said; what is left out stays."""

    data_class = dict
    carrier = serializers.CharField(required=False, help_text="A carrier's key, such as dhl-unified.")
    tracking_number = serializers.CharField(required=False, source="number")
    courier = serializers.CharField(required=False, allow_blank=True, max_length=60)
    note = serializers.CharField(required=False, allow_blank=True, max_length=300, help_text="Why, for your people.")


class ShipmentQuery(serializers.Serializer):
    """What a list of parcels can be narrowed to."""

    status = serializers.ChoiceField(choices=Status, required=False)
    risk = serializers.ChoiceField(choices=RiskState, required=False)
    updated_after = AwareDateTimeField(
        required=False, help_text="Something was learnt of the parcel after this instant. Write the offset's + as %2B."
    )


# Going out


class ReasonField(serializers.ChoiceField):
    """Why something is as it is; empty where nobody said."""

    def __init__(self, **kwargs):
        super().__init__(choices=Reason, allow_blank=True, **kwargs)


class PromiseSerializer(serializers.ModelSerializer):
    reason = ReasonField()

    class Meta:
        model = Promise
        fields = ["earliest", "latest", "from_time", "to_time", "zone", "source", "reason", "model_version", "made_at"]


class LocationSerializer(serializers.Serializer):
    city = serializers.CharField()
    postcode = serializers.CharField()
    country = serializers.CharField()


class EventSerializer(serializers.ModelSerializer):
    reason = ReasonField()
    occurred_at = AwareDateTimeField(source="local_time", help_text="By the clock of the place.")
    location = LocationSerializer()

    class Meta:
        model = TrackingEvent
        fields = ["status", "reason", "occurred_at", "zone_known", "code", "description", "location", "source"]


class RiskSerializer(serializers.ModelSerializer):
    state = serializers.ChoiceField(source="risk", choices=RiskState)
    probability = serializers.FloatField(source="risk_probability", allow_null=True)
    reason = ReasonField(source="risk_reason")
    why = serializers.SerializerMethodField()
    model = serializers.CharField(source="risk_model")

    class Meta:
        model = Shipment
        fields = ["state", "probability", "reason", "why", "model"]

    @extend_schema_field(serializers.ListField(child=serializers.CharField()))
    def get_why(self, shipment):
        return risk_words(shipment, for_shopper=False)


class ArrivalSerializer(serializers.Serializer):
    """When it will come: the carrier's days, or, once these are doubted, ours (`by_us`), right for 8 of 10 parcels."""

    earliest = serializers.DateField()
    likely = serializers.DateField(allow_null=True)
    latest = serializers.DateField()
    by_us = serializers.BooleanField()


class ParcelSerializer(serializers.ModelSerializer):
    """A parcel in a list."""

    order = serializers.SlugRelatedField(slug_field="number", read_only=True)
    destination = LocationSerializer()
    promise = PromiseSerializer(allow_null=True)
    reason = ReasonField()
    risk = RiskSerializer(source="*")
    arrival = serializers.SerializerMethodField()
    tracking_url = serializers.SerializerMethodField()

    class Meta:
        model = Shipment
        fields = [
            "token",
            "order",
            "carrier",
            "tracking_number",
            "service",
            "destination",
            "zone",
            "status",
            "reason",
            "status_at",
            "last_event_at",
            "first_attempt_at",
            "delivered_at",
            "promise",
            "risk",
            "arrival",
            "tracking_url",
        ]

    @extend_schema_field(ArrivalSerializer(allow_null=True))
    def get_arrival(self, shipment):
        found = arrival_of(shipment)
        return found and ArrivalSerializer(found).data

    @extend_schema_field(serializers.URLField())
    def get_tracking_url(self, shipment):
        return tracking_url(shipment)


class CorrectionSerializer(serializers.ModelSerializer):
    class Meta:
        model = CarrierCorrection
        fields = ["old_carrier", "old_number", "new_carrier", "new_number", "by", "note", "at"]


class ShipmentSerializer(ParcelSerializer):
    """A parcel with its whole story: every scan, oldest first, and every promise, the first one first.

    What a wrong carrier told is left out; the corrections say that there was one.
    """

    events = EventSerializer(many=True)
    promises = PromiseSerializer(many=True)
    corrections = CorrectionSerializer(many=True)

    class Meta(ParcelSerializer.Meta):
        fields = [*ParcelSerializer.Meta.fields, "events", "promises", "corrections"]


class CustomerSerializer(serializers.ModelSerializer):
    phone = serializers.CharField()

    class Meta:
        model = Customer
        fields = ["name", "email", "phone", "language"]


class ItemSerializer(serializers.ModelSerializer):
    sku = serializers.CharField(source="product.sku")
    name = serializers.CharField(source="product.name")

    class Meta:
        model = OrderItem
        fields = ["sku", "name", "quantity", "price"]


class OrderSerializer(serializers.ModelSerializer):
    customer = CustomerSerializer()
    items = ItemSerializer(many=True)
    shipments = ParcelSerializer(many=True)

    class Meta:
        model = Order
        fields = [
            "number",
            "placed_at",
            "currency",
            "total",
            "language",
            "postcode",
            "customer",
            "items",
            "shipments",
        ]


class TakenOrderSerializer(OrderSerializer):
    """The answer to an order that came in."""

    warnings = serializers.SerializerMethodField(
        help_text="Carriers that were recognised by their number, and those whose numbers look like another's."
    )

    class Meta(OrderSerializer.Meta):
        fields = [*OrderSerializer.Meta.fields, "warnings"]

    @extend_schema_field(serializers.ListField(child=serializers.CharField()))
    def get_warnings(self, _order):
        return self.context["warnings"]


class RefundSerializer(serializers.ModelSerializer):
    class Meta:
        model = Refund
        fields = ["reference", "amount", "currency", "sent_at"]


class CaseSerializer(serializers.ModelSerializer):
    order = serializers.SlugRelatedField(slug_field="number", read_only=True)
    parcel = serializers.SlugRelatedField(source="shipment", slug_field="token", read_only=True, allow_null=True)

    class Meta:
        model = Case
        fields = ["id", "order", "parcel", "kind", "message", "opened_at", "answer", "answered_at", "closed_at"]
