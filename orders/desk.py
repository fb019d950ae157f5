"""What the admin's desks of all apps are built from: badges, raw payloads to read, buttons, tabs for languages."""

import json

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.loader import render_to_string
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _
from modeltranslation.translator import translator

# The longest raw text a page shows: a browser should not choke on what a carrier sent.
LONGEST_SHOWN = 20_000


def badge(text, tone: str = "default") -> SafeString:
    """Words on a coloured ground: "success", "info", "warning", "danger" or "default"."""
    return render_to_string("unfold/helpers/label.html", {"text": text, "type": tone})


def pretty_json(value, summary=None) -> SafeString:
    """A value as indented JSON behind a line to open it, escaped; a dash for an empty one."""
    if not value:
        return SafeString("–")
    return raw_text(json.dumps(value, indent=2, ensure_ascii=False, default=str), summary)


def pretty_body(body: bytes) -> SafeString:
    """What came over the wire: as indented JSON where it is JSON, else as text; bytes that are no text stand out."""
    text = bytes(body).decode("utf-8", "backslashreplace")
    try:
        return pretty_json(json.loads(text))
    except (ValueError, RecursionError):
        return raw_text(text)


def raw_text(text: str, summary=None) -> SafeString:
    """Text as it is, escaped, behind a line to open it."""
    shown = text if len(text) <= LONGEST_SHOWN else f"{text[:LONGEST_SHOWN]}\n…"
    return format_html(
        '<details class="min-w-0"><summary class="cursor-pointer">{}</summary>'
        '<pre class="text-xs whitespace-pre-wrap break-all max-w-4xl mt-2">{}</pre></details>',
        summary or _("Show what the carrier sent"),
        shown,
    )


def language_tabs(model) -> list[tuple]:
    """A fieldset for each language, as a tab, with the fields of this model that are translated."""
    translated = translator.get_options_for_model(model).all_fields
    fields = [field.name for field in model._meta.fields if field.name in translated]
    return [
        (name, {"classes": ["tab"], "fields": [f"{field}_{code.replace('-', '_')}" for field in fields]})
        for code, name in settings.LANGUAGES
    ]


def turn_to(request: HttpRequest, url: str) -> HttpResponse:
    """Leave a button's dialog, which is asked for by htmx, for this page."""
    if request.headers.get("HX-Request"):
        return HttpResponse(headers={"HX-Redirect": url})
    return HttpResponseRedirect(url)
