"""The page of a backtest."""

from django.test import SimpleTestCase

from orders.backtest.page import reliability, table


class Tables(SimpleTestCase):
    def test_what_a_file_says_is_escaped(self):
        self.assertIn("&lt;b&gt;", table("Rules", [{"rule": "<b>"}]))

    def test_unknown_figures_look_unknown(self):
        self.assertIn("<td>–</td>", table("Rules", [{"precision": None}]))

    def test_no_rows_make_no_table(self):
        self.assertEqual(table("Rules", []), "")


class Drawings(SimpleTestCase):
    def test_a_calibrated_bin_lies_on_the_diagonal(self):
        self.assertIn('cx="160.0" cy="160.0"', reliability([(0.5, 0.5, 100)]))
