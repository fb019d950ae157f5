"""A Celery app with one task, for test_brokers.py: the worker runs in a process of its own, as in production."""

import os
from pathlib import Path

from celery import Celery

from tracker import filequeue

filequeue.install()

FOLDER = Path(os.environ.get("BROKER_TEST_FOLDER", "."))

app = Celery("broker-test", broker=os.environ.get("BROKER_TEST_URL"), fixups=[], set_as_current=False)
app.conf.update(
    task_default_queue=f"doorstep-test-{FOLDER.name}",
    task_ignore_result=True,
    broker_connection_retry_on_startup=True,
)
if str(app.conf.broker_url or "").startswith("filesystem"):
    app.conf.broker_transport_options = {
        "data_folder_in": str(FOLDER),
        "data_folder_out": str(FOLDER),
        "control_folder": str(FOLDER / "control"),
    }


@app.task(name="wake")
def wake():
    (FOLDER / "woken").touch()
