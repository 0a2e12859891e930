"""Who signs and who witnesses: what they refuse, and which leaf they name."""

import os
import shutil
from pathlib import Path

import pytest

from iku_etl.audit import canonical, files, heads, log, notes, signing
from iku_etl.errors import LedgerError, SettingError

NAME = "uji.example/buku"


class Office:
    """A log of invented leaves, its signer and its witness, each in a folder."""

    def __init__(self, folder: Path) -> None:
        self.ledger, self.signer, self.witness = folder / "ledger", folder / "signer", folder / "witness"
        self.key = signing.make_key(self.signer, NAME, notes.ED25519)
        self.grow(5)

    def grow(self, count: int, what: str = "batch") -> None:
        with log.writer(self.ledger) as writer:
            at = len(writer.before.lines)
            writer.add([canonical.encode({"kind": what, "id": str(at + one)}) for one in range(count)])

    def sign(self) -> heads.Head:
        head, _ = signing.sign(self.signer, self.ledger, is_trial=True)
        shutil.copy(self.signer / "head", self.ledger / "head")
        return head

    def cosign(self, **how: str) -> signing.Witnessed:
        return signing.witness(self.witness, self.ledger, **how)

    def first(self) -> signing.Witnessed:
        return self.cosign(name="saksi.example", log_key=str(self.key))

    def rewrite(self, *lines: bytes) -> None:
        """Whoever owns the log puts another one in its place, its own memory with it."""
        (self.ledger / log.ENTRIES).write_bytes(b"".join(line + b"\n" for line in lines))
        (self.ledger / "leaves").unlink(missing_ok=True)

    @property
    def lines(self) -> list[bytes]:
        return list(log.read(self.ledger).lines)


@pytest.fixture
def office(tmp_path: Path) -> Office:
    return Office(tmp_path)


def test_a_log_that_grows_is_signed_and_cosigned(office: Office) -> None:
    assert office.sign().size == 5
    found = office.first()
    assert (found.head.size, found.before, found.log_key) == (5, 0, office.key)
    office.grow(3)
    head = office.sign()
    assert head == log.read(office.ledger).head(NAME)
    again = office.cosign()
    assert (again.head, again.before) == (head, 5)
    note = notes.parse(again.note.read_bytes())
    assert note.signed_at(office.key) == 0
    assert note.signed_at(again.by)
    assert office.cosign().head == head  # nothing new is no fault
    assert sorted(path.name for path in (office.signer / "heads").iterdir()) == ["000000000005", "000000000008"]


def test_signing_refuses_a_shorter_log(office: Office) -> None:
    office.sign()
    office.rewrite(*office.lines[:3])
    with pytest.raises(LedgerError, match=r"berisi 3 daun, padahal penanda tangan uji\.example/buku sudah melihat 5"):
        office.sign()


@pytest.mark.parametrize("at", [0, 2, 4])
def test_signing_names_the_first_other_leaf(office: Office, at: int) -> None:
    office.sign()
    lines = office.lines
    lines[at] = b'{"id":"9","kind":"batch"}'
    office.rewrite(*lines, b'{"id":"10","kind":"batch"}')
    with pytest.raises(LedgerError, match=rf'daun {at + 1} .* kini {{"id":"9"'):
        office.sign()


def test_signing_refuses_without_its_memory(office: Office) -> None:
    office.sign()
    (office.signer / "leaves").unlink()
    with pytest.raises(LedgerError, match="ingatannya"):
        office.sign()


def test_a_signer_killed_between_memory_and_head_goes_on(office: Office) -> None:
    office.sign()
    office.grow(2)
    shutil.copytree(office.signer, office.signer.with_name("before"))
    office.sign()
    shutil.copy(office.signer.with_name("before") / "head", office.signer / "head")
    with (office.signer / "leaves").open("ab") as stream:
        stream.write(b"torn")
    office.grow(1)
    assert office.sign().size == 8
    assert (office.signer / "leaves").stat().st_size == 8 * 32


def test_a_key_that_others_can_read_signs_nothing(office: Office) -> None:
    (office.signer / "key").chmod(0o640)
    with pytest.raises(SettingError, match="dapat dibaca oleh selain pemiliknya"):
        office.sign()
    (office.signer / "key").chmod(0o600)
    (office.signer / "key").write_text("bukan kunci\n")
    with pytest.raises(LedgerError, match="bukan kunci penanda tangan"):
        office.sign()
    (office.signer / "key").unlink()
    with pytest.raises(SettingError, match="iku ledger key NAMA"):
        office.sign()


def test_who_owns_the_log_does_not_sign_it(office: Office) -> None:
    with pytest.raises(SettingError, match="pengguna yang sama"):
        signing.sign(office.signer, office.ledger)
    if os.geteuid() == 0:  # only root can give a file away
        os.chown(office.ledger / log.ENTRIES, 12345, -1)
        assert signing.sign(office.signer, office.ledger)[0].size == 5


def test_a_key_is_made_once_and_replaced_under_its_name(office: Office) -> None:
    assert (office.signer / "key").stat().st_mode & 0o777 == files.OWN
    with pytest.raises(SettingError, match="sudah ada"):
        signing.make_key(office.signer, NAME, notes.ED25519)
    with pytest.raises(SettingError, match="tidak berganti nama"):
        signing.make_key(office.signer, "lain.example", notes.ED25519, again=True)
    with pytest.raises(SettingError, match="belum ada"):
        signing.make_key(office.witness, NAME, notes.ED25519, again=True)


def test_a_new_key_is_believed_when_the_log_announces_it(office: Office) -> None:
    office.sign()
    office.first()
    new = signing.make_key(office.signer, NAME, notes.ED25519, again=True)
    office.grow(1)
    office.sign()
    with pytest.raises(LedgerError, match="tidak ditandatangani oleh"):
        office.cosign()
    with pytest.raises(LedgerError, match="tidak diumumkan"):
        office.cosign(log_key=str(new))
    with log.writer(office.ledger) as writer:
        writer.add([canonical.encode({"kind": "key", "id": str(new)})])
    office.sign()
    assert office.cosign(log_key=str(new)).log_key == new
    assert office.cosign().log_key == new


def test_a_witness_refuses_what_it_can_not_believe(office: Office) -> None:
    with pytest.raises(SettingError, match="--key"):
        office.cosign(name="saksi.example")
    with pytest.raises(LedgerError, match="head tidak ada"):
        office.first()
    office.sign()
    with pytest.raises(SettingError, match="--name"):
        office.cosign(log_key=str(office.key))
    stranger = notes.make_key(NAME, notes.ED25519)
    with pytest.raises(LedgerError, match="tidak ditandatangani oleh"):
        office.cosign(name="saksi.example", log_key=str(stranger.verifier))
    office.first()


def test_a_witness_refuses_an_old_head_and_a_cut_log(office: Office) -> None:
    office.sign()
    old = (office.ledger / "head").read_bytes()
    office.first()
    office.grow(2)
    office.sign()
    lines = office.lines
    office.rewrite(*lines[:6])
    with pytest.raises(LedgerError, match="menyebut 7 daun, berkasnya hanya berisi 6"):
        office.cosign()
    office.rewrite(*lines)
    office.cosign()
    (office.ledger / "head").write_bytes(old)
    with pytest.raises(LedgerError, match="kepala itu lama: 5 daun, padahal saksi ini sudah melihat 7"):
        office.cosign()


def test_a_witness_refuses_another_history_signed_by_the_same_key(office: Office) -> None:
    office.sign()
    office.first()
    lines = office.lines
    other = Office(office.ledger.parent / "other")
    shutil.copy(office.signer / "key", other.signer / "key")
    other.rewrite(*lines[:2], b'{"id":"dua","kind":"batch"}', *lines[3:])
    other.sign()
    with pytest.raises(LedgerError, match=r'daun 3 buku besar bukan yang pernah dilihat saksi ini: kini {"id":"dua"'):
        signing.witness(office.witness, other.ledger)


def test_a_witness_refuses_a_log_that_is_not_the_head_s(office: Office) -> None:
    office.sign()
    lines = office.lines
    office.rewrite(*lines[:4], b'{"id":"lain","kind":"batch"}')
    with pytest.raises(LedgerError, match=r"akar 5 daun di berkas itu bukan akar di kepalanya: .* daun 1 sampai 5"):
        office.first()


def test_a_signer_is_no_witness_of_itself(office: Office) -> None:
    office.sign()
    with pytest.raises(SettingError, match="bukan kunci saksi"):
        signing.witness(office.signer, office.ledger, name="saksi.example", log_key=str(office.key))
