"""Notes and heads: vectors of the Go library, of C2SP, and a head that stands in the world, cosigned by a witness."""

import dataclasses
import os
import shutil
import subprocess
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from iku_etl.audit import heads, notes
from iku_etl.errors import LedgerError

PETER = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW"
PETERS_OWN = "PRIVATE+KEY+PeterNeumann+c74f20a3+AYEKFALVFGyNhPJEMzD1QIDr+Y7hfZx09iUvxdXHKDFz"  # known to everybody
TEXT = "If you think cryptography is the answer to your problem,\nthen you don't know what your problem is.\n"
PETERS_LINE = (
    "— PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=\n"
)
ENOCH = "EnochRoot+af0cfe78+ATtqJ7zOtqQtYqOo0CpvDXNlMhV3HeJDpjrASKGLWdop"
ENOCHS_LINE = (
    "— EnochRoot rwz+eBzmZa0SO3NbfRGzPCpDckykFXSdeX+MNtCOXm2/5n2tiOHp+vAF1aGrQ5ovTG01oOTGwnWLox33WWd1RvMc+QQ=\n"
)
# a head of a log in use (transparency.dev's staging), signed by the log and cosigned by a witness
LOG = "arche2025h1.staging.ct.transparency.dev+ba2f06c0+AU0vHmlGCS/PdN8b2OaGmKprLI8HKM+dJ472xgFYh15f"
WITNESS = "remora.n621.de+da77ade7+BOvN63jn/bLvkieywe8R6UYAtVtNbZpXh34x7onlmtw2"
HEAD = """arche2025h1.staging.ct.transparency.dev
1432088532
U7WM79jrzyhGZ5/GUBTpM7NzwdyfFx61t3RovgcC4Ro=

— arche2025h1.staging.ct.transparency.dev zTM8sQAAAZ5W0WdjBAMARjBEAiBjW5IQf9pvsYLfQFX6hoGREPMHbdQ3urbllzalApkptQIgIpwt\
EroeW2BXaHAI4kJXFbon5Ch9MNL5zRNZ55lvGt0=
— arche2025h1.staging.ct.transparency.dev ui8GwCF1+kWqZrxGdhj4aX3gcw7XUlXQQabg/27lefwhUkzbC3NygNI75MdhL1bfTW9g8Ei59RA23\
oHP7Ry1k3ZFWwQ=
— remora.n621.de 2net5wAAAABqEiEgPlfF3V06o0Y+fHM+J5J9s27wgxxcOVSpZ/2g/KSiXCg9DEZI+aVCIobWX9sXTynk5XeU/zZ0WBxtqB0Dr\
AWfBw==
"""


def test_a_note_of_the_go_library_is_signed_the_same_and_believed() -> None:
    key = notes.signing_key(PETERS_OWN)
    assert str(key.verifier) == PETER
    assert key.text() == PETERS_OWN
    assert key.sign(TEXT) == PETERS_LINE
    note = notes.parse(f"{TEXT}\n{PETERS_LINE}{ENOCHS_LINE}".encode())
    assert note.text == TEXT
    assert [note.signed_at(notes.verifier_key(key)) for key in (PETER, ENOCH)] == [0, 0]
    alone = notes.parse(f"{TEXT}\n{PETERS_LINE}".encode())
    assert alone.signed_at(notes.verifier_key(ENOCH)) is None


def test_a_head_in_use_is_read_with_its_cosignature() -> None:
    head, note = heads.trusted(HEAD.encode(), notes.verifier_key(LOG))
    assert (head.size, head.root.hex()[:8], str(head)) == (1432088532, "53b58cef", note.text)
    assert note.signed_at(notes.verifier_key(WITNESS)) == 0x6A122120
    other = dataclasses.replace(note, text=note.text.replace("1432088532", "1432088531"))
    for key in (LOG, WITNESS):
        with pytest.raises(LedgerError, match="tidak cocok"):
            other.signed_at(notes.verifier_key(key))


def test_every_mangled_key_is_refused() -> None:
    for start in range(len(PETER)):
        for end in range(start + 1, len(PETER) + 1):
            if (start, end) != (0, len(PETER)):
                refused(notes.verifier_key, PETER[start:end])
    for at, letter in enumerate(PETER):
        refused(notes.verifier_key, PETER[:at] + chr(ord(letter) + 1) + PETER[at + 1 :])
    refused(notes.verifier_key, "PeterNeumann+cc469956+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TWBADKEY==")
    refused(notes.verifier_key, "PeterNeumann+173116ae+ZRpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW")
    refused(notes.signing_key, PETER)
    refused(notes.signing_key, PETERS_OWN.replace("c74f20a3", "c74f20a4"))


def refused(read: Callable[[str], object], line: str) -> None:
    with pytest.raises(LedgerError):
        read(line)


@given(st.text(st.characters(exclude_categories=["Cc", "Cs"]), min_size=1), st.integers(0, 2**63 - 1), st.integers(0))
def test_what_is_signed_is_believed_and_no_flipped_bit_is(said: str, moment: int, bit: int) -> None:
    text = f"{said}\n"
    for kind in (notes.ED25519, notes.COSIGNATURE):
        key = notes.make_key("uji.example/buku", kind)
        note = notes.parse(f"{text}\n{key.sign(text, moment)}".encode())
        assert note.signed_at(key.verifier) == (moment if kind == notes.COSIGNATURE else 0)
        ((name, number, signature),) = note.signatures
        at = bit % (8 * len(signature))
        wrong = bytearray(signature)
        wrong[at // 8] ^= 1 << at % 8
        with pytest.raises(LedgerError):
            notes.Note(text, ((name, number, bytes(wrong)),)).signed_at(key.verifier)
        with pytest.raises(LedgerError):
            notes.Note(f"{text}x\n", note.signatures).signed_at(key.verifier)


def test_the_two_kinds_of_one_key_are_not_taken_for_each_other() -> None:
    log = notes.make_key("uji.example/buku", notes.ED25519)
    witness = dataclasses.replace(log, kind=notes.COSIGNATURE)
    note = notes.parse(f"{TEXT}\n{log.sign(TEXT)}".encode())
    assert note.signed_at(witness.verifier) is None
    with pytest.raises(LedgerError, match="tidak cocok"):
        notes.Note(TEXT, ((log.name, witness.verifier.id, note.signatures[0][2]),)).signed_at(witness.verifier)


def test_heads_are_refused_with_a_sentence() -> None:
    key = notes.make_key("uji.example/buku", notes.ED25519)
    root = "U7WM79jrzyhGZ5/GUBTpM7NzwdyfFx61t3RovgcC4Ro="
    for text in (f"uji.example/buku\n07\n{root}\n", f"uji.example/buku\n-1\n{root}\n", "uji.example/buku\n7\nAAAA\n",
                 f"\n7\n{root}\n", "uji.example/buku\n7\n"):  # fmt: skip
        with pytest.raises(LedgerError, match=r"tidak memuat asal|bukan catatan"):
            heads.trusted(f"{text}\n{key.sign(text)}".encode(), key.verifier)
    other = f"lain.example/buku\n7\n{root}\n"
    with pytest.raises(LedgerError, match=r"milik buku besar lain\.example/buku"):
        heads.trusted(f"{other}\n{key.sign(other)}".encode(), key.verifier)
    with pytest.raises(LedgerError, match="tidak ditandatangani oleh"):
        heads.trusted(HEAD.encode(), key.verifier)
    for content in (b"", b"x", HEAD.encode()[:-1], HEAD.replace("— remora", "- remora").encode(), b"\xff" * 9):
        with pytest.raises(LedgerError, match="bukan catatan"):
            notes.parse(content)
    with pytest.raises(LedgerError, match="spasi atau tanda tambah"):
        notes.make_key("dua kata", notes.ED25519)


def test_openssl_reads_our_signature(tmp_path: os.PathLike[str]) -> None:
    """By a program that shares no code with ours: what Ed25519 in a note is."""
    openssl = shutil.which("openssl")
    if openssl is None:
        pytest.skip("needs openssl")
    key = notes.signing_key(PETERS_OWN)
    folder = os.fspath(tmp_path)
    signature = notes.parse(f"{TEXT}\n{key.sign(TEXT)}".encode()).signatures[0][2]
    spki = bytes.fromhex("302a300506032b6570032100") + key.verifier.public
    for name, content in (("key", spki), ("text", TEXT.encode()), ("signature", signature)):
        with open(f"{folder}/{name}", "wb") as stream:
            stream.write(content)
    told = subprocess.run(
        [openssl, "pkeyutl", "-verify", "-pubin", "-inkey", "key", "-keyform", "DER", "-rawin", "-in", "text",
         "-sigfile", "signature"],
        cwd=folder, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert "Signature Verified Successfully" in told.stdout, told.stderr
