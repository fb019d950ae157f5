"""A walk through the running demo over HTTP, as a shopper, a merchant and a carrier would: one line a step."""

import re
import time
from collections.abc import Callable

import requests

from alerts.states import Why
from tracker.sample.stage import Stage

PATIENCE = 60  # seconds in which everything must have happened after the start
BREATH = 0.5


class Walk:
    """`run()` takes every step, also after one that failed, and returns how many failed."""

    def __init__(self, stage: Stage, say: Callable[[str], None]):
        self.stage, self.say = stage, say
        self.shops = {shop["slug"]: shop for shop in stage.sample["shops"]}
        self.parts = {(parcel["shop"], parcel["part"]): parcel for parcel in stage.sample["parcels"] if parcel["part"]}

    def run(self) -> int:
        failed = 0
        for step in STEPS:
            began = time.monotonic()
            try:
                found, verdict = step(self), "ok  "
            except (AssertionError, requests.RequestException, LookupError) as error:
                found, verdict = str(error) or type(error).__name__, "FAIL"
                failed += 1
            self.say(f"{verdict} {step.__doc__.strip()} — {found} ({time.monotonic() - began:.1f} s)")
        return failed

    # As a shopper

    def two_brands(self) -> str:
        """Shopper opens two tracking pages: each in its shop's brand"""
        pages = [self.page(self.parts[shop, "moves by callback"]) for shop in self.shops]
        themes = [re.search(r'href="(/theme/[^"]+)"', page)[1] for page in pages]
        sheets = [requests.get(f"{self.stage.url}{theme}", timeout=10).text for theme in themes]
        check(sheets[0] != sheets[1], "both shops wear the same colours")
        for shop, page in zip(self.shops.values(), pages, strict=True):
            check(shop["name"] in page, f"{shop['name']} does not stand on its page")
        return " and ".join(themes)

    def languages(self) -> str:
        """Shopper reads the page in their own language, Arabic from right to left"""
        finnish = self.page(self.parts["kotiranta", "found at risk"])
        arabic = self.page(self.parts["kotiranta", "found at risk too"])
        check('lang="fi"' in finnish and 'dir="ltr"' in finnish, "the Finnish page is not Finnish")
        check('lang="ar"' in arabic and 'dir="rtl"' in arabic, "the Arabic page is not Arabic")
        return "fi, and ar with dir=rtl"

    def look_up(self) -> str:
        """Shopper finds a parcel by order number and e-mail, and not with a wrong one"""
        parcel = self.parts["kotiranta", "moves by callback"]
        found = self.find(parcel["order"], parcel["email"])
        check(found.url.endswith(parcel["page"]), f"the look-up led to {found.url}")
        wrong = self.find(parcel["order"], "stranger@shopper.example")
        none = requests.get(f"{self.stage.url}/t/nobody-has-this-token/", timeout=10)
        check((wrong.status_code, none.status_code) == (404, 404), f"a stranger got {wrong.status_code}")
        return "found, and 404 for a stranger and a wrong link"

    # As the carrier

    def callback_moves(self) -> str:
        """Carrier pushes a verified callback: the parcel is out for delivery"""
        told = []
        for shop in self.shops:
            parcel = self.parts[shop, "moves by callback"]
            self.wait_for(parcel, lambda now: now["status"] == "out_for_delivery")
            log = requests.get(f"{self.stage.carrier_url}/_sandbox/log", timeout=10).text
            check(parcel["number"] in log, f"no push of {parcel['number']} in the carrier's log")
            told.append(parcel["number"])
        return ", ".join(told)

    def repeats_are_harmless(self) -> str:
        """Carrier pushes the same again: nothing is told twice"""
        parcel = self.parts["kotiranta", "moves by callback"]
        before = self.parcel_now(parcel)["events"]
        push = {"carrier": "dhl-unified", "number": parcel["number"]}
        pushed = requests.post(f"{self.stage.carrier_url}/_sandbox/push", json=push, timeout=10).json()
        time.sleep(3 * BREATH)
        after = self.parcel_now(parcel)["events"]
        check(pushed["queued"] == 1 and after == before, f"{len(before)} scans became {len(after)}")
        return f"{len(after)} scans before and after"

    def poll_moves(self) -> str:
        """Carrier is polled: a parcel is on its way"""
        parcel = self.parts["kotiranta", "moves by poll"]
        moved = self.wait_for(parcel, lambda now: now["status"] == "in_transit")
        return f"{parcel['number']}, {len(moved['events'])} scans, promise {moved['promise']['latest']}"

    def handshake_and_forgery(self) -> str:
        """Carrier's forged, unreadable and oversized callbacks are refused with a reason"""
        callback = self.shops["kotiranta"]["callbacks"][0]
        url = f"{self.stage.url}{callback['path']}"
        forged = requests.post(url, data=b'{"scope": "subscription.push", "shipments": []}', timeout=10)
        headers = {"DHL-Hook-Token": callback["secret"]}
        unreadable = requests.post(url, data=b"<html>", headers=headers, timeout=10)
        oversized = requests.post(url, data=b"x" * 1_000_001, headers=headers, timeout=10)
        nowhere = requests.post(f"{self.stage.url}/callbacks/dhl-unified/guess/", data=b"{}", timeout=10)
        answers = [answer.status_code for answer in (forged, unreadable, oversized, nowhere)]
        check(answers == [400, 400, 413, 404], f"answered {answers}")
        return forged.json()["error"]

    # As the shopper again

    def found_at_risk(self) -> str:
        """Promise is found at risk"""
        parcel = self.parts["kotiranta", "found at risk"]
        now = self.wait_for(parcel, lambda now: now["risk"]["state"] == "at_risk")
        return f"{parcel['number']}: probability {now['risk']['probability']:.2f}, {now['risk']['reason']}"

    def email_arrives(self) -> str:
        """Shopper gets an e-mail about it, in Finnish"""
        mail = self.wait_for_message("mail", self.parts["kotiranta", "found at risk"])
        check("List-Unsubscribe" in str(mail), "the e-mail cannot be unsubscribed from")
        return f"“{mail['subject']}”"

    def text_arrives(self) -> str:
        """Shopper gets a text about it, and its receipt comes back"""
        parcel = self.parts["kotiranta", "found at risk"]
        self.wait_for_message("phone", parcel)
        delivered = self.until(lambda: "delivered" in str(self.messages("phone", parcel)))
        check(delivered, "no receipt said that it was delivered")
        return f"“{self.messages('phone', parcel)[0]['body']}”"

    def stop_is_heard(self) -> str:
        """Shopper texts STOP: the shop's staff see that the phone is not written to any more"""
        phone = self.parts["kotiranta", "found at risk"]["phone"]
        said = {"phone": phone, "body": "STOP"}
        answer = requests.post(f"{self.stage.inbox_url}/_sandbox/reply", json=said, timeout=10).json()
        check(answer == {"status": 200}, f"STOP was answered {answer}")
        listed = self.log_in("kotiranta").get(f"{self.stage.url}/admin/alerts/suppression/", timeout=30).text
        check(phone in listed, f"{phone} is not among the suppressed addresses")
        return phone

    def arabic_email_arrives(self) -> str:
        """Another shopper gets theirs in Arabic"""
        mail = self.wait_for_message("mail", self.parts["radwerk", "found at risk too"])
        check(re.search("[\u0600-\u06ff]", mail["subject"]), f"the subject is {mail['subject']!r}")
        return f"“{mail['subject']}”"

    def nothing_twice(self) -> str:
        """Nobody got the same message twice"""
        mails = [(mail["to"], mail["subject"], mail["text"]) for mail in self.inbox("mail")]
        twice = len(mails) - len({str(mail) for mail in mails})
        check(twice == 0, f"{twice} e-mails came twice")
        return f"{len(mails)} e-mails, each once"

    # As the merchant

    def own_rows_only(self) -> str:
        """Merchant logs in to the admin and sees their own parcels only"""
        staff = self.log_in("kotiranta")
        listed = staff.get(f"{self.stage.url}/admin/orders/shipment/", timeout=30).text
        own, other = (self.parts[shop, "moves by callback"]["number"] for shop in ("kotiranta", "radwerk"))
        check(
            own in staff.get(f"{self.stage.url}/admin/orders/shipment/?q={own}", timeout=30).text,
            f"{own} is not listed",
        )
        check(other not in listed, f"{other} of the other shop is listed")
        found = staff.get(f"{self.stage.url}/admin/orders/shipment/?q={other}", timeout=30).text
        check(f">{other}<" not in found, f"{other} of the other shop was found")
        return f"{own} is there, {other} is not"

    def messages_explained(self) -> str:
        """Merchant sees each message in the log, sent or not and why"""
        staff = self.log_in("kotiranta")
        log = staff.get(f"{self.stage.url}/admin/alerts/alert/", timeout=30)
        email = self.parts["kotiranta", "found at risk"]["email"]
        check(log.status_code == 200 and email in log.text, f"no message to {email} in the log")
        return f"{email} stands in the log"

    def choices_are_a_click_away(self) -> str:
        """Shopper opens the page of the choices from the e-mail: in Finnish, and no address in full"""
        parcel = self.parts["kotiranta", "found at risk"]
        link = re.search(r'href="([^"]+/messages/choices/[^"]+)"', self.messages("mail", parcel)[0]["html"])[1]
        page = requests.get(link, timeout=10)
        check(page.status_code == 200 and 'lang="fi"' in page.text, f"the page answered {page.status_code}")
        check(parcel["email"] not in page.text, f"{parcel['email']} stands on a page that may be passed on")
        return "found, and the address is shown in part"

    def one_click_is_kept(self) -> str:
        """Shopper unsubscribes with one click: the next e-mail is not sent, and the log says why"""
        parcel = self.parts["kotiranta", "found at risk"]
        link = self.messages("mail", parcel)[0]["headers"]["List-Unsubscribe"].strip("<>")
        clicked = requests.post(link, data={"List-Unsubscribe": "One-Click"}, timeout=10)
        check(clicked.status_code == 200, f"the click was answered {clicked.status_code}")
        self.tell("kotiranta", f"orders/{parcel['order']}/refunds/", reference="R-1", amount="5.00")
        staff, why = self.log_in("kotiranta"), Why.UNSUBSCRIBED
        log = f"{self.stage.url}/admin/alerts/alert/?trigger__exact=refunded&reason__exact={why}&q={parcel['order']}"
        is_there = self.until(lambda: parcel["email"] in staff.get(log, timeout=30).text)
        check(is_there, f"no message about the refund stands in the log as not sent: {why.label}")
        return f"“{why.label}”"

    def in_time(self) -> str:
        """All of it happened within a minute of the start"""
        took = time.monotonic() - self.stage.started_at
        check(took <= PATIENCE, f"it took {took:.0f} s")
        check(not self.stage.crashed(), f"{self.stage.crashed()} stopped by itself")
        return f"{took:.0f} s"

    # What the steps share

    def page(self, parcel: dict) -> str:
        answer = requests.get(f"{self.stage.url}{parcel['page']}", timeout=10)
        check(answer.status_code == 200, f"{parcel['page']} answered {answer.status_code}")
        return answer.text

    def find(self, order: str, email: str) -> requests.Response:
        browser = requests.Session()
        url = f"{self.stage.url}/find/kotiranta/"
        form = browser.get(url, timeout=10).text
        said = {"number": order, "email_or_postcode": email, "csrfmiddlewaretoken": _csrf(form)}
        return browser.post(url, data=said, headers={"Referer": url}, timeout=10)

    def parcel_now(self, parcel: dict) -> dict:
        """What the API says of the parcel."""
        token = parcel["page"].strip("/").split("/")[-1]
        key = self.shops[parcel["shop"]]["api_key"]
        answer = requests.get(
            f"{self.stage.url}/api/shipments/{token}/", headers={"Authorization": f"Bearer {key}"}, timeout=10
        )
        answer.raise_for_status()
        return answer.json()

    def tell(self, shop: str, path: str, **news: str) -> None:
        """Tell the API as the shop's own system would."""
        key = {"Authorization": f"Bearer {self.shops[shop]['api_key']}"}
        requests.post(f"{self.stage.url}/api/{path}", json=news, headers=key, timeout=10).raise_for_status()

    def wait_for(self, parcel: dict, happened: Callable[[dict], bool]) -> dict:
        check(
            self.until(lambda: happened(self.parcel_now(parcel))),
            f"{parcel['number']} is still {self.parcel_now(parcel)['status']}",
        )
        return self.parcel_now(parcel)

    def inbox(self, kind: str) -> list[dict]:
        return requests.get(f"{self.stage.inbox_url}/{kind}.json", timeout=10).json()

    def messages(self, kind: str, parcel: dict) -> list[dict]:
        """The messages that carry the link to the parcel's page."""
        return [message for message in self.inbox(kind) if parcel["page"] in str(message)]

    def wait_for_message(self, kind: str, parcel: dict) -> dict:
        check(self.until(lambda: self.messages(kind, parcel)), f"nothing about {parcel['order']} came by {kind}")
        return self.messages(kind, parcel)[0]

    def until(self, happened: Callable[[], bool]) -> bool:
        """Wait until it has happened, at the latest until the minute is over."""
        while not (so := happened()) and time.monotonic() - self.stage.started_at < PATIENCE:
            time.sleep(BREATH)
        return bool(so)

    def log_in(self, username: str) -> requests.Session:
        browser = requests.Session()
        url = f"{self.stage.url}/admin/login/?next=/admin/"
        form = browser.get(url, timeout=30).text
        said = {
            "username": username,
            "password": self.stage.sample["password"],
            "csrfmiddlewaretoken": _csrf(form),
        }
        answer = browser.post(url, data=said, headers={"Referer": url}, timeout=30)
        check(answer.url.endswith("/admin/"), f"the log-in of {username} led to {answer.url}")
        return browser


STEPS = (
    Walk.two_brands,
    Walk.languages,
    Walk.look_up,
    Walk.handshake_and_forgery,
    Walk.callback_moves,
    Walk.repeats_are_harmless,
    Walk.poll_moves,
    Walk.found_at_risk,
    Walk.email_arrives,
    Walk.text_arrives,
    Walk.stop_is_heard,
    Walk.arabic_email_arrives,
    Walk.nothing_twice,
    Walk.own_rows_only,
    Walk.messages_explained,
    Walk.choices_are_a_click_away,
    Walk.one_click_is_kept,
    Walk.in_time,
)


def check(is_so, otherwise: str) -> None:
    """Raise AssertionError with these words unless it is so."""
    if not is_so:
        raise AssertionError(otherwise)


def _csrf(form: str) -> str:
    return re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', form)[1]
