"""The capped child process of `redact`: a register file or log lines on stdin, canonical NDJSON on stdout.

Of a log only times and tokens pass (`connectors.log_lines`). Of a register file an allow-list twice over: only
declared columns, and of them only values that have the declared shape. Anything else becomes `(disembunyikan)`,
which the typed stage reports and nobody can read. Of a register that names no person by its declaration (`open`) the
declared columns pass as they are. What looks like a NIK passes nowhere. The declaration comes through a pipe whose
number is the only argument; on failure one line of JSON, without values, goes to stderr.
Limits are set before the first byte is read. Beside the standard library: openpyxl and defusedxml for a workbook, the
list of bots of device_detector for a log.
"""

import hashlib
import hmac
import json
import os
import re
import resource
import sys
import unicodedata
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from typing import Any, BinaryIO, TextIO, cast

from iku_etl.connectors.registers.headings import Heading, clean, fold
from iku_etl.connectors.registers.rows import Sheet
from iku_etl.connectors.registers.sheets import contents
from iku_etl.connectors.registers.statements import Statement
from iku_etl.connectors.visits.log_lines import strip
from iku_etl.errors import ContractError
from iku_etl.records.nik import MARK, holds_nik
from iku_etl.records.nothings import is_error, says_nothing, spoilt
from iku_etl.records.spellings import HIDDEN, NIHIL, NOTHING, looks_like_a_date

VERSION = 5  # of the rules below: changed rules need a new number
MEMORY_BYTES = 512 * 1024**2
CPU_SECONDS = 900  # 1 GB of CSV takes about 300
OUTPUT_BYTES = 2 * 1024**3
SHAPES = {  # of a date: `looks_like_a_date`
    "datetime": r"\d{4}-\d\d-\d\d([ T]\d\d:\d\d(:\d\d(\.\d{1,6})?)?(Z|[+-]\d\d:?\d\d)?)?",
    "boolean": r"ya|tidak|y|t|true|false|1|0|benar|salah",
    "integer": r"-?\d{1,9}|-?\d{1,3}([.,]\d{3}){1,2}|-?\d{1,6}[.,]\d{1,3}",  # a NIK has 16 digits
    "number": r"-?[\d.,]{1,15}",
}

# words of a heading that is said of a column that was stripped: a heading may be a name, too
ANYBODYS = """
no nomor nik nip npwp kk ktp nama lengkap alamat rumah telepon telp hp wa whatsapp kontak email surel jabatan pangkat
golongan petugas penanggung jawab pemohon pelapor pengguna pegawai pejabat operator admin tempat tanggal tgl lahir
jenis kelamin agama pekerjaan pendidikan umur usia rekening bank foto tanda tangan keterangan ket catatan dan di
"""


@dataclass(frozen=True)
class KeptColumn:
    """One declared column: where it stands, and what its cell becomes."""

    heading: Heading
    turn: Callable[[str], str | None]
    is_open: bool = False


def main() -> int:
    """Read the declaration, cap this process, redact; exit status 0 only for a whole answer."""
    try:
        _cap()
        with os.fdopen(int(sys.argv[1]), "rb") as pipe:
            spec = json.load(pipe)
        if "columns" in spec:
            redact(sys.stdin.buffer, sys.stdout, [_kept(spec, column) for column in spec["columns"]])
        else:
            strip(sys.stdin.buffer, sys.stdout, spec)
        sys.stdout.flush()
    except ContractError as problem:
        return _fail(problem.code, str(problem))
    except MemoryError:
        return _fail("redact_memory", "Berkas butuh memori melebihi batas. Kirim sebagai CSV, atau pecah per bulan.")
    except BaseException as problem:  # its text may hold a value: only its kind leaves this process
        return _fail("redact_crash", f"Peredaksi gagal ({type(problem).__name__}).")
    return 0


def redact(stream: BinaryIO, out: TextIO, columns: Sequence[KeptColumn]) -> None:
    """Write one object per record, keys sorted; what each table says of itself if there are several, the places of its
    hidden rows, and last, if any, what the file's own rule leaves out (`registers.redacted` reads it).
    """
    declared_out: dict[str, int] = {}
    found = contents(stream, [column.heading for column in columns], show_names=False)
    if len(found.said) > 1:
        out.write(_canonical({"tables": [_said(said) for said in found.said]}))
    for sheet in found.sheets:
        if sheet.names and len(found.said) > 1:
            out.write(_canonical({"table": sheet.label, "said": _said(sheet.said)}))
        _records(sheet, out, columns)
        for reason, count in sheet.declared_out.items():
            declared_out[reason] = declared_out.get(reason, 0) + count
    if declared_out:
        out.write(_canonical({"declared_out": declared_out}))


def _records(sheet: Sheet, out: TextIO, columns: Sequence[KeptColumn]) -> None:
    at = _positions(sheet, columns) if sheet.names else []  # without names: only what was not read, counted
    constants = {c.heading.name: c.turn(text) for c in columns if (text := sheet.constants.get(c.heading.name))}
    stripped = _stripped(sheet, columns)
    for place, cells in sheet.rows:
        record = {"place": place, **constants}
        for number, column in at:
            record[column.heading.name] = column.turn(clean(cells[number]))
        out.write(_canonical(record))
    if sheet.hidden:
        out.write(_canonical({"hidden": sheet.hidden}))
    if stripped:
        out.write(_canonical({"stripped": stripped}))


def _stripped(sheet: Sheet, columns: Sequence[KeptColumn]) -> list[str]:
    """The undeclared columns: by heading where each word of it is anybody's, and how many others there are."""
    if not all(column.is_open for column in columns):
        return []  # such a file is full of persons by what it is
    known = {column.heading.name for column in columns}
    found = [name for name in sheet.names if name not in known]
    anybodys = set(ANYBODYS.split())
    shown = [name for name in found if (words := set(re.findall(r"[^\W_]+", fold(name)))) and words <= anybodys]
    others = len(found) - len(shown)
    return [*shown, *([f"{others} kolom {'lain' if shown else 'tanpa judul yang dikenal'}"] if others else [])]


def _said(said: Statement) -> dict[str, str | None]:
    """Dates and months, and nothing else of the file."""
    day = said.position
    return {**asdict(said), "position": day and day.isoformat()}


def _positions(sheet: Sheet, columns: Sequence[KeptColumn]) -> list[tuple[int, KeptColumn]]:
    here = {name: number for number, name in enumerate(sheet.names)}
    needed = [c.heading for c in columns if c.heading.required]
    if missing := [one.called for one in needed if one.name not in here and one.name not in sheet.constants]:
        raise ContractError(f"Kolom tidak ada: {', '.join(missing)}.", code="missing_column")
    return [(here[c.heading.name], c) for c in columns if c.heading.name in here]


def _canonical(record: dict[str, Any]) -> str:
    return json.dumps(record, ensure_ascii=False, sort_keys=True, separators=(",", ":")) + "\n"


# ---------------------------------------------------------------- what a cell becomes


def _kept(spec: dict[str, Any], column: dict[str, Any]) -> KeptColumn:
    turn = (
        _turn(spec, column)
        if column["token"]
        else _without_nik(_turn(spec, column), MARK if column["open"] else HIDDEN)
    )
    heading = Heading.of(
        column["name"], column["headings"], required=column["required"],
        is_text=column["shape"] is None, is_number=column["shape"] in ("integer", "number"),
        # most columns of a redacted file are dropped on purpose
        fits=lambda text: bool(column["open"]) or turn(text) not in (None, HIDDEN),
        is_retired=column["retired"],
    )  # fmt: skip
    return KeptColumn(heading, turn, column["open"])


def _turn(spec: dict[str, Any], column: dict[str, Any]) -> Callable[[str], str | None]:
    if column["token"]:
        return _token(bytes.fromhex(spec["key"]), f"{spec['source']}.{column['name']}:")
    if column["open"]:
        return lambda text: text or None
    if column["values"]:
        return _one_of({fold(value): value for value in column["values"]})
    if column["pattern"]:
        shape = re.compile(column["pattern"])  # as declared: a capital may begin a name
        return _shaped(lambda text: shape.fullmatch(text) is not None)
    if column["shape"] == "date":
        return _shaped(looks_like_a_date)
    known = re.compile(SHAPES[column["shape"]], re.IGNORECASE)
    return _shaped(lambda text: known.fullmatch(text) is not None)


def _without_nik(turn: Callable[[str], str | None], mark: str) -> Callable[[str], str | None]:
    return lambda text: mark if holds_nik(text) else turn(text)


def _token(key: bytes, prefix: str) -> Callable[[str], str | None]:
    def turn(text: str) -> str | None:
        if mark := spoilt(text):  # of two numbers it may have made one: no token may stand for it
            return mark
        if says_nothing(text):
            return None
        return hmac.new(key, (prefix + normalised(text)).encode(), hashlib.sha256).hexdigest()[:32]

    return turn


def normalised(text: str) -> str:
    """What makes two spellings of one name or number the same: case, width, the kind of blanks and dashes, blanks
    around `/ - .`, characters that nobody sees. Normalised once more it stays as it is.
    """
    before = ""
    while text != before:  # a folded letter may be one that unfolds again
        before, text = text, unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", text).casefold())
        shown = (letter for letter in text if unicodedata.category(letter) != "Cf")
        text = "".join("-" if unicodedata.category(letter) == "Pd" else letter for letter in shown)
        text = re.sub(r"\s*([/.-])\s*", r"\1", re.sub(r"\s+", " ", text).strip())
    return text


def _one_of(values: dict[str, str]) -> Callable[[str], str | None]:
    def turn(text: str) -> str | None:
        return text or None if _is_shown(text) else values.get(fold(text), HIDDEN)

    return turn


def _shaped(has_shape: Callable[[str], bool]) -> Callable[[str], str | None]:
    def turn(text: str) -> str | None:
        return text or None if _is_shown(text) or has_shape(text) else HIDDEN

    return turn


def _is_shown(text: str) -> bool:
    """Whether the text is nobody's: nothing, or a spreadsheet's error."""
    return text in NOTHING or text in NIHIL or is_error(text)


# ---------------------------------------------------------------- the process


def _cap() -> None:
    for what, limit in (
        (resource.RLIMIT_AS, MEMORY_BYTES),
        (resource.RLIMIT_CPU, CPU_SECONDS),
        (resource.RLIMIT_FSIZE, OUTPUT_BYTES),
        (resource.RLIMIT_CORE, 0),  # a dump would hold what must not be kept
    ):
        hard = resource.getrlimit(what)[1]
        limit = limit if hard == resource.RLIM_INFINITY else min(limit, hard)
        resource.setrlimit(what, (limit, limit))


def _fail(code: str, message: str) -> int:
    cast(TextIO, sys.__stderr__).write(json.dumps({"code": code, "message": message}))
    return 1


if __name__ == "__main__":
    sys.exit(main())
