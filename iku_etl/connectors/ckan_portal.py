"""A dataset of ours on a CKAN portal by its Action API: made or brought up to date, a resource a file, nothing twice.

A resource is known by its name and carries the SHA-256 of its bytes in CKAN's field `hash`: what the portal has already
is not sent again. Nothing is retried: of a change whose answer was lost nobody knows whether it was made, and pushing
once more finds out. Never seen on a live portal: written after answers of CKAN 2.12.
"""

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

import orjson

from iku_etl.connectors.ckan import told_error
from iku_etl.connectors.http.client import WRITING, Client, File, Reply
from iku_etl.connectors.http.json_answer import parsed
from iku_etl.connectors.http.options import HttpOptions
from iku_etl.errors import ContractError, SettingError, TransientError
from iku_etl.settings import Endpoint

SYSTEM = "ckan_portal"
ACTION = "/api/3/action/"


class Options(HttpOptions, total=False):
    """What the entry may say beside `system` and `url`."""

    organization: str
    dataset: str
    license: str


@dataclass(frozen=True)
class Resource:
    """One file of the dataset."""

    file_name: str
    title: str
    content: bytes
    media_type: str

    @property
    def digest(self) -> str:
        return f"sha256:{hashlib.sha256(self.content).hexdigest()}"


@dataclass(frozen=True)
class Dataset:
    """What the portal should hold; its name there and its organization are the connection's."""

    name: str
    title: str
    notes: str
    version: str
    resources: tuple[Resource, ...]


@dataclass(frozen=True)
class Step:
    """One change, made or to be made: which action, on what; `size_bytes` of what it sends of a file."""

    action: str
    name: str
    size_bytes: int = 0


def push(endpoint: Endpoint, dataset: Dataset, *, is_trial: bool) -> Iterator[Step]:
    """Bring the portal to `dataset`; each change when it was made. A trial asks what is there and changes nothing.

    Raises SettingError for an entry without organization or secret, ContractError with CKAN's own words for a refusal,
    TransientError for network trouble.
    """
    organization = endpoint.options.get("organization")
    if not isinstance(organization, str) or not organization:
        raise SettingError(f"{endpoint.at()}[open_data] tanpa organization; tulis nama organisasi di portal itu.")
    if not endpoint.secret:
        raise SettingError("IKU_SECRET_OPEN_DATA belum diisi. Isi dengan token API portal itu; berkas tidak memuatnya.")
    name = str(endpoint.options.get("dataset", dataset.name))
    bare = replace(endpoint, options={**endpoint.options, "auth": "bare"})
    own = {"title": dataset.title, "notes": dataset.notes, "version": dataset.version, "owner_org": organization}
    if "license" in endpoint.options:
        own["license_id"] = str(endpoint.options["license"])
    with Client(bare, WRITING) as client:
        there = _shown(client, name)
        if there is None:
            if not is_trial:
                there = _changed(client, "package_create", {"name": name, **own})
            yield Step("package_create", name)
        elif _differs(there, own):
            if not is_trial:
                _changed(client, "package_patch", {"id": there["id"], **own})
            yield Step("package_patch", name)
        for resource in dataset.resources:
            yield from _resource(client, there, resource, is_trial=is_trial)


def _differs(there: Mapping[str, Any], own: Mapping[str, str]) -> bool:
    organization = there.get("organization") or {}
    owners = (there.get("owner_org"), organization.get("name"), organization.get("id"))
    return own["owner_org"] not in owners or any(
        there.get(field) != value for field, value in own.items() if field != "owner_org"
    )


def _resource(client: Client, there: Mapping[str, Any] | None, resource: Resource, *, is_trial: bool) -> Iterator[Step]:
    known = {str(one.get("name")): one for one in reversed((there or {}).get("resources", []))}
    before = known.get(resource.title)
    if before is not None and before.get("hash") == resource.digest:
        return
    action = "resource_create" if before is None else "resource_patch"
    if not is_trial:
        assert there is not None  # made or found above
        which = {"package_id": there["id"]} if before is None else {"id": before["id"]}
        ending = resource.file_name.rpartition(".")[2]
        fields = which | {"name": resource.title, "format": ending.upper(), "mimetype": resource.media_type}
        made = _changed(
            client, action, fields | {"hash": resource.digest},
            File("upload", resource.file_name, resource.content, resource.media_type),
        )  # fmt: skip
        if made.get("hash") != resource.digest:
            raise ContractError(
                f"{resource.file_name}: portal menjawab berhasil, tetapi hash-nya bukan yang dikirim. Periksa.",
                code="hash",
            )
    yield Step(action, resource.file_name, len(resource.content))


def _shown(client: Client, name: str) -> dict[str, Any] | None:
    """The dataset as it is on the portal; None where there is none of that name."""
    reply = client.get(f"{ACTION}package_show", {"id": name}, accept=range(200, 600))
    return None if reply.status == 404 and _told(reply, "package_show", (404,)) else _result(reply, "package_show")


def _changed(client: Client, action: str, fields: Mapping[str, str], file: File | None = None) -> dict[str, Any]:
    reply = client.post(f"{ACTION}{action}", fields, {}, is_json=file is None, file=file, accept=range(200, 600))
    return _result(reply, action)


def _result(reply: Reply, action: str) -> dict[str, Any]:
    result = _told(reply, action, (200,)).get("result")
    if not isinstance(result, dict):
        raise ContractError(f"CKAN {action}: jawabannya tanpa result.", code="shape")
    return result


def _told(reply: Reply, action: str, expected: tuple[int, ...]) -> dict[str, Any]:
    """The answer as an object; an error for a status that is not expected, with what CKAN says of it."""
    body = b"".join(reply.chunks)
    try:
        answer = parsed(body)
    except orjson.JSONDecodeError:
        answer = None
    if reply.status >= 500 or reply.status == 429:
        said = told_error(answer) if answer is not None else "tanpa keterangan"
        raise TransientError(f"CKAN {action}: menjawab {reply.status} ({said[:120]}). Coba lagi.", code="ckan")
    if not isinstance(answer, dict) and reply.status in expected:
        raise ContractError(f"CKAN {action}: jawabannya bukan JSON. Benarkah url-nya alamat portal?", code="shape")
    if reply.status not in expected or not isinstance(answer, dict):
        said = told_error(answer) if answer is not None else "tanpa keterangan"
        raise ContractError(f"CKAN {action}: ditolak ({reply.status}): {said}.", code="ckan_error")
    if (answer.get("success") is True) != (reply.status == 200):
        raise ContractError(f"CKAN {action}: menjawab galat: {told_error(answer)}.", code="ckan_error")
    return answer
