"""A browser over the whole sample: one night of the invented regency, one server a role, Debian's Chromium."""

import os
import shutil
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest
import uvicorn
from browser_kit import NAMES, SIZES, Opened, watched
from patience import PATIENCE, wait
from playwright.sync_api import Browser, Page, expect, sync_playwright

from iku_etl import settings
from iku_etl.settings import Settings
from iku_etl.warehouse import server
from iku_etl.web.app import create_app
from iku_etl.web.login import NOBODY, Person, Role, always


@pytest.fixture(scope="session")
def sample(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Settings]:
    """The state of `make run`, in a folder of its own; while you write tests, the one that IKU_BROWSER_SAMPLE names."""
    if there := os.environ.get("IKU_BROWSER_SAMPLE"):
        yield settings.load({"IKU_STATE": there})
        return
    state = tmp_path_factory.mktemp("browser-sample")
    site = settings.load({"IKU_STATE": str(state), "IKU_FREE_SPACE_FLOOR_MB": "0"})
    environment = {"IKU_STATE": str(state), "IKU_FREE_SPACE_FLOOR_MB": "0", "PATH": "/usr/bin:/bin"}
    done = subprocess.run(
        [Path(sys.executable).with_name("iku"), "run"], env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    yield site
    server.destroy(state)


@contextmanager
def _serving(site: Settings, role: Role) -> Iterator[str]:
    person = NOBODY if role == Role.PUBLIC else Person(NAMES[role], role)
    listening = socket.create_server(("127.0.0.1", 0))
    running = uvicorn.Server(uvicorn.Config(create_app(site, always(person)), log_level="warning", access_log=False))
    thread = threading.Thread(target=running.run, kwargs={"sockets": [listening]})
    thread.start()
    try:
        wait(lambda: running.started, "the desk")
        yield f"http://127.0.0.1:{listening.getsockname()[1]}"
    finally:
        running.should_exit = True
        thread.join()


@pytest.fixture(scope="session")
def desks(sample: Settings) -> Iterator[dict[Role, str]]:
    """Where the desk is for each role."""
    with ExitStack() as stack:
        yield {role: stack.enter_context(_serving(sample, role)) for role in Role}


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    program = shutil.which("chromium")
    if program is None:
        pytest.skip("no chromium here (Debian: apt-get install chromium)")
    expect.set_options(timeout=PATIENCE * 1000)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=["--no-sandbox"])
        yield browser
        browser.close()


@pytest.fixture
def opened(chromium: Browser, desks: dict[Role, str]) -> Iterator[Opened]:
    """A page of somebody in a role; whatever its console complains of, or any script from elsewhere, is a failure."""
    complaints: list[str] = []
    with ExitStack() as stack:

        def open_as(role: Role, path: str = "/", size: str = "desktop", **options: object) -> Page:
            width, height = SIZES[size]
            context = stack.enter_context(
                chromium.new_context(
                    base_url=desks[role],
                    viewport={"width": width, "height": height},
                    locale="id-ID",
                    **options,
                )
            )
            context.set_default_timeout(PATIENCE * 1000)
            page = context.new_page()
            watched(page, complaints)
            page.goto(path)
            return page

        yield open_as
    assert not complaints, complaints
