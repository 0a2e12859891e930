"""The counter: takes hand-ins one after another, places their files, collects, publishes, and says where it is.

One thread a process; two processes never work on one ticket, nor on one source. Whoever closes the browser finds the
verdict later; what a stopped server has left is done by the next that looks (`resume`), and what lies in the drop
folder already is collected by the night as any file.
"""

import logging
import os
import queue
import re
import shutil
import threading
from contextlib import suppress
from dataclasses import asdict
from pathlib import Path

from iku_etl import catalogue
from iku_etl.catalogue import mending
from iku_etl.connectors.registers import emptied, handed
from iku_etl.errors import IkuError, WarehouseError
from iku_etl.model import Source
from iku_etl.pipeline import Pipeline, Tried, told_change
from iku_etl.web.desk import Desk
from iku_etl.web.tickets import RETURNED, Ticket, Tickets
from iku_etl.web.tongue import noted
from iku_etl.window import Window, window_named

WAITS, PLACED, KEPT, PUBLISHES, DONE = (
    noted("menunggu giliran"), noted("berkas diambil dan disimpan"), noted("diperiksa dan dimuat"),
    noted("angka dihitung"), noted("selesai"),
)  # fmt: skip
TRIES = noted("dicoba, tanpa disimpan")
MOVED_SHOWN, ROWS_KEPT = 40, 500
BROKE = (
    "Penyerahan ini terhenti karena galat yang tidak terduga. Lihat keadaan bulannya sebelum menyerahkan lagi, dan beri"
    " tahu pengelola: nomor {}."
)
_MENDED = re.compile(r"_[a-z]{16}-asal\d+$")


class Counter:
    """The queue of one desk."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self.tickets = Tickets(desk.settings.hand_in_dir)
        self._queue: queue.Queue[str] = queue.Queue()
        self._known: set[str] = set()
        self._lock = threading.Lock()
        self._thread: threading.Thread | None = None

    def submit(self, ticket: str) -> None:
        """Have a ticket done; one that waits or is being done already stays where it is."""
        with self._lock:
            if ticket in self._known:
                return
            self._known.add(ticket)
            self._queue.put(ticket)
            if self._thread is None:  # a daemon: a server that stops waits for nobody, and every step may die
                self._thread = threading.Thread(target=self._serve, name="serah", daemon=True)
                self._thread.start()

    def pending(self, source: str, label: str) -> list[Ticket]:
        """Hand-ins of a month whose files do not all lie in the drop folder yet."""
        found = [self.tickets.get(name) for name in self.tickets.open_ones()]
        return [one for one in found if one.source == source and label in one.windows and not one.is_trial]

    def resume(self) -> None:
        """Have done what a stopped server has left."""
        self.tickets.forget()
        for ticket in self.tickets.open_ones():
            self.submit(ticket)

    def _serve(self) -> None:
        while True:
            ticket = self._queue.get()
            try:
                self.do(ticket)
            except Exception:
                logging.getLogger(__name__).exception("hand-in %s", ticket)
            finally:
                with self._lock:
                    self._known.discard(ticket)

    def do(self, name: str) -> None:
        """Bring a ticket to its end, in this thread; one that another process works on is left to it."""
        with self.tickets.held(name) as is_held:
            ticket = self.tickets.get(name)
            if not is_held or ticket.is_done:
                return
            with self.tickets.turn(ticket.source):
                try:
                    changes = self._tried(ticket) if ticket.is_trial else self._collected(ticket)
                except (WarehouseError, OSError) as problem:  # no disk, no server: whoever looks has it tried again
                    told = problem.strerror if isinstance(problem, OSError) else str(problem)
                    self.tickets.change(ticket, stage=WAITS, problem=told)
                    return
                except IkuError as problem:
                    changes = {"problem": str(problem)}
                except Exception:
                    logging.getLogger(__name__).exception("hand-in %s", name)
                    changes = {"problem": BROKE.format(name)}
            self.tickets.change(ticket, stage=DONE, is_done=True, **({"problem": None} | changes))
            self.tickets.clear(ticket)

    # ------------------------------------------------------------ a hand-in

    def _collected(self, ticket: Ticket) -> dict[str, object]:
        source = catalogue.source(ticket.source)
        with self._desk.pipeline() as pipeline:
            place(pipeline, self.tickets, source, ticket)
            self.tickets.change(ticket, stage=PLACED)
            windows = self.windows(ticket)
            overtaken = {name for window in windows for name in _overtaken(pipeline, source, window, ticket)}
            made = pipeline.collect(source, windows, told=lambda: self._is_at(ticket, KEPT))
            cells = {window.start for window in windows}
            batches = tuple(batch.batch_id for batch in made.batches if batch.window.start in cells)
            self.tickets.change(ticket, stage=PUBLISHES, batches=batches)
            return {"batches": batches, "overtaken": tuple(sorted(overtaken)), "moved": _published(pipeline)}

    def _is_at(self, ticket: Ticket, stage: str) -> None:
        self.tickets.change(ticket, stage=stage)

    def windows(self, ticket: Ticket) -> list[Window]:
        grid = catalogue.source(ticket.source).grid
        return [window_named(grid, label, self._desk.settings.zone) for label in ticket.windows]

    # ------------------------------------------------------------ a trial

    def _tried(self, ticket: Ticket) -> dict[str, object]:
        source = catalogue.source(ticket.source)
        self.tickets.change(ticket, stage=TRIES)
        own = self.tickets.path(ticket.ticket)
        found: dict[str, object] = {}
        overtaken: set[str] = set()
        with self._desk.pipeline() as pipeline:
            for window in self.windows(ticket):
                where, work = own / f"folder-{window.label}", own / f"work-{window.label}"
                _lay_out(pipeline, self.tickets, source, ticket, window, where)
                tried = pipeline.try_out(source, window, where, work)
                overtaken.update(_overtaken(pipeline, source, window, ticket, where))
                self._give_back(source, window, tried, own)
                kept = asdict(tried)
                kept["rows"] = [
                    {name: row[name] for name in ("file", "place", "message")} for row in kept["rows"][:ROWS_KEPT]
                ]
                found[window.label] = kept
        return {"tried": found, "overtaken": tuple(sorted(overtaken))}

    def _give_back(self, source: Source, window: Window, tried: Tried, own: Path) -> None:
        """The workbook of the rows that would be set aside: made now, for the file is gone afterwards."""
        rows = [(row.cells, row.message, row.place) for row in tried.rows if row.is_row]
        if rows:
            said = window.label if source.kind == "events" else window.last_day
            handed.write_whole(own / RETURNED, mending.workbook(source, said, rows))


# ---------------------------------------------------------------- files


def place(pipeline: Pipeline, tickets: Tickets, source: Source, ticket: Ticket) -> None:
    """Put a ticket's files into the drop folder, and take away those whose place they take; done once, however often.

    Of a batch whose rows were mended the files stay, without those rows.
    """
    own, drop = tickets.path(ticket.ticket), pipeline.drop_folder(source)
    for number, (path, places) in enumerate(_mended(pipeline, source, ticket).items(), 1):
        made = own / f"asal-{number}{path.suffix.lower()}"
        emptied.without_rows(path, places, made)
        stem = _MENDED.sub("", path.stem)[:100]
        note = handed.note_of(path) | {"emptied": f"{len(places)} baris diperbaiki lewat {ticket.ticket}"}
        handed.put(drop, made, f"{stem}_{ticket.ticket}-asal{number}{path.suffix.lower()}", note)
        handed.take_away(path, is_kept=not source.is_stripped)
    for one in ticket.files:
        if (own / one.stored).exists():
            handed.put(drop, own / one.stored, one.name, ticket.note)
    mine = {one.name for one in ticket.files}
    for name in ticket.replaces:
        if name not in mine and (drop / name).exists():
            handed.take_away(drop / name, is_kept=not source.is_stripped)


def _overtaken(
    pipeline: Pipeline, source: Source, window: Window, ticket: Ticket, where: Path | None = None
) -> list[str]:
    """The files of a ticket, as their sender called them, that a newer position overtakes."""
    called = {one.name: one.called for one in ticket.files}
    return [called[name] for name in pipeline.overtaken(source, window, called, where)]


def _mended(pipeline: Pipeline, source: Source, ticket: Ticket) -> dict[Path, list[str]]:
    return {} if ticket.mends is None else pipeline.mendable(source, ticket.mends)


def _lay_out(pipeline: Pipeline, tickets: Tickets, source: Source, ticket: Ticket, window: Window, where: Path) -> None:
    """A folder as the drop folder would be for a window after this hand-in."""
    shutil.rmtree(where, ignore_errors=True)
    where.mkdir()
    mended = _mended(pipeline, source, ticket)
    for one in pipeline.lying(source, window):
        if one.path in mended:
            emptied.without_rows(one.path, mended[one.path], where / one.path.name)
        elif one.path.name not in ticket.replaces:
            _link(one.path, where / one.path.name)
    for own in ticket.files:
        _link(tickets.path(ticket.ticket) / own.stored, where / own.name)


def _link(path: Path, made: Path) -> None:
    with suppress(FileExistsError):
        try:
            os.link(path, made)
        except OSError:
            shutil.copy2(path, made)


def _published(pipeline: Pipeline) -> tuple[dict[str, str], ...]:
    """The figures that moved, each by its name and as a sentence, and whether its value did; none without a load."""
    if not pipeline.has_moved():
        return ()
    changes = pipeline.changes(pipeline.publish(), MOVED_SHOWN)
    return tuple(
        {
            "indicator": change.figure["indicator"],
            "period": change.figure["period"],
            "why": told_change(change),
            "is_value": "ya" if "value" in change.columns else "",
        }
        for change in changes
        if change.before is not None
    )[:MOVED_SHOWN]
