"""The providers that the gateway pretends to be."""

from alerts.sandbox.dialects.sinch import Sinch
from alerts.sandbox.dialects.twilio import Twilio
from alerts.sandbox.dialects.vonage import Vonage

DIALECTS = (Twilio(), Vonage(), Sinch())
