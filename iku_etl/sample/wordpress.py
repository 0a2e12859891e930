"""The sample's WordPress sites: `GET /{site}/wp-json/wp/v2/posts?per_page=1&before=..`."""

from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from typing import Any

import orjson

from iku_etl.sample.regency import ZONE, Site, World
from iku_etl.sample.uptime import Post, posts, serves_future_post

ROUTE = "wp-json/wp/v2/posts"

Answered = tuple[int, dict[str, str], bytes]


def answer(world: World, last_day: date, path: str, parameters: Mapping[str, str]) -> Answered:
    """Status, headers and body for one request; nothing after `last_day` is known."""
    name, _, route = path.strip("/").partition("/")
    site = {site.site: site for site in world.sites}.get(name)
    if site is None or site.kind == "layanan" or route != ROUTE:
        return 404, {}, _no_route()
    horizon = datetime.combine(last_day + timedelta(days=1), datetime.min.time(), ZONE)
    try:
        before = min(_moment(parameters["before"]), horizon) if "before" in parameters else horizon
    except ValueError:
        return 400, {}, _invalid("before")
    position = (before - timedelta(seconds=1)).astimezone(ZONE).date()
    if not site.is_managed(position):  # an archive answers for a closed site's own days, and for no others
        return 404, {}, _no_route()
    per_page = parameters.get("per_page", "10")
    if not per_page.isdecimal() or not 1 <= int(per_page) <= 100:
        return 400, {}, _invalid("per_page")
    found = posts(world, site, before, int(per_page))
    if serves_future_post(world, site, position):
        found = [Post(99_999, before + timedelta(days=40)), *found][: int(per_page)]
    fields = [field for field in parameters.get("_fields", "").split(",") if field]
    body = [_kept(_post(site, post, position), fields) for post in found]
    total = str(len(found) if len(found) < int(per_page) else 100 + position.toordinal() % 100)
    return 200, {"X-WP-Total": total, "X-WP-TotalPages": total}, orjson.dumps(body)


def _moment(text: str) -> datetime:
    """ISO 8601; without a zone it is the site's own, as WordPress reads it."""
    read = datetime.fromisoformat(text.replace(" ", "+"))  # a `+` that nobody encoded arrives as a blank
    return read if read.tzinfo else read.replace(tzinfo=ZONE)


def _no_route() -> bytes:
    message = "Tidak ada rute yang cocok dengan URL dan metode permintaan."
    return orjson.dumps({"code": "rest_no_route", "message": message, "data": {"status": 404}})


def _invalid(name: str) -> bytes:
    data = {"status": 400, "params": {name: f"Parameter tidak sah: {name}"}}
    message = f"Parameter tidak sah: {name}"
    return orjson.dumps({"code": "rest_invalid_param", "message": message, "data": data})


def _post(site: Site, post: Post, position: date) -> dict[str, Any]:
    local, utc = (moment.strftime("%Y-%m-%dT%H:%M:%S") for moment in (post.at, post.at.astimezone(UTC)))
    link = f"https://{site.host_on(position)}/{post.at:%Y/%m/%d}/pengumuman-contoh-{post.number}/"
    title = f"Pengumuman contoh {post.number}"
    return {
        "id": post.number,
        "date": local,
        "date_gmt": utc,
        "guid": {"rendered": f"https://{site.host_on(position)}/?p={post.number}"},
        "modified": local,
        "modified_gmt": utc,
        "slug": f"pengumuman-contoh-{post.number}",
        "status": "publish",
        "type": "post",
        "link": link,
        "title": {"rendered": title},
        "content": {"rendered": f"<p>{title}.</p>", "protected": False},
        "excerpt": {"rendered": f"<p>{title}.</p>", "protected": False},
        "author": 1,
        "featured_media": 0,
        "comment_status": "closed",
        "sticky": False,
        "format": "standard",
        "categories": [1],
        "tags": [],
    }


def _kept(post: dict[str, Any], fields: list[str]) -> dict[str, Any]:
    return {name: value for name, value in post.items() if name in fields} if fields else post
