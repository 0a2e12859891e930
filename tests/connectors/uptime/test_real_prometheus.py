"""A real Prometheus, blackbox_exporter and nginx: the seconds up, down and not observed are those that were made."""

import os
import shutil
import signal
import socket
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import pytest
import requests
from patience import PATIENCE, wait

from iku_etl.connectors.uptime import prometheus
from iku_etl.settings import Endpoint
from iku_etl.stages.land.store import Store
from iku_etl.window import Window

PROGRAMS = ("prometheus", "prometheus-blackbox-exporter", "nginx")
NAMES = {"nginx": "/usr/sbin/nginx"}
pytestmark = pytest.mark.skipif(
    not all(shutil.which(NAMES.get(name, name)) for name in PROGRAMS),
    reason="needs prometheus, prometheus-blackbox-exporter and nginx from Debian's packages; .ci/run installs them",
)
SCRAPE_SECONDS = 1
OUTAGE_SECONDS = 6
PAUSE_SECONDS = 0.3
SLACK = 2  # scrapes: one at each edge of an outage falls on either side of it


def free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])


class Set:
    """nginx with two sites, the prober and Prometheus, on loopback; `down` is a file that closes site B."""

    def __init__(self, folder: Path, stack: ExitStack) -> None:
        self.folder, self.stack = folder, stack
        self.ports = {name: free_port() for name in ("a", "b", "prober", "prometheus")}
        self.down = folder / "down"
        self.prober: subprocess.Popen[bytes] | None = None

    def start(self, *command: str | Path) -> subprocess.Popen[bytes]:
        process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)

        def end() -> None:
            process.kill()
            process.wait()

        self.stack.callback(end)
        return process

    def start_nginx(self) -> None:
        sites = "".join(
            f"server {{ listen 127.0.0.1:{self.ports[name]}; location / {{ {rule} return 200 'ok'; }} }}\n"
            for name, rule in (("a", ""), ("b", f"if (-f {self.down}) {{ return 503; }}"))
        )
        (self.folder / "nginx.conf").write_text(
            f"{'user root; ' if os.geteuid() == 0 else ''}"  # its workers must see the file that closes site B
            f"daemon off; pid {self.folder}/nginx.pid; error_log /dev/null;\n"
            f"events {{}}\nhttp {{ access_log off; {sites} }}\n"
        )
        self.start(NAMES["nginx"], "-c", self.folder / "nginx.conf", "-p", self.folder)

    def start_prober(self) -> None:
        (self.folder / "bb.yml").write_text(
            "modules: {http_2xx: {prober: http, timeout: 800ms}, tcp: {prober: tcp, timeout: 800ms}}\n"
        )
        self.prober = self.start(
            "prometheus-blackbox-exporter", f"--config.file={self.folder}/bb.yml",
            f"--web.listen-address=127.0.0.1:{self.ports['prober']}",
        )  # fmt: skip

    def start_prometheus(self) -> None:
        targets = "".join(
            f"      - targets: ['http://127.0.0.1:{self.ports[name]}/']\n        labels: {{situs: situs-{name}}}\n"
            for name in ("a", "b")
        )
        # a probe of the port beside that of the page, as one job often has both; site C has no other
        targets += "".join(
            f"      - targets: ['127.0.0.1:{self.ports['a']}']\n        labels: {{situs: {site}, module: tcp}}\n"
            for site in ("situs-a", "situs-c")
        )
        (self.folder / "prom.yml").write_text(
            f"global: {{scrape_interval: {SCRAPE_SECONDS}s, scrape_timeout: 900ms}}\n"
            "scrape_configs:\n  - job_name: website\n    metrics_path: /probe\n    params: {module: [http_2xx]}\n"
            f"    static_configs:\n{targets}"
            "    relabel_configs:\n"
            "      - {source_labels: [module], regex: (.+), target_label: __param_module}\n"
            "      - {source_labels: [__address__], target_label: __param_target}\n"
            "      - {source_labels: [__param_target], target_label: instance}\n"
            f"      - {{target_label: __address__, replacement: '127.0.0.1:{self.ports['prober']}'}}\n"
        )
        self.start(
            "prometheus", f"--config.file={self.folder}/prom.yml", f"--storage.tsdb.path={self.folder}/tsdb",
            f"--web.listen-address=127.0.0.1:{self.ports['prometheus']}",
        )  # fmt: skip

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.ports['prometheus']}"

    def both_probed(self) -> bool:
        try:
            query = {"query": "sum(probe_success)"}
            answer = requests.get(f"{self.url}/api/v1/query", params=query, timeout=2).json()
        except requests.RequestException:
            return False
        return bool(answer["data"]["result"]) and answer["data"]["result"][0]["value"][1] == "4"

    def prober_listens(self) -> bool:
        with socket.socket() as found:
            return found.connect_ex(("127.0.0.1", self.ports["prober"])) == 0


class Pace:
    """Whether this machine keeps pace: by how much a pause was longer than asked for, at most."""

    def __init__(self) -> None:
        self.late, self.ended = 0.0, threading.Event()
        self.thread = threading.Thread(target=self.watch)

    def watch(self) -> None:
        while not self.ended.is_set():
            began = time.monotonic()
            self.ended.wait(PAUSE_SECONDS)
            self.late = max(self.late, time.monotonic() - began - PAUSE_SECONDS)

    def __enter__(self) -> "Pace":
        self.thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.ended.set()
        self.thread.join()


@dataclass
class Outages:
    """When the trial began and ended, in seconds since 1970, and how long site B and the prober were away."""

    start: float
    end: float
    closed: float
    unprobed: float


@pytest.fixture
def servers(tmp_path: Path) -> Iterator[Set]:
    with ExitStack() as stack:
        made = Set(tmp_path, stack)
        made.start_nginx()
        made.start_prober()
        made.start_prometheus()
        wait(made.both_probed, "the servers")
        yield made


def outages(servers: Set) -> Outages:
    """Close site B for a while, then kill the prober for a while."""
    start = time.time()
    time.sleep(OUTAGE_SECONDS)
    servers.down.touch()
    closed = time.time()
    time.sleep(OUTAGE_SECONDS)
    servers.down.unlink()
    opened = time.time()
    time.sleep(2)
    assert servers.prober is not None
    servers.prober.send_signal(signal.SIGKILL)
    servers.prober.wait()
    killed = time.time()
    time.sleep(OUTAGE_SECONDS)
    servers.start_prober()
    wait(servers.prober_listens, "the prober", pause=0.05)
    started = time.time()
    time.sleep(4)
    return Outages(start, time.time(), opened - closed, started - killed)


def in_pace(trial: Callable[[], Outages]) -> Outages:
    """The first trial during which the machine kept pace: of seconds that it slept through nobody can tell."""
    deadline = time.monotonic() + PATIENCE
    while True:
        with Pace() as pace:
            done = trial()
        if pace.late < PAUSE_SECONDS:
            return done
        assert time.monotonic() < deadline, f"the machine is late by {pace.late:.1f} s"


def test_outages_made_on_purpose_come_out_to_the_second(servers: Set, tmp_path: Path) -> None:
    made = in_pace(lambda: outages(servers))
    moments = [datetime.fromtimestamp(second, UTC) for second in (made.start, made.end)]
    window = Window(moments[0], moments[1], moments[0].date(), "day")

    store = Store(tmp_path / "raw", 1 << 30, 0)
    payloads = prometheus.samples(Endpoint("prometheus", servers.url, {"job": "website"}), window)
    counts: dict[tuple[str, bool | None], int] = {}
    no_web, unobserved = 0, set()
    for number, payload in enumerate(payloads, start=1):
        for rows in prometheus.read(store.land(payload, number), window):
            no_web += rows.declared_out.get(prometheus.NO_WEB, 0)
            unobserved |= {one.known["site"] for one in rows.unobserved}
            for row in rows.table.to_pylist():
                assert window.start <= row["checked_at"] < window.end
                key = (row["site"], row["up"])
                counts[key] = counts.get(key, 0) + 1
    seconds = {key: count * SCRAPE_SECONDS for key, count in counts.items()}

    assert seconds.get(("situs-a", False), 0) == 0, "our own outage must not count as one of the site"
    assert abs(seconds[("situs-b", False)] - made.closed) <= SLACK
    assert unobserved == {"situs-c"} and no_web > made.closed, "a probe of a port is none of a website"
    for site in ("situs-a", "situs-b"):
        assert abs(seconds[(site, None)] - made.unprobed) <= SLACK
        total = sum(seconds.get((site, up), 0) for up in (True, False, None))
        assert abs(total - (made.end - made.start)) <= SLACK, "no second is lost or counted twice"
