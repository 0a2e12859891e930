"""Strips what was received to the declared columns before it lands, in a capped child process.

What was received is spooled to a file without a name, measured and hashed with a key, and given to the child;
after it the clear bytes are gone. See `redactor` for the rules.
"""

import hashlib
import hmac
import json
import os
import re
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import IO, Any

from sqlalchemy import Boolean, Column, Date, DateTime, Integer, Numeric

from iku_etl.connectors.registers.folder import MEDIA_TYPES, REDACTED
from iku_etl.connectors.visits import weblog
from iku_etl.errors import DeclarationError
from iku_etl.model import Payload, Source
from iku_etl.records import unobserved
from iku_etl.stages.land import redactor

CHILD = Path(redactor.__file__)  # run as a file: of its packages nothing else is imported into the capped child
# `-I` hears of no PYTHONPATH, so a package that is not installed (a checkout in a container) is found by being told
START = "import runpy, sys; sys.path.append(sys.argv.pop(1)); runpy.run_path(sys.argv.pop(1), run_name='__main__')"
CHUNK = 1024**2
WALL_SECONDS = 2 * redactor.CPU_SECONDS
SHAPES = ((Date, "date"), (DateTime, "datetime"), (Boolean, "boolean"), (Integer, "integer"), (Numeric, "number"))
OF_A_LOG = ("site", "begins", "ends", "format", "hosts")  # of a request: what the child must know
# of a request; a file's name may be a person's
SHOWN = (
    "method", "size_bytes", "modified_at", "unplaced", "status", "site", "files", "begins", "ends", "format", "hosts",
    "bots", "handed_in",
)  # fmt: skip
HASHED_NAME = re.compile(r"berkas #[0-9a-f]{6}")  # `files.shown_name`: tells files apart and says no name


@dataclass(frozen=True)
class Redacted:
    """What may be kept. `payload` is None when redaction failed; then `error_code` and `error` say why.

    `described` is the payload without its stream and file name: what a manifest may say in either case.
    """

    payload: Payload | None
    described: Payload
    received_hmac: str
    received_bytes: int
    key_id: str
    redactor_version: int
    error_code: str | None = None
    error: str | None = None


def redact(source: Source, payload: Payload, key: tuple[str, bytes]) -> Redacted:
    """Read the payload once and strip it; errors of its own stream pass through.

    The hash of what was received is HMAC-SHA256 with the key, over `received:` and the bytes.
    """
    key_id, secret = key
    is_log = payload.media_type == weblog.MEDIA_TYPE
    spec = _log_spec(source, payload, secret) if is_log else _spec(source, secret)
    digest, size = received_hash(secret), 0
    with tempfile.TemporaryFile() as received:
        for chunk in payload.chunks:
            digest.update(chunk)
            size += len(chunk)
            received.write(chunk)
        received.seek(0)
        stripped, code, message = _strip(received, spec)
    is_named = is_log or not source.is_redacted
    described = replace(
        payload,
        name=payload.name if is_named else f"{source.name}-{digest.hexdigest()[:12]}",
        media_type=weblog.REDACTED if is_log else REDACTED,
        request=_shown(payload) if is_log or source.is_redacted else payload.request,
        chunks=(),
    )
    result = Redacted(None, described, digest.hexdigest(), size, key_id, redactor.VERSION, code, message)
    return result if stripped is None else replace(result, payload=replace(described, chunks=_chunks(stripped)))


def received_hash(secret: bytes) -> "hmac.HMAC":
    """The hash of what is received, to be fed with its bytes."""
    return hmac.new(secret, b"received:", hashlib.sha256)


def _shown(payload: Payload) -> dict[str, Any]:
    """What of the request may be kept."""
    shown = {name: value for name, value in payload.request.items() if name in SHOWN}
    name = payload.request.get("file", "")
    return shown | {"file": name} if HASHED_NAME.fullmatch(name) else shown


def is_due(source: Source, payload: Payload) -> bool:
    """Whether the payload must be stripped before it lands: its source has personal columns, it is an access log, or a
    register file of which nobody has declared that it names no person.

    A note of ours about what could not be read holds nothing of it.
    """
    if payload.media_type == unobserved.MEDIA_TYPE:
        return False
    is_file = payload.media_type in MEDIA_TYPES.values()
    return source.is_redacted or payload.media_type == weblog.MEDIA_TYPE or (is_file and source.is_stripped)


def _log_spec(source: Source, payload: Payload, secret: bytes) -> bytes:
    asked = {name: payload.request[name] for name in OF_A_LOG if name in payload.request}
    return json.dumps({"source": source.name, "key": secret.hex(), **asked}).encode()


def _spec(source: Source, secret: bytes) -> bytes:
    return json.dumps(
        {
            "source": source.name,
            "key": secret.hex(),
            "columns": [_column(source, column) for column in source.columns],
        }
    ).encode()


def _column(source: Source, column: Column[Any]) -> dict[str, Any]:
    """What the child must know of a column. Raises DeclarationError if the allow-list could not check its values."""
    privacy = source.privacy_of(column)
    shape = next((name for kind, name in SHAPES if isinstance(column.type, kind)), None)
    values, pattern = column.info.get("values"), column.info.get("pattern")
    if privacy == "personal":
        raise DeclarationError(
            f"{source.name}.{column.name}: a personal column can't be kept. Make it a token, or drop it."
        )
    is_open = not source.is_redacted  # its cells are shown as they are; only what nobody declared is stripped
    if not is_open and privacy != "token" and shape is None and not values and not pattern:
        raise DeclarationError(
            f"{source.name}.{column.name}: text of a redacted source needs info values or pattern, "
            "else a name in the wrong column would be kept."
        )
    return {
        "name": column.name,
        "headings": list(column.info.get("headings", ())),
        "required": not column.nullable,
        "retired": "retired" in column.info,
        "token": privacy == "token",
        "open": is_open,
        "shape": shape,
        "values": list(values) if values else None,
        "pattern": pattern,
    }


def _strip(received: IO[bytes], spec: bytes) -> tuple[IO[bytes] | None, str | None, str | None]:
    """(NDJSON, None, None), or (None, error code, sentence)."""
    stripped = tempfile.TemporaryFile()  # noqa: SIM115  # lives on as the payload's stream
    reading, writing = os.pipe()
    try:
        child = subprocess.Popen(
            [sys.executable, "-I", "-X", "utf8", "-c", START, str(CHILD.parents[3]), str(CHILD), str(reading)],
            stdin=received,
            stdout=stripped,
            stderr=subprocess.PIPE,
            pass_fds=(reading,),
            env={"OPENBLAS_NUM_THREADS": "1", "LC_ALL": "C.UTF-8"},
            cwd="/",
        )
    finally:
        os.close(reading)
    with os.fdopen(writing, "wb") as pipe:  # not argv and not the environment: both can be read from outside
        try:
            pipe.write(spec)
            pipe.flush()
        except BrokenPipeError:
            pass  # its exit status says more
    try:
        _, said = child.communicate(timeout=WALL_SECONDS)
    except subprocess.TimeoutExpired:
        child.kill()
        child.communicate()
        said = b""
    if child.returncode == 0:
        stripped.seek(0)
        return stripped, None, None
    stripped.close()
    return None, *_why(said, child.returncode)


def _why(said: bytes, status: int) -> tuple[str, str]:
    """Error code and sentence of the child; anything else that it wrote is dropped, since it may hold values."""
    try:
        told = json.loads(said)
        return str(told["code"]), str(told["message"])
    except (ValueError, KeyError, TypeError):
        pass
    if status < 0:
        return "redact_killed", f"Peredaksi dihentikan (status {status}): batas memori, waktu atau ukuran."
    return "redact_broken", f"Peredaksi tidak dapat dijalankan (status {status}): bukan berkasnya, pemasangannya rusak."


def _chunks(stream: IO[bytes]) -> Iterator[bytes]:
    with stream:
        while chunk := stream.read(CHUNK):
            yield chunk
