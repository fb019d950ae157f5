"""The desk for offers: rules are checked before a shopper meets them."""

import pytest

from offers.models import Offer, Phase
from tests.builders import a_merchant
from tests.staff import a_desk, as_posted, errors, url_of


@pytest.fixture
def shop(db):
    return a_merchant()


@pytest.fixture
def staff(shop, django_user_model):
    return a_desk(django_user_model, shop)


OFFER = {
    "title_en": "Oil for your lamp",
    "title_fi": "Öljyä lamppuusi",
    "link": "https://shop.example/oil",
    "phases": [Phase.ARRIVED],
    "countries": "fi, se",
    "languages": ["fi", "en"],
    "categories": "lamps, oil lamps",
    "starts_at_0": "2026-03-02",
    "starts_at_1": "09:00:00",
    "priority": "5",
    "active": "on",
}


def test_an_offer_is_kept_with_its_rules_and_its_languages(shop, staff):
    response = staff.post(url_of(Offer, "add"), OFFER)
    assert response.status_code == 302, errors(response)
    offer = shop.offers.get()
    assert (offer.title_en, offer.title_fi) == ("Oil for your lamp", "Öljyä lamppuusi")
    assert (offer.phases, offer.countries) == (["arrived"], ["FI", "SE"])
    assert (sorted(offer.languages), offer.categories) == (["en", "fi"], ["lamps", "oil lamps"])


def test_a_page_saved_untouched_changes_nothing(shop, staff):
    staff.post(url_of(Offer, "add"), OFFER)
    before = Offer.objects.values().get()
    url = url_of(Offer, "change", shop.offers.get().pk)
    assert staff.post(url, as_posted(staff.get(url))).status_code == 302
    assert Offer.objects.values().get() == before


@pytest.mark.parametrize(
    ("told", "field", "message"),
    [
        ({"link": "javascript:alert(1)"}, "link", ""),
        ({"link": "ftp://shop.example/oil"}, "link", "Write a whole address that begins with https://."),
        ({"image": "http://shop.example/oil.png"}, "image", "A picture's address begins with https://."),
        ({"countries": "FI, Sweden"}, "countries", "“SWEDEN” is no country: write two letters each, such as FI, SE."),
        ({"phases": ["late"]}, "phases", "Select a valid choice"),
        ({"languages": ["da"]}, "languages", "Select a valid choice"),
    ],
)
def test_a_wrong_rule_says_what_to_change(told, field, message, staff):
    response = staff.post(url_of(Offer, "add"), {**OFFER, **told})
    assert message in errors(response)[field][0]
    assert not Offer.objects.exists()


def test_an_offer_that_ends_before_it_starts_is_refused(staff):
    ends = {"ends_at_0": "2026-03-01", "ends_at_1": "09:00:00"}
    assert "offer_ends_after_start" in str(errors(staff.post(url_of(Offer, "add"), {**OFFER, **ends})))
