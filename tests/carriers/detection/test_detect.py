import json
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from hypothesis import given
from hypothesis import strategies as st

from carriers.detection import detect
from carriers.detection.checksums import ALPHANUMERIC
from carriers.detection.formats import FORMS, POSTS
from carriers.management.commands.detect_carrier import counted, published
from carriers.registry import ADAPTERS

PUBLISHED = Path(__file__).resolve().parents[4] / "shared" / "data" / "tracking_numbers"
needs_published = pytest.mark.skipif(not PUBLISHED.is_dir(), reason=f"the published numbers are not at {PUBLISHED}")
COURIERS = sorted(path.stem for path in PUBLISHED.glob("*.json"))


def couriers(number, **known):
    return [candidate.courier for candidate in detect(number, **known)]


def printed(*arguments):
    told = StringIO()
    call_command("detect_carrier", *arguments, stdout=told)
    return told.getvalue()


class TestPublishedNumbers:
    @needs_published
    def test_the_right_courier_is_first_for_95_of_100_and_in_the_top_three_for_99(self):
        rows = [counted(PUBLISHED / f"{courier}.json") for courier in COURIERS]
        valid, first, top, _invalid, _refused = map(sum, zip(*rows, strict=True))
        assert valid > 100
        assert first >= 0.95 * valid
        assert top >= 0.99 * valid

    @needs_published
    @pytest.mark.parametrize("courier", COURIERS)
    def test_every_invalid_number_is_refused(self, courier):
        _valid, invalid = published(PUBLISHED / f"{courier}.json")
        assert {number: couriers(number) for number in invalid} == {number: [] for number in invalid}

    @needs_published
    def test_every_published_form_is_known(self):
        known = {form.courier for form in FORMS}
        assert set(COURIERS) <= known


# Forms as the carriers describe them, with serials of ours and right check digits.
OTHERS = {
    "JJFI65000000000000011": "posti",
    "364300000000000017": "posti",
    "00373500000000000017": "postnord",
    "370700000000000014": "bring",
    "70700000000000013": "bring",
    "3SABCD123456789": "postnl",
    "00340434000000000017": "dhl",
    "JJD000390000000000001": "dhl",
    "H1000000000000000001": "hermes-de",
    "990000000000000001": "swiss-post",
    "323200000000000000000017": "bpost",
    "6A12345678901": "laposte",
    "PQ43B40700000000128019W": "correos",
    "612345678901234567890123": "inpost",
    "H01HYA0012345678": "evri",
    "SF1234567890123": "sf-express",
    "JT1234567890123": "jt-express",
    "NVSGABC123456": "ninja-van",
    "4PX3000123456789CN": "4px",
    "MH123456789": "matkahuolto",
}


class TestOtherForms:
    @pytest.mark.parametrize("number", OTHERS)
    def test_a_number_of_this_form_is_known_first(self, number):
        assert couriers(number)[:1] == [OTHERS[number]]

    @pytest.mark.parametrize("country", POSTS)
    def test_an_s10_number_leads_to_the_post_of_its_country(self, country):
        first, *_others = detect(f"RB123456785{country}")
        assert (first.courier, first.carriers, first.checksum) == ("s10", POSTS[country], True)

    def test_every_key_is_an_adapter_of_ours(self):
        keys = {key for form in FORMS for key in form.carriers} | {key for keys in POSTS.values() for key in keys}
        assert keys <= set(ADAPTERS)


class TestRanking:
    def test_the_merchants_own_carrier_comes_first_where_several_fit(self):
        number = "287809468872"  # fits FedEx's check digit and Purolator's
        assert set(couriers(number)) >= {"fedex", "purolator"}
        assert couriers(number, own=["fedex"])[0] == "fedex"

    def test_a_form_that_says_little_counts_for_the_merchants_own_carrier_only(self):
        assert "gls" not in couriers("12345678901")
        assert "gls" in couriers("12345678901", own=["gls"])

    def test_the_destination_decides_between_domestic_couriers(self):
        number = "JJD0002257639032011"
        assert detect(number, destination="GB")[0].confidence > detect(number, destination="US")[0].confidence

    def test_a_wrong_check_digit_is_no_candidate(self):
        assert couriers("1Z5R89390357567127")[0] == "ups"
        assert couriers("1Z5R89390357567128") == []

    def test_an_s10_number_of_no_country_is_none(self):
        assert "s10" not in couriers("RB123456785XQ")

    def test_among_the_carriers_of_a_candidate_the_own_come_first(self):
        (first, *_others) = detect("3318810025", own=["dhl-unified"])
        assert first.carriers[0] == "dhl-unified"

    def test_confidence_is_a_share_that_leaves_room_for_doubt(self):
        for number in ("287809468872", "1Z5R89390357567127", "12345678901234"):
            found = [candidate.confidence for candidate in detect(number)]
            assert found == sorted(found, reverse=True)
            assert all(0 <= share <= 1 for share in found)
            assert sum(found) <= 1.001


class TestBadInput:
    @pytest.mark.parametrize("number", ["", " ", "x", "0" * 12, "9" * 500, "📦", "１２３４", "1Z'; DROP TABLE", "\x00"])
    def test_what_is_no_number_has_no_candidates(self, number):
        assert detect(number) == []

    def test_spaces_dashes_and_small_letters_do_not_matter(self):
        assert couriers("1z 5R8 939 03-5756-7127") == ["ups"]

    @given(st.text(max_size=70))
    def test_nothing_at_all_breaks_it(self, number):
        detect(number)

    @given(st.sampled_from([form for form in FORMS if form.checksum and not form.needs_account]), st.data())
    def test_a_number_made_by_a_form_is_of_its_courier(self, form, data):
        drawn = data.draw(st.from_regex(form.pattern, fullmatch=True, alphabet=st.sampled_from(ALPHANUMERIC)))
        match = form.pattern.fullmatch(drawn)
        checks = [sign for sign in ALPHANUMERIC if form.checksum(match["serial"], sign)]
        at = match.start("check")
        for check in checks:
            number = drawn[:at] + check + drawn[at + 1 :]
            made = form.pattern.fullmatch(number)
            is_empty = len(set(match["serial"])) == 1
            if made and form.is_allowed(number) and not is_empty:
                assert form.courier in couriers(number)


class TestCommand:
    def test_each_number_is_a_line_of_json(self):
        lines = [json.loads(line) for line in printed("1Z 5R8939 0357567127", "nothing").splitlines()]
        (ups,) = lines[0]["candidates"]
        assert (ups["courier"], ups["carriers"], ups["checksum"]) == ("ups", ["ups"], True)
        assert ups["confidence"] > 0.9
        assert lines == [
            {"number": "1Z 5R8939 0357567127", "candidates": [ups]},
            {"number": "nothing", "candidates": []},
        ]

    def test_numbers_may_come_by_standard_input(self, monkeypatch):
        monkeypatch.setattr("sys.stdin", StringIO("SF1234567890123\n\n"))
        assert [json.loads(line)["number"] for line in printed().splitlines()] == ["SF1234567890123", ""]

    def test_the_merchants_carriers_and_the_destination_are_considered(self):
        (line,) = printed("12345678901", "--own", "gls", "--destination", "de").splitlines()
        assert json.loads(line)["candidates"][0]["courier"] == "gls"

    def test_a_folder_without_numbers_is_refused(self, tmp_path):
        with pytest.raises(CommandError, match="holds no"):
            printed("--measure", str(tmp_path))

    @needs_published
    def test_the_figures_are_printed_by_courier(self):
        *_couriers, total = printed("--measure", str(PUBLISHED)).splitlines()
        assert total.split()[0] == "all"
