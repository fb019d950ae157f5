import io
import re

import pytest
from django.core.files.base import ContentFile
from PIL import Image

from orders.models import Font, Merchant, MerchantDomain
from tests.builders import a_merchant, a_shipment

pytestmark = pytest.mark.django_db


def theme(client, merchant, version=None, **kw):
    return client.get(f"/theme/{merchant.slug}-{version or merchant.brand_version}.css", **kw)


def a_picture(form="PNG") -> ContentFile:
    file = io.BytesIO()
    Image.new("RGB", (120, 48), "#1f5f4a").save(file, form)
    return ContentFile(file.getvalue())


@pytest.fixture
def with_logo(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path
    merchant = a_merchant()
    merchant.logo.save("logo.png", a_picture())
    return merchant


class TestTheme:
    def test_it_holds_the_shops_colours_font_and_corners(self, client):
        merchant = a_merchant(primary_colour="#112233", accent_colour="#445566", font=Font.SERIF, radius=3)
        response = theme(client, merchant)
        css = response.content.decode()
        assert response.headers["Content-Type"] == "text/css; charset=utf-8"
        assert "--primary:#112233;" in css
        assert "--accent:#445566;" in css
        assert "Georgia, serif" in css
        assert "--radius:3px" in css
        assert css.count("--primary:#112233;") == 2  # by day and by night

    def test_the_text_on_the_main_colour_is_chosen_to_be_read(self, client):
        assert "--on-primary:#ffffff;" in theme(client, a_merchant(primary_colour="#1f5f4a")).content.decode()
        assert "--on-primary:#000000;" in theme(client, a_merchant(primary_colour="#f2c230")).content.decode()

    @pytest.mark.parametrize("bad", ["red", "#12", "#12345g", "#11223;", "#11\n22", "", "}*{", "url(//"])
    def test_what_is_no_colour_does_not_get_into_the_style_sheet(self, client, bad):
        merchant = a_merchant()
        Merchant.objects.filter(pk=merchant.pk).update(primary_colour=bad)
        css = theme(client, merchant).content.decode()
        assert "--primary:#1f5f4a;" in css
        assert set(re.findall(r"--(?:paper|card|tint|ink|soft|[\w-]*primary[\w-]*|[\w-]*accent):([^;]*);", css)) <= set(
            re.findall(r"#[0-9a-f]{6}", css)
        )

    def test_a_version_is_kept_for_ever_and_another_for_a_minute(self, client):
        merchant = a_merchant(brand_version=4)
        assert theme(client, merchant).headers["Cache-Control"] == "public, max-age=31536000, immutable"
        assert theme(client, merchant, version=3).headers["Cache-Control"] == "public, max-age=60"

    def test_who_has_it_already_is_not_sent_it_again(self, client):
        merchant = a_merchant()
        etag = theme(client, merchant).headers["ETag"]
        again = theme(client, merchant, headers={"If-None-Match": etag})
        assert (again.status_code, again.content) == (304, b"")
        Merchant.objects.filter(pk=merchant.pk).update(radius=1)
        assert theme(client, merchant, headers={"If-None-Match": etag}).status_code == 200

    def test_a_shop_that_does_not_exist_has_none(self, client):
        assert client.get("/theme/nobody-1.css").status_code == 404

    def test_a_name_that_ends_in_a_number_is_told_from_the_version(self, client):
        merchant = a_merchant(slug="shop-24", primary_colour="#112233")
        assert "--primary:#112233;" in theme(client, merchant).content.decode()

    def test_a_merchants_host_has_its_own_theme_only(self, client):
        merchant, other = a_merchant(), a_merchant("Rantala")
        MerchantDomain.objects.create(merchant=merchant, host="track.nordlicht.example")
        own_host = {"headers": {"Host": "track.nordlicht.example"}}
        assert theme(client, merchant, **own_host).status_code == 200
        assert theme(client, other, **own_host).status_code == 404


class TestLogo:
    def test_it_is_sent_as_the_picture_it_is(self, client, with_logo):
        response = client.get(f"/logo/{with_logo.slug}-{with_logo.brand_version}")
        assert response.content == with_logo.logo.open("rb").read()
        assert response.headers["Content-Type"] == "image/png"
        assert response.headers["X-Content-Type-Options"] == "nosniff"
        assert response.headers["Cache-Control"] == "public, max-age=31536000, immutable"

    def test_who_has_it_already_is_not_sent_it_again(self, client, with_logo):
        path = f"/logo/{with_logo.slug}-{with_logo.brand_version}"
        etag = client.get(path).headers["ETag"]
        assert client.get(path, headers={"If-None-Match": etag}).status_code == 304

    def test_a_drawing_that_could_hold_a_script_is_not_sent(self, client, with_logo):
        with_logo.logo.save("logo.svg", ContentFile(b"<svg onload='alert(1)'/>"))
        assert client.get(f"/logo/{with_logo.slug}-{with_logo.brand_version}").status_code == 404

    def test_a_shop_without_one_or_whose_file_is_gone_has_none(self, client, with_logo):
        with_logo.logo.storage.delete(with_logo.logo.name)
        assert client.get(f"/logo/{with_logo.slug}-1").status_code == 404
        assert client.get(f"/logo/{a_merchant().slug}-1").status_code == 404

    def test_the_page_shows_it_with_the_shops_name_or_the_name_in_type(self, client, with_logo):
        html = client.get(f"/t/{a_shipment(merchant=with_logo).token}/").content.decode()
        assert f'<img src="/logo/{with_logo.slug}-{with_logo.brand_version}" alt="Nordlicht">' in html
        html = client.get(f"/t/{a_shipment(merchant=a_merchant('Rantala')).token}/").content.decode()
        assert "/logo/" not in html
        assert re.search(r'class="brand"[^>]*>\s*Rantala\s*</a>', html)
