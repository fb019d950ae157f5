"""Putting the words into a message, once. One that cannot be written has failed and is not lost."""

import logging

from django.db import DatabaseError

from alerts.models import Alert
from alerts.rendering import write
from alerts.states import State, Why
from orders.models import Notice, NoticeKind

WORDS = ("subject", "body_text", "body_html")

logger = logging.getLogger(__name__)


def put_words(alert: Alert) -> bool:
    """Whether the message has its words now. If not, it is FAILED, and a notice says why; the caller saves it."""
    try:
        write(alert)
    except DatabaseError:
        raise
    except Exception as error:
        logger.exception("The %s for change %s could not be written.", alert.channel, alert.change_id)
        alert.state, alert.reason, alert.due_at = State.FAILED, Why.UNWRITTEN, None
        alert.error, alert.error_detail = str(error)[:300], repr(error)
        Notice.tell(alert.merchant_id, NoticeKind.MESSAGE_FAILED, alert.get_reason_display(), alert.error)
        return False
    return True


def take_words(alert: Alert) -> None:
    """They spoke of a day that has passed by the time the message is sent."""
    for name in WORDS:
        setattr(alert, name, "")
