from carriers.services.accounts import note_missing_accounts
from carriers.services.callbacks import process_again, process_delivery, receive_callback, waiting_deliveries
from carriers.services.polls import poll_batch, poll_due, poll_now

__all__ = [
    "note_missing_accounts",
    "poll_batch",
    "poll_due",
    "poll_now",
    "process_again",
    "process_delivery",
    "receive_callback",
    "waiting_deliveries",
]
