"""What the sandbox writes and what the adapters read, written apart from each other, must mean the same parcel.

Both sides speak over real HTTP. Where they differ, the carrier's documentation decides which of the two is changed.
"""

from datetime import date, time, timedelta

import pytest

from carriers.base import Callback, Headers, MemoryTokens, Parcel
from carriers.errors import CallbackRejected, CarrierRefused, CarrierUnavailable, NumberNotFound, UnreadablePayload
from carriers.http import HttpTransport
from carriers.registry import carrier_class
from carriers.sandbox import plots
from carriers.sandbox.lives import Place, events_at, promise_at, status_at
from carriers.sandbox.pushing import State
from orders.headline import derive
from orders.reasons import Reason
from orders.statuses import FINAL, Status
from orders.windows import PromisedWindow
from tests.carriers.sandbox.conftest import NUMBERS, START, route

UTRECHT = Place("Utrecht", "3511", "NL")
# Each carrier, and each of DHL's divisions that is played.
VOICES = {
    "parcel-de": {"carrier": "dhl-unified", "service": "parcel-de"},
    "parcel-nl": {"carrier": "dhl-unified", "service": "parcel-nl", "destination": UTRECHT},
    "ups": {"carrier": "ups"},
    "fedex": {"carrier": "fedex"},
}
voices = pytest.mark.parametrize("voice", VOICES)
stories = pytest.mark.parametrize("plot", plots.PLOTS)

TROUBLES = [
    (plots.late, Reason.MISSORTED),
    (plots.late, Reason.CARRIER_DELAY),
    (plots.late, Reason.WEATHER),
    (plots.late, Reason.DAMAGED),
    (plots.customs_hold, Reason.CUSTOMS_HELD),
    (plots.customs_hold, Reason.CUSTOMS_DOCUMENTS),
    (plots.attempt_failed, Reason.RECIPIENT_ABSENT),
    (plots.returned_to_sender, Reason.REFUSED),
    (plots.address_problem, Reason.ADDRESS_INCORRECT),
]
# A carrier that has no code or words of its own for a reason tells a lesser one, or none.
UNTOLD = {
    ("parcel-nl", Reason.CUSTOMS_DOCUMENTS),
    ("parcel-nl", Reason.WEATHER),
    ("parcel-nl", Reason.REFUSED),
    ("parcel-de", Reason.RECIPIENT_ABSENT),  # it says that the recipient was notified, not of what
}


def adapter_for(sandbox, carrier):
    account = {"api_key": "a-key", "client_id": "an-id", "client_secret": "a-secret"}
    return carrier_class(carrier)(
        account, send=HttpTransport(carrier), tokens=MemoryTokens(), base_url=sandbox.base_url(carrier)
    )


def read(adapter, number):
    """The one update the adapter reads in the sandbox's reply."""
    (update,) = adapter.parse(adapter.fetch([Parcel(number)])[number], number)
    return update


def moments(life, clock):
    """Every instant at which something happens, one after the other."""
    for moment in life.moments:
        clock.now = life.instant(moment)
        yield moment


def play(sandbox, voice, plot, **details):
    life = plot(route(**VOICES[voice]), **details)
    sandbox.add(life)
    return life, adapter_for(sandbox, life.carrier)


@voices
@stories
def test_the_headline_is_the_lifes_status_at_every_moment(sandbox, clock, voice, plot):
    life, adapter = play(sandbox, voice, plots.PLOTS[plot])
    told, lived = [], []
    for _ in moments(life, clock):
        told.append(derive(read(adapter, life.number).events).status)
        lived.append(status_at(life, clock()))
    assert told == lived


@voices
@stories
def test_every_scan_is_read_once_at_its_instant(sandbox, clock, voice, plot):
    life, adapter = play(sandbox, voice, plots.PLOTS[plot])
    for _ in moments(life, clock):
        told = sorted(event.occurred_at for event in read(adapter, life.number).events)
        assert told == [scan.at for scan in events_at(life, clock())]


@voices
@pytest.mark.parametrize(("plot", "reason"), TROUBLES, ids=lambda value: getattr(value, "__name__", value))
def test_the_reason_is_the_lifes_where_the_carrier_has_words_for_it(sandbox, clock, voice, plot, reason):
    if (voice, reason) in UNTOLD:
        pytest.skip(f"{voice} has no words of its own for {reason.value}")
    life, adapter = play(sandbox, voice, plot, reason=reason)
    clock.now = life.instant(next(moment for moment in life.moments if moment.reason))
    assert derive(read(adapter, life.number).events).reason is reason


@voices
@stories
def test_the_window_is_the_carriers_promise_until_the_parcel_has_arrived(sandbox, clock, voice, plot):
    life, adapter = play(sandbox, voice, plots.PLOTS[plot])
    for moment in moments(life, clock):
        window = read(adapter, life.number).window
        if moment.status in FINAL:
            assert window is None
        else:
            assert window.days() == promise_at(life, clock()).days()


@voices
def test_the_hours_of_a_promise_are_read_as_they_were_made(sandbox, voice):
    journey = route(**VOICES[voice])
    promised = PromisedWindow(date(2026, 3, 5), date(2026, 3, 5), time(13, 15), time(17, 45))
    life = journey.life(journey.label(), journey.at(9, Status.IN_TRANSIT, promised=promised))
    sandbox.add(life)
    window = read(adapter_for(sandbox, life.carrier), life.number).window
    assert (window.days(), window.from_time, window.to_time) == (promised.days(), time(13, 15), time(17, 45))


@voices
def test_the_places_are_the_lifes(sandbox, clock, voice):
    life, adapter = play(sandbox, voice, plots.delivered)
    update = read(adapter, life.number)
    newest, oldest = (pick(update.events, key=lambda event: event.occurred_at) for pick in (max, min))
    for told, lived in (
        (update.origin, life.origin),
        (update.destination, life.destination),
        (newest.location, life.destination),
        (oldest.location, life.origin),
    ):
        assert (told.city.casefold(), told.postcode, told.country) == (
            lived.city.casefold(),
            lived.postcode,
            lived.country,
        )


@voices
def test_nothing_the_sandbox_writes_is_an_unmapped_code(sandbox, voice):
    for plot in plots.PLOTS.values():
        life, adapter = play(sandbox, voice, plot)
        assert adapter.unmapped_codes(read(adapter, life.number)) == []


@voices
@stories
def test_a_push_is_verified_and_tells_the_very_scan_of_the_poll(sandbox, clock, voice, plot):
    life, adapter = play(sandbox, voice, plots.PLOTS[plot])
    wire = sandbox.wire(life.carrier)
    for _ in moments(life, clock):
        push = wire.push(life, events_at(life, clock())[-1], secret="a-secret", address="http://dhl.test/s")
        callback = Callback(push.body, Headers(push.headers), secrets=("another", "a-secret"))
        adapter.verify_callback(callback)
        (update,) = adapter.parse_callback(callback)
        (event,) = update.events
        polled = {each.key: each for each in read(adapter, life.number).events}
        assert update.number == life.number
        assert polled[event.key].status is event.status


@voices
def test_a_push_with_another_accounts_secret_is_rejected(sandbox, clock, voice):
    life, adapter = play(sandbox, voice, plots.delivered)
    push = sandbox.wire(life.carrier).push(life, events_at(life, clock())[-1], secret="theirs", address="")
    with pytest.raises(CallbackRejected, match="header is not"):
        adapter.verify_callback(Callback(push.body, Headers(push.headers), secrets=("ours",)))


def test_dhls_handshake_is_completed_by_the_adapter(sandbox, clock, listener):
    _, adapter = play(sandbox, "parcel-de", plots.delivered)
    clock.now = START
    listener.on_receive = lambda received: adapter.handshake(Callback(received.body, received.headers))
    assert sandbox.subscribe("dhl-unified", listener.url, "a-secret").state is State.ACTIVE
    clock.forward(hours=9)
    pushed = listener.wait_for(3)[-1]
    (update,) = adapter.parse_callback(Callback(pushed.body, pushed.headers))
    assert [event.status for event in update.events] == [Status.IN_TRANSIT]


FAULTS = [
    ("429", CarrierUnavailable, 429),
    ("500", CarrierUnavailable, 500),
    ("503", CarrierUnavailable, 503),
    ("html", UnreadablePayload, 200),
    ("half", UnreadablePayload, 200),
]


@voices
@pytest.mark.parametrize(("kind", "error", "status"), FAULTS)
def test_a_fault_is_read_as_what_it_is(sandbox, voice, kind, error, status):
    life, adapter = play(sandbox, voice, plots.delivered)
    sandbox.fault(life.carrier, kind, seconds=17)
    with pytest.raises(error) as raised:
        read(adapter, life.number)
    assert raised.value.reply.status == status
    assert raised.value.retry_after == (17 if kind == "429" else None)
    assert read(adapter, life.number).events


@voices
def test_a_carrier_that_hangs_up_is_unavailable(sandbox, voice):
    life, adapter = play(sandbox, voice, plots.delivered)
    sandbox.fault(life.carrier, "timeout", seconds=0.1)
    with pytest.raises(CarrierUnavailable, match="no answer"):
        read(adapter, life.number)


@voices
def test_a_number_without_a_scan_is_not_found(sandbox, clock, voice):
    life, adapter = play(sandbox, voice, plots.delivered)
    clock.now = START - timedelta(seconds=1)
    with pytest.raises(NumberNotFound):
        read(adapter, life.number)


@pytest.mark.parametrize("carrier", NUMBERS)
def test_a_refused_account_is_told_apart(sandbox, carrier):
    adapter = adapter_for(sandbox, carrier)
    adapter.account = dict.fromkeys(adapter.account, "refused")
    with pytest.raises(CarrierRefused):
        read(adapter, NUMBERS[carrier])


@pytest.mark.parametrize("carrier", ["ups", "fedex"])
def test_a_token_is_asked_for_once_and_renewed_when_it_expired(sandbox, clock, carrier):
    life, adapter = play(sandbox, carrier, plots.delivered)
    for _ in range(3):
        read(adapter, life.number)
    clock.forward(hours=5)
    read(adapter, life.number)
    asked = [call.path for call in sandbox.ledger.calls if call.path == sandbox.wire(carrier).token_path]
    assert len(asked) == 2
