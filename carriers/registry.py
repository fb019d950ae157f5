"""Every carrier Doorstep speaks to: the modules of `carriers/adapters/`, each named by its carrier's key."""

import pkgutil
import re
from functools import cache
from importlib import import_module

from carriers import adapters
from carriers.base import Carrier
from carriers.errors import CarrierMisconfigured


def module_of(key: str) -> str:
    """The module's name for a key: "17track" stands in `n17track`, since no name begins with a digit."""
    return re.sub(r"^(?=\d)", "n", key.replace("-", "_"))


def _key_of(module: str) -> str:
    return re.sub(r"^n(?=\d)", "", module).replace("_", "-")


# Key -> module, by key. Nothing is loaded before it is asked for.
ADAPTERS = {
    _key_of(found.name): f"{adapters.__name__}.{found.name}" for found in pkgutil.iter_modules(adapters.__path__)
}


@cache
def carrier_class(key: str) -> type[Carrier]:
    """The adapter for this key. Raises CarrierMisconfigured, naming the keys there are."""
    if key not in ADAPTERS:
        known = ", ".join(sorted(ADAPTERS))
        raise CarrierMisconfigured(f"There is no carrier {key!r}. Known carriers: {known}.")
    module = import_module(ADAPTERS[key])
    found = [cls for cls in vars(module).values() if _is_adapter(cls, module)]
    if len(found) != 1:
        raise CarrierMisconfigured(f"{ADAPTERS[key]} must hold one Carrier with a key of its own, not {len(found)}.")
    return found[0]


def carrier_classes() -> list[type[Carrier]]:
    """Every adapter, by name."""
    return sorted(map(carrier_class, ADAPTERS), key=lambda cls: cls.name.casefold())


def carrier_name(key: str) -> str:
    """The carrier's name for people; the key itself for a carrier that is not known any more."""
    return carrier_class(key).name if key in ADAPTERS else key


def is_aggregator(key: str) -> bool:
    """True where other carriers are asked through this one."""
    return key in ADAPTERS and carrier_class(key).is_aggregator


def tracking_url(key: str, number: str) -> str:
    """The carrier's page about this parcel, for people; "" for a carrier that is not known any more."""
    return carrier_class(key)().tracking_url(number) if key in ADAPTERS else ""


def carrier_choices() -> list[tuple[str, str]]:
    return [(cls.key, cls.name) for cls in carrier_classes()]


def _is_adapter(value, module) -> bool:
    is_class = isinstance(value, type) and issubclass(value, Carrier)
    return is_class and value.__module__ == module.__name__ and bool(value.key)
