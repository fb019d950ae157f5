import pytest

from orders.batches import update_in_batches
from orders.models import Notice
from tests.builders import a_merchant

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("batch", [1, 3, 7, 1000])
def test_every_row_that_is_meant_is_updated_once_and_no_other(batch, django_assert_num_queries):
    merchant, other = a_merchant(), a_merchant()
    for shop in (merchant, other):
        Notice.objects.bulk_create(Notice(merchant=shop, kind="code_unmapped", subject=str(n)) for n in range(7))
    batches = -(-7 // batch)
    with django_assert_num_queries(2 * batches + 1):
        assert update_in_batches(Notice.objects.filter(merchant=merchant), batch, detail="seen") == 7
    assert Notice.objects.filter(detail="seen").count() == 7
    assert not Notice.objects.filter(merchant=other).exclude(detail="").exists()


def test_of_no_rows_none_is_updated():
    assert update_in_batches(Notice.objects.none(), detail="seen") == 0
