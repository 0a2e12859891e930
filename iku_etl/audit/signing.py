"""Who signs the log, and who witnesses it: each with a key and a memory of its own, in a folder of its own.

`key` (0600), `leaves` (what was seen), `head` (the last one signed), `heads/` (each, by its size). Neither asks the
warehouse: the log's file is all they read.
"""

import os
import stat
import time
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

from iku_etl.audit import files, heads, log, notes, tree
from iku_etl.audit.heads import Head
from iku_etl.audit.seen import Seen
from iku_etl.errors import LedgerError, SettingError

KEY, LOG_KEY, HEADS = "key", "log.vkey", "heads"


def make_key(folder: Path, name: str, kind: int, *, again: bool = False) -> notes.VerifierKey:
    """Make a key in a folder; what others check by. A new one in the place of another (`again`) has the same name.

    Raises SettingError where there is one already, or none to be replaced, or one of another name.
    """
    path = folder / KEY
    if path.exists() != again:
        raise SettingError(
            f"{path} {'sudah ada' if path.exists() else 'belum ada'}:"
            f" {'kunci tidak ditimpa; untuk menggantinya tambahkan --replace' if path.exists() else 'tanpa --replace'}."
        )
    if again and (was := own_key(folder)).name != name:
        raise SettingError(f"{path} adalah kunci {was.name}: buku besar tidak berganti nama. Tulis nama itu.")
    made = notes.make_key(name, kind)
    folder.mkdir(mode=0o755, parents=True, exist_ok=True)
    files.replace(path, f"{made.text()}\n".encode(), files.OWN)
    return made.verifier


def own_key(folder: Path) -> notes.SigningKey:
    """The key of a folder. Raises SettingError for one that anybody but its owner could read, or that isn't ours."""
    path = folder / KEY
    try:
        found = path.stat()
        line = path.read_text()
    except FileNotFoundError:
        raise SettingError(f"{path} tidak ada. Buat kuncinya: iku ledger key NAMA --folder {folder}.") from None
    except PermissionError:
        raise SettingError(f"{path} bukan milik pengguna ini. Jalankan sebagai pengguna penanda tangan.") from None
    if found.st_uid != os.geteuid() or stat.S_IMODE(found.st_mode) & 0o077:
        raise SettingError(
            f"{path} dapat dibaca oleh selain pemiliknya, atau milik pengguna lain: siapa pun dapat menandatangani."
            " Buat kunci baru (--replace) dengan hak 0600 sebagai pengguna penanda tangan, dan ganti yang dipercaya."
        )
    return notes.signing_key(line)


def sign(folder: Path, ledger: Path, *, is_trial: bool = False) -> tuple[Head, int]:
    """Sign the log as it lies in `ledger`, with the key and the memory of `folder`; the head and how far it was before.

    Raises SettingError where the same user owns log and key (not for a trial), LedgerError for a log that is shorter
    than, or other than, what was signed before: the first other leaf is named.
    """
    key = own_key(folder)
    if not is_trial and (ledger / log.ENTRIES).exists() and (ledger / log.ENTRIES).stat().st_uid == os.geteuid():
        raise SettingError(
            "buku besar dan kunci milik pengguna yang sama: siapa yang dapat mengubah gudang data dapat pula"
            " menandatangani. Jalankan sebagai pengguna lain (docs/ledger.md); untuk mencoba saja: --trial."
        )
    entries = log.read(ledger)
    seen = Seen(folder)
    before = len(seen.hashes)
    _check_memory(folder, seen)
    seen.check(entries.hashes, entries.lines, f"penanda tangan {key.name}")
    head = entries.head(key.name)
    seen.keep(entries.hashes)
    _put(folder, head, f"{head}\n{key.sign(str(head))}".encode())
    return head, before


def _check_memory(folder: Path, seen: Seen) -> None:
    """Raise LedgerError where the memory is not that of the last head: somebody has been at this folder."""
    path = folder / log.HEAD
    if not path.exists():
        return
    last = heads.parse(notes.parse(path.read_bytes()).text)
    if len(seen.hashes) < last.size or tree.Tree(seen.hashes).root(last.size) != last.root:
        raise LedgerError(
            f"{folder} rusak: ingatannya (leaves) bukan ingatan dari kepala terakhirnya ({last.size} daun). Pulihkan"
            " folder ini dari salinannya; jangan menandatangani tanpa ingatan."
        )


def _put(folder: Path, head: Head, note: bytes) -> None:
    (folder / HEADS).mkdir(exist_ok=True)
    files.replace(folder / HEADS / f"{head.size:012}", note)
    files.replace(folder / log.HEAD, note)


# ---------------------------------------------------------------- a witness


@dataclass(frozen=True)
class Witnessed:
    """What a witness has found, and where its cosigned head lies."""

    head: Head
    before: int  # leaves seen until now
    by: notes.VerifierKey
    log_key: notes.VerifierKey
    note: Path


def witness(folder: Path, brought: Path, *, name: str | None = None, log_key: str | None = None) -> Witnessed:
    """Check log and head that were brought in a folder, against what this witness has seen, and cosign the head.

    The first time `name` (of the witness) and `log_key` (handed over otherwise) are needed. Raises SettingError for
    what is missing, LedgerError for a head or a log that is not to be believed.
    """
    signer = _log_key(folder, log_key)
    try:
        content = (brought / log.HEAD).read_bytes()
    except OSError:
        raise LedgerError(
            f"{brought / log.HEAD} tidak ada: minta kepala yang ditandatangani (iku ledger sign)."
        ) from None
    head, _ = heads.trusted(content, signer)
    entries, seen = log.read(brought), Seen(folder)
    _check_memory(folder, seen)
    _check_growth(head, entries, seen)
    _check_announced(folder, signer, entries, head)
    if not (folder / KEY).exists():
        if name is None:
            raise SettingError("saksi ini belum bernama. Jalankan sekali dengan --name, misalnya inspektorat.example.")
        make_key(folder, name, notes.COSIGNATURE)
    own, before = own_key(folder), len(seen.hashes)
    if own.verifier.public == signer.public or own.kind != notes.COSIGNATURE:
        raise SettingError(f"{folder} memuat kunci penanda tangan, bukan kunci saksi: pakai folder lain untuk saksi.")
    seen.keep(entries.hashes[: head.size])
    files.replace(folder / LOG_KEY, f"{signer}\n".encode())
    _put(folder, head, content + own.sign(str(head), int(time.time())).encode())
    return Witnessed(head, before, own.verifier, signer, folder / log.HEAD)


def _log_key(folder: Path, given: str | None) -> notes.VerifierKey:
    """The key by which the log is believed: the given one, else the one that was given before."""
    path = folder / LOG_KEY
    if given is None and not path.exists():
        raise SettingError(
            "kunci buku besar belum dikenal. Jalankan sekali dengan --key BARIS; minta barisnya langsung kepada penanda"
            " tangan, jangan dari folder yang dibawa ini."
        )
    return notes.verifier_key(given if given is not None else path.read_text())


def _check_growth(head: Head, entries: log.Entries, seen: Seen) -> None:
    """Raise LedgerError unless the head is of these leaves, and they go on from what was seen."""
    before = len(seen.hashes)
    if head.size < before:
        raise LedgerError(
            f"kepala itu lama: {head.size} daun, padahal saksi ini sudah melihat {before}. Minta kepala yang terbaru;"
            " bila tidak ada, buku besarnya dipotong."
        )
    if head.size > len(entries.lines):
        raise LedgerError(
            f"kepala menyebut {head.size} daun, berkasnya hanya berisi {len(entries.lines)}: ekornya dipotong, atau"
            " salinannya belum selesai. Salin lagi."
        )
    seen.check(entries.hashes[: head.size], entries.lines, "saksi ini")
    if entries.tree.root(head.size) != head.root:
        raise LedgerError(
            f"akar {head.size} daun di berkas itu bukan akar di kepalanya: salah satu dari daun {before + 1} sampai"
            f" {head.size} bukan yang ditandatangani."
        )


def _check_announced(folder: Path, signer: notes.VerifierKey, entries: log.Entries, head: Head) -> None:
    """Raise LedgerError for another key than until now that the log itself has not announced."""
    path = folder / LOG_KEY
    if not path.exists() or notes.verifier_key(path.read_text()) == signer:
        return
    announced = {leaf["id"] for leaf in islice(entries.each(), head.size) if leaf["kind"] == "key"}
    if str(signer) not in announced:
        raise LedgerError(
            f"kunci {signer} lain dari yang dikenal dan tidak diumumkan di buku besar (daun key). Tanyakan kepada"
            " penanda tangan; ia mengumumkannya dengan iku ledger trust."
        )
