"""The desk on its own, without Airflow: one person is known by a key, everybody else is the public.

The key is made anew each time, printed once to whoever started it, and becomes a cookie that no script reads.
"""

import getpass
import secrets
from typing import Annotated

from fastapi import FastAPI, Request
from fastapi.responses import RedirectResponse

from iku_etl.errors import NotFound
from iku_etl.settings import Settings
from iku_etl.web.app import create_app
from iku_etl.web.desk import Visit, at
from iku_etl.web.login import Person, Role

DOOR = "/masuk"


def alone(settings: Settings, role: Role, port: int) -> tuple[FastAPI, str]:
    """The desk in which this operating system's user has a role, and the path that lets them in."""
    key, cookie = secrets.token_urlsafe(32), f"iku_key_{port}"  # cookies of one host are shared by all its ports
    person = Person(getpass.getuser(), role)

    async def who(request: Request) -> Person | None:
        return person if secrets.compare_digest(request.cookies.get(cookie, ""), key) else None

    app = create_app(settings, who)

    @app.get(DOOR)
    def enter(visit: Annotated[Visit, at(Role.PUBLIC)], kunci: str = "") -> RedirectResponse:
        """Turn the key of the address into a cookie, so that it stands in no history of pages."""
        if not secrets.compare_digest(kunci.encode(), key.encode()):
            raise NotFound("Kunci itu bukan dari `iku serve` yang sedang berjalan. Pakai alamat yang dicetaknya.")
        answer = RedirectResponse(f"{visit.root}/", status_code=303)
        answer.set_cookie(cookie, key, httponly=True, samesite="strict")
        return answer

    return app, f"{DOOR}?kunci={key}"
