"""What a page works with: the pipeline, the person who asks, the language, and its template.

A page is a module in `pages/` with a `router`; each of its routes takes `visit: Annotated[Visit, at(Role.X)]`.
"""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import jinja2
from fastapi import Depends, HTTPException, Request
from fastapi.responses import HTMLResponse
from fastapi.routing import APIRoute

from iku_etl.errors import DeclarationError, WarehouseError
from iku_etl.figures import publications
from iku_etl.figures.public import Public, public
from iku_etl.figures.publications import Span
from iku_etl.pipeline import Change, Pipeline, pipeline
from iku_etl.settings import Settings
from iku_etl.warehouse.database import Connection, Row
from iku_etl.web import fresh
from iku_etl.web.login import NOBODY, Login, Person, Role
from iku_etl.web.tongue import Tongue

_NEEDS = "iku_role"  # the attribute of a dependency that says whom it lets in


@dataclass(frozen=True)
class Entry:
    """A line of the menu: `title` in Indonesian, `path` below the place where the pages are mounted."""

    place: int
    title: str
    path: str
    role: Role


@dataclass
class Desk:
    """One application's pipeline, made once, and again after its warehouse could not be reached."""

    settings: Settings
    login: Login
    templates: Callable[[Tongue], jinja2.Environment]
    menu: tuple[Entry, ...] = ()
    _found: Pipeline | None = field(default=None, repr=False)
    _changes: tuple[int, tuple[Change, ...]] = field(default=(0, ()), repr=False)
    _figures: tuple[str, tuple[Row, ...]] = field(default=("", ()), repr=False)
    _public: tuple[str, Public] = field(default=("", Public((), {}, 0)), repr=False)

    @contextmanager
    def pipeline(self) -> Iterator[Pipeline]:
        if self._found is None:
            self._found = pipeline(self.settings, is_served=True)
        try:
            yield self._found
        except WarehouseError:
            self._found = None  # its port may have changed
            raise

    @contextmanager
    def connect(self, role: str) -> Iterator[Connection]:
        with self.pipeline() as found, found.warehouse.connect(role) as connection:
            yield connection

    def dated(self, rows: Sequence[Row]) -> dict[str, Span]:
        """Give rows the days of their states; the periods and their cut-offs, for whoever needs those too."""
        with self.connect("auditor") as connection:
            spans = publications.spans(connection)
        publications.dated(rows, spans, self.settings.zone)
        return spans

    def changes(self, limit: int) -> tuple[Change, ...]:
        """What the newest publication changed, as `Pipeline.changes_of`; read once, for a publication never changes."""
        with self.connect("reader") as connection:
            number = publications.newest_id(connection)
        if number and self._changes[0] != number:
            with self.pipeline() as pipeline:
                self._changes = (number, tuple(pipeline.changes_of(number, limit)))
        return self._changes[1] if number else ()

    def figures(self) -> list[Row]:
        """The newest row of every figure, as `publications.select`, each caller's own.

        Read once a publication or decision, on which alone they hang.
        """
        with self.connect("auditor") as connection:
            known = fresh.said(connection)
        if self._figures[0] != known:
            with self.connect("reader") as connection:
                self._figures = (known, tuple(publications.select(connection)))
        return [dict(row) for row in self._figures[1]]

    def state(self) -> str:
        """What all figures hang on, as `fresh.state`."""
        with self.connect("auditor") as connection:
            return fresh.state(connection)

    def public(self) -> tuple[str, Public]:
        """What the public may read, and the state that it hangs on (`fresh.state`); read once a state."""
        with self.connect("auditor") as connection:
            known = fresh.state(connection)
            if self._public[0] != known:
                self._public = (known, public(connection))
        return self._public


@dataclass(frozen=True)
class Visit:
    """One request: who asks, in which language, of which desk."""

    request: Request = field(repr=False)
    desk: Desk = field(repr=False)
    person: Person
    tongue: Tongue

    @property
    def root(self) -> str:
        """Where the pages are mounted: `/iku` in Airflow's UI, empty on their own."""
        return str(self.request.scope.get("root_path", "")).rstrip("/")

    def is_at(self, path: str) -> bool:
        """Whether this is the page of a menu entry, or one below it."""
        own = self.request.url.path.removeprefix(self.root)
        return own == path if path == "/" else own.startswith(path)

    def may(self, role: Role) -> bool:
        return self.person.role >= role

    def render(self, template: str, status: int = 200, **values: Any) -> HTMLResponse:
        """A page of a template, with the menu of what this person may open."""
        menu = [entry for entry in self.desk.menu if self.may(entry.role)]
        found = self.desk.templates(self.tongue).get_template(template)
        return HTMLResponse(found.render(visit=self, root=self.root, menu=menu, **values), status)


async def visit(request: Request) -> Visit:
    """The request as a visit; whoever is not known is the public."""
    desk: Desk = request.app.state.desk
    person = await desk.login(request) or NOBODY
    return Visit(request, desk, person, Tongue.of(request))


def at(role: Role) -> Any:
    """What a route declares to be given a `Visit`: 401 for nobody where somebody is due, 403 for too little a role."""

    async def admitted(request: Request) -> Visit:
        found = await visit(request)
        if not found.may(role):
            raise HTTPException(403 if found.person.name else 401, detail=role.name)
        return found

    setattr(admitted, _NEEDS, role)
    return Depends(admitted)


def role_of(route: APIRoute) -> Role:
    """The least role that a route asks for; DeclarationError for one that asks nobody."""
    for dependency in route.dependant.dependencies:
        if (role := getattr(dependency.call, _NEEDS, None)) is not None:
            return Role(role)
    raise DeclarationError(
        f"Halaman {route.path} tidak menyebut siapa yang boleh membukanya; beri `visit: Annotated[Visit, at(Role.X)]`."
    )
