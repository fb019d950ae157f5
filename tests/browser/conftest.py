import os

import pytest
from playwright.sync_api import sync_playwright

FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


@pytest.fixture(scope="session")
def chromium(chromium_path):
    """A real browser. Playwright's loop runs in this thread, where Django would refuse to speak to its database."""
    before = os.environ.get("DJANGO_ALLOW_ASYNC_UNSAFE")
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium_path, args=FLAGS)
        yield browser
        browser.close()
    if before is None:
        del os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"]


@pytest.fixture
def visit(chromium, live_server):
    """Open a path in a fresh window of this width, in this language; return the page."""
    windows = []

    def visit(path, *, width=1280, language="en", scheme="light", javascript=True):
        window = chromium.new_context(
            viewport={"width": width, "height": 844},
            extra_http_headers={"Accept-Language": language},
            color_scheme=scheme,
            java_script_enabled=javascript,
        )
        windows.append(window)
        page = window.new_page()
        page.goto(f"{live_server.url}{path}")
        return page

    yield visit
    for window in windows:
        window.close()
