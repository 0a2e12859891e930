"""The description of the API, OpenAPI 3.1: made from the routes and from whom each lets in."""

from collections.abc import Iterable
from typing import Any

from fastapi.openapi.utils import get_openapi
from fastapi.routing import APIRoute

from iku_etl.web.api.answers import PROBLEM
from iku_etl.web.api.asked import PREFIX
from iku_etl.web.api.shapes import Problem
from iku_etl.web.desk import role_of
from iku_etl.web.login import MAY, Role

VERSION = "1.0.0"
ABOUT = (
    "Angka IKU yang diterbitkan, anggotanya, jejaknya, dan sumbernya; hanya dibaca. Bilangan desimal ditulis sebagai "
    "teks dengan semua angkanya. Tiap jawaban punya ETag; dengan If-None-Match jawaban yang sama dibalas 304. Daftar "
    "berhalaman: limit dan cursor. as_of dan as_of_time seperti pada perintah iku. Galat mengikuti RFC 9457."
)
SAID = {
    304: "Sama dengan yang sudah dimiliki (If-None-Match).",
    401: "Belum masuk.",
    403: "Peran terlalu rendah.",
    404: "Tidak ada, atau belum ada.",
    409: "cursor bukan dari daftar ini, atau dari keadaan yang sudah lewat.",
    422: "Parameter tidak dapat dibaca.",
    503: "Gudang data tidak dapat dihubungi.",
}


def operations(routes: Iterable[Any]) -> list[APIRoute]:
    """The routes of the API that the description tells of."""
    return [
        route
        for route in routes
        if isinstance(route, APIRoute) and route.path.startswith(PREFIX) and route.include_in_schema
    ]


def description(routes: Iterable[Any], root: str) -> dict[str, Any]:
    """The document; `root` is where the pages are mounted."""
    found = operations(routes)
    made = get_openapi(
        title="IKU Dinas Kominfo Bengkulu Selatan", version=VERSION, description=ABOUT, routes=found,
        servers=[{"url": root or "/"}],
    )  # fmt: skip
    parts = made.setdefault("components", {}).setdefault("schemas", {})
    for unused in ("HTTPValidationError", "ValidationError"):
        parts.pop(unused, None)
    parts["Problem"] = Problem.model_json_schema()
    for route in found:
        _complete(made["paths"][route.path]["get"], role_of(route))
    return made


def _complete(operation: dict[str, Any], role: Role) -> None:
    operation["x-role"] = role.name.lower()
    who = "Terbuka untuk umum." if role == Role.PUBLIC else f"Untuk peran {role.name.lower()} ({MAY[role]}) ke atas."
    operation["description"] = f"{operation.get('description', '')}\n\n{who}".strip()
    ok = operation["responses"]["200"]
    ok["description"] = "Ada."
    ok["headers"] = {"ETag": {"schema": {"type": "string"}, "description": "Nama isi jawaban ini."}}
    told = {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}}
    assert list(told) == [PROBLEM]
    for status, said in SAID.items():
        operation["responses"][str(status)] = {"description": said} | ({} if status == 304 else {"content": told})
