"""`iku ledger` and `iku witness`: from a night to a cosigned head, and what is said when something is wrong."""

import json
import shutil
from pathlib import Path

import pytest
from install_kit import Iku

from iku_etl.audit import notes, tree
from iku_etl.pipeline import Pipeline
from iku_etl.settings import Settings

NAME = "uji.example/buku"


def test_a_ledger_goes_from_the_night_to_a_witness(settled: Iku, site: Settings, tmp_path: Path) -> None:
    code, out, _ = settled("ledger", "append")
    assert code == 0 and "daun ditambahkan" in out
    assert settled("ledger", "append")[1].startswith("0 daun")
    rows = json.loads(settled("ledger", "show", "--kind", "publication", "--json")[1])
    assert [row["leaf"]["kind"] for row in rows] == ["publication"]
    assert settled("ledger", "show", "--limit", "5")[0] == 0
    code, unsigned, told = settled("ledger", "head")
    assert (code, unsigned.splitlines()[0]) == (0, "iku-etl") and "belum ditandatangani" in told

    signer = tmp_path / "signer"
    code, key, _ = settled("ledger", "key", NAME, "--folder", str(signer))
    assert code == 0 and str(notes.verifier_key(key)) == key.strip()
    assert settled("ledger", "trust", key.strip())[0] == 0
    code, _, told = settled("ledger", "sign", "--folder", str(signer))
    assert code == 1 and "pengguna yang sama" in told
    code, signed, _ = settled("ledger", "sign", "--folder", str(signer), "--trial")
    assert (code, signed.splitlines()[0]) == (0, NAME)

    stick = tmp_path / "stick"
    stick.mkdir()
    shutil.copy(site.ledger_dir / "entries.jsonl", stick)
    shutil.copy(signer / "head", stick)
    saksi = ("witness", str(stick), "--folder", str(tmp_path / "saksi"))
    code, _, told = settled(*saksi)
    assert code == 1 and "--key" in told
    code, out, _ = settled(*saksi, "--key", key.strip(), "--name", "inspektorat.example")
    assert code == 0 and "ini yang pertama kali" in out and signed.splitlines()[2] in out
    code, out, _ = settled(*saksi)
    assert code == 0 and "semuanya tetap sama" in out

    shutil.copy(tmp_path / "saksi" / "head", site.ledger_dir / "head")
    code, head, told = settled("ledger", "head")
    assert (code, head.splitlines()) == (0, signed.splitlines()[:3])
    assert f"ditandatangani {NAME}, inspektorat.example; 0 daun sesudahnya" in told
    proof = json.loads(settled("ledger", "prove", "3")[1])
    path = [bytes.fromhex(sibling) for sibling in proof["proof"]]
    leaf = tree.leaf_hash(proof["leaf"].encode())
    assert tree.is_included(leaf, 2, proof["size"], path, bytes.fromhex(proof["root"]))
    assert proof["head"] == (tmp_path / "saksi" / "head").read_text()

    (stick / "entries.jsonl").write_bytes(
        (site.ledger_dir / "entries.jsonl").read_bytes().replace(b"IKU-08", b"IKU-09", 1)
    )
    code, _, told = settled(*saksi)
    assert code == 1 and "bukan yang pernah dilihat saksi ini" in told


def test_what_is_not_there_is_said(iku: Iku, site: Settings) -> None:
    for asked in (("show",), ("head",), ("prove", "1")):
        code, _, told = iku("ledger", *asked)
        assert code == 1 and "Buat buku besarnya: iku ledger append" in told
    iku("ledger", "append")
    assert "jenis daun salah tidak dikenal" in iku("ledger", "show", "--kind", "salah")[2]
    assert "hanya berisi" in iku("ledger", "prove", "99999")[2]
    assert "bukan kunci pemeriksa" in iku("ledger", "trust", "x")[2]
    (site.ledger_dir / "head").write_bytes(b"bukan kepala")
    assert "bukan catatan bertanda tangan" in iku("ledger", "head")[2]


def test_steps_note_what_they_commit_once_a_ledger_has_begun(
    iku: Iku, pipeline: Pipeline, site: Settings, caplog: pytest.LogCaptureFixture
) -> None:
    iku("ledger", "append")
    path = site.ledger_dir / "entries.jsonl"
    before = path.read_bytes()
    pipeline.publish()
    after = path.read_bytes()
    assert after.startswith(before)
    assert [json.loads(line)["kind"] for line in after[len(before) :].splitlines()] in ([], ["publication"])
    path.write_bytes(before.replace(b'"v":1', b'"v":2', 1))
    pipeline.note()
    assert "buku besar tidak bertambah: daun 1 " in caplog.text
    code, _, told = iku("ledger", "append")
    assert code == 1 and "daun 1 buku besar bukan yang pernah dilihat" in told
