"""Two plain pages: all figures, and one with its members. Runs in Airflow's UI or under any ASGI server.

No script, no cookie, no asset from anywhere: one style sheet inside the page, allowed by its hash. Values of
sources are escaped by the templates; the pages read as `iku_reader`, and as `iku_auditor` where members are shown.
"""

import base64
import hashlib
import re
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from importlib import resources
from typing import Any
from urllib.parse import quote

import jinja2
from fastapi import Depends, FastAPI, Request, Response
from fastapi.exception_handlers import http_exception_handler
from fastapi.responses import HTMLResponse, JSONResponse
from starlette.exceptions import HTTPException

from iku_etl import indonesian
from iku_etl.errors import NotFound, WarehouseError
from iku_etl.figures import publications, wording
from iku_etl.pipeline import Pipeline, pipeline
from iku_etl.settings import Settings
from iku_etl.warehouse.database import Connection
from iku_etl.web import page

Guard = Callable[..., Any]
STYLE = (resources.files("iku_etl.web") / "templates" / "style.css").read_text(encoding="utf-8")
_STYLE_HASH = base64.b64encode(hashlib.sha256(STYLE.encode()).digest()).decode()
HEADERS = {
    "Content-Security-Policy": f"default-src 'none'; style-src 'sha256-{_STYLE_HASH}'; base-uri 'none';"
    " form-action 'none'; frame-ancestors 'self'",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "SAMEORIGIN",  # Airflow's UI shows the pages in a frame of its own
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cache-Control": "private, no-cache",
}


class _Door:
    """The pipeline, made once, and again after its warehouse could not be reached: the port may have changed."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._found: Pipeline | None = None

    @contextmanager
    def pipeline(self) -> Iterator[Pipeline]:
        if self._found is None:
            self._found = pipeline(self._settings)
        try:
            yield self._found
        except WarehouseError:
            self._found = None
            raise

    @contextmanager
    def connect(self, role: str) -> Iterator[Connection]:
        with self.pipeline() as found, found.warehouse.connect(role) as connection:
            yield connection


NAMED = re.compile(r"[A-Z0-9-]{1,20} [A-Z0-9-]{4,10} [0-9]{1,6}")  # IKU-05 2026-TW1 2


def create_app(settings: Settings, guard: Guard | None = None) -> FastAPI:
    """The pages as one app; `guard` is a FastAPI dependency that every route asks first (say, Airflow's login)."""
    app = FastAPI(
        title="IKU",
        openapi_url=None,  # and with it no /docs, which would load scripts from elsewhere
        dependencies=[Depends(guard)] if guard else [],
    )
    door = _Door(settings)
    templates = _templates(settings)

    def render(request: Request, name: str, status: int = 200, **values: Any) -> HTMLResponse:
        root = request.scope.get("root_path", "").rstrip("/")
        return HTMLResponse(templates.get_template(name).render(root=root, style=STYLE, **values), status)

    @app.get("/")
    def all_figures(request: Request) -> HTMLResponse:
        """Every indicator: newest official and running period, and the periods before."""
        with door.connect("reader") as connection:
            rows = publications.select(connection)
        with door.connect("auditor") as connection:
            spans = publications.spans(connection)
        return render(request, "figures.html", **page.overview(rows, spans))

    @app.get("/figure/{indicator}/{period}")
    def one_figure(request: Request, indicator: str, period: str, revision: str | None = None) -> HTMLResponse:
        """One figure with its members, their reasons, and its earlier revisions."""
        if not NAMED.fullmatch(f"{indicator} {period} {revision or 0}"):
            raise NotFound("Tidak ada angka dengan nama itu. Pilih dari halaman semua indikator.")
        number = None if revision is None else int(revision)
        with door.pipeline() as pipeline:
            found = pipeline.trace(indicator, period, revision=number, with_bytes=False)
        with door.connect("reader") as connection:
            history = publications.select(connection, indicator, period, history=True)
        row, lists = publications.one_of(history, found.figure), page.member_lists(found)
        return render(request, "figure.html", found=found, row=row, history=history, lists=lists)

    @app.get("/healthz")
    def healthz() -> JSONResponse:
        with door.connect("reader") as connection:
            connection.execute("select 1")
        return JSONResponse({"status": "ok"})

    _answer_problems(app, render)

    @app.middleware("http")
    async def add_headers(request: Request, call: Callable[[Request], Awaitable[Response]]) -> Response:
        response = await call(request)
        for name, value in HEADERS.items():
            response.headers.setdefault(name, value)
        return response

    return app


def _answer_problems(app: FastAPI, render: Callable[..., HTMLResponse]) -> None:
    """Pages for what can't be shown: no answer of the app is English, or JSON, or says what broke."""

    @app.exception_handler(NotFound)
    def not_found(request: Request, problem: NotFound) -> HTMLResponse:
        return render(request, "problem.html", 404, title="Tidak ditemukan", sentence=str(problem))

    @app.exception_handler(HTTPException)
    async def refused(request: Request, problem: HTTPException) -> Response:
        """An address that is no page; what a guard says of a login stays as it is."""
        if problem.status_code not in (404, 405):
            return await http_exception_handler(request, problem)
        sentence = "Tidak ada halaman di alamat itu. Mulai dari halaman semua indikator."
        return render(request, "problem.html", problem.status_code, title="Tidak ditemukan", sentence=sentence)

    @app.exception_handler(Exception)
    def broken(request: Request, problem: Exception) -> HTMLResponse:
        """What nobody foresaw: told without a word of it; the server's log has the rest."""
        sentence = "Halaman ini tidak dapat dibuat. Beri tahu pengelola: alamatnya, dan pukul berapa."
        return render(request, "problem.html", 500, title="Ada yang salah", sentence=sentence)

    @app.exception_handler(WarehouseError)
    def not_reached(request: Request, problem: WarehouseError) -> HTMLResponse:
        sentence = "Gudang data tidak dapat dihubungi. Coba lagi sebentar lagi; bila tetap, hubungi pengelola."
        return render(request, "problem.html", 503, title="Sedang tidak tersedia", sentence=sentence)


def _templates(settings: Settings) -> jinja2.Environment:
    made = jinja2.Environment(
        loader=jinja2.PackageLoader("iku_etl.web"),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.filters |= {
        "count": indonesian.count,
        "percent": indonesian.percent,
        "measure": indonesian.measure,
        "day": indonesian.day,
        "moment": lambda value: indonesian.moment(value, settings.zone),
        "period": indonesian.period,
        "mutu": wording.mutu,
        "told": wording.told,
        "left_out": wording.left_out,
        "revision": wording.revision,
        "tahap": wording.tahap,
        "target": wording.target,
        "attainment": wording.attainment,
        "target_cell": wording.target_cell,
        "capaian_cell": wording.capaian_cell,
        "reasons": wording.reasons,
        "segment": lambda value: quote(str(value), safe=""),
    }
    made.globals |= {"bar": page.bar, "bounds": wording.bounds, "share": indonesian.share}
    made.globals["provisional"] = wording.PROVISIONAL
    made.globals["is_companion"] = publications.is_companion
    return made
