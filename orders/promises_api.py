"""The REST API over promises: what an order would be promised, and how well promises were kept."""

from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema, extend_schema_field
from rest_framework import serializers
from rest_framework.response import Response
from rest_framework.views import APIView

from orders import wording
from orders.models.delivery_rule import validate_country
from orders.models.merchant import validate_time_zone
from orders.promise.calendar import CALENDAR_YEARS
from orders.promise.explanation import holiday_of, sentence
from orders.promise.rules import What
from orders.serializers import AwareDateTimeField
from orders.services.previews import preview
from orders.services.scoring import score, usual_period


def validate_year(day):
    if day.year not in CALENDAR_YEARS:
        raise serializers.ValidationError(_("No calendar is kept for %(year)s.") % {"year": day.year})


class PreviewQuery(serializers.Serializer):
    """Where to, how and when; what is left out is any, and now."""

    country = serializers.CharField(required=False, validators=[validate_country], help_text="ISO 3166 alpha-2.")
    postcode = serializers.CharField(required=False, max_length=16)
    carrier = serializers.CharField(required=False, max_length=40, help_text="A carrier's key, such as dhl-unified.")
    service = serializers.CharField(required=False, max_length=120)
    zone = serializers.CharField(
        required=False, validators=[validate_time_zone], help_text="The destination's; the country's unless given."
    )
    at = AwareDateTimeField(
        required=False,
        validators=[validate_year],
        help_text="When the order is placed; now unless given. Write the offset's + as %2B.",
    )


class WindowSerializer(serializers.Serializer):
    """Local days of the destination, both included."""

    earliest = serializers.DateField()
    latest = serializers.DateField()
    zone = serializers.CharField()


class StepSerializer(serializers.Serializer):
    step = serializers.ChoiceField(source="what", choices=[what.value for what in What])
    day = serializers.DateField()
    holiday_of = serializers.CharField(
        help_text="The country (ISO 3166-1) or region (3166-2) whose public holiday this is; else empty."
    )
    holiday = serializers.SerializerMethodField()
    text = serializers.SerializerMethodField()

    @extend_schema_field(serializers.CharField())
    def get_holiday(self, step):
        return holiday_of(step)

    @extend_schema_field(serializers.CharField())
    def get_text(self, step):
        return sentence(step)


class PreviewSerializer(serializers.Serializer):
    ordered_at = AwareDateTimeField(help_text="By the clock of the warehouse.")
    window = WindowSerializer(source="plan.window")
    text = serializers.SerializerMethodField(help_text="The days in words.")
    rule = serializers.SerializerMethodField(help_text="The rule that says so; null for the usual delivery days.")
    steps = StepSerializer(source="plan.steps", many=True)

    @extend_schema_field(serializers.CharField())
    def get_text(self, preview):
        return wording.promised(preview.plan.window, today=preview.ordered_at.date())

    @extend_schema_field(serializers.CharField(allow_null=True))
    def get_rule(self, preview):
        return preview.rule and str(preview.rule)


class ScoreQuery(serializers.Serializer):
    since = serializers.DateField(
        required=False,
        validators=[validate_year],
        help_text="The first day; twelve weeks before the last unless given.",
    )
    until = serializers.DateField(
        required=False,
        validators=[validate_year],
        help_text="The last day on which a first promise ends; today unless given.",
    )


class ScoreSerializer(serializers.Serializer):
    carrier = serializers.CharField(source="lane.carrier")
    origin = serializers.CharField(source="lane.origin")
    destination = serializers.CharField(source="lane.destination")
    service = serializers.CharField(source="lane.service")
    week = serializers.CharField(source="lane.week", help_text="ISO 8601, such as 2026-W48.")
    parcels = serializers.IntegerField(help_text="Kept and missed.")
    kept = serializers.IntegerField()
    missed = serializers.IntegerField()
    open = serializers.IntegerField(help_text="Still in time.")
    uncounted = serializers.IntegerField(help_text="Called off, sent back without an attempt, or never scanned.")
    share = serializers.FloatField(allow_null=True, help_text="Kept of the parcels, 0 to 1.")
    hours_early = serializers.FloatField(allow_null=True, help_text="The kept ones' median.")
    hours_late = serializers.FloatField(allow_null=True, help_text="The missed ones' median.")


class PromisePreview(APIView):
    throttle_scope = "api"

    @extend_schema(parameters=[PreviewQuery], responses=PreviewSerializer)
    def get(self, request):
        """What an order would be promised by the shop's delivery rules, and why: the answer the shop's desk gives."""
        asked = PreviewQuery(data=request.query_params)
        asked.is_valid(raise_exception=True)
        return Response(PreviewSerializer(preview(request.auth.merchant, **asked.validated_data)).data)


class Scores(APIView):
    throttle_scope = "api"

    @extend_schema(parameters=[ScoreQuery], responses=ScoreSerializer(many=True))
    def get(self, request):
        """How well first promises were kept, by carrier, lane, service and week.

        A parcel belongs to the week in which its first promise ends. It is kept if the first attempt to deliver, or
        its lying ready to be picked up, came before that end by the clock of the destination.
        """
        asked = ScoreQuery(data=request.query_params)
        asked.is_valid(raise_exception=True)
        told = asked.validated_data
        period = usual_period(request.auth.merchant, told.get("since"), told.get("until"))
        return Response(ScoreSerializer(score(request.auth.merchant, *period), many=True).data)
