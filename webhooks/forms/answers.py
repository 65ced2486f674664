"""What a visitor, or a program in the page, is answered: a page, a redirection or JSON, all in words of ours (S8)."""

import json
from dataclasses import asdict
from typing import Any

from flask import Request, Response
from markupsafe import escape

from sami.domain.leads.written_values import Wrong
from sami.settings.sections import SiteSettings
from webhooks.forms.refusals import FormRefused

THANKS = "Thank you. Your message has arrived."
PREFLIGHT_LASTS_S = 600


def thank(request: Request, site: SiteSettings, doubts: tuple[Wrong, ...] = ()) -> Response:
    """The same for a new lead and for a known one: nobody learns here who is a customer.

    `doubts`: what of it we could not read, and was received all the same.
    """
    if wants_json(request):
        told = {"fields": [asdict(doubt) for doubt in doubts]} if doubts else {}
        return _json({"status": "received", **told}, 200)
    if site.thanks:
        return Response(status=303, headers={"Location": site.thanks})
    return _page(THANKS, tuple(map(str, doubts)), 200)


def refuse(request: Request, refusal: FormRefused) -> Response:
    if wants_json(request):
        fields = [asdict(fault) for fault in refusal.faults]
        answer = _json({"error": {"code": refusal.code, "message": refusal.sentence, "fields": fields}}, refusal.status)
    else:
        answer = _page(refusal.sentence, tuple(map(str, refusal.faults)), refusal.status)
    if refusal.retry_after_s is not None:
        answer.headers["Retry-After"] = str(refusal.retry_after_s)
    return answer


def hand_out(token: str, *, expires_in_s: int, fill_in_s: int) -> Response:
    return _json({"token": token, "expires_in_s": expires_in_s, "fill_in_s": fill_in_s}, 200)


def wants_json(request: Request) -> bool:
    """A browser that follows a form wants a page; a program in the page says what it is by how it asks."""
    if request.is_json or request.method != "POST" or request.headers.get("Sec-Fetch-Mode") in ("cors", "same-origin"):
        return True
    return request.accept_mimetypes.best_match(["text/html", "application/json"]) == "application/json"


def let_read(answer: Response, origin: str | None, site: SiteSettings) -> Response:
    """Programs in pages of the configured websites may read the answer, and no others."""
    answer.headers["Cache-Control"] = "no-store"
    answer.headers["Vary"] = "Origin"
    if origin in site.origins:
        answer.headers["Access-Control-Allow-Origin"] = origin
    return answer


def permit(methods: str) -> Response:
    """The answer to a browser that asks first, as it does before it sends JSON."""
    headers = {
        "Access-Control-Allow-Methods": methods,
        "Access-Control-Allow-Headers": "content-type, idempotency-key",
        "Access-Control-Max-Age": str(PREFLIGHT_LASTS_S),
    }
    return Response(status=204, headers=headers)


def _json(document: dict[str, Any], status: int) -> Response:
    return Response(json.dumps(document), status, mimetype="application/json")


def _page(said: str, faults: tuple[str, ...], status: int) -> Response:
    listed = "".join(f"<li>{escape(fault)}</li>" for fault in faults)
    body = f"<p>{escape(said)}</p>" + (f"<ul>{listed}</ul>" if listed else "")
    page = f'<!doctype html><html lang="en"><meta charset="utf-8"><title>{escape(said)}</title>{body}</html>\n'
    return Response(page, status, mimetype="text/html")
