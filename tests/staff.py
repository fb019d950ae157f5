"""People of a shop at their desks, for the tests of the admin."""

from django.contrib.messages import get_messages
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from orders.models import Role
from tests.builders import a_member
from tracker.middleware import clock_of


def logged_in(user) -> Client:
    client = Client()
    client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    return client


def a_desk(django_user_model, merchant, role=Role.STAFF, **kw) -> Client:
    """The admin as somebody with this role at this merchant sees it."""
    return logged_in(a_member(django_user_model, merchant, role, **kw))


def url_of(model, page, *args) -> str:
    return reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_{page}", args=args)


def press(client, model, name, *rows):
    """Choose rows in the list and press a button; the page that follows."""
    chosen = {"action": name, "_selected_action": [str(row.pk) for row in rows]}
    return client.post(url_of(model, "changelist"), chosen, follow=True)


def press_on(client, row, name, **form):
    """Press a button on a row's page, and submit its dialog."""
    url = reverse(f"admin:{row._meta.app_label}_{row._meta.model_name}_{name}", args=[row.pk])
    return client.post(url, {"_form_submitted": "on", **form}, follow=True)


def told(response) -> list[str]:
    """What the page said in its messages."""
    return [str(message) for message in get_messages(response.wsgi_request)] or [
        str(message) for message in response.context["messages"]
    ]


def errors(response) -> dict:
    return response.context["adminform"].form.errors


def as_posted(response) -> dict:
    """What a browser would send from this add or change page if nobody touched it."""
    with timezone.override(clock_of(response.wsgi_request.user)):
        return _as_shown(response)


def _as_shown(response) -> dict:
    form = response.context["adminform"].form
    formsets = [inline.formset for inline in response.context["inline_admin_formsets"]]
    fields = [bound for part in (form, *(f.management_form for f in formsets)) for bound in part]
    fields += [bound for formset in formsets for row in formset.forms for bound in row]
    return {name: value for bound in fields for name, value in _inputs(bound)}


def _inputs(bound):
    """The names and values of a field's inputs, several for a date with its time."""
    widget, value = bound.field.widget, bound.value()
    parts = getattr(widget, "widgets", None) or getattr(getattr(widget, "widget", None), "widgets", None)
    if bound.field.disabled or (value is None and not parts):
        return []
    if parts:
        values = widget.decompress(value)
        return [(f"{bound.html_name}_{n}", "" if v is None else str(v)) for n, v in enumerate(values)]
    if isinstance(value, bool):
        return [(bound.html_name, "on")] if value else []
    return [(bound.html_name, value if isinstance(value, list) else str(value))]
