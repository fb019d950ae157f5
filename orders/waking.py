"""Waking a worker for a row that is already committed. If nobody can be woken, the sweep finds the row."""

import logging

from kombu.exceptions import KombuError, OperationalError

logger = logging.getLogger(__name__)


def wake(task, *args) -> bool:
    """Send the task; False, and a line in the log, when the broker cannot be reached or its files cannot be read."""
    try:
        task.delay(*args)
    except (OperationalError, KombuError, OSError, ValueError) as error:
        logger.warning("No worker could be woken for %s%s (%s): the sweep will do it.", task.name, args, error)
        return False
    return True
