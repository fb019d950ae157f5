"""The desks for the shop, its people, its keys, its orders, cases and notices."""

import re

import pytest

from orders.desk import LONGEST_SHOWN, badge, pretty_body, pretty_json
from orders.models import (
    ApiKey,
    Case,
    CaseKind,
    Membership,
    Merchant,
    MerchantDomain,
    Notice,
    NoticeKind,
    Order,
    Product,
    Role,
)
from orders.services.cases import answer_case, close_case, open_case
from tests.builders import a_member, a_merchant, a_product, a_shipment, an_order
from tests.staff import a_desk, as_posted, errors, logged_in, press, press_on, told, url_of


@pytest.fixture
def shop(db):
    return a_merchant()


@pytest.fixture
def owner(shop, django_user_model):
    return a_desk(django_user_model, shop, Role.OWNER, username="owner@nordlicht.example")


@pytest.fixture
def staff(shop, django_user_model):
    return a_desk(django_user_model, shop)


class TestShop:
    def save(self, client, shop, **changes):
        url = url_of(Merchant, "change", shop.pk)
        response = client.post(url, {**as_posted(client.get(url)), **changes})
        assert response.status_code == 302, errors(response)
        shop.refresh_from_db()

    def test_a_new_colour_makes_a_new_version_of_the_brand(self, shop, owner):
        self.save(owner, shop, primary_colour="#123456")
        assert (shop.primary_colour, shop.brand_version) == ("#123456", 2)

    def test_what_is_no_brand_leaves_the_version(self, shop, owner):
        self.save(owner, shop, support_phone="+358 9 123")
        assert (shop.support_phone, shop.brand_version) == ("+358 9 123", 1)

    def test_texts_are_kept_for_each_language(self, shop, owner):
        self.save(owner, shop, support_hours_en="Mon to Fri 9–17", support_hours_fi="ma–pe 9–17")
        assert (shop.support_hours_en, shop.support_hours_fi) == ("Mon to Fri 9–17", "ma–pe 9–17")

    def test_a_colour_that_is_none_says_how_to_write_one(self, shop, owner):
        url = url_of(Merchant, "change", shop.pk)
        response = owner.post(url, {**as_posted(owner.get(url)), "primary_colour": "red;}"})
        assert errors(response)["primary_colour"] == ["Write a colour as # and six digits, such as #1a7f5a."]

    def test_the_short_name_and_the_hosts_are_the_operators(self, shop, owner):
        url = url_of(Merchant, "change", shop.pk)
        page = owner.get(url)
        self.save(owner, shop, slug="other", **{"domains-TOTAL_FORMS": "1", "domains-0-host": "portal.test"})
        assert 'name="slug"' not in page.content.decode()
        assert shop.slug != "other"
        assert not MerchantDomain.objects.exists()

    def test_the_operator_gives_the_shop_a_host(self, shop, django_user_model):
        client = logged_in(django_user_model.objects.create_superuser("operator"))
        changes = {"domains-TOTAL_FORMS": "1", "domains-0-host": "track.nordlicht.example"}
        self.save(client, shop, **changes)
        assert shop.domains.get().host == "track.nordlicht.example"

    def test_the_page_leads_to_the_portal(self, shop, owner):
        page = owner.get(url_of(Merchant, "change", shop.pk)).content.decode()
        assert f'href="https://portal.test/find/{shop.slug}/"' in page


class TestPeople:
    def test_somebody_new_gets_an_account_and_a_first_password(self, shop, owner, django_user_model):
        added = {"email": "Maija@nordlicht.example", "role": Role.STAFF}
        response = owner.post(url_of(Membership, "add"), added, follow=True)
        password = re.search(r"shown only now: (\S+)", " ".join(told(response))).group(1)
        user = django_user_model.objects.get(email="Maija@nordlicht.example")
        assert user.is_staff
        assert not user.is_superuser
        assert user.check_password(password)
        assert user.memberships.get().merchant == shop

    def test_somebody_known_elsewhere_keeps_the_account(self, shop, owner, django_user_model):
        user = a_member(django_user_model, a_merchant("Südwind"), email="liisa@somewhere.example")
        response = owner.post(
            url_of(Membership, "add"), {"email": "LIISA@somewhere.example", "role": Role.VIEWER}, follow=True
        )
        assert "shown only now" not in " ".join(told(response))
        assert user.memberships.get(merchant=shop).role == Role.VIEWER

    def test_nobody_works_here_twice(self, shop, owner, django_user_model):
        a_member(django_user_model, shop, email="liisa@nordlicht.example")
        response = owner.post(url_of(Membership, "add"), {"email": "liisa@nordlicht.example", "role": Role.OWNER})
        assert errors(response)["email"] == ["This person works here already: change their role instead."]

    def test_an_e_mail_is_asked_for(self, owner):
        response = owner.post(url_of(Membership, "add"), {"role": Role.OWNER})
        assert errors(response)["email"] == ["Write the e-mail of the person who is to work here."]

    def test_the_last_owner_stays_an_owner(self, shop, owner):
        seat = shop.memberships.get()
        response = owner.post(url_of(Membership, "change", seat.pk), {"role": Role.STAFF})
        assert errors(response)["role"] == ["This is the shop's only owner: make somebody else an owner first."]
        assert owner.post(url_of(Membership, "delete", seat.pk), {"post": "yes"}).status_code == 403

    def test_one_of_two_owners_may_go(self, shop, owner, django_user_model):
        a_member(django_user_model, shop, Role.OWNER)
        seat = shop.memberships.get(user__username="owner@nordlicht.example")
        assert owner.post(url_of(Membership, "change", seat.pk), {"role": Role.STAFF}).status_code == 302
        seat.refresh_from_db()
        assert seat.role == Role.STAFF

    def test_accounts_are_the_operators(self, owner, django_user_model):
        assert owner.get(url_of(django_user_model, "changelist")).status_code == 403
        operator = logged_in(django_user_model.objects.create_superuser("operator"))
        assert operator.get(url_of(django_user_model, "changelist")).status_code == 200


class TestKeys:
    def test_a_new_key_is_shown_once_and_works(self, shop, owner, client):
        response = owner.post(url_of(ApiKey, "add"), {"name": "Shop system"}, follow=True)
        key = re.search(r"ds_\S+", " ".join(told(response))).group()
        assert client.get("/api/orders/", headers={"Authorization": f"Bearer {key}"}).status_code == 200
        row = shop.api_keys.get()
        for page in (url_of(ApiKey, "changelist"), url_of(ApiKey, "change", row.pk)):
            told_later = owner.get(page).content.decode()
            assert key not in told_later
            assert row.digest not in told_later

    def test_a_revoked_key_is_kept_and_opens_nothing(self, shop, owner, client):
        row, key = ApiKey.issue(shop, "Old system")
        assert told(press(owner, ApiKey, "revoke", row)) == ["1 key was revoked."]
        assert client.get("/api/orders/", headers={"Authorization": f"Bearer {key}"}).status_code == 401
        assert shop.api_keys.get().revoked_at

    def test_another_shops_key_is_not_revoked(self, owner):
        row, _key = ApiKey.issue(a_merchant("Südwind"), "Theirs")
        press(owner, ApiKey, "revoke", row)
        row.refresh_from_db()
        assert row.revoked_at is None

    def test_staff_make_and_revoke_none(self, shop, staff):
        row, _key = ApiKey.issue(shop, "Shop system")
        assert staff.get(url_of(ApiKey, "add")).status_code == 403
        press(staff, ApiKey, "revoke", row)
        row.refresh_from_db()
        assert row.revoked_at is None


class TestOrders:
    def test_an_order_is_found_by_the_start_of_its_number_and_by_its_shopper(self, shop, staff):
        order = an_order(shop, number="N-1001")
        an_order(shop, number="N-2002")
        for term in ("n-10", order.customer.email.upper()):
            found = staff.get(url_of(Order, "changelist"), {"q": term}).context["cl"].result_list
            assert list(found) == [order]

    def test_an_order_shows_its_parcels_with_a_way_to_each(self, shop, staff):
        shipment = a_shipment(an_order(shop), tracking_number="JD42")
        page = staff.get(url_of(Order, "change", shipment.order.pk)).content.decode()
        assert "JD42" in page
        assert url_of(type(shipment), "change", shipment.pk) in page

    @pytest.mark.parametrize("rows", [3, 30])
    def test_the_list_asks_the_same_number_of_questions_however_long_it_is(
        self, rows, shop, staff, django_assert_max_num_queries
    ):
        for _row in range(rows):
            an_order(shop)
        with django_assert_max_num_queries(11):
            staff.get(url_of(Order, "changelist"))


class TestProducts:
    def test_a_products_texts_are_kept_for_each_language(self, shop, staff):
        product = a_product(shop)
        url = url_of(Product, "change", product.pk)
        posted = {**as_posted(staff.get(url)), "name_en": "Linen lamp", "name_fi": "Pellavalamppu", "care_fi": "Pyyhi."}
        assert staff.post(url, posted).status_code == 302
        product.refresh_from_db()
        assert (product.name_en, product.name_fi, product.care_fi) == ("Linen lamp", "Pellavalamppu", "Pyyhi.")

    def test_there_is_a_tab_for_each_language(self, shop, staff):
        page = staff.get(url_of(Product, "add")).content.decode()
        for language in ("English", "Finnish", "German", "Arabic"):
            assert re.search(rf">\s*{language}\s*<", page), language


class TestCasesAndNotices:
    @pytest.fixture
    def case(self, shop):
        return open_case(an_order(shop), CaseKind.MISSING, "It never came.")

    def test_a_case_that_staff_note_is_told_like_any_other(self, shop, staff):
        order, url = an_order(shop), url_of(Case, "add")
        staff.post(url, {"kind": "damaged", "order": order.pk, "message": "She called."})
        case = shop.cases.get()
        assert (case.order, case.message) == (order, "She called.")
        assert news_of(case) == ["opened"]

    def test_an_answer_is_told_once(self, case, staff):
        url = url_of(Case, "change", case.pk)
        for _ in range(2):
            staff.post(url, {**as_posted(staff.get(url)), "answer": "We look for it."})
        case.refresh_from_db()
        assert (case.answer, case.message) == ("We look for it.", "It never came.")
        assert news_of(case) == ["opened", "answered"]

    def test_an_answer_is_not_taken_back(self, case, staff):
        answer_case(case.pk, "We look for it.")
        url = url_of(Case, "change", case.pk)
        assert "answer" in errors(staff.post(url, {**as_posted(staff.get(url)), "answer": ""}))
        assert news_of(case) == ["opened", "answered"]

    def test_what_the_shopper_wrote_is_not_rewritten(self, case, staff):
        staff.post(url_of(Case, "change", case.pk), {"message": "It came.", "kind": "return", "answer": "Good."})
        case.refresh_from_db()
        assert (case.message, case.kind, case.answer) == ("It never came.", "missing", "Good.")

    def test_a_closed_case_is_only_read(self, case, staff):
        close_case(case.pk)
        staff.post(url_of(Case, "change", case.pk), {"answer": "Too late."})
        assert news_of(case) == ["opened", "closed"]

    def test_cases_are_closed_by_a_button_those_of_others_are_not(self, case, staff):
        theirs = open_case(an_order(a_merchant("Südwind")), CaseKind.MISSING)
        assert told(press(staff, Case, "close", case, theirs)) == ["1 case was closed."]
        assert (news_of(case), news_of(theirs)) == (["opened", "closed"], ["opened"])

    def test_a_case_is_closed_on_its_page(self, case, staff):
        press_on(staff, case, "close_this")
        assert news_of(case) == ["opened", "closed"]

    def test_a_viewer_neither_answers_nor_closes(self, case, shop, django_user_model):
        viewer = a_desk(django_user_model, shop, Role.VIEWER)
        viewer.post(url_of(Case, "change", case.pk), {"answer": "Hm."})
        press(viewer, Case, "close", case)
        press_on(viewer, case, "close_this")
        assert news_of(case) == ["opened"]

    def test_a_parcel_of_another_order_is_refused(self, shop, staff):
        parcel = a_shipment(an_order(shop))
        sent = {"kind": "damaged", "order": an_order(shop).pk, "shipment": parcel.pk}
        assert "shipment" in errors(staff.post(url_of(Case, "add"), sent))
        assert not Case.objects.exists()

    def test_a_notice_is_settled_once(self, shop, staff):
        Notice.tell(shop.pk, NoticeKind.CODE_UNMAPPED, "UPS: X9", "Held by dog")
        notice = shop.notices.get()
        assert told(press(staff, Notice, "settle", notice)) == ["1 notice was settled."]
        assert told(press(staff, Notice, "settle", notice)) == ["0 notices were settled."]

    def test_a_viewer_settles_nothing(self, shop, django_user_model):
        Notice.tell(shop.pk, NoticeKind.CODE_UNMAPPED, "UPS: X9")
        press(a_desk(django_user_model, shop, Role.VIEWER), Notice, "settle", shop.notices.get())
        assert shop.notices.get().settled_at is None


def news_of(case) -> list[str]:
    return list(case.changes.order_by("id").values_list("new", flat=True))


class TestWhatCarriersSentIsReadSafely:
    def test_json_is_indented_and_escaped(self):
        shown = pretty_json({"told": "<script>alert(1)</script>", "city": "Jyväskylä"})
        assert "<script>" not in shown
        assert "&lt;script&gt;alert(1)&lt;/script&gt;" in shown
        assert "{\n  &quot;told&quot;" in shown
        assert "Jyväskylä" in shown

    @pytest.mark.parametrize(
        ("body", "shown"),
        [
            (b'{"a":1}', "{\n  &quot;a&quot;: 1\n}"),
            (b"<Track><b>x</b></Track>", "&lt;Track&gt;&lt;b&gt;x&lt;/b&gt;&lt;/Track&gt;"),
            (b"\xff\xfe<i>", "\\xff\\xfe&lt;i&gt;"),
            (b"[" * 100_000, "[[[["),
        ],
    )
    def test_a_body_is_json_or_text_and_never_markup(self, body, shown):
        assert shown in pretty_body(body)

    def test_a_long_body_is_cut(self):
        assert len(pretty_body(b"x" * 1_000_000)) < LONGEST_SHOWN + 1000

    def test_nothing_is_a_dash(self):
        assert pretty_json({}) == "–"

    def test_a_badge_escapes_its_words(self):
        assert "&lt;b&gt;" in badge("<b>", "danger")
