"""The posts in an answer of WordPress, whatever stands around them, and the newest of them at a window's end."""

from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import pairwise
from typing import Any

import orjson

from iku_etl.connectors.http.json_answer import parsed
from iku_etl.errors import ContractError
from iku_etl.window import Window

FULL = 20  # posts that are asked for: an answer with so many may not be all
SAID = 120  # characters of a site's own words
_PHP = (b"<b>Deprecated</b>", b"<b>Warning</b>", b"<b>Notice</b>", b"<b>Fatal error</b>", b"<b>Parse error</b>")

Post = dict[str, Any]


class NoPosts(Exception):
    """An answer holds no list of posts; the message says what it is, as the end of a sentence."""


@dataclass(frozen=True)
class Newest:
    """The local day of the newest post, ISO, and when it was; without it the doubt, as the end of a sentence.

    An answer without any post has neither.
    """

    day: str | None
    moment: datetime | None
    doubt: str = ""

    @property
    def is_sure(self) -> bool:
        return not self.doubt


def posts(body: bytes) -> list[Post]:
    """The list of posts; a byte order mark or PHP's own words before it are passed over. Raises NoPosts."""
    try:
        answer = _json(body)
    except ContractError as problem:
        raise NoPosts(str(problem)) from None
    if isinstance(answer, list) and all(isinstance(one, dict) for one in answer):
        return answer
    if isinstance(answer, dict):
        raise NoPosts(_refusal(answer))
    raise NoPosts("jawabannya bukan daftar tulisan.")


def _json(body: bytes) -> Any:
    try:
        return parsed(body)
    except orjson.JSONDecodeError:
        pass
    if (start := body.find(b"[{")) > 0:
        try:
            return parsed(body[start:])
        except orjson.JSONDecodeError:
            pass
    if any(word in body for word in _PHP):
        raise NoPosts("jawabannya tercampur pesan galat PHP. Minta pengelola situs mematikan display_errors.")
    if b"<html" in body[:4096].lower() or b"<!doctype" in body[:4096].lower():
        raise NoPosts("jawabannya halaman web, bukan daftar tulisan. Periksa apakah situs ini memakai WordPress.")
    raise NoPosts("jawabannya bukan JSON, atau terpotong.")


def _refusal(answer: Post) -> str:
    """What WordPress says instead of posts, or what we noted in the place of an answer."""
    if isinstance(error := answer.get("iku_error"), dict):
        return str(error.get("message"))
    data = answer.get("data")
    status = f" {data.get('status')}" if isinstance(data, dict) and data.get("status") else ""
    said = " ".join(str(answer[name]) for name in ("code", "message") if answer.get(name))[:SAID].rstrip(". ")
    return f"dijawab{status}: {said or 'tanpa keterangan'}. Minta pengelola situs membuka REST API untuk tulisan."


def newest(found: list[Post], window: Window) -> Newest:
    """The newest post before the window's end; of those after it, where there is no other, the newest too."""
    moments = [_moment(post, window) for post in found]
    known = [moment for moment in moments if moment is not None]
    if not found:
        return Newest(None, None)
    if moments[0] is None:
        said = str(found[0].get("date_gmt") or found[0].get("date"))[:40]
        return Newest(None, None, f'tanggalnya "{said}" tidak dapat dibaca.')
    moment = max((one for one in known if one < window.end), default=max(known))
    if len(found) >= FULL and any(earlier < later for earlier, later in pairwise(known)):
        return Newest(
            None, moment, "tulisannya tidak diurutkan menurut tanggal (oleh pengaya?) dan tidak semuanya diberikan."
        )
    return Newest(_day(moment, window), moment)


def _day(moment: datetime, window: Window) -> str:
    return moment.astimezone(window.start.tzinfo).date().isoformat()


def _moment(post: Post, window: Window) -> datetime | None:
    """When a post appeared: by `date_gmt`, UTC without saying so; else by `date`, the site's own clock."""
    for name, zone in (("date_gmt", UTC), ("date", window.start.tzinfo)):
        try:
            moment = datetime.fromisoformat(str(post.get(name)))
            return (moment if moment.tzinfo else moment.replace(tzinfo=zone)).astimezone(window.start.tzinfo)
        except (ValueError, OverflowError):  # the latter of 9999-12-31T23:59:59, which is 10000 here
            continue
    return None
