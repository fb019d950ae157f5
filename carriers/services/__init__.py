from carriers.services.accounts import note_missing_accounts
from carriers.services.callbacks import (
    forget_old_bodies,
    process_again,
    process_delivery,
    receive_callback,
    waiting_deliveries,
)
from carriers.services.polls import claim_batches, poll_batch, poll_due, poll_now, take_turn

__all__ = [
    "claim_batches",
    "forget_old_bodies",
    "note_missing_accounts",
    "poll_batch",
    "poll_due",
    "poll_now",
    "process_again",
    "process_delivery",
    "receive_callback",
    "take_turn",
    "waiting_deliveries",
]
