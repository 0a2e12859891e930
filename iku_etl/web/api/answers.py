"""How the API answers: JSON with exact numbers as text, an entity tag, problems in whole sentences."""

import hashlib
from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

import orjson
from fastapi import Request, Response
from psycopg.types.range import Range

from iku_etl import indonesian
from iku_etl.web.api.asked import PREFIX, Page
from iku_etl.web.fresh import etag, unchanged

PROBLEM = "application/problem+json"


def is_asked(request: Request) -> bool:
    """Whether a request is one of the API, so that what is wrong with it is said to a program."""
    root = str(request.scope.get("root_path", "")).rstrip("/")
    return request.url.path.removeprefix(root).startswith(PREFIX + "/")


def problem(status: int, title: str, detail: str, headers: Mapping[str, str] | None = None) -> Response:
    """RFC 9457: `title` and `detail` are for people, `status` is for programs."""
    told = {"type": "about:blank", "title": title, "status": status, "detail": detail}
    return Response(orjson.dumps(told), status, media_type=PROBLEM, headers=dict(headers or {}))


def encoded(value: Any) -> bytes:
    """JSON; a Decimal is a text with every digit, so that no reader rounds it."""
    return orjson.dumps(value, default=_plain, option=orjson.OPT_NON_STR_KEYS)


def _plain(value: Any) -> Any:
    if isinstance(value, Decimal):
        return indonesian.exact(value) if value.is_finite() else str(value)
    if isinstance(value, Range):
        return [value.lower, value.upper]
    if isinstance(value, timedelta):
        return value.total_seconds()
    if isinstance(value, datetime | date):
        return value.isoformat()
    raise TypeError(f"{type(value).__name__} has no JSON form")


def known(request: Request, *parts: object) -> tuple[str, Response | None]:
    """The tag of an answer that hangs on `parts` alone, and 304 where the caller has that answer."""
    tag = etag(*parts)
    return tag, unchanged(request, tag)


def answer(request: Request, value: Any, tag: str | None = None) -> Response:
    """200; without a tag the content is its own: for what hangs on the clock or on bytes on a disk."""
    content = encoded(value)
    own = tag or etag(hashlib.sha256(content).hexdigest()[:24])
    same = None if tag else unchanged(request, own)
    return same or Response(content, media_type="application/json", headers={"ETag": own})


def listed(items: Sequence[Any], page: Page, state: str) -> dict[str, Any]:
    """One page of a whole list."""
    offset = page.offset(state)
    return paged(items[offset : offset + page.limit], page, state, len(items))


def paged(items: Sequence[Any], page: Page, state: str, total: int) -> dict[str, Any]:
    """A page as it was read."""
    return {"items": list(items), "total": total, "next_cursor": page.next(state, page.offset(state), total)}
