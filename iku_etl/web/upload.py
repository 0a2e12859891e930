"""A form with files as it comes in: to the disk as it streams, under a cap, and only for whoever may hand in."""

import re
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from typing import Annotated, Any

from fastapi import Depends, Request
from starlette.datastructures import UploadFile
from starlette.exceptions import HTTPException
from starlette.types import Message

from iku_etl.web.desk import Visit, at
from iku_etl.web.login import Role
from iku_etl.web.tongue import noted

CAP_BYTES = 64 * 1024**2  # of one hand-in; a register of 200,000 rows has a quarter of it
FIELDS, FIELD_BYTES, FILES = 60, 16 * 1024, 10
DRAINED = 8  # caps that are read and thrown away, so that the browser gets to see the answer
TOO_LARGE = noted("Berkasnya lebih dari 64 MB. Pecah per bulan atau per unit, atau kirim sebagai CSV UTF-8.")
UNREADABLE = noted("Kirimannya tidak dapat dibaca. Muat ulang halaman ini, lalu pilih berkasnya sekali lagi.")
_CONTROL = re.compile(r"[\x00-\x09\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ud800-\udfff]")

HANDS_IN = at(Role.USER)  # one object, so that who asks is asked once and before anything is read


@dataclass
class Upload:
    """What a browser sent: texts by field without control characters, files, or why neither can be read."""

    texts: dict[str, list[str]] = field(default_factory=dict)
    files: list[UploadFile] = field(default_factory=list)
    problem: str | None = None
    status: int = 422

    def text(self, name: str) -> str:
        return next(iter(self.texts.get(name, ())), "")


class _TooLargeError(Exception):
    pass


async def _received(request: Request, visit: Annotated[Visit, HANDS_IN]) -> AsyncIterator[Upload]:
    read, is_over, receive = 0, False, request.receive

    async def counted() -> Message:
        nonlocal read, is_over
        message = await receive()
        is_over = message["type"] != "http.request" or not message.get("more_body")
        read += len(message.get("body", b""))
        if read > CAP_BYTES:
            raise _TooLargeError
        return message

    try:
        form = await Request(request.scope, counted).form(
            max_files=FILES + 1, max_fields=FIELDS, max_part_size=FIELD_BYTES
        )
    except _TooLargeError:
        await _drain(receive, is_over=is_over)
        yield Upload(problem=TOO_LARGE, status=413)
        return
    except HTTPException:
        await _drain(receive, is_over=is_over)
        yield Upload(problem=UNREADABLE, status=400)
        return
    made = Upload()
    for name, value in form.multi_items():
        if isinstance(value, UploadFile):
            made.files += [value] if value.filename else []
        else:
            made.texts.setdefault(name, []).append(_CONTROL.sub(" ", value).strip())
    try:
        yield made
    finally:
        await form.close()


async def _drain(receive: Any, *, is_over: bool) -> None:
    read = 0
    while not is_over and read < DRAINED * CAP_BYTES:
        message = await receive()
        read += len(message.get("body", b""))
        is_over = message["type"] != "http.request" or not message.get("more_body")


RECEIVED = Depends(_received)
