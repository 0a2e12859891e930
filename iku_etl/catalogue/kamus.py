"""The kamus of an indicator: what the decree prints, what is doubtful in it, how we read and compute it."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from iku_etl import catalogue, indonesian
from iku_etl.errors import DeclarationError
from iku_etl.figures import wording
from iku_etl.model import Indicator
from iku_etl.reference import decree
from iku_etl.reference.decree import Printed
from iku_etl.warehouse.database import Connection, Row

PRINTED = (
    ("sasaran_indicator", "indikator"), ("formula_text", "rumus"), ("program", "program"),
    ("program_indicator", "indikator program"), ("kegiatan", "kegiatan"), ("kegiatan_indicator", "indikator kegiatan"),
    ("target_text", "target"), ("responsible_section", "penanggung jawab"),
)  # fmt: skip
COMMON = ("cut_off_days_", "predikat_")  # parameters by which every figure is dated and graded


@dataclass(frozen=True)
class KamusEntry:
    """One entry of the kamus. A programme or an activity has only what the decree prints.

    `decree`: the decree's row, empty for a companion; `doubt`: what is doubtful in it, in Indonesian; `reading`: how we
    read it; `note`: what is said beside every figure; `parameters`: name, value, unit, legal basis and first day of
    each rule in force today.
    """

    code: str
    decree: Printed
    programmes: tuple[Printed, ...] = ()
    activities: tuple[Printed, ...] = ()
    indicator: Indicator | None = None
    doubt: str = ""
    note: str = ""
    reading: str = ""
    companions: tuple[Indicator, ...] = ()
    definition: str | None = None
    parameters: tuple[Row, ...] = ()
    sources: tuple[Row, ...] = field(default=())


def current(connection: Connection) -> dict[str, str]:
    """Indicator code -> the definition that is computed today."""
    rows = connection.execute("select indicator, definition from indicator.current")
    return {row["indicator"]: row["definition"] for row in rows}


def codes() -> tuple[str, ...]:
    """Everything that has an entry: the decree's rows and the indicators we compute."""
    return tuple(sorted({*decree.rows(), *(found.code for found in catalogue.all_indicators())}))


def entry(connection: Connection, code: str) -> KamusEntry:
    """The entry of a code of `codes()`; `connection` is an auditor's."""
    found = {one.code: one for one in catalogue.all_indicators()}
    printed = decree.rows().get(code, {})
    programmes, activities = tuple(decree.programmes(code)), tuple(decree.activities(code))
    indicator = found.get(code)
    if indicator is None:
        return KamusEntry(code, printed, programmes, activities, doubt=decree.doubts().get(code, ""))
    lines = catalogue.header(catalogue.SQL / "indicators" / f"{indicator.name}.sql")
    definition = current(connection).get(code)
    return KamusEntry(
        code, printed, programmes, activities, indicator,
        doubt=decree.doubts().get(code, ""),
        note=lines.get("note", ""),
        reading=lines.get("reading", ""),
        companions=tuple(one for name, one in sorted(found.items()) if name.startswith(f"{code}-")),
        definition=definition,
        parameters=tuple(_parameters(connection, definition)),
        sources=tuple(_sources(connection, definition)),
    )  # fmt: skip


def definitions(connection: Connection, code: str) -> list[Row]:
    """The definitions of an indicator, the newest first: since when each is known, and the publications it served."""
    return connection.execute(
        """
        select
            definition.definition,
            definition.created_at,
            definition.header ->> 'legal_basis' as legal_basis,
            current.definition is not null as is_current,
            min(publication.published_at) as first_published_at,
            count(distinct figure.publication_id) as publications
        from iku.definition
        left join indicator.current
            on definition.definition = current.definition and definition.indicator = current.indicator
        left join iku.figure on definition.definition = figure.definition
        left join iku.publication on figure.publication_id = publication.publication_id
        where definition.indicator = %s
        group by definition.definition, current.definition
        order by definition.created_at desc, definition.definition
        """,
        [code],
    ).fetchall()


def _parameters(connection: Connection, definition: str | None) -> Sequence[Row]:
    """The definition's own parameters and the common ones, as in force in the newest month; a missing one is null."""
    return connection.execute(
        """
        with newest as (
            select period
            from iku.period
            where grain = 'month'
            order by first_day desc
            limit 1
        ),

        known as (
            select parameter.*
            from staging.parameter
            inner join newest on parameter.period = newest.period
        ),

        own as (
            select jsonb_array_elements_text(header -> 'parameters') as name
            from iku.definition
            where definition = %(definition)s
        ),

        wanted as (
            select name from own
            union
            select known.name from known
            inner join unnest(%(common)s::text []) as common (prefix) on starts_with(known.name, common.prefix)
        )

        select
            wanted.name,
            known.value,
            known.unit,
            known.legal_basis,
            known.in_force_from
        from wanted
        left join known on wanted.name = known.name
        order by starts_with(wanted.name, 'predikat_'), starts_with(wanted.name, 'cut_off_'), wanted.name
        """,
        {"definition": definition, "common": list(COMMON)},
    ).fetchall()


def _sources(connection: Connection, definition: str | None) -> list[Row]:
    """The sources that the definition reads, the last day known of each, and its card, which is for engineers.

    If a source can't be read, the error takes the place of its card.
    """
    rows = connection.execute(
        """
        select
            source_state.source,
            source_state.title,
            case
                when source_state.known_until > iku.local_midnight(source_state.since)
                    then iku.local_date(source_state.known_until) - 1
            end as known_to
        from iku.definition_source
        inner join staging.source_state on definition_source.source = source_state.source
        where definition_source.definition = %s
        order by source_state.source
        """,
        [definition],
    ).fetchall()
    found = []
    for row in rows:
        try:
            source = catalogue.source(row["source"])
            found.append({**row, "title": source.title, "owner": source.owner, "card": source.summary})
        except DeclarationError as problem:
            found.append({**row, "owner": "", "card": str(problem)})
    return found


def printed(entry: KamusEntry) -> Iterator[tuple[str, str]]:
    """What the decree prints of an entry: the name of each part and its text."""
    for column, name in PRINTED:
        text = entry.decree[column]
        if text or column in ("sasaran_indicator", "formula_text", "target_text"):
            yield name, plain_formula(text) if column == "formula_text" and text else text or "tidak tercetak"
    for row in entry.programmes:
        yield f"program {row['no']}", f"{row['program']} ({row['program_indicator'] or 'tanpa indikator'})"


def ours(entry: KamusEntry) -> Iterator[tuple[str, str]]:
    """How an entry that is computed is read and computed: the name of each part and its text."""
    indicator = entry.indicator
    if indicator is None:
        return
    kinds = {"persen": "persentase", "jumlah": "jumlah"}
    sums = {"sum": "pembilang dan penyebut dijumlahkan", "last": "keadaan pada akhir periode"}
    definition = entry.definition or "belum dibuat; jalankan iku migrate"
    yield "judul", indicator.title
    yield "satuan", f"{indicator.unit} ({kinds[indicator.form]}, polaritas {indicator.polarity})"
    base, longer = indonesian.GRAINS[indicator.base_period], sums[indicator.roll_up]
    yield "periode dasar", f"{base}; periode lebih panjang: {longer}"
    yield "resmi pada", official(entry)
    yield "pemilik", indicator.owner
    yield "dasar hukum", indicator.legal_basis
    in_force = decree.in_force(indicator.legal_basis, definition, indicator.in_force_from.isoformat())
    yield "berlaku", wording.told(in_force)
    for one in entry.companions:
        yield f"pendamping {one.code}", f"{one.title} ({one.unit}), tidak pernah resmi"


def official(entry: KamusEntry) -> str:
    """The kinds of period whose figures are official."""
    periods = entry.indicator.official_periods if entry.indicator else ()
    return ", ".join(indonesian.GRAINS[name] for name in periods) or "pendamping, tidak pernah resmi"


def plain_formula(text: str) -> str:
    r"""A printed formula without its typesetting: `(Σ OPD yang ..) / (Σ [OPD ..]) × 100 %`."""
    text = re.sub(r"\\text\{([^{}]*)\}", r"\1", text.replace("$", ""))
    for sign, plain in ((r"\sum", "Σ"), (r"\times", "×"), (r"\%", "%")):
        text = text.replace(sign, plain)
    text = re.sub(r"\\frac\{([^{}]*)\}\{([^{}]*)\}", r"\1 / \2", text)
    return re.sub(r"\s+", " ", text).strip()
