"""Celery: the app, its queues and the whole schedule, in one place.

The database rows (due time and lease, inbox, outbox) are the truth. A message only wakes a worker; every task finds
its work by a conditional claim, so a message that is lost or comes twice changes nothing but the waiting time.
"""

import os

from celery import Celery
from celery.signals import setup_logging
from django.conf import settings

from tracker import filequeue

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tracker.settings")
filequeue.install()

# In the sandbox a parcel's whole life takes a minute.
SUBSCRIBE_EVERY = 5 if settings.SANDBOX else 60

app = Celery("doorstep")
app.config_from_object("django.conf:settings", namespace="CELERY")


def _transport_options() -> dict:
    if not settings.CELERY_BROKER_URL.startswith("filesystem"):
        return {}
    folder = settings.CELERY_QUEUE_DIR
    for name in ("messages", "control"):
        (folder / name).mkdir(parents=True, exist_ok=True)
    return {
        "data_folder_in": str(folder / "messages"),
        "data_folder_out": str(folder / "messages"),
        "control_folder": str(folder / "control"),
    }


app.conf.update(
    broker_transport_options=_transport_options(),
    broker_connection_retry_on_startup=True,
    # Waking a worker must never hold up what was just committed: the sweep finds it anyway. Once, and at once, it is
    # tried again: on a connection that died with the broker every later message would fail, and no sweep would come.
    task_publish_retry=True,
    task_publish_retry_policy={"max_retries": 1, "interval_start": 0, "interval_step": 0, "interval_max": 0},
    task_ignore_result=True,
    task_acks_late=True,
    task_reject_on_worker_lost=True,
    task_time_limit=300,
    task_soft_time_limit=240,
    worker_prefetch_multiplier=1,
    worker_max_tasks_per_child=1000,
    timezone="UTC",
    task_default_queue="default",
    task_routes={
        "carriers.tasks.take_turn": {"queue": "polls"},
        "carriers.tasks.*": {"queue": "carriers"},
        "alerts.tasks.*": {"queue": "alerts"},
    },
    beat_schedule_filename=str(settings.VAR_DIR / "beat-schedule"),
    # Each tick claims rows, so a second beat does no harm. `expires` keeps a stopped worker from a pile of ticks.
    beat_schedule={
        "claim the parcels that are due": {
            "task": "carriers.tasks.poll_due",
            "schedule": 5,
            "options": {"expires": 5},
        },
        "read callbacks that were not read yet": {
            "task": "carriers.tasks.process_waiting_callbacks",
            "schedule": 5,
            "options": {"expires": 5},
        },
        "order and renew pushes": {
            "task": "carriers.tasks.subscribe_due",
            "schedule": SUBSCRIBE_EVERY,
            "options": {"expires": SUBSCRIBE_EVERY},
        },
        "empty callbacks that were read long ago": {
            "task": "carriers.tasks.forget_old_callbacks",
            "schedule": 86_400,
            "options": {"expires": 3_600},
        },
        "tell of parcels without a carrier account": {
            "task": "carriers.tasks.note_missing_accounts",
            "schedule": 300,
            "options": {"expires": 300},
        },
        "look again at the risk of quiet parcels": {
            "task": "orders.tasks.sweep_risk",
            "schedule": 5,
            "options": {"expires": 5},
        },
        "learn from closed parcels": {
            "task": "orders.tasks.learn_transit",
            "schedule": 3600,
            "options": {"expires": 3600},
        },
        "post the webhooks that are due": {
            "task": "orders.tasks.deliver_webhooks",
            "schedule": 5,
            "options": {"expires": 5},
        },
        "empty webhooks that were posted long ago": {
            "task": "orders.tasks.forget_old_webhooks",
            "schedule": 86_400,
            "options": {"expires": 3_600},
        },
        "drop the words of old messages": {
            "task": "alerts.tasks.forget_old_words",
            "schedule": 86_400,
            "options": {"expires": 3_600},
        },
        "plan and deliver alerts": {
            "task": "alerts.tasks.sweep",
            "schedule": 5,
            "options": {"expires": 5},
        },
    },
)

app.autodiscover_tasks(["orders", "carriers", "offers", "alerts"])


@setup_logging.connect
def _keep_django_logging(**_kwargs):
    """Workers log as Django does (settings.LOGGING) instead of in Celery's own format."""
