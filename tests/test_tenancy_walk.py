"""Nobody sees another merchant's rows: the specification, walked by introspection.

Two shops have rows in every tenant-owned model. Alpha's texts all hold a mark. The owner of Beta, the mightiest
person who is no operator, then knocks at every door there is: whatever is answered, the mark is not in it, and
nothing of Alpha's has changed. A model, an admin, an endpoint or a page that is added later is walked without a word
here; one that nobody gave rows fails.
"""

import itertools
from datetime import time, timedelta

import pytest
from django.apps import apps
from django.contrib import admin
from django.contrib.admin.models import LogEntry
from django.contrib.contenttypes.models import ContentType
from django.db.models import ForeignKey
from django.forms.models import ModelChoiceField
from django.test import Client, RequestFactory
from django.urls import reverse
from django.utils import timezone
from rest_framework.test import APIClient

from alerts.models import (
    Alert,
    BrowserSubscription,
    ChannelRule,
    MessageText,
    Preference,
    Sender,
    Suppression,
    TriggerRule,
)
from alerts.states import State, Why
from alerts.triggers import Trigger
from carriers.models import (
    CallbackDelivery,
    CarrierAccount,
    CodeMeaning,
    Dispute,
    PushSubscription,
    UnmappedCode,
    UnmatchedNumber,
)
from offers.models import Offer
from orders.models import (
    ApiKey,
    Case,
    CaseKind,
    DeliveryRule,
    LearnedTransit,
    Membership,
    Merchant,
    MerchantDomain,
    Notice,
    NoticeKind,
    Refund,
    Role,
    StatusChange,
    WebhookDelivery,
    WebhookEndpoint,
)
from orders.services.corrections import correct_carrier
from orders.tenancy import is_tenant_owned
from orders.urls import router
from tests.builders import a_customer, a_member, a_merchant, a_product, a_scan, a_shipment, an_order, record
from tracker.dashboard import figures
from tracker.views.urls import urlpatterns as portal_patterns

OUR_APPS = ("orders", "carriers", "offers", "alerts", "tracker")
MARK = "ALPHA-SECRET"
REFUSED = (302, 403, 404)

OUR_MODELS = [model for app in OUR_APPS for model in apps.get_app_config(app).get_models()]
TENANT_OWNED = [model for model in OUR_MODELS if is_tenant_owned(model)]
ADMINS = sorted(admin.site._registry, key=lambda model: model._meta.label)
ROWS_OF_OURS = [model for model in ADMINS if is_tenant_owned(model)]


def by_label(model):
    return model._meta.label


def a_whole_shop(django_user_model, mark) -> Merchant:
    """A shop with a row in every model it can own; each free text holds the mark."""
    shop = a_merchant(f"{mark}-shop", slug=f"{mark}-slug".lower(), support_hours=f"{mark} hours")
    a_member(django_user_model, shop, Role.OWNER, username=f"{mark}-owner", email=f"{mark}@staff.example".lower())
    MerchantDomain.objects.create(merchant=shop, host=f"{mark}.portal.example".lower())
    ApiKey.issue(shop, f"{mark} key")
    customer = a_customer(shop, name=f"{mark} customer", email=f"{mark}@shopper.example".lower())
    order = an_order(shop, customer, number=f"{mark}-1001")
    a_product(shop, sku=f"{mark}-SKU", name=f"{mark} product", category=f"{mark} category")
    shipment = a_shipment(order, tracking_number=f"{mark}-PARCEL", destination_city=f"{mark} city")
    record(shipment, a_scan(description=f"{mark} scan", city=f"{mark} depot", code=mark, raw={"told": mark}))
    correct_carrier(shipment.pk, by=f"{mark} staff", number=f"{mark}-LABEL", note=f"{mark} note")
    record(shipment, a_scan(description=f"{mark} scan", city=f"{mark} depot", code=mark, raw={"told": mark}))
    Case.objects.create(merchant=shop, order=order, shipment=shipment, kind=CaseKind.DAMAGED, message=f"{mark} case")
    Refund.objects.create(merchant=shop, order=order, reference=f"{mark} refund", amount=1, currency="EUR")
    Notice.tell(shop.pk, NoticeKind.CODE_UNMAPPED, f"{mark} notice", f"{mark} detail")
    account = CarrierAccount.objects.create(
        merchant=shop, carrier="ups", credentials={"client_id": f"{mark}-id"}, last_error=f"{mark} error"
    )
    CallbackDelivery.objects.create(
        merchant=shop, account=account, digest=mark, body=f'{{"told": "{mark}"}}'.encode(), error=f"{mark} callback"
    )
    early = CallbackDelivery.objects.get(account=account)
    UnmatchedNumber.objects.create(merchant=shop, account=account, delivery=early, number=f"{mark}-early")
    UnmappedCode.objects.create(merchant=shop, carrier="ups", code=mark, description=f"{mark} words")
    PushSubscription.objects.create(merchant=shop, account=account, number=f"{mark}-push", terms=mark)
    CodeMeaning.objects.create(merchant=shop, carrier="ups", code=mark, status="exception", note=f"{mark} note")
    Dispute.objects.create(merchant=shop, account=account, text=f"{mark} dispute")
    DeliveryRule.objects.create(merchant=shop, service=f"{mark} express")
    now = timezone.now()
    LearnedTransit.objects.create(merchant=shop, model_version=f"{mark} model", learned_at=now, learned_until=now)
    webhook = WebhookEndpoint.objects.create(merchant=shop, url=f"http://127.0.0.1/{mark}", secrets=[f"{mark}-key"])
    WebhookDelivery.objects.create(
        merchant=shop, endpoint=webhook, due_at=timezone.now(), body=f'{{"told": "{mark}"}}', error=f"{mark} error"
    )
    Offer.objects.create(merchant=shop, title=f"{mark} offer", body=f"{mark} body", link="https://shop.example/")
    Alert.objects.create(
        merchant=shop,
        order=order,
        shipment=shipment,
        customer=customer,
        change=StatusChange.objects.filter(shipment=shipment).first(),
        trigger=Trigger.SHIPPED,
        channel="email",
        address=f"{mark}@alert.example".lower(),
        language="en",
        subject=f"{mark} subject",
        body_text=f"{mark} text",
        state=State.SUPPRESSED,
        reason=Why.SEEN,
    )
    BrowserSubscription.objects.create(
        merchant=shop, order=order, endpoint_digest=mark, subscription={"endpoint": mark}, language="en", wording=mark
    )
    Preference.objects.create(merchant=shop, customer=customer, unwanted=[mark])
    TriggerRule.objects.create(merchant=shop, trigger=Trigger.LATE, carriers=[f"{mark} carrier"])
    ChannelRule.objects.create(merchant=shop, channel=mark, quiet_from=time(21), quiet_until=time(8), most_a_day=3)
    Suppression.objects.create(merchant=shop, channel="email", address=f"{mark}@no.example", reason="by_staff")
    Sender.objects.create(
        merchant=shop, channel="sms", provider="twilio", identity=f"{mark} sender", credentials={"auth_token": mark}
    )
    MessageText.objects.create(
        merchant=shop, trigger=Trigger.SHIPPED, channel="email", language="en", story=f"{mark} story"
    )
    return shop


@pytest.fixture
def alpha(db, django_user_model):
    return a_whole_shop(django_user_model, MARK)


@pytest.fixture
def beta(db, django_user_model):
    return a_whole_shop(django_user_model, "BETA")


def logged_in(user) -> Client:
    client = Client()
    client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    return client


def owner_of(shop):
    return shop.memberships.get().user


@pytest.fixture
def intruder(beta):
    return logged_in(owner_of(beta))


@pytest.fixture(params=["one shop", "two shops"])
def somebody(request, beta):
    """Beta's owner, who as the owner of two shops also meets the choice between them."""
    if request.param == "two shops":
        Membership.objects.create(merchant=a_merchant("Gamma"), user=owner_of(beta), role=Role.OWNER)
    return owner_of(beta)


def rows_of(shop, model):
    return model.objects.filter(pk=shop.pk) if model is Merchant else model.objects.filter(merchant=shop)


def everything_of(shop):
    return {model: list(rows_of(shop, model).order_by("pk").values()) for model in TENANT_OWNED}


def url_of(model, page, *args):
    return reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_{page}", args=args)


def assert_tells_nothing(response, url):
    text = b"".join(response) if response.streaming else response.content
    told = text.decode("utf-8", "replace") + str(response.headers)
    assert MARK.lower() not in told.lower(), (
        f"{url} tells {told[max(0, told.lower().find(MARK.lower()) - 200) :][:500]}"
    )


# What the walk stands on


@pytest.mark.parametrize("model", OUR_MODELS, ids=by_label)
def test_every_model_of_ours_belongs_to_a_merchant(model):
    assert is_tenant_owned(model), f"{model.__name__} has no merchant: whose are its rows?"


@pytest.mark.parametrize("model", TENANT_OWNED, ids=by_label)
def test_both_shops_have_rows_of_every_model(model, alpha, beta):
    for shop in (alpha, beta):
        assert rows_of(shop, model).exists(), f"Give {model.__name__} a row in a_whole_shop()."


@pytest.mark.parametrize("model", ROWS_OF_OURS, ids=by_label)
def test_the_mark_is_there_to_be_seen_by_its_own_people(model, alpha):
    """Without this the walk could pass by looking at empty pages."""
    client = logged_in(owner_of(alpha))
    row = rows_of(alpha, model).first()
    pages = [client.get(url_of(model, "changelist")), client.get(url_of(model, "change", row.pk))]
    assert [page.status_code for page in pages] == [200, 200]
    assert all(MARK.lower() in page.content.decode().lower() for page in pages)


# The admin


@pytest.mark.parametrize("model", ADMINS, ids=by_label)
def test_lists_show_nothing_of_another_shop(model, alpha, somebody):
    client = logged_in(somebody)
    url = url_of(model, "changelist")
    # Half of the mark is searched for: the page repeats it.
    for query in ("", f"?q={MARK[:5]}", "?o=1.2.3"):
        response = client.get(url + query)
        assert response.status_code == (200 if is_tenant_owned(model) else 403)
        assert_tells_nothing(response, url + query)


@pytest.mark.parametrize("model", ROWS_OF_OURS, ids=by_label)
def test_filters_by_another_shops_rows_find_nothing(model, alpha, intruder):
    for field in model._meta.fields:
        if isinstance(field, ForeignKey) and is_tenant_owned(field.related_model):
            for pk in rows_of(alpha, field.related_model).values_list("pk", flat=True):
                url = f"{url_of(model, 'changelist')}?{field.name}__id__exact={pk}"
                assert_tells_nothing(intruder.get(url), url)


@pytest.mark.parametrize("page", ["change", "history", "delete"])
@pytest.mark.parametrize("model", ROWS_OF_OURS, ids=by_label)
def test_pages_of_another_shops_row_are_not_there(model, page, alpha, intruder):
    before = everything_of(alpha)
    for row in rows_of(alpha, model):
        url = url_of(model, page, row.pk)
        for response in (intruder.get(url), intruder.post(url, {"post": "yes", "_save": "1"})):
            assert response.status_code in REFUSED
            assert_tells_nothing(response, url)
    assert_tells_nothing(intruder.get(reverse("admin:index")), "the message on the page one is sent to")
    assert everything_of(alpha) == before


@pytest.mark.parametrize("model", [model for model in ADMINS if not is_tenant_owned(model)], ids=by_label)
def test_what_belongs_to_the_installation_is_the_operators(model, alpha, intruder):
    for page in ("changelist", "add"):
        assert intruder.get(url_of(model, page)).status_code == 403
    for row in model.objects.all():
        for page in ("change", "history", "delete"):
            assert intruder.get(url_of(model, page, row.pk)).status_code in REFUSED


@pytest.mark.parametrize("model", ROWS_OF_OURS, ids=by_label)
def test_buttons_do_nothing_to_another_shops_row(model, alpha, intruder):
    before = everything_of(alpha)
    model_admin = admin.site.get_model_admin(model)
    chosen = [str(pk) for pk in rows_of(alpha, model).values_list("pk", flat=True)]
    for name in {"delete_selected", *(name for name in model_admin.actions if isinstance(name, str))}:
        data = {"action": name, "_selected_action": chosen, "index": "0", "select_across": "1", "post": "yes"}
        response = intruder.post(url_of(model, "changelist"), data)
        assert_tells_nothing(response, f"{name} on {model.__name__}")
    for button, pk in itertools.product(model_admin._get_base_actions_detail(), chosen):
        url = reverse(f"admin:{button.action_name}", args=[pk])
        for response in (intruder.get(url), intruder.post(url, {"_form_submitted": "on"})):
            assert response.status_code in REFUSED
            assert_tells_nothing(response, url)
    assert everything_of(alpha) == before


@pytest.mark.parametrize("model", ROWS_OF_OURS, ids=by_label)
def test_add_pages_offer_nothing_of_another_shop(model, alpha, somebody):
    client, url = logged_in(somebody), url_of(model, "add")
    queries = ["", "carrier=ups", "channel=sms"]
    for field in model._meta.fields:
        if isinstance(field, ForeignKey) and is_tenant_owned(field.related_model):
            queries += [f"{field.name}={row.pk}" for row in rows_of(alpha, field.related_model)]
    for query in queries:
        response = client.get(f"{url}?{query}")
        assert response.status_code in (200, 403)
        assert_tells_nothing(response, f"{url}?{query}")


@pytest.mark.parametrize("model", ROWS_OF_OURS, ids=by_label)
def test_no_choice_of_any_form_is_another_shops(model, alpha, beta, somebody):
    request = RequestFactory().get(url_of(model, "add"))
    request.user = somebody
    model_admin = admin.site.get_model_admin(model)
    row = rows_of(beta, model).first()
    forms = [model_admin.get_form(request, row, change=True)]
    forms += [model_admin.get_form(request)] if model_admin.has_add_permission(request) else []
    forms += [formset.form for formset, _inline in model_admin.get_formsets_with_inlines(request, row)]
    choices = [field for form in forms for field in form.base_fields.values() if isinstance(field, ModelChoiceField)]
    for rows in (field.queryset for field in choices if is_tenant_owned(field.queryset.model)):
        strangers = set(rows) & set(rows_of(alpha, rows.model))
        assert not strangers, f"A form of {model.__name__} offers {strangers}"


@pytest.mark.parametrize("model", ADMINS, ids=by_label)
def test_autocomplete_finds_nothing_of_another_shop(model, alpha, intruder):
    for field in model._meta.fields:
        if isinstance(field, ForeignKey):
            asked = {"app_label": model._meta.app_label, "model_name": model._meta.model_name, "field_name": field.name}
            for term in ("", MARK, MARK.lower()):
                response = intruder.get(reverse("admin:autocomplete"), {**asked, "term": term})
                assert response.status_code in (200, 403, 404)
                assert_tells_nothing(response, f"autocomplete of {field}")


@pytest.mark.parametrize("model", TENANT_OWNED, ids=by_label)
def test_the_way_to_an_objects_page_leads_nowhere(model, alpha, intruder):
    kind = ContentType.objects.get_for_model(model)
    for row in rows_of(alpha, model):
        url = reverse("admin:view_on_site", args=[kind.pk, row.pk])
        response = intruder.get(url)
        assert response.status_code in (403, 404)
        assert_tells_nothing(response, url)


def test_front_page_search_and_history_tell_nothing(alpha, beta, intruder):
    # An entry that stayed from the time when this person worked for Alpha, too.
    kind = ContentType.objects.get_for_model(Offer)
    for user in (owner_of(alpha), owner_of(beta)):
        LogEntry.objects.create(
            user=user, content_type=kind, object_id=alpha.offers.get().pk, object_repr=f"{MARK} offer", action_flag=2
        )
    for url in (
        reverse("admin:index"),
        reverse("admin:search") + "?s=alpha",
        reverse("admin:app_list", args=["orders"]),
    ):
        response = intruder.get(url)
        assert response.status_code == 200
        assert_tells_nothing(response, url)


def test_front_page_counts_own_parcels_only(alpha, beta):
    for _more in range(7):
        a_shipment(merchant=alpha)
    counts = {str(figure.title): figure.count for figure in figures(owner_of(beta), timezone.now())}
    assert (counts["Under way"], counts["Open cases"], counts["Open notices"]) == (1, 1, 1)


# The REST API and the portal


def test_the_api_knows_nothing_of_another_shop(alpha, beta):
    _row, key = ApiKey.issue(beta, "walk")
    client = APIClient()
    client.credentials(HTTP_AUTHORIZATION=f"Bearer {key}")
    for prefix, viewset, _name in router.registry:
        url = f"/api/{prefix}/"
        response = client.get(url)
        assert response.status_code == 200
        assert_tells_nothing(response, url)
        rows = rows_of(alpha, viewset.queryset.model)
        assert rows.exists()
        for row in rows:
            url = f"/api/{prefix}/{getattr(row, viewset.lookup_field)}/"
            response = client.get(url)
            assert response.status_code == 404
            assert_tells_nothing(response, url)


@pytest.mark.parametrize("pattern", portal_patterns, ids=lambda pattern: str(pattern.pattern) or "home")
def test_pages_on_one_shops_host_know_nothing_of_another(pattern, alpha, beta):
    known = {
        "token": alpha.shipments.get().token,
        "slug": alpha.slug,
        "version": alpha.brand_version,
        "offer_id": alpha.offers.get().pk,
    }
    before = everything_of(alpha)
    url = reverse(pattern.name or pattern.callback, kwargs={name: known[name] for name in pattern.pattern.converters})
    visitor = Client(headers={"host": beta.domains.get().host})
    typed = {"number": alpha.orders.get().number, "email_or_postcode": alpha.customers.get().email}
    for response in (visitor.get(url), visitor.get(url, typed), visitor.post(url, typed)):
        if pattern.pattern.converters:
            assert response.status_code in (404, 405)
        told = response.content.decode("utf-8", "replace")
        assert known["token"] not in told
        assert f"{MARK}-shop".lower() not in told.lower()
    assert everything_of(alpha) == before


# Secrets


@pytest.mark.parametrize("model", ROWS_OF_OURS, ids=by_label)
def test_no_page_shows_a_secret_even_to_its_owner(model, alpha):
    account, sender = alpha.carrier_accounts.get(), alpha.senders.get()
    account.credentials = {"client_id": "stored-client-id", "client_secret": "stored-client-secret"}
    account.access_token, account.access_token_until = "stored-access-token", timezone.now() + timedelta(hours=1)
    account.callback_secrets = ["stored-callback-secret"]
    account.save()
    sender.credentials = {"account_sid": "stored-account-sid", "auth_token": "stored-auth-token"}
    sender.save()
    webhook = alpha.webhooks.get()
    webhook.secrets = ["stored-webhook-secret"]
    webhook.save()
    stored = [alpha.api_keys.get().digest, owner_of(alpha).password, "stored-"]
    client = logged_in(owner_of(alpha))
    urls = [url_of(model, "changelist")]
    urls += [url_of(model, page, row.pk) for row in rows_of(alpha, model) for page in ("change", "delete", "history")]
    for url in urls:
        told = client.get(url).content.decode()
        assert not [secret for secret in stored if secret in told], url
