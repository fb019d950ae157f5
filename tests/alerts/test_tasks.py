import pytest
from django.utils import timezone

from alerts import delivery, planning, tasks
from alerts.models import Alert
from alerts.states import State, Why
from orders.models import Shipment
from orders.statuses import Status
from tests.alerts.stories import NOW, a_parcel, news
from tests.builders import a_scan, a_shipment, record

pytestmark = pytest.mark.django_db


@pytest.fixture
def woken(monkeypatch):
    """What the broker was given, in order: (task, arguments)."""
    given = []
    for task in (tasks.plan_changes, tasks.deliver):
        monkeypatch.setattr(task, "delay", lambda *args, name=task.name: given.append((name, args)))
    return given


def test_recorded_changes_wake_a_planner_after_the_commit(woken, django_capture_on_commit_callbacks):
    shipment = a_parcel()
    with django_capture_on_commit_callbacks(execute=True):
        changes = record(shipment, a_scan(Status.OUT_FOR_DELIVERY))
        assert woken == []
    assert woken == [("alerts.tasks.plan_changes", ([change.pk for change in changes],))]


def test_one_piece_of_news_is_planned_and_sent_without_another_wake(woken, inbox):
    shipment = a_parcel()
    changes = record(shipment, a_scan(Status.OUT_FOR_DELIVERY))
    tasks.plan_changes([change.pk for change in changes])
    assert len(inbox.mailbox.all()) == len(inbox.phones.all()) == 1
    assert woken == []


def test_of_many_messages_each_of_the_rest_wakes_a_worker(woken, inbox):
    changes = [change for _ in range(3) for change in record(a_parcel(), a_scan(Status.OUT_FOR_DELIVERY))]
    tasks.plan_changes([change.pk for change in changes])
    waiting = sorted(Alert.objects.filter(state=State.QUEUED).values_list("pk", flat=True))
    assert woken == [("alerts.tasks.deliver", (pk,)) for pk in waiting]
    assert (len(inbox.mailbox.all()), len(inbox.phones.all()), len(waiting)) == (2, 2, 2)


class TestTheFirstMessageThatItsPlannerSends:
    """It is stored as claimed: what the planner finds there is its own, and a sweep leaves it alone."""

    @pytest.fixture
    def planned(self):
        return planning.plan_all([news(a_parcel(), Status.OUT_FOR_DELIVERY).pk], NOW, to_send=True)

    def test_is_claimed_and_the_others_are_not(self, planned):
        stored = Alert.objects.order_by("pk").values_list("channel", "state", "attempts", "due_at")
        assert [*stored] == [("email", State.SENDING, 1, NOW + delivery.LEASE), ("sms", State.QUEUED, 0, NOW)]

    def test_is_the_only_one_of_several_changes(self):
        changes = [news(a_parcel(), Status.OUT_FOR_DELIVERY).pk for _ in range(2)]
        planning.plan_all(changes, NOW, to_send=True)
        assert Alert.objects.filter(state=State.SENDING).count() == 1

    def test_is_sent_by_nobody_else_and_once(self, planned, inbox):
        assert not delivery.deliver(planned[0].pk, NOW)
        assert delivery.deliver_due(now=NOW) == 1
        assert inbox.mailbox.all() == []
        assert delivery.deliver_planned(planned[0], NOW)
        assert len(inbox.mailbox.all()) == 1
        assert Alert.objects.get(channel="email").state == State.SENT

    def test_costs_a_planner_that_dies_one_lease(self, planned, inbox):
        due = NOW + delivery.LEASE
        delivery.reap(due)
        delivery.deliver_due(now=due)
        assert len(inbox.mailbox.all()) == 1

    def test_is_judged_once_more_when_the_planner_comes_to_it_late(self, planned, inbox):
        Shipment.objects.update(status=Status.DELIVERED)
        assert delivery.deliver_planned(planned[0], NOW + 2 * delivery.JUST_NOW)
        mail = Alert.objects.get(channel="email")
        assert (mail.state, mail.reason) == (State.SUPPRESSED, Why.OVERTAKEN)
        assert inbox.mailbox.all() == []


def test_the_sweep_plans_and_sends_what_nobody_was_woken_for(inbox):
    now = timezone.now()
    shipment = a_shipment(now=now)
    record(shipment, a_scan(Status.OUT_FOR_DELIVERY), now=now - planning.FORGOTTEN_AFTER)
    tasks.sweep()
    assert len(inbox.mailbox.all()) == 1
    assert len(inbox.phones.all()) == 1
    tasks.sweep()
    assert len(inbox.mailbox.all()) == 1
