import pytest
from django.utils import timezone

from alerts import planning, tasks
from alerts.models import Alert
from alerts.states import State
from orders.statuses import Status
from tests.alerts.stories import a_parcel
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


def test_the_sweep_plans_and_sends_what_nobody_was_woken_for(inbox):
    now = timezone.now()
    shipment = a_shipment(now=now)
    record(shipment, a_scan(Status.OUT_FOR_DELIVERY), now=now - planning.FORGOTTEN_AFTER)
    tasks.sweep()
    assert len(inbox.mailbox.all()) == 1
    assert len(inbox.phones.all()) == 1
    tasks.sweep()
    assert len(inbox.mailbox.all()) == 1
