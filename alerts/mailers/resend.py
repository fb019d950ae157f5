"""Resend's API, told which message it is: what is posted twice within a day is sent once."""

from anymail.backends.resend import EmailBackend as AnymailBackend

from alerts.channels.email import METADATA


class EmailBackend(AnymailBackend):
    def build_message_payload(self, message, defaults):
        payload = super().build_message_payload(message, defaults)
        if key := getattr(message, "metadata", {}).get(METADATA):
            payload.headers["Idempotency-Key"] = key
        return payload
