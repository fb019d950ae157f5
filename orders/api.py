"""The REST API over orders and parcels. A key belongs to one merchant, and sees and makes that merchant's rows only."""

import json

from django.core.exceptions import ValidationError
from django.db.models import DateTimeField, Max, OuterRef, Prefetch, QuerySet, Subquery
from django.db.models.functions import Coalesce, Greatest
from django.utils.translation import gettext as _
from drf_spectacular.extensions import OpenApiAuthenticationExtension
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import exceptions, mixins, pagination, parsers, serializers, status, viewsets
from rest_framework.response import Response
from rest_framework.reverse import reverse

from orders.incoming import OrderData
from orders.models import Merchant, Order, Promise, Shipment, StatusChange, TrackingEvent
from orders.serializers import (
    CorrectionInput,
    OrderInput,
    OrderSerializer,
    ParcelSerializer,
    ShipmentQuery,
    ShipmentSerializer,
    TakenOrderSerializer,
)
from orders.services.corrections import correct_carrier
from orders.services.intake import take_order
from orders.services.recognition import CarrierUnclear
from orders.tenancy import ApiKeyThrottle


class StrictJSONParser(parsers.JSONParser):
    """JSON of a sane depth and of characters that can be stored."""

    def parse(self, stream, media_type=None, parser_context=None):
        try:
            data = super().parse(stream, media_type, parser_context)
            json.dumps(data, ensure_ascii=False).encode()
        except RecursionError:
            raise exceptions.ParseError(_("This JSON is nested too deeply to be an order.")) from None
        except UnicodeEncodeError:
            raise exceptions.ParseError(
                _("This JSON holds half of a character (a lone surrogate, \\ud800 to \\udfff): send it as UTF-8.")
            ) from None
        return data


class Pages(pagination.CursorPagination):
    ordering = "-id"


class OwnRows(viewsets.GenericViewSet):
    """The rows of the key's merchant; anybody else's are not there."""

    throttle_classes = [ApiKeyThrottle]
    throttle_scope = "api"
    pagination_class = Pages
    parser_classes = [StrictJSONParser]

    def get_queryset(self):
        if getattr(self, "swagger_fake_view", False):
            return self.queryset.none()
        return self.queryset.filter(merchant=self.request.auth.merchant_id)


class OrderViewSet(mixins.ListModelMixin, mixins.RetrieveModelMixin, OwnRows):
    serializer_class = OrderSerializer
    lookup_field = "number"
    lookup_value_regex = "[^/]+"
    queryset = Order.objects.select_related("customer").prefetch_related(
        "items__product",
        Prefetch(
            "shipments",
            Shipment.objects.select_related("order", "promise", "merchant").prefetch_related("merchant__domains"),
        ),
    )

    @extend_schema(parameters=[OpenApiParameter("number", OpenApiTypes.STR, description="Only the order so numbered.")])
    def list(self, request):
        """The merchant's orders, the newest first."""
        return super().list(request)

    @extend_schema(request=OrderInput, responses={200: TakenOrderSerializer, 201: TakenOrderSerializer})
    def create(self, request):
        """Take in an order, or complete the one known by this number.

        What is known stays as it is: empty fields are filled, new items and parcels are added. The same call again
        changes nothing. Answers 201 for a new order, 200 for a known one. A parcel without a carrier gets the one that
        its number clearly tells; the warnings say so, and where a carrier is hardly the right one.
        """
        told = OrderInput(data=request.data)
        told.is_valid(raise_exception=True)
        number = told.validated_data.plain_number
        is_known = self.get_queryset().filter(number=number).exists()
        warnings = _take(request.auth.merchant, told.validated_data)
        order = self.get_queryset().get(number=number)
        context = {**self.get_serializer_context(), "warnings": warnings}
        return Response(
            TakenOrderSerializer(order, context=context).data,
            status=status.HTTP_200_OK if is_known else status.HTTP_201_CREATED,
            headers={"Location": reverse("order-detail", args=[number], request=request)},
        )

    def filter_queryset(self, queryset):
        number = self.request.query_params.get("number") if self.action == "list" else None
        return queryset.filter(number=number) if number else queryset


class ShipmentViewSet(mixins.ListModelMixin, mixins.RetrieveModelMixin, OwnRows):
    lookup_field = "token"
    queryset = Shipment.objects.select_related("order", "promise", "merchant").prefetch_related("merchant__domains")

    def get_serializer_class(self):
        return ParcelSerializer if self.action == "list" else ShipmentSerializer

    def get_queryset(self):
        rows = super().get_queryset()
        if self.action == "list":
            return rows
        events, promises = TrackingEvent.objects.valid(), Promise.objects.valid()
        return rows.prefetch_related(Prefetch("events", events), Prefetch("promises", promises), "corrections")

    @extend_schema(parameters=[ShipmentQuery])
    def list(self, request):
        """The merchant's parcels, the newest first."""
        return super().list(request)

    @extend_schema(request=CorrectionInput, responses=ShipmentSerializer)
    def partial_update(self, request, token):
        """Correct the carrier or the tracking number, and nothing else.

        The link stays. What the wrong carrier told does not count any more, and the right one is asked at once.
        """
        told = CorrectionInput(data=request.data)
        told.is_valid(raise_exception=True)
        try:
            correct_carrier(self.get_object().pk, by=f"API: {request.auth}", **told.validated_data)
        except ValidationError as error:
            raise exceptions.ValidationError(serializers.as_serializer_error(error)) from None
        return Response(self.get_serializer(self.get_object()).data)

    def filter_queryset(self, queryset):
        if self.action != "list":
            return queryset
        asked = ShipmentQuery(data=self.request.query_params)
        asked.is_valid(raise_exception=True)
        wanted = dict(asked.validated_data)
        after = wanted.pop("updated_after", None)
        return (updated_after(queryset, after) if after else queryset).filter(**wanted)


def _take(merchant: Merchant, order: OrderData) -> list[str]:
    """Take in the order; return what there is to say about its carriers."""
    warnings = []
    try:
        take_order(merchant, order, warn=warnings.append)
    except CarrierUnclear as unclear:
        wrong = {str(at): {"carrier": [message]} for at, message in unclear.messages.items()}
        raise exceptions.ValidationError({"shipments": wrong}) from None
    return warnings


def updated_after(shipments: QuerySet[Shipment], moment) -> QuerySet[Shipment]:
    """The parcels of which something was learnt after this instant: a scan, a change, a correction, their being."""
    return shipments.annotate(
        learnt_at=Greatest(
            "created_at",
            Coalesce(_newest(TrackingEvent, "received_at"), "created_at"),
            Coalesce(_newest(StatusChange, "created_at"), "created_at"),
            Coalesce("corrected_at", "created_at"),
        )
    ).filter(learnt_at__gt=moment)


def _newest(model, field) -> Subquery:
    rows = model.objects.filter(shipment=OuterRef("pk")).order_by().values("shipment")
    return Subquery(rows.annotate(newest=Max(field)).values("newest"), output_field=DateTimeField())


class ApiKeyScheme(OpenApiAuthenticationExtension):
    target_class = "orders.tenancy.ApiKeyAuthentication"
    name = "API key"

    def get_security_definition(self, auto_schema):
        return {"type": "http", "scheme": "bearer", "description": "A key from the admin: ds_…"}
