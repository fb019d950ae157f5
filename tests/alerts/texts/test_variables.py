"""A shop's words are text with variables and nothing else."""

import re

import pytest
from django.conf import settings
from django.core.exceptions import ValidationError
from hypothesis import given
from hypothesis import strategies as st

from alerts.texts.values import _TOLD
from alerts.texts.variables import VARIABLES, Unfilled, check, fill, variables_in, variables_of
from alerts.triggers import Trigger

VALUES = {name: f"<{name}>" for name in VARIABLES}


def refused(text, channel="email", trigger=Trigger.SHIPPED) -> list[str]:
    with pytest.raises(ValidationError) as caught:
        check(text, channel, trigger)
    return caught.value.messages


class TestFill:
    def test_a_variable_becomes_its_value(self):
        assert (
            fill("Order {order} from {shop}.", {"order": "1001", "shop": "Nordlicht"}) == "Order 1001 from Nordlicht."
        )

    def test_doubled_braces_are_braces(self):
        assert fill("{{order}} is {{ not }} {order}", {"order": "1001"}) == "{order} is { not } 1001"

    def test_a_value_is_never_read_as_text_with_variables(self):
        assert fill("{shop}", {"shop": "{order} {{x}}", "order": "1001"}) == "{order} {{x}}"

    @pytest.mark.parametrize("value", ["", None])
    def test_a_variable_without_a_value_is_named(self, value):
        with pytest.raises(Unfilled) as caught:
            fill("Was {was}.", {"was": value})
        assert caught.value.name == "was"

    def test_a_word_that_is_no_variable_any_more_is_named_too(self):
        with pytest.raises(Unfilled, match=r"\{colour\}"):
            fill("{colour}", VALUES)

    @pytest.mark.parametrize(
        "text", ["{{ order.customer.email }}", "{% debug %}", "{order.merchant}", "%(shop)s", "{0}"]
    )
    def test_nothing_else_is_evaluated(self, text):
        try:
            told = fill(text, VALUES)
        except Unfilled:
            return
        assert told == text.replace("{{", "{").replace("}}", "}")

    @given(st.text())
    def test_text_without_braces_stays_as_it_is(self, text):
        plain = text.replace("{", "").replace("}", "")
        assert fill(plain, {}) == plain

    @given(st.text())
    def test_any_text_can_be_written_with_its_braces_doubled(self, text):
        assert fill(text.replace("{", "{{").replace("}", "}}"), {}) == text

    @given(st.lists(st.sampled_from([*(f"{{{name}}}" for name in VARIABLES), "{{", "}}", " ", "a\n", "{", "}", "{x}"])))
    def test_what_the_check_lets_pass_can_be_filled(self, pieces):
        text = "".join(pieces)
        try:
            check(text, "sms", Trigger.DELIVERED)
        except ValidationError:
            return
        assert set(variables_in(text)) <= set(variables_of("sms", Trigger.DELIVERED))
        fill(text, VALUES)


class TestCheck:
    def test_a_misspelt_variable_is_refused_with_its_place_and_what_is_meant(self):
        assert refused("Your order {ordr}") == [
            "Line 1, sign 12: {ordr} is no variable. Did you mean {order}?",
        ]

    def test_the_place_is_counted_by_lines(self):
        assert refused("One\nTwo {shpo}")[0].startswith("Line 2, sign 5: {shpo}")

    def test_every_mistake_is_told_at_once(self):
        assert len(refused("{ordr} {shpo}")) == 2

    def test_a_word_like_no_variable_is_told_what_there_is(self):
        (told,) = refused("{voucher}")
        assert "{voucher} is no variable. There are: {shop} {order}" in told
        assert "{amount}" not in told, "a parcel on its way knows no refund"

    def test_a_variable_of_another_message_is_refused(self):
        assert "{amount} has no value in this message" in refused("{amount}")[0]
        check("{amount}", "email", Trigger.REFUNDED)

    def test_a_lone_brace_is_refused_and_how_to_write_it_told(self):
        assert refused("a } b") == ["Line 1, sign 3: } stands alone. Write it twice to show it: }}"]
        assert refused("{order")[0].startswith("Line 1, sign 1: { stands alone")

    def test_braces_as_other_systems_write_them_are_refused(self):
        assert refused("Hello {{ customer.name }}") == [
            "Line 1, sign 7: {{ customer.name }} shows braces only. Did you mean {name}?"
        ]
        check("{{ anything else }}", "email", Trigger.SHIPPED)

    def test_the_link_stands_where_there_is_no_button(self):
        check("Follow it: {link}", "sms", Trigger.SHIPPED)
        assert "{link} has no value in this message" in refused("{link}", "email")[0]

    def test_every_variable_is_known_to_some_message(self):
        assert {name for trigger in Trigger for name in variables_of("sms", trigger)} == set(VARIABLES)

    def test_the_merchants_guide_lists_every_variable_in_its_words(self):
        guide = (settings.BASE_DIR / "docs" / "merchant.md").read_text()
        assert re.findall(r"^\| `\{(\w+)\}` \| (.+) \|$", guide, re.MULTILINE) == [
            (name, str(variable.meaning)) for name, variable in VARIABLES.items()
        ]

    def test_every_variable_can_be_told(self):
        assert set(_TOLD) == set(VARIABLES)
