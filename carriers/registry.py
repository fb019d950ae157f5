"""Every carrier Doorstep speaks to: its key and where its adapter lives. Loaded when first asked for."""

from django.utils.module_loading import import_string

from carriers.base import Carrier
from carriers.errors import CarrierMisconfigured

ADAPTERS = {
    "dhl-unified": "carriers.adapters.dhl_unified.DHL",
    "fedex": "carriers.adapters.fedex.FedEx",
    "ups": "carriers.adapters.ups.UPS",
}


def carrier_class(key: str) -> type[Carrier]:
    """The adapter for this key. Raises CarrierMisconfigured, naming the keys there are."""
    try:
        return import_string(ADAPTERS[key])
    except KeyError:
        known = ", ".join(sorted(ADAPTERS))
        raise CarrierMisconfigured(f"There is no carrier {key!r}. Known carriers: {known}.") from None


def carrier_classes() -> list[type[Carrier]]:
    return [carrier_class(key) for key in ADAPTERS]


def carrier_name(key: str) -> str:
    """The carrier's name for people; the key itself for a carrier that is not known any more."""
    return carrier_class(key).name if key in ADAPTERS else key


def tracking_url(key: str, number: str) -> str:
    """The carrier's page about this parcel, for people; "" for a carrier that is not known any more."""
    return carrier_class(key)().tracking_url(number) if key in ADAPTERS else ""


def carrier_choices() -> list[tuple[str, str]]:
    return [(cls.key, cls.name) for cls in carrier_classes()]
