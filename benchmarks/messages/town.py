"""Three shops, their shoppers in every language, and the providers that take what they are told.

Import once Django is set up.
"""

import base64
import json
import re
import secrets
from collections import defaultdict
from collections.abc import Iterator
from datetime import datetime

import time_machine
from django.conf import settings
from django.utils import translation

from alerts import delivery, planning
from alerts.channels import push
from alerts.channels.sms.channel import Sms
from alerts.models import Alert, Sender, TriggerRule
from alerts.sandbox.inbox import SandboxInbox
from alerts.sentences import SENTENCES, Sentences
from alerts.states import WAITING
from alerts.texts.segments import segments
from alerts.triggers import Trigger
from benchmarks.messages.happenings import PLACED, STORIES, Life, an_order_of
from orders.models import Merchant, StatusChange
from tests.alerts.accounts import ACCOUNTS
from tests.alerts.browsers import subscribed_to
from tests.alerts.conftest import mailers
from tests.builders import a_merchant, a_product
from tests.orders.webhooks.receiver import Receiver

VARIABLE = re.compile(r"%\(\w+\)s")
EVERYWHERE = ["email", "sms", "push", "webhook"]
# The shop of this account writes by every channel, the others text only.
WITH_ALL = "twilio"


class Town:
    """`parts` are those of each language's texts, `largest` the bytes of the largest e-mail. A context manager."""

    languages = [key for key, _name in settings.LANGUAGES]

    def __init__(self):
        self.inbox, self.system = SandboxInbox(receipt_pace=0), Receiver()
        self.parts: dict[str, list[int]] = defaultdict(list)
        self.largest, self._number = 0, 1000
        self._browsers = {}

    def __enter__(self):
        self.inbox.start()
        self.system.__enter__()
        settings.SANDBOX_SMS_URL, settings.MAILERS = self.inbox.url, mailers(self.inbox.smtp_port)
        settings.SITE_URL = "http://127.0.0.1:9"  # nobody listens there: the providers' receipts are lost
        settings.VAPID_PRIVATE_KEY, settings.VAPID_SUBJECT = push.new_private_key(), "mailto:orders@portal.test"
        self.shops = {key: _shop(key, EVERYWHERE if key == WITH_ALL else ["sms"]) for key in ACCOUNTS}
        secret = "whsec_" + base64.b64encode(secrets.token_bytes(32)).decode()
        Sender.objects.create(
            merchant=self.shops[WITH_ALL],
            channel="webhook",
            provider="webhook",
            credentials={"url": self.system.url, "secret": secret},
        )
        return self

    def __exit__(self, *exception):
        self.system.__exit__(*exception)
        self.inbox.stop()

    def tell(self, trigger: Trigger, shown: list[str]) -> dict[tuple[str, str], str]:
        """Let it happen to everybody; by channel and language what stood in the way, "" where nothing did."""
        off = [each for each in Trigger if not each.manners.is_on and each is not trigger]
        TriggerRule.objects.update(is_on=True)
        TriggerRule.objects.filter(trigger__in=off).update(is_on=False)
        with time_machine.travel(PLACED):
            lives = [(shop, self._life(shop, key)) for shop in self.shops for key in self.languages]
        settle(PLACED)
        for wait, act in STORIES[trigger]:
            moment = PLACED + wait
            send_until(moment)
            with time_machine.travel(moment):
                for _shop_key, life in lives:
                    act(life, moment)
            settle(moment)
        came = dict(self._read(trigger, lives, shown))
        self.inbox.clear()
        self.system.received.clear()
        return came

    def _life(self, shop: str, language: str) -> Life:
        self._number += 1
        life = an_order_of(self.shops[shop], language, self._number)
        if shop == WITH_ALL:
            browser = self._browsers[life.order.pk] = self.inbox.browsers.new()
            subscribed_to(life.parcel, browser, language=language)
        return life

    def _read(self, trigger: Trigger, lives, shown: list[str]) -> Iterator[tuple[tuple[str, str], str]]:
        for shop, life in lives:
            for channel in ("email", shop, "push", "webhook") if shop == WITH_ALL else (shop,):
                way = "sms" if channel in self.shops else channel
                came = getattr(self, f"_by_{way}")(life)
                if life.language in shown and way in ("email", "sms") and shop == WITH_ALL:
                    print("\n".join(f"~~ {trigger} {way} {life.language}: {' | '.join(words)}" for words in came))
                yield (channel, life.language), _problem(trigger, way, life, came)

    def _by_email(self, life: Life) -> list[tuple[str, ...]]:
        mails = [mail for mail in self.inbox.mailbox.all() if mail.recipients == (life.order.customer.email,)]
        self.largest = max([self.largest, *(len(mail.message.as_bytes()) for mail in mails)])
        way = "rtl" if life.language == "ar" else "ltr"
        right = f'<html lang="{life.language}" dir="{way}">'
        return [(mail.subject, mail.text) for mail in mails if right in mail.html]

    def _by_sms(self, life: Life) -> list[tuple[str, ...]]:
        phone = life.order.customer.phone.as_e164
        texts = [text.body for text in self.inbox.phones.all() if text.to == phone and not text.inbound]
        self.parts[life.language] += [segments(text).parts for text in texts]
        return [(text,) for text in texts]

    def _by_push(self, life: Life) -> list[tuple[str, ...]]:
        shown = self._browsers[life.order.pk].shown.values()
        return [(told["title"], told["body"]) for told in shown if told["lang"] == life.language]

    def _by_webhook(self, life: Life) -> list[tuple[str, ...]]:
        told = [json.loads(received.body)["data"] for received in self.system.received]
        return [(each["subject"], each["text"]) for each in told if each["order"] == life.order.number]


def settle(moment: datetime) -> None:
    """Plan and send what is to be said now."""
    with time_machine.travel(moment):
        planning.plan_all(
            list(StatusChange.objects.filter(planned_at=None).order_by("pk").values_list("pk", flat=True))
        )
        while delivery.deliver_due():
            pass


def send_until(end: datetime) -> None:
    """Send what falls due until then, each at its time."""
    waiting = Alert.objects.filter(state__in=WAITING, due_at__lte=end).order_by("due_at")
    while first := waiting.first():
        settle(first.due_at)


def _shop(provider: str, ways: list[str]) -> Merchant:
    shop = a_merchant(slug=provider, support_phone="+358 9 123 4567", postal_address="Puutie 1, 00100 Helsinki")
    Sender.objects.create(
        merchant=shop, channel="sms", provider=provider, identity="+15005550006", credentials=ACCOUNTS[provider]
    )
    TriggerRule.objects.bulk_create(TriggerRule(merchant=shop, trigger=trigger, channels=ways) for trigger in Trigger)
    guide = "https://shop.example/guide"
    care = "Wipe it with a dry cloth."
    a_product(shop, sku="LAMP", setup_guide=guide, care=care, warranty="Two parts.", warranty_months=12)
    return shop


# What of the sentences each channel must have said, and in which part of the message.
SAYS = {
    "email": (("subject", 0), ("headline", 1), ("story", 1)),
    "sms": (("short", 0),),
    "push": (("headline", 0), ("story", 1)),
    "webhook": (("subject", 0), ("short", 1)),
}


def _problem(trigger: Trigger, way: str, life: Life, came: list[tuple[str, ...]]) -> str:
    """What stood in the way; "" if one of the messages that came says it in the shopper's language."""
    sentence = SENTENCES[trigger]
    if not _is_translated(sentence, way, life.language):
        return "not translated"
    if any(_says(sentence, way, life.language, words) for words in came):
        return ""
    rows = Alert.objects.filter(order=life.order, trigger=trigger, channel=way)
    row = rows.order_by("-pk").first()
    return f"{row.get_state_display()}. {row.get_reason_display()} {row.error}" if row else "nobody planned it"


def _is_translated(sentence: Sentences, way: str, language: str) -> bool:
    return language == "en" or all(
        _in(language, sentence, name) != _in("en", sentence, name) for name, _at in SAYS[way]
    )


def _says(sentence: Sentences, way: str, language: str, words: tuple[str, ...]) -> bool:
    return all(_pieces(_in(language, sentence, name), way, words[at]) for name, at in SAYS[way])


def _pieces(sentence: str, way: str, text: str) -> bool:
    """The text has all of the sentence, but for its variables."""
    pieces = (piece.strip() for piece in VARIABLE.split(sentence))
    said = Sms().tidy(text)
    return bool(text.strip()) and all(Sms().tidy(piece) in said for piece in pieces)


def _in(language: str, sentence: Sentences, name: str) -> str:
    with translation.override(language):
        return str(getattr(sentence, name))
