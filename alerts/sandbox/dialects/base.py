"""The contract between the pretend phone network and one provider's wire format."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime

from alerts.sandbox.texts import Phones, Text, TextStatus
from alerts.sandbox.web import Answer, Request

E164 = re.compile(r"\+[1-9]\d{6,14}")
REFUSED = "refused"  # the one password, or token, that no account has

# Numbers of Twilio's for tests, each with its trouble. Every dialect has its own error for it.
NOT_A_NUMBER, UNREACHABLE, NOT_ALLOWED, UNSUBSCRIBED, NOT_MOBILE = (f"+1500555000{digit}" for digit in (1, 2, 3, 4, 9))


class Refusal(Exception):
    """The message is not taken; `answer` says why, as this provider says it."""

    def __init__(self, answer: Answer):
        super().__init__(answer.status)
        self.answer = answer


@dataclass(frozen=True, slots=True)
class Post:
    """What is posted to a merchant, as it is signed."""

    body: bytes
    headers: Mapping[str, str] = field(default_factory=dict)


class Dialect:
    """One provider's wire format. It holds no state: messages are the phones', and the gateway's are the troubles."""

    key = ""
    # After STOP the provider itself turns further messages away.
    blocks_after_stop = False
    # What the receipt of a message that did not arrive says.
    error_codes: Mapping[TextStatus, int] = {}

    def speaks(self, request: Request) -> bool:
        """Whether this request is meant for this provider."""
        raise NotImplementedError

    def is_new(self, request: Request) -> bool:
        """Whether it hands in a message, rather than asking for some."""
        return True

    def look_up(self, request: Request, phones: Phones) -> Answer:
        """The answer to a request that hands nothing in."""
        raise NotImplementedError

    def read(self, request: Request, phones: Phones) -> Text:
        """The message that is handed in. Raises Refusal."""
        raise NotImplementedError

    def taken(self, text: Text) -> Answer:
        raise NotImplementedError

    def too_many(self, seconds: float) -> Answer:
        raise NotImplementedError

    def failure(self) -> Answer:
        raise NotImplementedError

    def receipt(self, text: Text) -> Post | None:
        """What is posted of the message's status, or None when this provider is silent about it."""
        raise NotImplementedError

    def inbound(self, text: Text, url: str) -> Post:
        """What is posted of a shopper's message."""
        raise NotImplementedError

    def replied(self, answer: str) -> str:
        """The words that the answer to such a post asks to be texted back."""
        return ""


def now() -> str:
    return stamp(datetime.now(UTC))


def stamp(moment: datetime) -> str:
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")
