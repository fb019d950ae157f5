"""Roles, and whose rows a form may touch. What people see of other shops is walked in tests/test_tenancy_walk.py."""

import pytest
from django.contrib import admin
from django.contrib.auth.models import AnonymousUser

from orders.models import Case, CaseKind, Customer, Membership, Merchant, Order, Product, Role
from orders.tenancy import ReadOnlyAdmin, changeable, is_tenant_owned, merchants_of, roles_of, scoped
from tests.builders import a_customer, a_member, a_merchant, a_product, a_shipment, an_order
from tests.staff import a_desk, as_posted, errors, logged_in, url_of


@pytest.fixture
def shop(db):
    return a_merchant()


@pytest.fixture
def other(db):
    return a_merchant("Südwind")


def somebody_of_both(django_user_model, shop, other, role=Role.STAFF):
    """Staff of one shop and something at another."""
    user = a_member(django_user_model, shop)
    Membership.objects.create(merchant=other, user=user, role=role)
    return user


class TestScopes:
    def test_people_see_the_rows_of_the_shops_they_work_for(self, shop, other, django_user_model):
        mine, _theirs = a_product(shop), a_product(other)
        user = a_member(django_user_model, shop)
        assert list(scoped(Product.objects.all(), user)) == [mine]
        assert list(scoped(Merchant.objects.all(), user)) == [shop]

    def test_the_operator_sees_all(self, shop, other, django_user_model):
        a_product(shop), a_product(other)
        user = django_user_model.objects.create_superuser("operator")
        assert scoped(Product.objects.all(), user).count() == changeable(Product.objects.all(), user).count() == 2

    @pytest.mark.parametrize("superuser", [True, False])
    def test_who_was_switched_off_sees_nothing(self, superuser, shop, django_user_model):
        user = a_member(django_user_model, shop)
        user.is_active, user.is_superuser = False, superuser
        assert not merchants_of(user).exists()
        assert not scoped(Merchant.objects.all(), user).exists()
        assert not changeable(Merchant.objects.all(), user).exists()

    def test_a_stranger_sees_nothing(self, shop, django_user_model):
        user = django_user_model.objects.create_user("nobody", is_staff=True)
        assert roles_of(user) == {}
        assert not scoped(Merchant.objects.all(), user).exists()
        assert not merchants_of(AnonymousUser()).exists()

    def test_who_may_only_look_at_a_shop_changes_nothing_there(self, shop, other, django_user_model):
        user = somebody_of_both(django_user_model, shop, other, Role.VIEWER)
        mine, seen = a_product(shop), a_product(other)
        assert set(scoped(Product.objects.all(), user)) == {mine, seen}
        assert list(changeable(Product.objects.all(), user)) == [mine]


MODELS_OF_SHOPS = sorted(
    (model for model in admin.site._registry if is_tenant_owned(model)), key=lambda m: m._meta.label
)


class TestRoles:
    @pytest.mark.parametrize("model", MODELS_OF_SHOPS, ids=lambda model: model._meta.label)
    def test_a_viewer_changes_nothing_at_all(self, model, shop, django_user_model, rf):
        request = rf.get("/")
        request.user = a_member(django_user_model, shop, Role.VIEWER)
        model_admin = admin.site.get_model_admin(model)
        row = shop if model is Merchant else model(merchant=shop)
        assert model_admin.has_view_permission(request, row)
        for right in ("add", "change", "delete", "act"):
            assert not getattr(model_admin, f"has_{right}_permission")(request), right
        for right in ("change", "delete", "act"):
            assert not getattr(model_admin, f"has_{right}_permission")(request, row), right
        assert model_admin.get_actions(request) == {}
        for inline in model_admin.get_inline_instances(request, row):
            assert not inline.has_add_permission(request, row)
            assert not inline.has_change_permission(request, row)
            assert not inline.has_delete_permission(request, row)

    def test_a_viewer_reads_a_page_and_cannot_post_it(self, shop, django_user_model):
        product = a_product(shop, name="Linen lamp")
        client = a_desk(django_user_model, shop, Role.VIEWER)
        url = url_of(Product, "change", product.pk)
        page = client.get(url)
        assert page.status_code == 200
        assert 'name="_save"' not in page.content.decode()
        assert client.post(url, {"sku": "CHANGED"}).status_code == 403
        assert client.get(url_of(Product, "add")).status_code == 403
        assert Product.objects.get().sku == product.sku

    def test_staff_of_one_shop_who_only_look_at_another_cannot_post_there(self, shop, other, django_user_model):
        client = logged_in(somebody_of_both(django_user_model, shop, other, Role.VIEWER))
        theirs = a_product(other)
        assert client.get(url_of(Product, "change", theirs.pk)).status_code == 200
        assert client.post(url_of(Product, "change", theirs.pk), {"sku": "CHANGED"}).status_code == 403

    @pytest.mark.parametrize(
        ("role", "app", "may_change"),
        [
            (Role.OWNER, "orders.merchant", True),
            (Role.STAFF, "orders.merchant", False),
            (Role.OWNER, "orders.membership", True),
            (Role.STAFF, "orders.membership", False),
            (Role.OWNER, "carriers.carrieraccount", True),
            (Role.STAFF, "carriers.carrieraccount", False),
            (Role.OWNER, "alerts.sender", True),
            (Role.STAFF, "alerts.sender", False),
            (Role.STAFF, "orders.product", True),
            (Role.STAFF, "offers.offer", True),
        ],
    )
    def test_owners_run_the_shop_and_staff_its_work(self, role, app, may_change, shop, django_user_model, rf):
        request = rf.get("/")
        request.user = a_member(django_user_model, shop, role)
        model_admin = next(desk for model, desk in admin.site._registry.items() if model._meta.label_lower == app)
        row = shop if model_admin.model is Merchant else model_admin.model(merchant=shop)
        assert model_admin.has_change_permission(request, row) is may_change

    def test_only_the_operator_adds_and_deletes_shops(self, shop, django_user_model):
        client = a_desk(django_user_model, shop, Role.OWNER)
        assert client.get(url_of(Merchant, "add")).status_code == 403
        assert client.get(url_of(Merchant, "delete", shop.pk)).status_code == 403

    def test_logs_are_never_written_by_people(self, rf, django_user_model):
        request = rf.get("/")
        request.user = django_user_model(is_superuser=True)
        logs = [desk for desk in admin.site._registry.values() if isinstance(desk, ReadOnlyAdmin)]
        assert {desk.model.__name__ for desk in logs} >= {
            "Shipment",
            "Alert",
            "CallbackDelivery",
            "UnmappedCode",
            "Notice",
        }
        assert not any(desk.has_change_permission(request) for desk in logs)


class TestWhoseRowIsMade:
    def product(self, **kw):
        return {"sku": "LAMP", "name_en": "Linen lamp", **kw}

    def test_the_only_shop_is_not_asked_for(self, shop, django_user_model):
        client = a_desk(django_user_model, shop)
        page = client.get(url_of(Product, "add"))
        assert 'name="merchant"' not in page.content.decode()
        client.post(url_of(Product, "add"), self.product())
        assert Product.objects.get().merchant == shop

    def test_a_shop_that_is_posted_all_the_same_is_overlooked(self, shop, other, django_user_model):
        client = a_desk(django_user_model, shop)
        client.post(url_of(Product, "add"), self.product(merchant=other.pk))
        assert Product.objects.get().merchant == shop

    def test_who_works_for_several_chooses(self, shop, other, django_user_model):
        client = logged_in(somebody_of_both(django_user_model, shop, other))
        url = url_of(Product, "add")
        assert "This field is required" in str(errors(client.post(url, self.product())))
        client.post(url, self.product(merchant=other.pk))
        assert Product.objects.get().merchant == other

    def test_who_works_for_several_cannot_choose_a_third(self, shop, other, django_user_model):
        client = logged_in(somebody_of_both(django_user_model, shop, other))
        response = client.post(url_of(Product, "add"), self.product(merchant=a_merchant("Alpha").pk))
        assert "Select a valid choice" in str(errors(response)["merchant"])
        assert not Product.objects.exists()

    def test_a_shop_where_one_only_looks_cannot_be_chosen(self, shop, other, django_user_model):
        client = logged_in(somebody_of_both(django_user_model, shop, other, Role.VIEWER))
        client.post(url_of(Product, "add"), self.product(merchant=other.pk))
        assert Product.objects.get().merchant == shop

    def test_a_row_stays_with_its_shop(self, shop, other, django_user_model):
        client = logged_in(somebody_of_both(django_user_model, shop, other))
        product = a_product(shop)
        response = client.post(url_of(Product, "change", product.pk), self.product(sku="NEW", merchant=other.pk))
        assert response.status_code == 302
        product.refresh_from_db()
        assert (product.sku, product.merchant) == ("NEW", shop)

    def test_what_must_be_unique_in_a_shop_is_an_error_in_the_form(self, shop, other, django_user_model):
        client = a_desk(django_user_model, shop)
        a_product(shop, sku="LAMP"), a_product(other, sku="CHAIR")
        response = client.post(url_of(Product, "add"), self.product())
        assert "already exists" in str(errors(response))
        assert client.post(url_of(Product, "add"), self.product(sku="CHAIR")).status_code == 302

    def test_what_must_be_unique_is_checked_when_a_row_is_changed_too(self, shop, django_user_model):
        a_product(shop, sku="LAMP")
        chair = a_product(shop, sku="CHAIR")
        client = a_desk(django_user_model, shop)
        response = client.post(url_of(Product, "change", chair.pk), self.product())
        assert "already exists" in str(errors(response))


class TestStrangersInForms:
    def case(self, **kw):
        return {"kind": CaseKind.DAMAGED, "opened_at_0": "2026-03-02", "opened_at_1": "09:00:00", **kw}

    def test_another_shops_order_is_no_choice(self, shop, other, django_user_model):
        client = a_desk(django_user_model, shop)
        response = client.post(url_of(Case, "add"), self.case(order=an_order(other).pk))
        assert "Select a valid choice" in str(errors(response)["order"])
        assert not Case.objects.exists()

    def test_two_shops_of_one_person_are_not_mixed(self, shop, other, django_user_model):
        client = logged_in(somebody_of_both(django_user_model, shop, other))
        theirs = an_order(other, number="T-1")
        response = client.post(url_of(Case, "add"), self.case(order=theirs.pk, merchant=shop.pk))
        assert "“T-1” belongs to another merchant: choose one of Nordlicht." in str(errors(response)["order"])

    def test_nor_by_the_operator(self, shop, other, django_user_model):
        client = logged_in(django_user_model.objects.create_superuser("operator"))
        response = client.post(url_of(Case, "add"), self.case(order=an_order(other).pk, merchant=shop.pk))
        assert "belongs to another merchant" in str(errors(response)["order"])

    def test_nor_in_the_rows_inside_a_page(self, shop, other, django_user_model):
        client = logged_in(somebody_of_both(django_user_model, shop, other))
        order, theirs = an_order(shop), a_product(other, name="Their lamp")
        url = url_of(Order, "change", order.pk)
        posted = {**as_posted(client.get(url)), "items-0-product": theirs.pk}
        response = client.post(url, posted)
        assert response.status_code == 200
        assert "“Their lamp” belongs to another merchant: choose one of Nordlicht." in response.content.decode()

    def test_a_new_row_inside_a_page_belongs_to_the_pages_shop(self, shop, django_user_model):
        client = a_desk(django_user_model, shop)
        order, lamp = an_order(shop), a_product(shop)
        url = url_of(Order, "change", order.pk)
        posted = as_posted(client.get(url))
        posted |= {"items-TOTAL_FORMS": "2", "items-1-product": lamp.pk, "items-1-quantity": "3", "items-1-price": "1"}
        assert client.post(url, posted).status_code == 302
        assert {(item.merchant, item.quantity) for item in order.items.all()} == {(shop, 1), (shop, 3)}

    def test_a_parcel_of_another_order_does_not_belong_to_the_case(self, shop, django_user_model):
        client = a_desk(django_user_model, shop)
        order, parcel = an_order(shop, number="N-1"), a_shipment(an_order(shop), tracking_number="JD1")
        response = client.post(url_of(Case, "add"), self.case(order=order.pk, shipment=parcel.pk))
        assert "Parcel JD1 does not belong to order N-1: choose one of its own, or none." in str(errors(response))

    def test_deleting_by_the_list_reaches_own_rows_only(self, shop, other, django_user_model):
        client = a_desk(django_user_model, shop, Role.OWNER)
        mine, theirs = a_customer(shop), a_customer(other)
        chosen = {"action": "delete_selected", "_selected_action": [mine.pk, theirs.pk], "post": "yes"}
        client.post(url_of(Customer, "changelist"), chosen)
        assert list(Customer.objects.all()) == [theirs]
