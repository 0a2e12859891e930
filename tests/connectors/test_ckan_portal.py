"""Our dataset on a CKAN portal, against a real server on loopback that answers as CKAN's captures do."""

import json
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from email import message_from_bytes, policy
from http.server import BaseHTTPRequestHandler
from typing import Any
from urllib.parse import parse_qs, urlsplit

import loopback
import pytest

from iku_etl.connectors import ckan_portal
from iku_etl.connectors.ckan_portal import Dataset, Resource
from iku_etl.errors import ContractError, IkuError, SettingError, TransientError
from iku_etl.settings import PROJECT, Endpoint

CAPTURES = PROJECT / "tests" / "data" / "ckan"
TOKEN = "eyJ0b2tlbiI6InJhaGFzaWEi.uji-1234567890"
DATASET = Dataset(
    "iku-uji", "IKU", "Catatan", "7",
    (Resource("iku.csv", "iku.csv", b"kode\r\nIKU-05\r\n", "text/csv"),
     Resource("datapackage.json", "datapackage.json", b"{}", "application/json")),
)  # fmt: skip


def capture(name: str) -> bytes:
    return (CAPTURES / f"{name}.json").read_bytes()


@dataclass
class Portal:
    """What the portal holds, and what it was asked; `instead` answers an action in its place."""

    url: str = ""
    datasets: dict[str, dict[str, Any]] = field(default_factory=dict)
    uploaded: dict[str, bytes] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)
    instead: dict[str, tuple[int, bytes]] = field(default_factory=dict)

    def answer(self, handler: BaseHTTPRequestHandler) -> None:
        action = urlsplit(handler.path).path.rpartition("/")[2]
        fields = _fields(handler)
        self.asked.append(action)
        if action in self.instead:
            status, body = self.instead[action]
        elif handler.headers.get("Authorization") != TOKEN:  # CKAN takes the token as it is
            status, body = 403, capture("error_not_authorized")
        else:
            result = getattr(self, action)(fields)
            status = 404 if result is None else 200
            body = capture("error_not_found") if result is None else json.dumps(
                {"help": "", "success": True, "result": result}
            ).encode()  # fmt: skip
        loopback.send(handler, body, status)

    def package_show(self, fields: dict[str, Any]) -> Any:
        return next((one for one in self.datasets.values() if fields["id"] in (one["id"], one["name"])), None)

    def package_create(self, fields: dict[str, Any]) -> Any:
        made = {"id": f"id-{fields['name']}", "resources": [], "organization": {"name": fields["owner_org"]}, **fields}
        return self.datasets.setdefault(fields["name"], made)

    def package_patch(self, fields: dict[str, Any]) -> Any:
        self.package_show(fields).update({name: value for name, value in fields.items() if name != "id"})
        return self.package_show(fields)

    def resource_create(self, fields: dict[str, Any]) -> Any:
        made = {"id": f"r-{fields['name']}"}
        self.package_show({"id": fields["package_id"]})["resources"].append(made)
        return self._upload(made, fields)

    def resource_patch(self, fields: dict[str, Any]) -> Any:
        known = [one for dataset in self.datasets.values() for one in dataset["resources"]]
        return self._upload(next(one for one in known if one["id"] == fields["id"]), fields)

    def _upload(self, made: dict[str, Any], fields: dict[str, Any]) -> Any:
        self.uploaded[fields["name"]] = fields.pop("upload")
        made.update({name: value for name, value in fields.items() if name not in ("id", "package_id")})
        return made


def _fields(handler: BaseHTTPRequestHandler) -> dict[str, Any]:
    if handler.command == "GET":
        return {name: one for name, (one, *_) in parse_qs(urlsplit(handler.path).query).items()}
    body = handler.rfile.read(int(handler.headers["Content-Length"]))
    if handler.headers["Content-Type"] == "application/json":
        found: dict[str, Any] = json.loads(body)
        return found
    head = f"Content-Type: {handler.headers['Content-Type']}\r\n\r\n".encode()
    parts = message_from_bytes(head + body, policy=policy.HTTP).iter_parts()  # type: ignore[attr-defined]  # multipart
    read = {str(part.get_param("name", header="content-disposition")): part for part in parts}
    return {
        name: part.get_payload(decode=True) if name == "upload" else part.get_payload(decode=True).decode()
        for name, part in read.items()
    }


@pytest.fixture
def portal() -> Iterator[Portal]:
    made = Portal()
    with loopback.server(made.answer) as made.url:
        yield made


def endpoint(portal: Portal, secret: str | None = TOKEN, **options: str) -> Endpoint:
    return Endpoint("ckan_portal", portal.url, {"organization": "dinas-kominfo", **options}, secret)


def pushed(portal: Portal, held: Dataset = DATASET, *, is_trial: bool = False, **options: str) -> list[str]:
    steps = ckan_portal.push(endpoint(portal, **options), held, is_trial=is_trial)
    return [f"{step.action} {step.name}" for step in steps]


MADE = ["package_create iku-uji", "resource_create iku.csv", "resource_create datapackage.json"]


def test_a_dataset_is_made_with_its_files_and_nothing_is_sent_twice(portal: Portal) -> None:
    assert pushed(portal) == MADE
    assert portal.uploaded == {one.title: one.content for one in DATASET.resources}
    held = portal.datasets["iku-uji"]
    assert (held["owner_org"], held["title"], held["version"]) == ("dinas-kominfo", "IKU", "7")
    assert [one["format"] for one in held["resources"]] == ["CSV", "JSON"]
    portal.asked.clear()
    assert pushed(portal) == []
    assert portal.asked == ["package_show"]


def test_only_what_changed_is_sent(portal: Portal) -> None:
    pushed(portal)
    first, second = DATASET.resources
    changed = replace(DATASET, version="8", resources=(replace(first, content=b"kode\r\nIKU-01\r\n"), second))
    assert pushed(portal, changed) == ["package_patch iku-uji", "resource_patch iku.csv"]
    assert portal.uploaded["iku.csv"] == b"kode\r\nIKU-01\r\n"
    assert len(portal.datasets["iku-uji"]["resources"]) == 2
    assert portal.datasets["iku-uji"]["version"] == "8"


def test_a_trial_says_what_would_be_sent_and_changes_nothing(portal: Portal) -> None:
    assert pushed(portal, is_trial=True) == MADE
    assert portal.asked == ["package_show"]
    assert portal.datasets == {}
    pushed(portal)
    portal.asked.clear()
    assert pushed(portal, replace(DATASET, title="IKU 2"), is_trial=True) == ["package_patch iku-uji"]
    assert portal.asked == ["package_show"]


def test_name_and_licence_are_those_of_the_connection(portal: Portal) -> None:
    assert pushed(portal, dataset="nama-lain", license="cc-by")[0] == "package_create nama-lain"
    assert portal.datasets["nama-lain"]["license_id"] == "cc-by"


@pytest.mark.parametrize(
    ("action", "status", "body", "kind", "said"),
    [
        ("package_create", 409, "error_validation", ContractError, "Must be|owner_org|name"),
        ("package_show", 403, "error_not_authorized", ContractError, "Access denied"),
        ("package_create", 400, "error_unknown_action", ContractError, "400"),
        ("resource_create", 500, "error_not_found", TransientError, "500"),
    ],
)
def test_a_refusal_is_told_in_the_words_of_the_portal_and_nothing_is_tried_again(
    portal: Portal, action: str, status: int, body: str, kind: type[IkuError], said: str
) -> None:
    portal.instead[action] = (status, capture(body))
    with pytest.raises(kind, match=said):
        pushed(portal)
    assert portal.asked.count(action) == 1


@pytest.mark.parametrize("body", [b"<html>Selamat datang</html>", b"[]", b'{"success": true}', b""])
def test_what_is_no_answer_of_ckan_is_refused(portal: Portal, body: bytes) -> None:
    for status in (200, 404):
        portal.instead["package_show"] = (status, body)
        with pytest.raises(ContractError, match="package_show"):
            pushed(portal)
    assert portal.asked == ["package_show"] * 2


def test_an_answer_of_success_with_other_bytes_is_refused(portal: Portal) -> None:
    portal.instead["resource_create"] = (200, b'{"success": true, "result": {"id": "r", "hash": "sha256:lain"}}')
    with pytest.raises(ContractError, match="hash-nya bukan yang dikirim"):
        pushed(portal)


def test_the_token_is_said_nowhere(portal: Portal, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("DEBUG")
    told = f'{{"success": false, "error": {{"message": "token {TOKEN} ditolak", "__type": "Authorization Error"}}}}'
    portal.instead["package_create"] = (403, told.encode())
    with pytest.raises(ContractError, match=r"ditolak \(403\)") as refused:
        pushed(portal)
    assert TOKEN not in str(refused.value)
    assert TOKEN not in caplog.text
    assert TOKEN not in repr(endpoint(portal))


def test_without_organization_or_token_nothing_is_asked(portal: Portal) -> None:
    wrong = {"IKU_SECRET_OPEN_DATA": endpoint(portal, None), "organization": endpoint(portal, organization="")}
    for said, one in wrong.items():
        with pytest.raises(SettingError, match=said):
            list(ckan_portal.push(one, DATASET, is_trial=False))
    assert portal.asked == []
