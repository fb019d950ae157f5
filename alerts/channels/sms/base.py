"""What every way of texting has in common: an account, a text, one request that may or may not leave, its answer."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from http import HTTPStatus

import requests
from django.utils.translation import gettext as _

from alerts.channels.base import ChannelError, Kind, Receipt
from alerts.channels.sms.wire import answered, never_left, retry_after, why_of
from alerts.states import State, Why

TIMEOUT = (5, 20)  # seconds to connect, seconds to answer

# What may be tried again, and what nobody knows. Every other reason is for good.
KINDS = {Why.UNAVAILABLE: Kind.TEMPORARY, Why.NO_ANSWER: Kind.UNSURE}


@dataclass(frozen=True, slots=True)
class Text:
    """What is to be texted to a number in E.164. `reference` is our name for it, `receipt_url` where its receipts go;
    both are empty where nobody waits for one.
    """

    to: str
    body: str
    reference: str = ""
    receipt_url: str = ""


@dataclass(frozen=True, slots=True)
class Account:
    """What texts for one merchant: at whom, with what credentials, and the number or name that texts come from."""

    provider: "Provider"
    credentials: Mapping[str, str] = field(repr=False)
    identity: str

    @property
    def lacks(self) -> tuple[str, ...]:
        """What is missing before it can text."""
        return self.provider.lacking(self.credentials) + (() if self.identity else ("comes from",))

    def send(self, text: Text, timeout: tuple[float, float] | None = None) -> Receipt:
        """Hand the text to the provider, within TIMEOUT unless less is given. Raises ChannelError."""
        return self.provider.send(self, text, timeout)


@dataclass(frozen=True, slots=True)
class Posted:
    """What was posted to us: at which public address, with which headers (names in any case), and the raw body."""

    url: str
    headers: Mapping[str, str]
    body: bytes


@dataclass(frozen=True, slots=True)
class Told:
    """What a receipt says became of a text; `error` is a sentence for the merchant's staff."""

    state: State
    provider_id: str
    error: str


@dataclass(frozen=True, slots=True)
class Said:
    """What a shopper texted, from and to a number in E.164. `sender` is empty for what came from no number."""

    sender: str
    to: str
    words: str


class Provider:
    """One provider's wire format. A subclass says what it is sent, and reads what it answers and posts.

    No provider of texts takes an idempotency key: what may have left is never sent again.
    """

    key = ""  # the registry's, the database's, the settings' and the addresses' spelling
    name = ""
    credentials: tuple[str, ...] = ()  # what an account is opened with
    optional: tuple[str, ...] = ()  # what it may have besides
    choices: Mapping[str, tuple[str, ...]] = {}  # credentials that are one of a few words and no secret
    signs_with = ""  # the credential with which it signs what it posts
    always_signs = True
    answers_inline = False  # a shopper is answered in the reply to the post

    taken_with, id_field = HTTPStatus.CREATED, ""
    errors: Mapping[str, Why] = {}  # its error code -> why the text does not arrive
    states: Mapping[str, State] = {}  # its status -> what that proves; the rest says no more than that it has the text

    def lacking(self, credentials: Mapping[str, str]) -> tuple[str, ...]:
        """The names of the credentials that are missing."""
        return tuple(name for name in self.credentials if not credentials.get(name))

    def flaws(self, credentials: Mapping[str, str]) -> dict[str, str]:
        """What cannot be right about these, by the credential's name: a sentence that says what to change."""
        return {
            name: _("There is no %(given)s: choose one of %(known)s.")
            % {"given": credentials[name], "known": ", ".join(known)}
            for name, known in self.choices.items()
            if credentials.get(name) and credentials[name] not in known
        }

    def request(self, account: Account, text: Text) -> dict:
        """What `requests.post` is called with. Raises ChannelError when the credentials cannot be used."""
        raise NotImplementedError(f"{type(self).__name__} must say what it is sent")

    def complaint(self, told: dict) -> tuple[str, str]:
        """The error code and the words of an answer that is no yes; "" for what it does not say."""
        raise NotImplementedError(f"{type(self).__name__} must read its errors")

    def signature(self, posted: Posted) -> str:
        """As it was posted, "" without one. The same signature is the same post."""
        raise NotImplementedError(f"{type(self).__name__} must say where it signs")

    def is_signed(self, posted: Posted, secret: str) -> bool:
        """Whether whoever posted this knows the secret."""
        raise NotImplementedError(f"{type(self).__name__} must verify what it posts")

    def read_receipt(self, posted: Posted) -> Told:
        """Raises ValueError when the body cannot be read."""
        raise NotImplementedError(f"{type(self).__name__} must read its receipts")

    def read_inbound(self, posted: Posted) -> Said:
        """Raises ValueError when the body cannot be read."""
        raise NotImplementedError(f"{type(self).__name__} must read what shoppers text")

    def send(self, account: Account, text: Text, timeout: tuple[float, float] | None = None) -> Receipt:
        return self._read(self._post(self.request(account, text), timeout or TIMEOUT))

    def told(self, status: str, provider_id: str, code: object) -> Told:
        """A receipt with this status, and an error code where there is one."""
        state = self.states.get(status.casefold(), State.SENT)
        return Told(state, provider_id, f"{self.name} reports {status or 'nothing'}, error {code or 'unknown'}.")

    def _post(self, request: dict, timeout) -> requests.Response:
        try:
            # No kept-alive connection: one that the other side has just closed would look like a text that may have
            # left.
            return requests.post(**request, timeout=timeout, allow_redirects=False)
        except ValueError as error:
            # No header or address can be made of these. What the error says of them stays here: it may be a secret.
            said = f"{self.name} cannot be asked with these credentials: there are letters in them that none has."
            raise ChannelError(said, Kind.PERMANENT, why=Why.ACCOUNT_REFUSED, detail=type(error).__name__) from None
        except requests.RequestException as error:
            if never_left(error):
                said, meant = f"{self.name} cannot be reached.", Why.UNAVAILABLE
            else:
                said, meant = f"{self.name} was given the text and did not answer.", Why.NO_ANSWER
            raise ChannelError(said, KINDS[meant], why=meant, detail=repr(error)) from error

    def _read(self, response: requests.Response) -> Receipt:
        """What the answer says. Raises ChannelError unless the text was taken."""
        told, status = answered(response), response.status_code
        if status == self.taken_with and told.get(self.id_field):
            return Receipt(str(told[self.id_field]), self.key)
        code, words = self.complaint(told)
        meant = why_of(status, self.errors.get(code))
        raise ChannelError(
            f"{self.name} answered {words or 'nothing readable'} (HTTP {status}, code {code or 'none'}).",
            KINDS.get(meant, Kind.PERMANENT),
            why=meant,
            retry_after=retry_after(response),
            detail=response.text[:2000],
        )
