"""The raw store: bytes under the name of their SHA-256, written once, fsynced, read-only, never deleted."""

import hashlib
import os
import shutil
import stat
import tempfile
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from iku_etl.errors import RawStoreError
from iku_etl.model import KeptPayload, Payload

CHUNK = 1 << 20


@dataclass(frozen=True)
class Store:
    """A folder of `ab/ab12..` files. `cap_bytes` bounds one payload, `floor_bytes` is what the disk must keep free."""

    folder: Path
    cap_bytes: int
    floor_bytes: int

    def path(self, sha256: str) -> Path:
        return self.folder / sha256[:2] / sha256

    def land(self, payload: Payload, payload_no: int) -> KeptPayload:
        """Keep a payload's bytes: temporary file on the same file system, fsync, link without overwriting, fsync.

        Raises RawStoreError over the cap, under the free-space floor, or when a kept file does not match its name;
        errors of the payload's own stream pass through. A failure leaves what was kept before untouched.
        """
        incoming = self.folder / "incoming"
        incoming.mkdir(parents=True, exist_ok=True)
        self._check_space(payload.name)
        digest, size = hashlib.sha256(), 0
        descriptor, name = tempfile.mkstemp(dir=incoming, prefix=f"{os.getpid()}-")
        temporary = Path(name)
        try:
            with os.fdopen(descriptor, "wb") as stream:
                for chunk in payload.chunks:
                    size += len(chunk)
                    if size > self.cap_bytes:
                        raise RawStoreError(
                            f"{payload.name}: lebih dari {self.cap_bytes} bita. Pecah di sumbernya, atau naikkan"
                            " IKU_PAYLOAD_CAP_MB bila ukurannya memang benar.",
                            code="payload_too_large",
                        )
                    digest.update(chunk)
                    stream.write(chunk)
                stream.flush()
                os.fsync(stream.fileno())
            sha256 = digest.hexdigest()
            self._link(temporary, sha256)
        finally:
            temporary.unlink(missing_ok=True)
        return KeptPayload(payload_no, payload.name, payload.media_type, sha256, size, self.path(sha256))

    def _link(self, temporary: Path, sha256: str) -> None:
        """Give the finished file its name. If the name is taken, the bytes there are verified and kept."""
        final = self.path(sha256)
        made_folder = not final.parent.exists()
        final.parent.mkdir(exist_ok=True)
        os.chmod(temporary, stat.S_IRUSR | stat.S_IRGRP)
        try:
            os.link(temporary, final)
        except FileExistsError:
            self.verify(sha256)  # a torn or tampered file must not stand in for good bytes
        _sync_folder(final.parent)
        if made_folder:
            _sync_folder(self.folder)

    def _check_space(self, name: str) -> None:
        free = shutil.disk_usage(self.folder).free
        if free < self.floor_bytes:
            raise RawStoreError(
                f"{name}: sisa {free >> 20} MB di {self.folder}, {self.floor_bytes >> 20} MB harus tersisa."
                " Kosongkan ruang atau turunkan IKU_FREE_SPACE_FLOOR_MB; jendela ini nanti diambil lagi.",
                code="disk_full",
            )

    def verify(self, sha256: str) -> int:
        """Hash the kept bytes anew; their size. Raises RawStoreError when they are gone or not what the name says."""
        try:
            with self.path(sha256).open("rb") as stream:
                found = hashlib.file_digest(stream, "sha256").hexdigest()
                size = stream.tell()
        except FileNotFoundError:
            raise RawStoreError(
                f"berkas {self.path(sha256)}: tidak ada lagi. Pulihkan dari cadangan; jangan hapus apa pun.",
                code="raw_missing",
            ) from None
        if found != sha256:
            raise RawStoreError(
                f"berkas {self.path(sha256)}: isinya tidak lagi sesuai namanya, SHA-256 kini {found}. Pulihkan dari"
                " cadangan; jangan hapus apa pun.",
                code="raw_torn",
            )
        return size


def digest(path: Path) -> str:
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def payload_fingerprint(payloads: Iterable[KeptPayload], version: int, decision_ids: Iterable[int]) -> str:
    """One hash for "the same content came again": payload hashes in order, contract version, decisions in force."""
    digest = hashlib.sha256(f"v{version};{','.join(map(str, decision_ids))}".encode())
    for payload in payloads:
        digest.update(f";{payload.sha256}".encode())
    return digest.hexdigest()
