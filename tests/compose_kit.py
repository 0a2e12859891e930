"""docker-compose.yaml without Docker: its own commands, environments, healthchecks and order, as processes.

Of an image and a network only this is put in their place: paths begin with the machine's root, names of services are
127.0.0.1, ports are free ones, and `install` lays the programs of this environment where `prepare` would install
them. Each service runs as the user that the file says, with the environment that the file says and nothing of ours:
needs root, as containers have it.
"""

import hashlib
import os
import re
import shlex
import shutil
import signal
import subprocess
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml
from patience import PATIENCE, wait

from iku_etl.settings import PROJECT
from iku_etl.warehouse.server_home import HOST, NOBODY, Home, free_port

FILE = PROJECT / "docker-compose.yaml"
VARIABLE = re.compile(r"\$(?:(?P<dollar>\$)|\{(?P<name>\w+)(?:(?P<how>:?[-?])(?P<word>[^}]*))?\}|(?P<bare>\w+))")
INSIDE = re.compile(r"(?<![\w./:])/(?:opt|tmp|usr/local|var/lib/iku|var/log/airflow)\b")
AIRFLOW_PROGRAM = "#!{python}\nimport sys\nfrom airflow.__main__ import main\nsys.exit(main())\n"

# ---------------------------------------------------------------- reading the file as Compose does


def variables(text: str) -> dict[str, str]:
    """What a file of variables says, `.env` or an env_file."""
    return dict(line.split("=", 1) for line in text.splitlines() if "=" in line and not line.startswith("#"))


def interpolated(value: Any, given: dict[str, str]) -> Any:
    """`$$`, `$NAME`, `${NAME}`, `${NAME:-word}` and `${NAME:?message}` in every text. Raises LookupError(message)."""
    if isinstance(value, dict):
        return {key: interpolated(one, given) for key, one in value.items()}
    if isinstance(value, list):
        return [interpolated(one, given) for one in value]

    def put(found: re.Match[str]) -> str:
        if found["dollar"]:
            return "$"
        told, how = given.get(found["name"] or found["bare"]), found["how"] or ""
        if told if how.startswith(":") else told is not None:
            return told or ""
        if how.endswith("?"):
            raise LookupError(found["word"])
        return found["word"] or ""

    return VARIABLE.sub(put, value) if isinstance(value, str) else value


# ---------------------------------------------------------------- the machine


@dataclass
class Machine:
    """The services of the file on this machine. `root` has to be a folder that every user may enter."""

    root: Path
    given: dict[str, str]  # .env
    secrets: str | None = None  # secrets.env beside it, None: there is none
    ports: dict[str, int] = field(default_factory=dict)
    running: dict[str, subprocess.Popen[bytes]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.compose = interpolated(yaml.safe_load(FILE.read_text()), self.given)
        self.services: dict[str, dict[str, Any]] = self.compose["services"]
        for service in self.services.values():
            for port in service.get("ports", ()):
                self.ports[port.rpartition(":")[2]] = free_port()
        home = self.root / "postgres"
        self.server = Home(self.root, home, self.ports["5432"], {})
        for folder in ("log", "tmp", "postgres"):
            (self.root / folder).mkdir()
        (self.root / "tmp").chmod(0o1777)
        for name, service in self.services.items():
            self._mount(name, service)

    def inside(self, text: str) -> str:
        """A text of the file as it has to read here: paths, names of services, ports."""
        text = INSIDE.sub(lambda found: f"{self.root}{found[0]}", text)
        for name in self.services:
            text = re.sub(rf"(?<=[@/]){re.escape(name)}(?=:\d)", HOST, text)
        text = HOST if text == "0.0.0.0" else text  # a container's own network; here it is everybody's
        return re.sub(r"(?<![\w.])\d{4}(?![\w.])", lambda found: str(self.ports.get(found[0], found[0])), text)

    def _mount(self, name: str, service: dict[str, Any]) -> None:
        """Lay what a service mounts under the root: programs of the checkout as copies, everything else as folders."""
        for mount in service.get("volumes", ()):
            source, target, *_ = mount.split(":")
            there = Path(self.inside(target))
            if there == Path(target):
                continue  # PostgreSQL's own, see `_start_postgres`
            if source.startswith("/"):
                assert there == Path(source), f"{name}: IKU_STATE_FOLDER has to be {there} here"
            if there.exists():
                continue  # of a service before it: test_compose.py holds that a target is one thing
            there.parent.mkdir(parents=True, exist_ok=True)
            if not source.startswith("./"):
                there.mkdir(parents=True)  # as Docker makes it: root's
            elif (PROJECT / source).is_dir():
                shutil.copytree(PROJECT / source, there, ignore=shutil.ignore_patterns("__pycache__"))
            else:
                shutil.copyfile(PROJECT / source, there)

    def environment(self, name: str) -> dict[str, str]:
        """The whole environment of a service: the image's, that of its env_file, its own."""
        found = {"PATH": "/usr/local/bin:/usr/bin:/bin", "LANG": "C.UTF-8", "TMPDIR": "/tmp"}
        for wanted in self.services[name].get("env_file", ()):
            assert wanted == {"path": "secrets.env", "required": False}
            found |= variables(self.secrets or "")
        found |= self.services[name]["environment"]
        if name == "postgres":
            found |= {"PATH": f"{self.server.binaries()}:{found['PATH']}", "PGPORT": "5432"}
        return {key: self.inside(value) for key, value in found.items()}

    # ------------------------------------------------------------ programs

    @property
    def lock(self) -> str:
        return hashlib.sha256((PROJECT / "requirements.lock").read_bytes()).hexdigest()

    def install(self) -> None:
        """Lay this environment's packages where `prepare` looks for those of the lock, and its marker beside them.

        Not the environment itself: the interpreter may lie under root's home, and the checkout is on its path.
        """
        python = self._interpreter()
        (self.root / "usr/local/bin/python").symlink_to(python)
        programs = self.root / "opt/programs" / self.lock
        subprocess.run([python, "-m", "venv", "--without-pip", programs], env={}, check=True)
        packages = f"lib/python{sys.version_info[0]}.{sys.version_info[1]}/site-packages"
        shutil.copytree(
            Path(sys.prefix, packages), programs / packages, symlinks=True, dirs_exist_ok=True, copy_function=_link,
            ignore=shutil.ignore_patterns("__editable__*", "iku_etl*"),
        )  # fmt: skip
        program = programs / "bin/airflow"
        program.write_text(AIRFLOW_PROGRAM.format(python=programs / "bin/python"))
        program.chmod(0o755)
        (self.root / f"opt/programs/installed-{self.lock}").touch()

    def _interpreter(self) -> Path:
        """The interpreter of this environment; where others can't enter its folder, a copy of it."""
        base, name = Path(sys.base_prefix), f"python{sys.version_info[0]}.{sys.version_info[1]}"
        (self.root / "usr/local/bin").mkdir(parents=True)
        if all(folder.stat().st_mode & 1 for folder in (base, *base.parents)):
            return base / "bin" / name
        there = self.root / "usr/local"
        # where it looks for its library is written into it: beside itself, wherever that is
        own, beside = str(base / "lib").encode() + b"\0", b"$ORIGIN/../lib"
        copy = there / "bin" / name
        copy.write_bytes((base / "bin" / name).read_bytes().replace(own, beside.ljust(len(own), b"\0")))
        copy.chmod(0o755)
        unwanted = shutil.ignore_patterns("site-packages", "test", "__pycache__", "config-*")
        shutil.copytree(base / "lib" / name, there / "lib" / name, copy_function=_link, ignore=unwanted)
        for library in (base / "lib").glob("libpython*.so*"):
            shutil.copy2(library, there / "lib")
        return copy

    # ------------------------------------------------------------ up and down

    def up(self, *names: str) -> None:
        """Start services and what they depend on, each when its dependencies are as it asks; wait until all are well.

        Without names those that `docker compose up` starts. One that runs already, or ended well, is left as it is.
        """
        wanted = names or tuple(name for name, service in self.services.items() if "profiles" not in service)
        for name in wanted:
            self._start_in_order(name)
        for name in wanted:
            is_one_shot = self.services[name].get("restart") == "no"
            self._await(name, "service_completed_successfully" if is_one_shot else "service_healthy")

    def _start_in_order(self, name: str) -> None:
        if name in self.running:
            return
        self.depended_on(name)
        if name == "postgres":
            self.running[name] = self._start_postgres()
        else:
            self.running[name] = self._start(name, self.services[name]["command"], self.log(name))

    def depended_on(self, name: str) -> None:
        """Start what a service depends on, and wait until it is as the service asks."""
        for other, how in self.services[name].get("depends_on", {}).items():
            self._start_in_order(other)
            self._await(other, how["condition"])

    def log(self, name: str) -> Path:
        return self.root / "log" / f"{name}.log"

    def _start(self, name: str, command: list[str], output: Path) -> subprocess.Popen[bytes]:
        service = self.services[name]
        user, group = map(int, service["user"].split(":"))
        with output.open("ab") as stream:
            return subprocess.Popen(
                [self.inside(word) for word in (*service["entrypoint"], *command)],
                env=self.environment(name), cwd=self.inside(service["working_dir"]), start_new_session=True,
                stdin=subprocess.DEVNULL, stdout=stream, stderr=stream, user=user, group=group, extra_groups=[],
            )  # fmt: skip

    def run(self, name: str, *command: str) -> str:
        """`docker compose run --rm NAME ..`: what it said; fails unless it ended well."""
        self.depended_on(name)
        output = self.root / "log" / f"{name}-{time.monotonic_ns()}.log"
        ended = self._start(name, list(command), output).wait(PATIENCE)
        assert ended == 0, f"{name} {command} ended with {ended}: {output.read_text()[-3000:]}"
        return output.read_text()

    def _await(self, name: str, condition: str) -> None:
        if condition == "service_completed_successfully":
            assert self.running[name].wait(PATIENCE) == 0, self.log(name).read_text()[-3000:]
        else:
            wait(lambda: self.is_healthy(name), f"{name} to be healthy", 1)

    def is_healthy(self, name: str) -> bool:
        """Ask by the healthcheck that the file says; fails if the service has ended."""
        assert name == "postgres" or self.running[name].poll() is None, self.log(name).read_text()[-3000:]
        kind, *test = self.services[name]["healthcheck"]["test"]
        assert kind == "CMD"
        user = NOBODY if name == "postgres" else 50000
        return not subprocess.run(
            [self.inside(word) for word in test], env=self.environment(name), cwd="/", user=user, group=0,
            extra_groups=[], stdin=subprocess.DEVNULL, capture_output=True, timeout=PATIENCE, check=False,
        ).returncode  # fmt: skip

    def down(self) -> None:
        """Stop all, the last one first, and end what a service left behind, as the end of a container does."""
        for name, process in reversed(self.running.items()):
            if name == "postgres":
                self.server.run("pg_ctl", "stop", "-D", self.server.data, "-m", "fast", "-w")
                continue
            process.terminate()
            try:
                process.wait(120)
            finally:
                for left in _session(process.pid):
                    os.kill(left, signal.SIGKILL)
                process.wait(PATIENCE)
        self.running.clear()

    # ------------------------------------------------------------ PostgreSQL, as its image starts it

    def _start_postgres(self) -> subprocess.Popen[bytes]:
        """initdb, the server by the file's command, the script of the roles by psql: the image's entry point."""
        service, server = self.services["postgres"], self.server
        told = service["environment"]
        password, log = server.folder / "password", server.folder / "log"
        password.write_text(told["POSTGRES_PASSWORD"])
        for folder in (server.data, log):
            folder.mkdir(mode=0o700)
        for path in (password, server.data, log):
            os.chown(path, NOBODY, NOBODY)
        arguments = shlex.split(told["POSTGRES_INITDB_ARGS"])
        admin = told["POSTGRES_USER"]
        server.run("initdb", "-D", server.data, f"--username={admin}", f"--pwfile={password}", *arguments)
        assert service["command"][0] == "postgres"
        ours = (f"--port={server.port}", f"--listen_addresses={HOST}", "--unix_socket_directories=", "--fsync=off",
                "--dynamic_shared_memory_type=mmap")  # fmt: skip
        options = shlex.join([*service["command"][1:], *ours])
        server.run("pg_ctl", "start", "-D", server.data, "-l", log / "server.log", "-w", "-o", options)
        (config,) = service["configs"]
        assert config["target"].startswith("/docker-entrypoint-initdb.d/")
        roles(server.binaries(), self.compose["configs"][config["source"]]["content"], server.port, told)
        started = subprocess.Popen(["true"])  # pg_ctl keeps the server
        started.wait()
        return started


def roles(binaries: Path, script: str, port: int, told: dict[str, str]) -> None:
    """Run the script of the roles as the image does: psql, the service's environment, a database named as the user."""
    logged_in = {"PGHOST": HOST, "PGPORT": str(port), "PGUSER": told["POSTGRES_USER"],
                 "PGPASSWORD": told["POSTGRES_PASSWORD"]}  # fmt: skip
    for database, lines in (("postgres", f"create database {told['POSTGRES_USER']}"), (told["POSTGRES_USER"], script)):
        subprocess.run(
            [binaries / "psql", "--quiet", "--no-psqlrc", "--set=ON_ERROR_STOP=1", "--file=-"],
            input=lines, text=True, check=True, env={**told, **logged_in, "PGDATABASE": database},
        )  # fmt: skip


def _link(source: str, target: str) -> None:
    """A second name of a file where that can be had: an environment is large."""
    try:
        os.link(source, target)
    except OSError:
        shutil.copy2(source, target)


def _session(leader: int) -> list[int]:
    """The living processes of a session."""
    found = []
    for entry in Path("/proc").glob("[0-9]*"):
        try:
            state, _, _, session = (entry / "stat").read_text().rpartition(")")[2].split()[:4]
        except OSError:  # it ended meanwhile
            continue
        if int(session) == leader and state != "Z":
            found.append(int(entry.name))
    return found
