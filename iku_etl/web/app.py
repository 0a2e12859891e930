"""The office's desk as one ASGI application: in Airflow's UI under its login, or on its own (`iku serve`).

A page is a module in `pages/`: its `router` is found by its name, its `ENTRY` stands in the menu. Pages work without
JavaScript; style and script come from here alone. Values of sources are escaped by the templates.
"""

import pkgutil
from collections.abc import Awaitable, Callable, Mapping
from functools import partial
from importlib import import_module

from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.responses import HTMLResponse
from fastapi.routing import APIRoute
from starlette.exceptions import HTTPException

from iku_etl.errors import IkuError, NotFound, WarehouseError
from iku_etl.settings import Settings
from iku_etl.web import looks, pages
from iku_etl.web.api import answers
from iku_etl.web.desk import Desk, Entry, Visit, role_of, visit
from iku_etl.web.login import Login, Role
from iku_etl.web.tongue import COOKIE, NAMES, Tongue, noted

HEADERS = {
    "Content-Security-Policy": "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self';"
    " base-uri 'none'; form-action 'self'; frame-ancestors 'self'",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "SAMEORIGIN",  # Airflow's UI shows the pages in a frame of its own
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cache-Control": "private, no-cache",
}
READING = ("GET", "HEAD", "OPTIONS")


def create_app(settings: Settings, login: Login) -> FastAPI:
    """The desk of an installation; `login` says who asks. DeclarationError for a page that lets nobody in by name."""
    app = FastAPI(title="IKU", openapi_url=None)  # and with it no /docs, which would load scripts from elsewhere
    modules = [import_module(f"{pages.__name__}.{found.name}") for found in pkgutil.iter_modules(pages.__path__)]
    for module in modules:
        app.include_router(module.router)
    for route in app.routes:
        if isinstance(route, APIRoute):
            role_of(route)
    entries: list[Entry] = [module.ENTRY for module in modules if hasattr(module, "ENTRY")]
    app.state.desk = Desk(
        settings, login, partial(looks.templates, zone=settings.zone), tuple(sorted(entries, key=lambda one: one.place))
    )
    app.middleware("http")(_guard)
    _answer_problems(app)
    return app


async def _guard(request: Request, call: Callable[[Request], Awaitable[Response]]) -> Response:
    """Headers on every answer, no change asked for by another site's page, and the chosen language kept."""
    if request.method not in READING and _is_foreign(request):
        response: Response = await _problem(
            request,
            403,
            noted("Ditolak"),
            noted("Permintaan ini tidak datang dari halaman ini sendiri. Buka halamannya, lalu ulangi."),
        )
    else:
        response = await call(request)
    for name, value in HEADERS.items():
        response.headers.setdefault(name, value)
    if (asked := request.query_params.get("lang")) in NAMES:
        path = request.scope.get("root_path", "") or "/"
        response.set_cookie(COOKIE, str(asked), max_age=365 * 86_400, path=path, httponly=True, samesite="lax")
    return response


def _is_foreign(request: Request) -> bool:
    """Whether a page of another origin sent this form: by Fetch Metadata, else by Origin; without either, yes.

    https://cheatsheetseries.owasp.org/cheatsheets/Cross-Site_Request_Forgery_Prevention_Cheat_Sheet.html
    """
    if site := request.headers.get("sec-fetch-site"):
        return site not in ("same-origin", "none")
    origin = request.headers.get("origin", "")
    return not origin or origin.partition("://")[2] != request.headers.get("host")


async def _problem(
    request: Request, status: int, title: str, sentence: str, needed: Role | None = None, detail: str = "",
    headers: Mapping[str, str] | None = None,
) -> Response:  # fmt: skip
    if answers.is_asked(request):
        word = Tongue.of(request).word
        told = answers.problem(status, word(title), f"{word(sentence)} {detail}".strip(), headers)
        told.headers.update(HEADERS)
        return told
    try:
        found: Visit = await visit(request)
    except HTTPException as refused:  # a login that could not be read: the page is as for nobody
        return HTMLResponse(refused.detail, refused.status_code)
    page = found.render("problem.html", status, title=title, sentence=sentence, needed=needed, detail=detail)
    page.headers.update(HEADERS)  # what breaks is answered outside of `_guard`
    return page


def _answer_problems(app: FastAPI) -> None:
    """Pages for what can't be shown, problem+json for what the API was asked; none says what broke."""

    @app.exception_handler(NotFound)
    async def not_found(request: Request, problem: NotFound) -> Response:
        return await _problem(request, 404, noted("Tidak ditemukan"), str(problem))

    @app.exception_handler(IkuError)
    async def not_done(request: Request, problem: IkuError) -> Response:
        """What the pipeline refuses says itself what, where and what to do next."""
        return await _problem(request, 400, noted("Tidak dilakukan"), str(problem))

    @app.exception_handler(RequestValidationError)
    async def not_filled_in(request: Request, problem: RequestValidationError) -> Response:
        fields = ", ".join(dict.fromkeys(str(one["loc"][-1])[:40] for one in problem.errors()))
        sentence = noted("Isian tidak lengkap atau tidak dapat dibaca, jadi belum ada yang dilakukan. Periksa:")
        return await _problem(request, 422, noted("Tidak dapat dibaca"), sentence, detail=f"{fields}.")

    @app.exception_handler(401)
    async def nobody(request: Request, problem: HTTPException) -> Response:
        return await _problem(request, 401, noted("Masuk dahulu"), noted("Halaman ini hanya untuk yang sudah masuk."))

    @app.exception_handler(403)
    async def too_little(request: Request, problem: HTTPException) -> Response:
        sentence = noted("Halaman ini bukan untuk peran Anda.")
        needed = Role[problem.detail] if problem.detail in Role.__members__ else None
        return await _problem(request, 403, noted("Tidak berwenang"), sentence, needed)

    @app.exception_handler(HTTPException)
    async def refused(request: Request, problem: HTTPException) -> Response:
        """An address that is no page, or a form that can't be read."""
        if problem.status_code in (404, 405):
            return await _problem(
                request, problem.status_code, noted("Tidak ditemukan"),
                noted("Tidak ada halaman di alamat itu. Mulai dari halaman ringkasan."), headers=problem.headers,
            )  # fmt: skip
        return await _problem(request, problem.status_code, noted("Tidak dapat dibaca"), str(problem.detail))

    @app.exception_handler(Exception)
    async def broken(request: Request, problem: Exception) -> Response:
        """What nobody foresaw: told without a word of it; the server's log has the rest."""
        sentence = noted("Halaman ini tidak dapat dibuat. Beri tahu pengelola: alamatnya, dan pukul berapa.")
        return await _problem(request, 500, noted("Ada yang salah"), sentence)

    @app.exception_handler(WarehouseError)
    async def not_reached(request: Request, problem: WarehouseError) -> Response:
        sentence = noted("Gudang data tidak dapat dihubungi. Coba lagi sebentar lagi; bila tetap, hubungi pengelola.")
        return await _problem(request, 503, noted("Sedang tidak tersedia"), sentence)
