"""A figure over its periods as a picture: value, bounds, target, revisions, and where a value was withheld.

Drawn by Vega-Altair and vl-convert, without a browser. The same rows give the same bytes, so a picture is kept under
the hash of what it shows (`kept`).
"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import orjson

from iku_etl.figures import keeping
from iku_etl.warehouse.database import Row

if TYPE_CHECKING:
    import altair

WIDTH, HEIGHT = 760, 260  # pixels
VALUE, BAND, TARGET, NONE = "#0b4f8a", "#8fb8dc", "#8a2a12", "#8a2a12"
LOCALES = {
    "id": {"decimal": ",", "thousands": ".", "grouping": [3], "currency": ["Rp", ""]},
    "en": {"decimal": ".", "thousands": ",", "grouping": [3], "currency": ["Rp", ""]},
}


@dataclass(frozen=True)
class Words:
    """What is written in a picture, in the reader's language."""

    value: str
    bounds: str
    target: str
    revised: str
    withheld: str
    language: str = "id"


@dataclass(frozen=True)
class Chart:
    """What one picture shows: `points` are rows as the drawing takes them, oldest first."""

    points: tuple[dict[str, Any], ...]
    unit: str
    words: Words

    @property
    def digest(self) -> str:
        """The name of the picture: another content, or another way to draw it, has another."""
        held = [self.points, self.unit, vars(self.words), _DRAWN_BY]
        return hashlib.sha256(orjson.dumps(held, option=orjson.OPT_SORT_KEYS)).hexdigest()[:24]


_DRAWN_BY = 1  # raise it with a change to `_drawing`


def chart(rows: Sequence[tuple[str, Row]], unit: str, words: Words) -> Chart:
    """The picture of rows of `publications.select`, each with its period as people say it."""
    return Chart(tuple(_point(name, row) for name, row in rows), unit, words)


def _point(name: str, row: Row) -> dict[str, Any]:
    numbers = {key: None if row[key] is None else float(row[key]) for key in ("value", "low", "high", "target")}
    return {"period": name, **numbers, "revised": row["revision"] > 1, "withheld": row["value"] is None}


def kept(found: Chart, folder: Path) -> bytes:
    """The picture as SVG; drawn once, then read from `folder`."""
    return keeping.kept(folder / f"{found.digest}.svg", lambda: svg(found))


def svg(found: Chart) -> bytes:
    """Draw it; the first drawing of a process takes a second or two."""
    import vl_convert

    made = vl_convert.vegalite_to_svg(_drawing(found).to_dict(), format_locale=LOCALES[found.words.language])
    return str(made).encode()


def png(found: Chart, scale: float = 2) -> bytes:
    """The same picture in dots, `scale` to a pixel of the SVG: for what can't show one."""
    import vl_convert

    locale = LOCALES[found.words.language]
    return bytes(vl_convert.vegalite_to_png(_drawing(found).to_dict(), scale=scale, format_locale=locale))


def _drawing(found: Chart) -> "altair.LayerChart":
    import altair as alt

    words = found.words
    order = [point["period"] for point in found.points]
    x = alt.X("period:N", sort=order, title=None, axis=alt.Axis(labelAngle=-35 if len(order) > 6 else 0))
    scale = alt.Scale(domain=[0, 100]) if found.unit == "%" else alt.Scale(zero=True)
    names = [words.value, words.bounds, words.target, words.revised, words.withheld]
    colour = alt.Color(
        "what:N",
        scale=alt.Scale(domain=names, range=[VALUE, BAND, TARGET, "#c98a00", NONE]),
        legend=alt.Legend(title=None, orient="bottom"),
    )

    def layer(points: Sequence[dict[str, Any]], what: str) -> alt.Chart:
        values = alt.InlineData(values=[point | {"what": what} for point in points])
        return alt.Chart(values).encode(x=x, color=colour)

    def y(name: str) -> alt.Y:
        return alt.Y(f"{name}:Q", scale=scale, title=found.unit)

    bounded = [point for point in found.points if point["low"] is not None and point["high"] is not None]
    valued = [point for point in found.points if point["value"] is not None]
    aimed = [point for point in found.points if point["target"] is not None]
    revised = [point for point in valued if point["revised"]]
    withheld = [point | {"foot": 0} for point in found.points if point["withheld"]]
    line = layer(found.points, words.value).mark_line(invalid="break-paths-show-domains", strokeWidth=2)
    drawing: alt.LayerChart = (
        alt.layer(
            layer(bounded, words.bounds).mark_bar(opacity=0.55, size=14).encode(y=y("low"), y2="high:Q"),
            layer(aimed, words.target).mark_tick(thickness=2, size=34).encode(y=y("target")),
            line.encode(y=y("value")),
            layer(valued, words.value).mark_point(filled=True, size=55, opacity=1).encode(y=y("value")),
            layer(revised, words.revised).mark_point(filled=False, size=150, strokeWidth=2).encode(y=y("value")),
            layer(withheld, words.withheld).mark_point(shape="cross", filled=True, size=80).encode(y=y("foot")),
        )
        .properties(width=WIDTH, height=HEIGHT, background="white")
        .configure(font="Noto Sans, Liberation Sans, Arial, sans-serif")
        .configure_axis(labelFontSize=12, titleFontSize=12)
        .configure_legend(labelFontSize=12)
        .configure_view(stroke=None)
    )
    return drawing
