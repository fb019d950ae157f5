"""What carriers do when something happens to orders."""

from carriers.services import callbacks
from carriers.tasks import process_callback
from orders.waking import wake


def read_early_callbacks(ids, **_signal) -> None:
    """Parcels were made known: perhaps their carrier spoke of them before."""
    for delivery_id in callbacks.read_early_callbacks(ids):
        wake(process_callback, delivery_id)
