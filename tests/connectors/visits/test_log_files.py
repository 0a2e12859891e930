"""Log files of every kind of packing and encoding, whole or not, and without end."""

import bz2
import gzip
import lzma
import tracemalloc
from collections.abc import Callable
from pathlib import Path

import pytest
from backports import zstd
from weblog_kit import SITE, at, line, of_file, of_lines, whole_day, write

from iku_etl.connectors.visits import log_day, log_files
from iku_etl.connectors.visits.log_files import Allowance, lines
from iku_etl.errors import ContractError

PACKED: dict[str, Callable[[bytes], bytes]] = {
    "gz": gzip.compress,
    "bz2": bz2.compress,
    "xz": lzma.compress,
    "zst": zstd.compress,
}


def rotated(tmp_path: Path, suffix: str, pack: Callable[[bytes], bytes]) -> Path:
    """A log whose middle is packed: a visit before it, one in it and one after."""
    write(tmp_path / "access.log", [line(at(13), "203.0.113.3"), whole_day()[1]])
    path = write(tmp_path / f"access.log.1.{suffix}", [], modified=at(12))
    path.write_bytes(pack(line(at(8), "203.0.113.2") + line(at(9), "203.0.113.2")))
    write(tmp_path / "access.log.2.gz", [whole_day()[0], line(at(7), "203.0.113.1")], modified=at(7, 30))
    return path


@pytest.mark.parametrize(("suffix", "pack"), PACKED.items())
def test_rotated_files_are_read_however_they_are_packed(
    tmp_path: Path, suffix: str, pack: Callable[[bytes], bytes]
) -> None:
    rotated(tmp_path, suffix, pack)
    assert of_file(tmp_path / "access.log*", tmp_path).visits == {SITE: 4}


@pytest.mark.parametrize(("suffix", "pack"), PACKED.items())
@pytest.mark.parametrize("cut", ["end", "half"])
def test_a_packed_file_that_breaks_off_is_named_and_its_day_not_counted(
    tmp_path: Path, suffix: str, pack: Callable[[bytes], bytes], cut: str
) -> None:
    path = rotated(tmp_path, suffix, pack)
    body = path.read_bytes()
    path.write_bytes(body[:-1] if cut == "end" else body[: len(body) // 2])
    found = of_file(tmp_path / "access.log*", tmp_path)
    assert found.visits == {}
    assert path.name in found.unobserved[0] and "terpotong" in found.unobserved[0]


def test_members_one_after_the_other_are_all_read(tmp_path: Path) -> None:
    for suffix, pack in PACKED.items():
        path = tmp_path / f"a.{suffix}"
        path.write_bytes(pack(b"a\n") + pack(b"b\n"))
        assert list(lines(path, Allowance())) == [b"a", b"b"], suffix


@pytest.mark.parametrize("codec", ["utf-8-sig", "utf-16", "utf-16-le", "utf-16-be"])
def test_every_encoding_that_windows_writes_is_read(tmp_path: Path, codec: str) -> None:
    beyond = "/Ċ" if codec in ("utf-8-sig", "utf-16") else "/"  # half of it is a line's end, to who does not decode
    text = b"".join(whole_day(line(at(9), path=beyond), line(at(10), path=beyond))).decode()
    path = write(tmp_path / "access.log", [text.replace("\n", "\r\n").encode(codec)])
    assert of_file(path, tmp_path).visits == {SITE: 2}


def test_what_copytruncate_leaves_before_a_line_is_no_part_of_it(tmp_path: Path) -> None:
    first, last = whole_day()
    body = [first, bytes(200_000), line(at(9)), line(at(9, 1)), bytes(65_530), line(at(9, 2)), last]
    assert of_lines(tmp_path, body).visits == {SITE: 1}


def test_a_line_too_long_is_one_torn_line_in_little_memory(tmp_path: Path) -> None:
    path = tmp_path / "a.gz"
    path.write_bytes(gzip.compress(b"x" * (64 * 1024**2) + b"\nshort\n"))
    tracemalloc.start()
    found = [len(one) for one in lines(path, Allowance())]
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert found == [log_files.LINE_BYTES, 5]
    assert peak < 16 * 1024**2


@pytest.mark.parametrize("allowance", [Allowance(bytes_left=10_000), Allowance(lines_left=100)])
def test_a_log_without_end_is_refused_when_its_bound_is_met(tmp_path: Path, allowance: Allowance) -> None:
    path = tmp_path / "a.gz"
    path.write_bytes(gzip.compress(b"line\n" * 1_000_000))
    with pytest.raises(ContractError, match="lebih dari") as refused:
        list(lines(path, allowance))
    assert refused.value.code == "too_large" and "a.gz" in str(refused.value)


@pytest.mark.parametrize(("bound", "most"), [("DAY_BYTES", 2000), ("DAY_LINES", 20)])
def test_so_is_a_day_without_end(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, bound: str, most: int) -> None:
    monkeypatch.setattr(log_day, bound, most)
    found = of_lines(tmp_path, whole_day(*(line(at(9, number % 60)) for number in range(100))))
    assert found.visits == {}
    assert "satu hari lebih dari" in found.unobserved[0]
