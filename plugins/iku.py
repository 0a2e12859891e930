"""Mounts the web pages at /iku in Airflow's UI, behind its login, with a menu entry. Holds no rules.

Every process of Airflow loads plugins, so the pages are built only when the api-server asks for them.
"""

import logging
from functools import cached_property
from typing import Any

from airflow.plugins_manager import AirflowPlugin

PREFIX = "/iku"


def build() -> Any:
    """The pages as one FastAPI app; whoever is not logged in gets 401, a browser the login page."""
    from airflow.api_fastapi.core_api.security import get_user

    from iku_etl import settings
    from iku_etl.web.app import create_app

    app = create_app(settings.load(), get_user)
    app.add_exception_handler(401, _to_login)
    return app


async def _to_login(request: Any, refusal: Exception) -> Any:
    """Send a browser to the login and back; a program gets the plain 401."""
    from airflow.api_fastapi.app import get_auth_manager
    from fastapi.responses import JSONResponse, RedirectResponse

    if request.method in ("GET", "HEAD") and "text/html" in request.headers.get("accept", ""):
        asked = request.url.path + (f"?{request.url.query}" if request.url.query else "")
        return RedirectResponse(get_auth_manager().get_url_login(next_url=asked), status_code=303)
    return JSONResponse({"detail": getattr(refusal, "detail", "Not authenticated")}, status_code=401)


class Iku(AirflowPlugin):
    """The plugin as Airflow finds it."""

    name = "iku"
    external_views = [  # noqa: RUF012  # Airflow declares it so
        {
            "name": "IKU",
            "href": f"{PREFIX}/",
            "destination": "nav",
            "url_route": "iku-angka",
            "nav_top_level": True,
        }
    ]

    @cached_property
    def fastapi_apps(self) -> list[dict[str, Any]]:  # type: ignore[override]  # Airflow declares a class attribute
        """The one app that is mounted; if it can't be made Airflow still collects, so the failure is only logged."""
        try:
            return [{"app": build(), "url_prefix": PREFIX, "name": "IKU"}]
        except Exception:
            logging.getLogger(__name__).exception("The IKU pages can't be built and are not shown.")
            return []
