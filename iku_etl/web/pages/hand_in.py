"""Serah: registers handed in by month, the form to hand one in, and the verdict."""

import re
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from threading import Lock
from typing import Annotated, Any

from fastapi import APIRouter, Response
from fastapi.responses import HTMLResponse, RedirectResponse

from iku_etl import catalogue
from iku_etl.catalogue import form, mending, sentences
from iku_etl.errors import IkuError, NotFound, SettingError
from iku_etl.model import Source
from iku_etl.pipeline import Lying, Pipeline
from iku_etl.web import asked, matrix, tickets, upload, verdict
from iku_etl.web.counter import Counter, place
from iku_etl.web.desk import Entry, Visit
from iku_etl.web.login import Role
from iku_etl.web.tickets import Ticket
from iku_etl.web.tongue import noted
from iku_etl.web.upload import HANDS_IN, RECEIVED, Upload
from iku_etl.window import Window, window_named

ENTRY = Entry(30, noted("Serah"), "/serah", Role.USER)
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
LABEL = re.compile(r"20\d\d-(0[1-9]|1[0-2])")
BATCH = re.compile(r"[0-9]{1,15}")
REFRESH = "2"  # seconds
TRIAL = "coba"
router = APIRouter()
_making = Lock()


def _counter(visit: Visit) -> Counter:
    """The counter of this application; the first to ask has it do what a stopped server left."""
    state = visit.request.app.state
    with _making:
        if not hasattr(state, "counter"):
            state.counter = Counter(visit.desk)
            state.counter.resume()
    counter: Counter = state.counter
    return counter


def _register(name: str) -> Source:
    found = catalogue.source(name) if name in catalogue.source_names() else None
    if found is None or not found.is_register:
        raise NotFound("Tidak ada register dengan nama itu. Pilih dari halaman Serah.")
    return found


def _month(visit: Visit, source: Source, label: str) -> Window:
    if not LABEL.fullmatch(label):
        raise NotFound("Tidak ada bulan dengan nama itu. Pilih dari halaman Serah.")
    return window_named(source.grid, label, visit.desk.settings.zone)


def _workbook(body: bytes, name: str) -> Response:
    said = {"Content-Disposition": f'attachment; filename="{name}"'}
    return Response(body, media_type=XLSX, headers=said)


@router.get("/serah")
def registers(visit: Annotated[Visit, HANDS_IN]) -> HTMLResponse:
    """Every register in the newest months: handed in, in part, late, rejected, waiting or missing; and who owes it."""
    _counter(visit)
    now = datetime.now(UTC)
    columns = matrix.months(now, visit.desk.settings.zone)
    known = [source for source in catalogue.importable()[0] if source.is_register]
    with visit.desk.pipeline() as pipeline:
        rows = pipeline.standing_of_registers(columns[0].first_day)
        handed = _handed_in(visit, pipeline, known)
    lines = matrix.lines([source for source in known if source.name in handed], columns, rows, now)
    fetched = [source for source in known if source.name not in handed]
    return visit.render("hand_in.html", columns=columns, lines=lines, fetched=fetched)


def _handed_in(visit: Visit, pipeline: Pipeline, known: list[Source]) -> set[str]:
    """The registers that come as files; looked up again when connections.toml is another."""
    path, state = visit.desk.settings.connections_path, visit.request.app.state
    stamp = path.stat().st_mtime_ns if path.exists() else 0
    if getattr(state, "handed_in", (None, None))[0] != stamp:
        state.handed_in = stamp, {source.name for source in known if _is_handed_in(pipeline, source)}
    found: set[str] = state.handed_in[1]
    return found


def _is_handed_in(pipeline: Pipeline, source: Source) -> bool:
    try:
        pipeline.drop_folder(source)
    except SettingError:
        return False
    return True


# ---------------------------------------------------------------- what came of it


@router.get("/serah/hasil/{ticket}")
def outcome(visit: Annotated[Visit, HANDS_IN], ticket: str) -> HTMLResponse:
    """Where a hand-in is; once it is done, the verdict. The page loads itself anew until then."""
    counter, found = _counter(visit), _ticket(visit, ticket)
    source = _register(found.source)
    if not found.is_done:
        counter.submit(found.ticket)
        page = visit.render("hand_in_result.html", ticket=found, source=source, verdicts=[], returned=None)
        page.headers["Refresh"] = REFRESH
        return page
    verdicts = _verdicts(visit, counter, source, found)
    returned = _returned(visit, found, verdicts)
    return visit.render("hand_in_result.html", ticket=found, source=source, verdicts=verdicts, returned=returned)


def _ticket(visit: Visit, name: str) -> Ticket:
    if not re.fullmatch(tickets.FORM, name):
        raise NotFound("Tidak ada penyerahan dengan nomor itu. Pilih dari halaman Serah.")
    return _counter(visit).tickets.get(name)


def _verdicts(visit: Visit, counter: Counter, source: Source, found: Ticket) -> list[verdict.Verdict]:
    """Of the manifest, whoever collected the files: this hand-in, a watcher of the folder, or the night."""
    called = {one.name: one.called for one in found.files}
    if found.is_trial:
        return [verdict.of_trial(label, tried).calling(called) for label, tried in found.tried.items()]
    made = []
    windows = counter.windows(found)
    with visit.desk.pipeline() as pipeline:
        mine = {*found.batches, *pipeline.batches_of(source, windows, found.ticket)}
        for window in windows:
            row = verdict.best(pipeline.attempts(source, window), mine)
            if row is not None:
                made.append(verdict.of_batch(pipeline, row, window.label).calling(called))
    return made


def _returned(visit: Visit, found: Ticket, verdicts: list[verdict.Verdict]) -> str | None:
    """Where the rows that were set aside are to be had, if any were."""
    if not any(one.rows for one in verdicts):
        return None
    is_there = not found.is_trial or (_counter(visit).tickets.path(found.ticket) / tickets.RETURNED).exists()
    return f"/serah/hasil/{found.ticket}/perbaikan.xlsx" if is_there else None


@router.get("/serah/hasil/{ticket}/perbaikan.xlsx")
def returned(visit: Annotated[Visit, HANDS_IN], ticket: str) -> Response:
    """The rows that were set aside, in the form of the register's template, the reason beside each."""
    found = _ticket(visit, ticket)
    source, counter = _register(found.source), _counter(visit)
    name = f"perbaikan_{source.name}_{found.windows[0]}.xlsx"
    if found.is_trial:
        path = counter.tickets.path(ticket) / tickets.RETURNED
        return _workbook(path.read_bytes() if path.exists() else form.workbook(source), name)
    for one in _verdicts(visit, counter, source, found):
        if one.rows and one.batch_id is not None:
            return _workbook(_mending(visit, source, one.batch_id), name)
    return _workbook(form.workbook(source), name)


def _mending(visit: Visit, source: Source, batch_id: int) -> bytes:
    with visit.desk.pipeline() as pipeline:
        (batch,) = pipeline.batches([batch_id])
        rows = pipeline.rows_aside(batch_id, with_cells=True)
        position = next(
            (row["position_on"] for row in pipeline.attempts(source, batch.window) if row["batch_id"] == batch_id), None
        )
    said = batch.window.label if source.kind == "events" else position or batch.window.last_day
    return mending.workbook(source, said, [(row.cells, row.message, row.place) for row in rows if row.is_row])


# ---------------------------------------------------------------- the form


@dataclass(frozen=True)
class _Formed:
    """What the form shows of a register and a month."""

    source: Source
    window: Window
    months: list[Window]
    lying: list[Lying]
    mends: int | None
    mended_rows: int
    replaced: str  # key of the one file that lies there and was rejected: a new one takes its place


@router.get("/serah/{source}")
def hand_in_form(
    visit: Annotated[Visit, HANDS_IN], source: str, bulan: str | None = None, perbaiki: str | None = None
) -> HTMLResponse:
    """The form of one register for a month: what it expects, what lies there already, and the file to hand in."""
    return _form(visit, _formed(visit, _register(source), bulan, perbaiki))


def _formed(visit: Visit, source: Source, bulan: str | None, perbaiki: str | None) -> _Formed:
    months = matrix.months(datetime.now(UTC), visit.desk.settings.zone)[:-1]
    window = _month(visit, source, bulan) if bulan else months[-1]
    months = sorted({*months, window})
    mends = int(perbaiki) if perbaiki and BATCH.fullmatch(perbaiki) else None
    with visit.desk.pipeline() as pipeline:
        try:
            lying = pipeline.lying(source, window)
            lying += _coming(visit, source.name, pipeline.drop_folder(source), window, {one.path for one in lying})
        except SettingError as problem:
            raise NotFound(str(problem)) from None
        rows = pipeline.attempts(source, window)
        is_known = mends in {row["batch_id"] for row in rows}
        mendable = pipeline.mendable(source, mends) if is_known and mends is not None else {}
    is_rejected = bool(rows) and rows[0]["ending"] == "rejected" and len(lying) == 1
    return _Formed(
        source, window, months, lying, mends if mendable else None, sum(map(len, mendable.values())),
        lying[0].key if is_rejected else "",
    )  # fmt: skip


def _coming(visit: Visit, source: str, folder: Path, window: Window, there: set[Path]) -> list[Lying]:
    """Files of this month that were handed in a moment ago and will lie there."""
    found = []
    for ticket in _counter(visit).pending(source, window.label):
        for one in ticket.files:
            if folder / one.name not in there:
                moment = datetime.fromisoformat(ticket.at)
                found.append(Lying.of(folder / one.name, one.called, one.size_bytes, moment, ticket.note))
    return found


def _form(
    visit: Visit, formed: _Formed, problems: tuple[str, ...] = (), given: Upload | None = None, status: int = 200
) -> HTMLResponse:
    source = formed.source
    columns = [
        {
            "title": sentences.heading(column),
            "is_required": not column.nullable,
            "kind": sentences.kind(column),
            "choices": sentences.choices(source, column),
            "is_dropped": sentences.is_dropped(source, column),
        }
        for column in source.delivered
    ]
    return visit.render(
        "hand_in_form.html", status, formed=formed, source=source, columns=columns, problems=problems,
        checks=sentences.checks(source), given=given or Upload(), new=tickets.new_name(), cap=upload.CAP_BYTES,
    )  # fmt: skip


@router.post("/serah/{source}")
def hand_in(visit: Annotated[Visit, HANDS_IN], source: str, given: Annotated[Upload, RECEIVED]) -> Response:
    """Keep what was handed in as a ticket, answer with its page, and have it done; nothing is kept if it is faulty."""
    counter, register = _counter(visit), _register(source)
    formed = _formed(visit, register, given.text("bulan") or None, given.text("perbaiki"))
    is_trial = given.text("aksi") == TRIAL
    ticket = given.text("nomor")
    ticket = ticket if re.fullmatch(tickets.FORM, ticket) else tickets.new_name()
    if counter.tickets.path(ticket).exists():  # sent twice: a second click, or a page that was loaded anew
        return RedirectResponse(f"{visit.root}/serah/hasil/{ticket}", status_code=303)
    found = asked.checked(
        register, formed.window, given, formed.lying, ticket, datetime.now(UTC), is_trial=is_trial,
        may_mend=formed.mends is not None,
    )  # fmt: skip
    if found.problems:
        return _form(visit, formed, tuple(found.problems), given, given.status)
    try:
        kept = _kept(visit, counter, found, formed.mends, ticket, is_trial=is_trial)
    except FileExistsError:  # the same form, at the same moment
        return RedirectResponse(f"{visit.root}/serah/hasil/{ticket}", status_code=303)
    except OSError:
        counter.tickets.discard(ticket)
        sentence = noted("Berkasnya tidak dapat disimpan; mungkin ruang penyimpanan habis. Beri tahu pengelola.")
        return _form(visit, formed, (sentence,), given, 507)
    _place_now(visit, counter, kept)
    counter.submit(kept.ticket)
    return RedirectResponse(f"{visit.root}/serah/hasil/{kept.ticket}", status_code=303)


def _kept(
    visit: Visit, counter: Counter, found: asked.Asked, mends: int | None, ticket: str, *, is_trial: bool
) -> Ticket:
    """Write files and ticket down; OSError if that can't be done."""
    counter.tickets.draw(ticket)
    folder = counter.tickets.path(ticket)
    for given, one in found.files:
        given.file.seek(0)
        tickets.write_file(folder, one.stored, iter(partial(given.file.read, 1024**2), b""))
    return counter.tickets.keep(
        Ticket(
            ticket, found.source.name, tuple(window.label for window in sorted(found.windows)), visit.person.name,
            found.letter, found.remark, datetime.now(UTC).isoformat(timespec="seconds"),
            tuple(one for _, one in found.files), is_trial, found.how, found.replaces,
            mends if found.how == "perbaiki" else None,
        )
    )  # fmt: skip


def _place_now(visit: Visit, counter: Counter, kept: Ticket) -> None:
    """Put the files where the night finds them too, unless that takes long or somebody else has the source's turn."""
    if kept.is_trial or kept.mends is not None:
        return
    with suppress(OSError, IkuError), counter.tickets.turn(kept.source, is_patient=False) as is_mine:
        if is_mine:
            with visit.desk.pipeline() as pipeline:
                place(pipeline, counter.tickets, catalogue.source(kept.source), kept)


@router.get("/serah/{source}/formulir")
def template(visit: Annotated[Visit, HANDS_IN], source: str) -> Response:
    """The empty workbook of the register, as `iku template` writes it."""
    found = _register(source)
    return _workbook(form.workbook(found), f"{found.name}.xlsx")


@router.get("/serah/{source}/{window}")
def month(visit: Annotated[Visit, HANDS_IN], source: str, window: str) -> HTMLResponse:
    """Every hand-in of a register for a month, the newest first, each with its verdict; what lies there now, and which
    units owe it.
    """
    found = _register(source)
    cell = _month(visit, found, window)
    with visit.desk.pipeline() as pipeline:
        rows = pipeline.attempts(found, cell)
        verdicts = [verdict.of_batch(pipeline, row, cell.label) for row in rows]
        lying: list[Any] = pipeline.lying(found, cell) if _is_handed_in(pipeline, found) else []
        owing = matrix.owing(pipeline.units(found, cell))
    return visit.render("hand_in_month.html", source=found, window=cell, verdicts=verdicts, lying=lying, owing=owing)


@router.get("/serah/{source}/{window}/perbaikan.xlsx")
def returned_of_month(
    visit: Annotated[Visit, HANDS_IN], source: str, window: str, batch: str | None = None
) -> Response:
    """The rows that a batch of the month set aside, as above; without any it is the empty template."""
    found = _register(source)
    cell = _month(visit, found, window)
    name = f"perbaikan_{found.name}_{cell.label}.xlsx"
    with visit.desk.pipeline() as pipeline:
        rows = pipeline.attempts(found, cell)
    wanted = [row["batch_id"] for row in rows if batch is None or str(row["batch_id"]) == batch]
    if not wanted:
        return _workbook(form.workbook(found), name)
    return _workbook(_mending(visit, found, wanted[0]), name)
