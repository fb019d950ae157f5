import pytest

from orders.links import picture, web_link


@pytest.mark.parametrize(
    "link", ["https://shop.example/lamp?colour=blue#care", "http://shop.example", " https://a.fi "]
)
def test_a_link_to_the_web_stays(link):
    assert web_link(link) == link.strip()


@pytest.mark.parametrize(
    "link",
    [
        "",
        "javascript:alert(1)",
        "JaVaScRiPt:alert(1)",
        "java\nscript:alert(1)",
        "data:text/html,<script>alert(1)</script>",
        "//evil.example",
        "https:evil.example",
        "https://",
        "https:\\\\evil.example",
        "/t/token/",
        "ftp://shop.example/lamp",
        "https://[::1",
        "https://shop.example/\u202egnp.exe",
    ],
)
def test_anything_else_is_no_link(link):
    assert web_link(link) == ""


def test_a_picture_comes_by_https_only():
    assert picture("https://shop.example/lamp.jpg") == "https://shop.example/lamp.jpg"
    assert picture("http://shop.example/lamp.jpg") == ""
