"""The data dictionary as entries to search: of declarations, SQL headers and the decree, written there alone."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache
from urllib.parse import quote

from iku_etl import catalogue
from iku_etl.catalogue import dictionary, kamus
from iku_etl.catalogue.kamus import KamusEntry
from iku_etl.reference import decree
from iku_etl.web.tongue import noted

KINDS = {
    "indikator": noted("Indikator"),
    "kegiatan": noted("Kegiatan dan program"),
    "sumber": noted("Sumber"),
    "kolom": noted("Kolom"),
    "tampilan": noted("Tampilan staging"),
}


@dataclass(frozen=True)
class Found:
    """One entry: `path` below the place of the pages, empty where it has no page; `text`: all that is searched."""

    kind: str
    name: str
    title: str
    more: str
    path: str
    text: str


@cache
def entries() -> tuple[Found, ...]:
    """All entries; what is declared does not change while a process runs. Sources that can't be read are left out."""
    return (*_codes(), *_sources(), *_views())


def search(words: Iterable[str]) -> dict[str, list[Found]]:
    """The entries in which every word stands, by their kind; columns only where something was asked for."""
    wanted = [word.casefold() for word in words]
    found: dict[str, list[Found]] = {kind: [] for kind in KINDS}
    for entry in entries():
        if (wanted or entry.kind != "kolom") and all(word in entry.text for word in wanted):
            found[entry.kind].append(entry)
    return found


def _codes() -> Iterator[Found]:
    ours = {one.code: one for one in catalogue.all_indicators()}
    for code in kamus.codes():
        printed = decree.rows().get(code, {})
        indicator = ours.get(code)
        title = indicator.title if indicator else ""
        if not title and printed:
            said = dict(kamus.printed(KamusEntry(code, printed)))
            title = said.get("indikator kegiatan") or said.get("kegiatan") or said.get("program") or said["indikator"]
        lines = catalogue.header(catalogue.SQL / "indicators" / f"{indicator.name}.sql") if indicator else {}
        texts = [code, title, *(str(text) for text in printed.values() if text), *lines.values()]
        texts.append(decree.doubts().get(code, ""))
        kind = "indikator" if code.startswith("IKU") else "kegiatan"
        unit = indicator.unit if indicator else ""
        yield Found(kind, code, title, unit, f"/kamus/{quote(code, safe='')}", _searched(texts))


def _sources() -> Iterator[Found]:
    for source in catalogue.importable()[0]:
        path = f"/sumber/{quote(source.name, safe='')}"
        facts = [text for pair in dictionary.facts(source) for text in pair]
        texts = [source.name, source.title, source.owner, source.summary, *facts]
        yield Found("sumber", source.name, source.title, source.owner, path, _searched(texts))
        for column in dictionary.columns(source):
            texts = [column.name, column.meaning, column.type, column.privacy, source.name, *column.headings]
            title = "; ".join(column.headings) or column.meaning
            more = f"{source.name}, {column.type}, {column.privacy}"
            yield Found("kolom", column.name, title, more, f"{path}#kolom", _searched(texts))


def _views() -> Iterator[Found]:
    for view in dictionary.views():
        texts = [view.name, view.grain, view.of, view.parameters, *view.read]
        yield Found("tampilan", view.name, view.grain, ", ".join(view.read), "", _searched(texts))


def _searched(texts: Iterable[str]) -> str:
    return " ".join(texts).casefold()
