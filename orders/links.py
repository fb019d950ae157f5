"""Links that merchants wrote or imported: only those to the web may stand on a page."""

from urllib.parse import urlsplit

from django.conf import settings

WEB = ("https", "http")
SECURE = ("https",)


def web_link(written: str, schemes: tuple[str, ...] = WEB) -> str:
    """The link, or "" when it is not an absolute one to the web: `javascript:`, `//elsewhere`, a control character."""
    written = written.strip()
    if any(sign.isspace() or not sign.isprintable() or sign == "\\" for sign in written):
        return ""
    try:
        parts = urlsplit(written)
    except ValueError:
        return ""
    return written if parts.scheme in schemes and parts.hostname else ""


def picture(written: str) -> str:
    """A picture's link, or "": the page's policy takes pictures by https, and from the portal itself."""
    own = written.startswith(f"{settings.SITE_URL}/")
    return web_link(written, WEB if own else SECURE)
