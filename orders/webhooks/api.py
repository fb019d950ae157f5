"""Webhooks in the REST API: a shop's system registers itself."""

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema
from rest_framework import exceptions, mixins, serializers, status
from rest_framework.decorators import action
from rest_framework.response import Response

from orders.api import OwnRows
from orders.models import ChangeKind, WebhookDelivery, WebhookEndpoint
from orders.webhooks.services import resume, rotate_secret, send_test


class WebhookSerializer(serializers.ModelSerializer):
    kinds = serializers.MultipleChoiceField(
        choices=ChangeKind, required=False, allow_empty=False, help_text="What it is told of; all unless said."
    )

    class Meta:
        model = WebhookEndpoint
        fields = [
            "id",
            "url",
            "kinds",
            "active",
            "created_at",
            "last_success_at",
            "failures",
            "failing_since",
            "paused_at",
            "last_error",
        ]
        read_only_fields = fields[4:]

    def validate_kinds(self, kinds):
        return [kind for kind in ChangeKind.values if kind in kinds]

    def update(self, endpoint, told):
        """Save what was told and nothing else: workers write to such a row all the time."""
        for name, value in told.items():
            setattr(endpoint, name, value)
        endpoint.save(update_fields=[*told])
        return endpoint

    def to_representation(self, endpoint):
        return {**super().to_representation(endpoint), "kinds": endpoint.kinds}


class NewWebhookSerializer(WebhookSerializer):
    """The answer to a webhook that was just registered: the only one that tells its secret."""

    secret = serializers.SerializerMethodField()

    class Meta(WebhookSerializer.Meta):
        fields = [*WebhookSerializer.Meta.fields, "secret"]

    def get_secret(self, endpoint) -> str:
        return endpoint.secrets[0]


class SecretSerializer(serializers.Serializer):
    secret = serializers.CharField()


class QueuedSerializer(serializers.ModelSerializer):
    id = serializers.UUIDField(source="uuid", help_text="As in the header Doorstep-Delivery.")

    class Meta:
        model = WebhookDelivery
        fields = ["id", "state", "created_at"]


class WebhookViewSet(
    mixins.ListModelMixin,
    mixins.CreateModelMixin,
    mixins.RetrieveModelMixin,
    mixins.UpdateModelMixin,
    mixins.DestroyModelMixin,
    OwnRows,
):
    serializer_class = WebhookSerializer
    queryset = WebhookEndpoint.objects.all()
    http_method_names = ["get", "post", "patch", "delete", "head", "options"]
    lookup_value_regex = "[0-9]{1,18}"

    def get_serializer_class(self):
        return NewWebhookSerializer if self.action == "create" else WebhookSerializer

    def perform_create(self, serializer):
        self._save(serializer, merchant=self.request.auth.merchant)

    def perform_update(self, serializer):
        self._save(serializer)

    @extend_schema(request=None, responses={202: QueuedSerializer})
    @action(detail=True, methods=["post"])
    def test(self, request, pk):
        """Send a webhook of the kind `test`, about no parcel."""
        return Response(QueuedSerializer(send_test(self.get_object())).data, status=status.HTTP_202_ACCEPTED)

    @extend_schema(request=None, responses=SecretSerializer)
    @action(detail=True, methods=["post"])
    def secret(self, request, pk):
        """Make a new secret. The last one signs beside it until the next change, or until it is removed."""
        return Response({"secret": rotate_secret(self.get_object())})

    @extend_schema(request=None, responses=WebhookSerializer)
    @action(detail=True, methods=["post"])
    def resume(self, request, pk):
        """End a pause, and send what waited."""
        resume(self.get_queryset().filter(pk=self.get_object().pk))
        return Response(self.get_serializer(self.get_object()).data)

    def _save(self, serializer, **values):
        try:
            with transaction.atomic():
                serializer.save(**values)
        except IntegrityError:
            message = _("This address is registered already: change that webhook, or delete it.")
            raise exceptions.ValidationError({"url": [message]}) from None
