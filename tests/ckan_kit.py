"""A CKAN portal on loopback that answers as CKAN's captures do."""

import json
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from http.server import BaseHTTPRequestHandler
from typing import Any
from urllib.parse import parse_qs, urlsplit

import loopback

from iku_etl.settings import PROJECT

CAPTURES = PROJECT / "tests" / "data" / "ckan"
TOKEN = "eyJ0b2tlbiI6InJhaGFzaWEi.uji-1234567890"


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
