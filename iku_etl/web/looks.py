"""How the pages look: templates with the filters of one language, and the files that they need, from here alone."""

import hashlib
from dataclasses import dataclass
from functools import cache, partial
from importlib import resources
from urllib.parse import quote
from zoneinfo import ZoneInfo

import jinja2

from iku_etl import indonesian
from iku_etl.figures import approvals, members, publications, wording
from iku_etl.web import cards, spark
from iku_etl.web.login import MAY, Role
from iku_etl.web.tongue import NAMES, Tongue, catalogue

MEDIA_TYPES = {"css": "text/css; charset=utf-8", "js": "text/javascript; charset=utf-8", "svg": "image/svg+xml"}


@dataclass(frozen=True)
class Static:
    """A file that pages link to. Its name holds its hash, so a browser may keep it for ever."""

    name: str
    media_type: str
    content: bytes


@cache
def static_files() -> dict[str, Static]:
    """The files of `static/` by the name under which they are served: `style-1f2e3d4c.css`."""
    found = {}
    for file in sorted(resources.files("iku_etl.web").joinpath("static").iterdir(), key=lambda file: file.name):
        stem, _, suffix = file.name.rpartition(".")
        content = file.read_bytes()
        name = f"{stem}-{hashlib.sha256(content).hexdigest()[:12]}.{suffix}"
        found[name] = Static(name, MEDIA_TYPES[suffix], content)
    return found


def _served_as(name: str) -> str:
    stem, _, suffix = name.rpartition(".")
    return next(one for one in static_files() if one.startswith(f"{stem}-") and one.endswith(f".{suffix}"))


@cache
def templates(tongue: Tongue, zone: ZoneInfo) -> jinja2.Environment:
    """The templates with words, numbers and days of one language."""
    made = jinja2.Environment(
        loader=jinja2.PackageLoader("iku_etl.web"),
        extensions=["jinja2.ext.i18n"],
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    words = catalogue(tongue.code)
    made.install_gettext_callables(words.gettext, words.ngettext, newstyle=True)  # type: ignore[attr-defined]  # by i18n
    made.filters |= {
        "count": tongue.count,
        "percent": tongue.percent,
        "measure": tongue.measure,
        "day": tongue.day,
        "moment": lambda value: tongue.moment(value, zone),
        "period": tongue.period,
        "window": tongue.window,
        "word": tongue.word,
        "told": wording.told,
        "left_out": wording.left_out,
        "frozen": approvals.brief,
        "restated": approvals.publicly,
        **{
            name: partial(getattr(wording, name), tongue=tongue)
            for name in ("mutu", "revision", "tahap", "target", "attainment", "target_cell", "capaian_cell", "of_now")
        },
        "stored": wording.stored,
        "plain": indonesian.plain,
        "size": indonesian.size,
        "decision": indonesian.DECISIONS.__getitem__,
        "ending": indonesian.ENDINGS.__getitem__,
        "segment": lambda value: quote(str(value), safe=""),
        "static": _served_as,
    }
    made.globals |= {
        "bar": cards.bar,
        "bounds": partial(wording.bounds, tongue=tongue),
        "state": members.state,
        "state_word": members.word,
        "share": tongue.share,
        "spark": spark.line,
        "provisional": wording.PROVISIONAL,
        "is_companion": publications.is_companion,
        "tongue": tongue,
        "tongues": NAMES,
        "Role": Role,
        "MAY": MAY,
    }
    return made
