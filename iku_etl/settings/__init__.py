"""One frozen settings object; the only reader of the environment.

Files under `state` (default `<project>/.iku`): `connections.toml` (where each source is fetched from),
`secrets.toml` (0600: the token key), `raw/` (the raw store), `judged/` (cache), `drop/` (register files),
`serah/` (hand-ins of the desk); `ledger/` (what was committed, for others to check), `salts/` (0700: what opens its
proofs); `messages.jsonl` and `notices.jsonl` (who was told what, what failed).
"""

import hashlib
import os
import re
import secrets
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property
from pathlib import Path
from types import MappingProxyType
from zoneinfo import ZoneInfo

from iku_etl import private
from iku_etl.errors import SettingError
from iku_etl.settings import connections

PROJECT = Path(__file__).resolve().parents[2]
ROLES = ("owner", "loader", "publisher", "decider", "reader", "auditor")


@dataclass(frozen=True)
class Endpoint:
    """Where and how one source is fetched: `system` names the connector, `url` its address.

    `options` are the connector's own (say `job`, `sites`); `secret` never appears in a repr.
    """

    system: str
    url: str
    options: Mapping[str, object] = field(default_factory=dict)
    secret: str | None = field(default=None, repr=False)
    places: Mapping[tuple[str, ...], str] = field(default_factory=dict, repr=False, compare=False)  # key -> file:line

    def at(self, *key: str) -> str:
        """Where a key, or a key of its table, stands, as the beginning of a sentence; empty without a file."""
        found = (self.places.get(key[:length]) for length in range(len(key), -1, -1))
        return next((f"{place}: " for place in found if place), "")

    def refusal(self, source: str, *systems: str) -> SettingError:
        """The error of a source that is fetched from `systems` only, for another one or for no entry at all."""
        instead = " atau ".join(f'"{system}"' for system in systems)
        if self.system == "register" and not self.places:
            return SettingError(
                f"{source} belum punya sambungan. Tulis [{source}] di connections.toml, dengan system = {instead} dan"
                " pilihannya, lihat docs/engineer.md."
            )
        return SettingError(f'{self.at("system")}system dari [{source}] adalah "{self.system}"; tulis {instead}.')


@dataclass(frozen=True)
class Settings:
    """What this installation is; built once by `load()`, handed down, never changed."""

    project: Path
    state: Path
    warehouse_url: str | None = field(repr=False)  # None: the embedded server
    role_urls: Mapping[str, str] = field(repr=False)  # IKU_LOADER_URL, ..: a login of its own per role
    zone: ZoneInfo
    since: date | None  # this installation collects from here on; None: as each source declares
    payload_cap_bytes: int
    free_space_floor_bytes: int
    desk_url: str | None = None  # under which people open the desk; messages point there
    license: str | None = None  # of the open data, as the office chose it: an id such as CC-BY-4.0, or its address

    @property
    def connections_path(self) -> Path:
        """Where each source is fetched from."""
        return self.state / "connections.toml"

    @property
    def raw_dir(self) -> Path:
        return self.state / "raw"

    @property
    def judged_dir(self) -> Path:
        """Judged records as Parquet, a cache that is rebuilt from raw."""
        return self.state / "judged"

    @property
    def drop_dir(self) -> Path:
        """Where offices put register files: one folder a source."""
        return self.state / "drop"

    @property
    def hand_in_dir(self) -> Path:
        """What is handed in by the desk until it lies in the drop folder, and what came of it: one folder a ticket."""
        return self.state / "serah"

    @property
    def ledger_dir(self) -> Path:
        """The log of what was committed; whoever signs or witnesses it may read it."""
        return self.state / "ledger"

    @property
    def salts_dir(self) -> Path:
        """The seeds under the log's record trees; nobody else reads them, and they can be destroyed."""
        return self.state / "salts"

    @cached_property
    def token_key(self) -> tuple[str, bytes]:
        """(key id, key) that turns personal numbers into tokens; made once, kept 0600, never shown."""
        key = tomllib.loads(private.make_once(self.state / "secrets.toml", _new_token_key))["token_key"]
        return key["id"], bytes.fromhex(key["hex"])

    def endpoint(self, source: str) -> Endpoint:
        """The endpoint of a source, from `connections.toml`; its secret from `IKU_SECRET_<SOURCE>`.

        Without an entry it is the drop folder: `Endpoint("register", <drop>/<source>)`.
        """
        secret = os.environ.get(f"IKU_SECRET_{source.upper()}")
        entry = connections.entry(self.connections_path, source)
        if entry is None:
            return Endpoint("register", str(self.drop_dir / source), MappingProxyType({}), secret)
        return Endpoint(entry.system, entry.url, MappingProxyType(entry.options), secret, entry.places)


def _new_token_key() -> str:
    made = secrets.token_bytes(32)
    # the id tells keys apart in the manifest and says nothing of the key
    return f'[token_key]\nid = "{hashlib.sha256(made).hexdigest()[:8]}"\nhex = "{made.hex()}"\n'


def _address(text: str) -> str | None:
    """An address of the desk, or nothing."""
    if text and not re.fullmatch(r"https?://[^\s<>\"]+", text):
        raise SettingError("IKU_DESK_URL bukan alamat halaman. Tulis seperti https://iku.example/iku/.")
    return text or None


def _license(text: str) -> str | None:
    """What the office chose, or nothing; a sentence is no licence that a program could know."""
    if text and not re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9.+-]*|https?://[^\s<>\"]+", text):
        raise SettingError(
            "IKU_OPEN_DATA_LICENSE bukan lisensi. Tulis id-nya seperti CC-BY-4.0, atau alamat naskahnya (https://..)."
        )
    return text or None


def load(environment: Mapping[str, str] | None = None) -> Settings:
    """Read the environment once. Raises SettingError for a value that can't be read."""
    env = os.environ if environment is None else environment
    project = Path(env.get("IKU_PROJECT", PROJECT))
    try:
        since = date.fromisoformat(env["IKU_SINCE"]) if env.get("IKU_SINCE") else None
        payload_cap = int(env.get("IKU_PAYLOAD_CAP_MB", "2048")) * 1024**2
        free_floor = int(env.get("IKU_FREE_SPACE_FLOOR_MB", "512")) * 1024**2
    except ValueError:
        read = ("IKU_SINCE", "IKU_PAYLOAD_CAP_MB", "IKU_FREE_SPACE_FLOOR_MB")
        given = ", ".join(f"{name}={env[name]}" for name in read if name in env)
        raise SettingError(f"{given}: tulis IKU_SINCE seperti 2026-01-31, yang lain bilangan bulat MB.") from None
    return Settings(
        project=project,
        state=Path(env.get("IKU_STATE", project / ".iku")),
        warehouse_url=env.get("IKU_WAREHOUSE_URL") or None,
        role_urls=MappingProxyType({role: env[name] for role in ROLES if env.get(name := f"IKU_{role.upper()}_URL")}),
        zone=ZoneInfo(env.get("IKU_ZONE", "Asia/Jakarta")),
        since=since,
        payload_cap_bytes=payload_cap,
        free_space_floor_bytes=free_floor,
        desk_url=_address(env.get("IKU_DESK_URL", "")),
        license=_license(env.get("IKU_OPEN_DATA_LICENSE", "")),
    )
