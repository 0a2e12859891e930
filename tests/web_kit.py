"""A visitor of the pages in any role, over a test's own installation."""

from typing import Any

from fastapi.testclient import TestClient

from iku_etl.settings import Settings
from iku_etl.web.app import create_app
from iku_etl.web.login import NOBODY, Person, Role, always

ADDRESS = "http://testserver"


def visitor(site: Settings, role: Role = Role.VIEWER, **options: Any) -> TestClient:
    """A browser of somebody in this role; its forms come from our own pages."""
    person = NOBODY if role == Role.PUBLIC else Person(f"Pegawai {role.name.lower()}", role)
    client = TestClient(create_app(site, always(person)), base_url=ADDRESS, **options)
    client.headers["sec-fetch-site"] = "same-origin"
    return client
