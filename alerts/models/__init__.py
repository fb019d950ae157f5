from alerts.models.alert import Alert, new_uuid
from alerts.models.browser import BrowserSubscription
from alerts.models.manners import ChannelRule, Preference, TriggerRule
from alerts.models.sender import Sender
from alerts.models.suppression import Suppressed, Suppression
from alerts.models.text import MessageText

__all__ = [
    "Alert",
    "BrowserSubscription",
    "ChannelRule",
    "MessageText",
    "Preference",
    "Sender",
    "Suppressed",
    "Suppression",
    "TriggerRule",
    "new_uuid",
]
