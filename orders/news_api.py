"""The REST API over what becomes of an order beside its parcels: news of the shop, refunds and cases."""

from django.http import Http404
from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema
from rest_framework import exceptions, mixins, serializers, status
from rest_framework.decorators import action
from rest_framework.response import Response

from orders.api import OwnRows
from orders.models import Case, CaseKind, ChangeKind, Order, OrderNews, Refund, Shipment, StatusChange
from orders.serializers import AwareDateTimeField, CaseSerializer, DataSerializer, RefundSerializer
from orders.services.cases import CaseRefused, answer_case, close_case, open_case
from orders.services.order_news import NewsRefused, order_cancelled, order_delayed
from orders.services.refunds import RefundRefused, record_refund

LONGEST_MESSAGE = 5000
TELL = {OrderNews.DELAYED: order_delayed, OrderNews.CANCELLED: order_cancelled}


class NewsInput(DataSerializer):
    data_class = dict
    news = serializers.ChoiceField(choices=[(news.value, news.label) for news in TELL])


class OrderNewsSerializer(serializers.ModelSerializer):
    news = serializers.ChoiceField(source="new", choices=OrderNews)

    class Meta:
        model = StatusChange
        fields = ["news", "occurred_at"]


class RefundInput(DataSerializer):
    data_class = dict
    reference = serializers.CharField(max_length=80, help_text="Your own name for it: the same again is no second one.")
    amount = serializers.DecimalField(max_digits=12, decimal_places=2)
    currency = serializers.RegexField("^[A-Za-z]{3}$", required=False, help_text="ISO 4217; the order's unless given.")
    sent_at = AwareDateTimeField(required=False, help_text="Now unless given.")


class CaseInput(DataSerializer):
    data_class = dict
    kind = serializers.ChoiceField(choices=CaseKind)
    message = serializers.CharField(
        required=False, allow_blank=True, max_length=LONGEST_MESSAGE, help_text="What the shopper wrote."
    )
    parcel = serializers.CharField(required=False, max_length=43, help_text="The token of the parcel it is about.")


class AnswerInput(DataSerializer):
    data_class = dict
    answer = serializers.CharField(max_length=LONGEST_MESSAGE, help_text="What the shopper is to read.")


class CaseQuery(serializers.Serializer):
    """What a list of cases can be narrowed to."""

    open = serializers.BooleanField(required=False, allow_null=True, default=None)
    order = serializers.CharField(required=False, help_text="The number of the order.")


class OfAnOrder(mixins.ListModelMixin, OwnRows):
    """The rows of one of the merchant's orders, which stands in the address."""

    def get_queryset(self):
        return super().get_queryset().filter(order__number=self.kwargs.get("number"))

    def order(self) -> Order:
        found = Order.objects.filter(merchant=self.request.auth.merchant_id, number=self.kwargs["number"]).first()
        if found is None:
            raise Http404
        return found

    def list(self, request, number):
        self.order()
        return super().list(request)


class OrderNewsViewSet(OfAnOrder):
    serializer_class = OrderNewsSerializer
    queryset = StatusChange.objects.filter(kind=ChangeKind.ORDER)

    @extend_schema(request=NewsInput, responses={200: OrderNewsSerializer, 201: OrderNewsSerializer})
    def create(self, request, number):
        """Tell what became of the order as a whole: delayed in the shop, or cancelled. Its shopper is told.

        The same again changes nothing. Answers 201 for news, 200 for what was known. That an order was received, it
        tells by coming in.
        """
        told = _read(NewsInput, request)
        try:
            made = TELL[told["news"]](self.order())
        except NewsRefused as refused:
            raise exceptions.ValidationError({"news": [str(refused)]}) from None
        last = self.get_queryset().order_by("-id").first()
        return Response(OrderNewsSerializer(last).data, status=_status(is_new=made is not None))


class RefundViewSet(OfAnOrder):
    serializer_class = RefundSerializer
    queryset = Refund.objects.all()

    @extend_schema(request=RefundInput, responses={200: RefundSerializer, 201: RefundSerializer})
    def create(self, request, number):
        """Tell that money was sent back. Its shopper is told.

        The same reference with the same amount changes nothing. Answers 201 for a new refund, 200 for a known one.
        """
        try:
            refund, is_new = record_refund(self.order(), **_read(RefundInput, request))
        except RefundRefused as refused:
            raise exceptions.ValidationError({refused.field: [str(refused)]}) from None
        return Response(RefundSerializer(refund).data, status=_status(is_new=is_new))


class OrderCaseViewSet(OfAnOrder):
    serializer_class = CaseSerializer
    queryset = Case.objects.select_related("order", "shipment")

    @extend_schema(request=CaseInput, responses={201: CaseSerializer})
    def create(self, request, number):
        """Open a case about the order, or about one parcel of it. Its shopper is told, and selling stops."""
        told = _read(CaseInput, request)
        order = self.order()
        case = open_case(order, told["kind"], told.get("message", ""), self._parcel(order, told.get("parcel")))
        return Response(CaseSerializer(case).data, status=status.HTTP_201_CREATED)

    def _parcel(self, order: Order, token: str | None) -> Shipment | None:
        found = order.shipments.filter(token=token).first() if token else None
        if token and found is None:
            message = _("Order %(order)s has no such parcel: give the token of one of its own, or none.")
            raise exceptions.ValidationError({"parcel": [message % {"order": order}]})
        return found


class CaseViewSet(mixins.ListModelMixin, mixins.RetrieveModelMixin, OwnRows):
    serializer_class = CaseSerializer
    queryset = Case.objects.select_related("order", "shipment")
    lookup_value_regex = "[0-9]{1,18}"

    @extend_schema(parameters=[CaseQuery])
    def list(self, request):
        """The merchant's cases, the newest first."""
        return super().list(request)

    @extend_schema(request=AnswerInput, responses=CaseSerializer)
    @action(detail=True, methods=["post"])
    def answer(self, request, pk):
        """Answer an open case. Its shopper is told; the same answer again changes nothing."""
        told = _read(AnswerInput, request)
        try:
            case = answer_case(self.get_object().pk, told["answer"])
        except CaseRefused as refused:
            raise exceptions.ValidationError({"answer": [str(refused)]}) from None
        return Response(CaseSerializer(case).data)

    @extend_schema(request=None, responses=CaseSerializer)
    @action(detail=True, methods=["post"])
    def close(self, request, pk):
        """Close a case. Its shopper is told; a closed one stays as it is."""
        close_case(self.get_object().pk)
        return Response(CaseSerializer(self.get_object()).data)

    def filter_queryset(self, queryset):
        if self.action != "list":
            return queryset
        asked = CaseQuery(data=self.request.query_params)
        asked.is_valid(raise_exception=True)
        wanted = asked.validated_data
        if wanted["open"] is not None:
            queryset = queryset.filter(closed_at__isnull=wanted["open"])
        return queryset.filter(order__number=wanted["order"]) if "order" in wanted else queryset


def _read(shape: type[serializers.Serializer], request) -> dict:
    told = shape(data=request.data)
    told.is_valid(raise_exception=True)
    return told.validated_data


def _status(*, is_new: bool) -> int:
    return status.HTTP_201_CREATED if is_new else status.HTTP_200_OK
