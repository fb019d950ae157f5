from datetime import time

from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, RegexValidator
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from orders.incoming import is_country
from orders.models.merchant import Merchant
from orders.models.order import plain_postcode
from orders.promise.rules import Rule

# As ISO 8601 numbers them: 1 is Monday. Kept as the digits of the days in their order.
WEEKDAYS = RegexValidator(r"\A(?=[1-7])1?2?3?4?5?6?7?\Z", _("Choose at least one day of the week."))
WORKWEEK = "12345"
MOST_DAYS = MaxValueValidator(60)


def validate_country(code):
    if not is_country(code):
        message = _("“%(country)s” is no country: give the two capital letters of ISO 3166, such as FI.")
        raise ValidationError(message, params={"country": code})


class DeliveryRule(models.Model):
    """How long this shop's deliveries to a place, by a carrier and by a service take; what is empty is any.

    The most specific active rule makes the promise for an order that comes without one: see `Rule.specificity`.
    """

    merchant = models.ForeignKey(Merchant, models.CASCADE, related_name="delivery_rules")
    country = models.CharField(
        _("to country"),
        max_length=2,
        blank=True,
        validators=[validate_country],
        help_text=_("Two letters. Empty: all countries without a rule of their own."),
    )
    postcode_prefix = models.CharField(
        _("postcodes that start with"), max_length=16, blank=True, help_text=_("Such as 99 for Lapland. Empty: all.")
    )
    carrier = models.CharField(_("carrier"), max_length=40, blank=True)
    service = models.CharField(
        _("service"), max_length=120, blank=True, help_text=_("As your orders spell it. Empty: any.")
    )
    cut_off = models.TimeField(
        _("cut-off"),
        null=True,
        blank=True,
        default=time(14),
        help_text=_("Orders from this time on count from the next working day. Empty: the whole day counts."),
    )
    handling_days = models.PositiveSmallIntegerField(
        _("handling takes"),
        default=0,
        validators=[MOST_DAYS],
        help_text=_("Working days of the warehouse. 0: handed over on the day of the order."),
    )
    transit_min = models.PositiveSmallIntegerField(_("transit takes at least"), default=1, validators=[MOST_DAYS])
    transit_max = models.PositiveSmallIntegerField(
        _("transit takes at most"),
        default=2,
        validators=[MOST_DAYS],
        help_text=_("Working days of the carrier. Public holidays at either end do not count."),
    )
    warehouse_weekdays = models.CharField(
        _("the warehouse works on"), max_length=7, default=WORKWEEK, validators=[WEEKDAYS]
    )
    warehouse_region = models.CharField(
        _("the warehouse's region"),
        max_length=6,
        blank=True,
        help_text=_("Where public holidays differ from the rest of the country, such as Bavaria. Empty: they do not."),
    )
    carrier_weekdays = models.CharField(
        _("the carrier works on"), max_length=7, default=WORKWEEK, validators=[WEEKDAYS]
    )
    active = models.BooleanField(_("in use"), default=True)

    class Meta:
        verbose_name = _("delivery rule")
        verbose_name_plural = _("delivery rules")
        ordering = ["country", "postcode_prefix", "carrier", "service", "id"]
        constraints = [
            models.UniqueConstraint(
                fields=["merchant", "country", "postcode_prefix", "carrier", "service"],
                condition=Q(active=True),
                name="delivery_rule_once",
                violation_error_message=_("A rule for the same deliveries is in use already: change that one."),
            ),
            models.CheckConstraint(
                condition=Q(transit_max__gte=F("transit_min")),
                name="delivery_rule_transit",
                violation_error_message=_("Transit takes at most less than it takes at least: exchange the two."),
            ),
            models.CheckConstraint(
                condition=Q(postcode_prefix="") | ~Q(country=""),
                name="delivery_rule_place",
                violation_error_message=_("Postcodes are a country's own: say which country's these are."),
            ),
            models.CheckConstraint(
                condition=~Q(warehouse_weekdays="") & ~Q(carrier_weekdays=""), name="delivery_rule_weekdays"
            ),
        ]

    def __str__(self):
        told = [self.country, self.postcode_prefix and f"{self.postcode_prefix}…", self.carrier, self.service]
        return " · ".join(filter(None, told)) or str(_("All other deliveries"))

    def save(self, **kwargs):
        self.postcode_prefix = plain_postcode(self.postcode_prefix)
        super().save(**kwargs)

    @property
    def rule(self) -> Rule:
        """The rule as the calculation takes it, with the shop's own zone and country."""
        return Rule(
            zone=self.merchant.time_zone,
            origin=self.origin,
            cut_off=self.cut_off,
            handling_days=self.handling_days,
            transit_min=self.transit_min,
            transit_max=self.transit_max,
            warehouse_weekdays=_weekdays(self.warehouse_weekdays),
            carrier_weekdays=_weekdays(self.carrier_weekdays),
            country=self.country,
            postcode_prefix=self.postcode_prefix,
            carrier=self.carrier,
            service=self.service,
        )

    @property
    def origin(self) -> str:
        """Whose public holidays the warehouse keeps. A region of another country is left over from a move."""
        is_here = self.warehouse_region.startswith(f"{self.merchant.country}-")
        return self.warehouse_region if is_here else self.merchant.country


def _weekdays(digits: str) -> frozenset[int]:
    return frozenset(int(digit) - 1 for digit in digits)
