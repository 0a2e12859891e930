"""docker-compose.yaml: valid by the compose specification, and everything it names exists."""

import hashlib
import os
import re
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import compose_kit
import psycopg
import pytest
import yaml
from airflow.providers.openlineage.get_provider_info import get_provider_info

from iku_etl import catalogue, settings
from iku_etl.connectors import options
from iku_etl.scheduler import home
from iku_etl.warehouse import server
from iku_etl.warehouse.server_home import Home

PROJECT = Path(__file__).parents[2]
FILE = PROJECT / "docker-compose.yaml"
COMPOSE: dict[str, Any] = yaml.safe_load(FILE.read_text())
SERVICES: dict[str, dict[str, Any]] = COMPOSE["services"]
AIRFLOW = ("api-server", "scheduler", "dag-processor", "triggerer")
EXAMPLE = (PROJECT / "docs" / "production.env.example").read_text()
CONNECTIONS = (PROJECT / "docs" / "connections.example.toml").read_text()
UNCOMMENTED = re.sub(r'^# (?=\[|"|\w+ = )', "", CONNECTIONS, flags=re.MULTILINE)
ENTRIES = tuple(tomllib.loads(UNCOMMENTED))


def test_file_is_valid_by_the_compose_specification() -> None:
    check = [
        Path(sys.executable).parent / "check-jsonschema",
        "--builtin-schema",
        "vendor.compose-spec",
        FILE,
    ]
    done = subprocess.run(check, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout


def test_every_secret_is_asked_for_and_in_the_example() -> None:
    text = FILE.read_text()
    used = set(re.findall(r"\$\{([A-Z_]+)", text))
    demanded = set(re.findall(r"\$\{([A-Z_]+):\?", text))
    defaulted = set(re.findall(r"\$\{([A-Z_]+):-", text))
    assert used == demanded | defaulted
    assert set(re.findall(r"^([A-Z_]+)=$", EXAMPLE, re.M)) == demanded
    assert not re.search(r"://\w+:[^$]", text)  # no password is written down


def test_the_kit_puts_variables_as_compose_does() -> None:
    put = compose_kit.interpolated
    assert put(["$$x ${A} $A", {"b": "${B:-c}${A:-c}${E-c}"}, 1], {"A": "a", "E": ""}) == ["$x a a", {"b": "ca"}, 1]
    with pytest.raises(LookupError, match="E is missing"):
        put("${E:?E is missing}", {"E": ""})
    with pytest.raises(LookupError, match="IKU_SINCE is missing in"):
        put(COMPOSE, {**dict.fromkeys(re.findall(r"\{([A-Z_]+)", FILE.read_text()), "x"), "IKU_SINCE": ""})


def test_ports_are_open_to_this_machine_only() -> None:
    ports = [port for service in SERVICES.values() for port in service.get("ports", ())]
    assert ports
    assert all(port.startswith("127.0.0.1:") for port in ports)


@pytest.mark.parametrize("service", AIRFLOW)
def test_airflow_component_is_watched_and_waits_for_the_tables(service: str) -> None:
    declared = SERVICES[service]
    assert declared["depends_on"]["prepare"]["condition"] == "service_completed_successfully"
    assert declared["healthcheck"]["test"][:3] == ["CMD", "python", "-c"]
    compile(declared["healthcheck"]["test"][3], service, "exec")
    if service != "api-server":  # tasks that are due at once need the execution API
        assert declared["depends_on"]["api-server"]["condition"] == "service_healthy"


@pytest.mark.parametrize("service", SERVICES)
def test_mounts_and_paths_exist(service: str) -> None:
    """Each path named in the environment or a command lies in the checkout or in a declared volume."""
    targets = {}
    for mount in SERVICES[service].get("volumes", ()):
        source, target = mounted(mount)
        assert source.startswith(("./", "/")) or source in COMPOSE["volumes"]
        targets[target] = source
    for config in SERVICES[service].get("configs", ()):
        assert config["source"] in COMPOSE["configs"]
    words = yaml.safe_dump([SERVICES[service].get("environment"), SERVICES[service].get("command")])
    for path in re.findall(r"(?<![\w:/}])/(?:opt|var)/[\w./-]+", words):
        if any(target.startswith(f"{path}/") for target in targets):
            continue  # the folder that the mounted ones lie in
        target = next((target for target in targets if path.startswith(target)), None)
        assert target, f"{path} is in no volume of {service}"
        if targets[target].startswith("./"):
            assert (PROJECT / targets[target] / Path(path).relative_to(target)).exists(), path


def mounted(mount: str) -> tuple[str, str]:
    """Source and target of a mount, with the default of a variable."""
    source, target, *_ = re.sub(r"\$\{\w+:-([^}]*)\}", r"\1", mount).split(":")
    return source, target


def test_no_container_sees_the_passwords_file() -> None:
    """Of the checkout only what is program is mounted: .env with the owner's password lies beside it."""
    for name, service in SERVICES.items():
        sources = {mounted(mount)[0] for mount in service.get("volumes", ())}
        ours = {source for source in sources if source.startswith(".")}
        programs = {"./iku_etl", "./dags", "./plugins", "./sql", "./requirements.lock"}
        assert ours <= programs | {"./docs/connections.example.toml"}, name


def test_what_is_collected_can_be_put_in_and_asked_for() -> None:
    """DAGs are not paused, secrets come to those that ask and to no other, and people reach the drop folder."""
    for service in AIRFLOW:
        assert SERVICES[service]["environment"]["AIRFLOW__CORE__DAGS_ARE_PAUSED_AT_CREATION"] == "False"
    holders = {name for name, service in SERVICES.items() if "env_file" in service}
    assert holders == {"scheduler", "iku"}
    for service in ("prepare", *AIRFLOW):
        states = [mounted(mount)[0] for mount in SERVICES[service]["volumes"] if mounted(mount)[1] == "/var/lib/iku"]
        assert states == ["/srv/iku"]


def test_programs_of_a_new_lock_disturb_no_running_service(tmp_path: Path) -> None:
    """The entry point takes the folder of the lock as it stands at the start; `prepare` clears that folder alone."""
    lock, seen = tmp_path / "opt/iku/requirements.lock", []
    lock.parent.mkdir(parents=True)
    entry = [
        word.replace("$$", "$").replace("/opt/", f"{tmp_path}/opt/") for word in SERVICES["scheduler"]["entrypoint"]
    ]
    for content in ("one", "two"):
        lock.write_text(content)
        program = tmp_path / "opt/programs" / hashlib.sha256(content.encode()).hexdigest() / "bin/airflow"
        program.parent.mkdir(parents=True)
        program.write_text(f'#!/bin/sh\necho {content} "$@"\n')
        program.chmod(0o755)
        (tmp_path / f"opt/programs/installed-{program.parent.parent.name}").touch()
        seen.append(subprocess.run([*entry, "airflow", "x y"], capture_output=True, text=True, check=True).stdout)
    assert seen == ["one x y\n", "two x y\n"]
    assert '--clear "/opt/programs/$$lock"\n' in SERVICES["prepare"]["command"][-1]


def iku_variables() -> set[str]:
    """The variables that settings reads, by what it asks of the environment."""

    asked = set()

    class Spy(dict[str, str]):
        def get(self, name: str, default: Any = None) -> Any:
            asked.add(name)
            return default

    settings.load(Spy())
    return asked


def airflow_variables() -> Iterator[str]:
    """The variables that Airflow's configuration knows."""
    spec = find_spec("airflow")
    assert spec
    assert spec.submodule_search_locations
    known = Path(spec.submodule_search_locations[0], "config_templates", "config.yml")
    for section, content in yaml.safe_load(known.read_text()).items():
        for option in content["options"]:
            yield f"AIRFLOW__{section.upper()}__{option.upper()}"
    for section, content in get_provider_info()["config"].items():
        yield from (f"AIRFLOW__{section.upper()}__{option.upper()}" for option in content["options"])


def test_every_variable_is_one_that_is_read() -> None:
    known = {*iku_variables(), *airflow_variables(), "AIRFLOW_HOME", "GX_ANALYTICS_ENABLED"}
    known |= {"PATH", "HOME", "USER", "PYTHONPATH", "PYTHONDONTWRITEBYTECODE"}
    for service in ("prepare", *AIRFLOW):
        assert set(SERVICES[service]["environment"]) <= known


def test_limits_are_those_of_an_installation_without_docker() -> None:
    for service in ("prepare", *AIRFLOW):
        assert (home.UNHURRIED | home.LINEAGE).items() <= SERVICES[service]["environment"].items()


def test_no_command_by_hand_migrates() -> None:
    """`docker compose run` starts a one-shot that a service depends on, however often it has ended well."""
    for service in ("iku", "decide"):
        assert SERVICES[service]["depends_on"] == {"postgres": {"condition": "service_healthy"}}


def test_the_triggerer_logs_in_at_no_warehouse() -> None:
    assert not [name for name in SERVICES["triggerer"]["environment"] if name.startswith("IKU_") and "URL" in name]


@pytest.mark.parametrize("source", ENTRIES)
def test_an_entry_of_the_commented_connections_is_one_that_is_taken(source: str, tmp_path: Path) -> None:
    (tmp_path / "connections.toml").write_text(UNCOMMENTED)
    found = settings.load({"IKU_STATE": str(tmp_path)}).endpoint(source)
    assert source in (*catalogue.source_names(), "open_data")  # the last is where we send to
    assert found.system != "register"
    options.check(source, found)


def test_what_is_laid_for_people_names_no_source_until_they_do() -> None:
    assert tomllib.loads(CONNECTIONS) == {}
    assert len(ENTRIES) >= 5


def test_only_prepare_can_change_tables() -> None:
    for service in (*AIRFLOW, "iku", "decide"):
        logins = [value for name, value in SERVICES[service]["environment"].items() if name.endswith("_URL")]
        assert not [login for login in logins if "iku_owner" in login or "iku_admin" in login]
    assert "iku_owner" in SERVICES["prepare"]["environment"]["IKU_WAREHOUSE_URL"]


def test_every_command_exists(tmp_path: Path) -> None:
    code = """if True:
        from airflow.cli.cli_config import core_commands
        from iku_etl.cli import main
        print(*(command.name for command in core_commands), sep="\\n")
        print(*(f"iku {name}" for name in main.commands), sep="\\n")
    """
    environment = {**os.environ, "AIRFLOW_HOME": str(tmp_path)}
    told = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, env=environment, cwd=PROJECT
    ).stdout.splitlines()
    wanted = {SERVICES[service]["command"][1] for service in AIRFLOW} | {"db"}
    text = "\n".join(SERVICES["prepare"]["command"])
    wanted |= {f"iku {name}" for name in re.findall(r"python -m iku_etl\.cli ([\w-]+)", text)}
    assert wanted <= set(told)
    assert (PROJECT / "iku_etl" / "cli" / "__main__.py").exists()


def test_roles_script_makes_what_the_embedded_server_makes(tmp_path: Path) -> None:
    """Run it by psql, as the image's entry point does, on a new server that has no roles yet."""
    made = Home.make(tmp_path, (server.ADMIN, *server.ROLES))
    made.initialise(server.ADMIN)
    running = server.Server("127.0.0.1", made.start(durable=False), made.data, made.passwords)
    try:
        script = COMPOSE["configs"]["roles"]["content"]
        told = {f"{role.upper()}_PASSWORD": word for role, word in made.passwords.items()}
        told |= {"POSTGRES_USER": server.ADMIN, "POSTGRES_PASSWORD": made.passwords[server.ADMIN]}
        compose_kit.roles(made.binaries(), script, running.port, told)
        for role in server.ROLES:
            with psycopg.connect(running.dsn(role, role.split("_")[0])) as connection:
                assert connection.execute("select current_user").fetchone() == (role,)
        server.ensure_running(tmp_path)  # and finds nothing amiss
        assert "$" not in script  # else Compose would put a variable there
    finally:
        server.destroy(tmp_path)


def test_the_pages_can_take_registers_decide_and_publish() -> None:
    environment = SERVICES["api-server"]["environment"]
    for role in ("reader", "auditor", "loader", "publisher", "decider"):
        assert f"//iku_{role}:" in environment[f"IKU_{role.upper()}_URL"]
