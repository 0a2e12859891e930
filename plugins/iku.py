"""Mounts the office's desk at /iku in Airflow's UI, under its login, with a menu entry. Holds no rules.

Every process of Airflow loads plugins, so the pages are built only when the api-server asks for them.
"""

import logging
from functools import cached_property, partial
from typing import Any

from airflow.plugins_manager import AirflowPlugin

PREFIX = "/iku"


async def who(request: Any) -> Any:
    """Who is logged in to Airflow, in the role that Airflow's login gives them; None for nobody, or a login run out.

    Roles are taken by their names, as the simple and the FAB auth manager give them: no question that Airflow's
    interface knows tells an admin from an op. Whoever has a role of another name reads, if Airflow's own pages are
    open to them.
    """
    from airflow.api_fastapi.app import get_auth_manager
    from airflow.api_fastapi.auth.managers.models.resource_details import AccessView
    from airflow.api_fastapi.core_api.security import bearer_scheme, get_user
    from fastapi import HTTPException

    from iku_etl.web.login import Person, Role

    try:
        user = await get_user(request, None, await bearer_scheme(request))
    except HTTPException:
        return None
    names = [getattr(user, "role", None), *(role.name for role in getattr(user, "roles", ()))]
    held = [Role[name.upper()] for name in names if name and name.upper() in Role.__members__]
    if not held and get_auth_manager().is_authorized_view(access_view=AccessView.WEBSITE, user=user):
        held = [Role.VIEWER]
    return Person(user.get_name(), max(held, default=Role.PUBLIC))


def build() -> Any:
    """The desk as one FastAPI app; who is not logged in is sent to Airflow's login, and back."""
    from iku_etl import settings
    from iku_etl.web.app import create_app

    app = create_app(settings.load(), who)
    app.add_exception_handler(401, partial(_to_login, app.exception_handlers[401]))
    app.state.below_airflow = PREFIX  # pages link to the DAGs of the UI that they are mounted in
    return app


async def _to_login(own: Any, request: Any, refusal: Exception) -> Any:
    """Send a browser to the login and back; a program gets the desk's `own` 401."""
    from airflow.api_fastapi.app import get_auth_manager
    from fastapi.responses import RedirectResponse

    if request.method in ("GET", "HEAD") and "text/html" in request.headers.get("accept", ""):
        asked = request.url.path + (f"?{request.url.query}" if request.url.query else "")
        return RedirectResponse(get_auth_manager().get_url_login(next_url=asked), status_code=303)
    return await own(request, refusal)


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
