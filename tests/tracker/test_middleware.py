"""What the whole site adds to each request, as strangers meet it."""

import pytest

from tests.builders import a_shipment

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    "path", ["/t/%00/", "/messages/push/%00/x/", "/messages/push/{token}/%00/", "/messages/choices/%00/", "/?q=%00"]
)
def test_an_address_with_a_nul_is_not_found(client, path):
    assert client.get(path.format(token=a_shipment().token)).status_code == 404


def test_what_only_looks_like_one_is_left_alone(client):
    assert client.get("/?q=%2500").status_code == client.get("/").status_code
