"""The Prometheus that probes the regency's websites."""

from typing import TYPE_CHECKING

from iku_etl.sample import prometheus
from iku_etl.sample.regency import World
from iku_etl.sample.wordpress import Answered

if TYPE_CHECKING:
    from iku_etl.sample.servers import Running

HTML_NIGHT = b"<!DOCTYPE html>\n<html><head><title>502 Bad Gateway</title></head><body>nginx</body></html>\n"


def connection(world: World, url: str) -> str:
    return f'[website_uptime]\nsystem = "prometheus"\nurl = "{url}"\njob = "{prometheus.JOB}"\n'


def answer(running: "Running", path: str, parameters: dict[str, str]) -> Answered:
    if path in ("/-/ready", "/-/healthy"):
        word = b"Ready" if path == "/-/ready" else b"Healthy"
        return (
            200,
            {"Content-Type": "text/plain; charset=utf-8"},
            b"Prometheus Server is " + word + b".\n",
        )
    if path != "/api/v1/query":
        return 404, {"Content-Type": "text/plain; charset=utf-8"}, b"404 page not found\n"
    try:
        query = prometheus.parse(parameters.get("query"), parameters.get("time"))
        if running.is_bad_night(query.start / 1000):
            return 200, {"Content-Type": "text/html"}, HTML_NIGHT
        return 200, {}, prometheus.answer(running.world, running.last_day, query)
    except prometheus.BadQuery as refused:
        return refused.status, {}, refused.body
