"""The REST API over shoppers: what is known of one, and forgetting one who asks for it.

By POST, since an e-mail address in a link would stay in the logs of every proxy on the way.
"""

import json

from django.utils.translation import gettext as _
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework import exceptions, serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from orders.api import StrictJSONParser
from orders.models import Customer
from orders.services.disclosure import AsJSON, known_of
from orders.services.erasure import erase_customer, find_customer
from orders.tenancy import ApiKeyThrottle


class WhoInput(serializers.Serializer):
    """The shopper's e-mail, or the phone of one who shares it with nobody."""

    email = serializers.EmailField(required=False, allow_blank=True)
    phone = serializers.CharField(required=False, allow_blank=True, max_length=40)

    def validate(self, attrs):
        if not any(attrs.values()):
            raise serializers.ValidationError({"email": _("Say who is meant: give the e-mail or the phone.")})
        return attrs


class ErasedSerializer(serializers.Serializer):
    orders = serializers.ListField(child=serializers.CharField(), help_text="Their numbers; the orders stay.")


class CustomerView(APIView):
    throttle_classes = [ApiKeyThrottle]
    throttle_scope = "api"
    parser_classes = [StrictJSONParser]

    def asked_for(self, request: Request) -> Customer:
        who = WhoInput(data=request.data)
        who.is_valid(raise_exception=True)
        try:
            return find_customer(request.auth.merchant, **who.validated_data)
        except Customer.DoesNotExist:
            raise exceptions.NotFound(_("There is no such shopper, or they were forgotten already.")) from None
        except Customer.MultipleObjectsReturned:
            message = _("Several shoppers have this phone: give the e-mail.")
            raise exceptions.ValidationError({"phone": message}) from None


class CustomerErasure(CustomerView):
    @extend_schema(request=WhoInput, responses=ErasedSerializer)
    def post(self, request):
        """Forget a shopper who asks for it, for good. The orders stay, without whose they were."""
        customer = self.asked_for(request)
        numbers = list(customer.orders.order_by("pk").values_list("number", flat=True))
        erase_customer(customer.pk)
        return Response({"orders": numbers})


class CustomerDisclosure(CustomerView):
    @extend_schema(request=WhoInput, responses=OpenApiTypes.OBJECT)
    def post(self, request):
        """Everything that is known of a shopper, table by table."""
        return Response(json.loads(json.dumps(known_of(self.asked_for(request)), cls=AsJSON)))
