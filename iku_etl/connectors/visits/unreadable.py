"""Why no line of a log says when it was written: in words that a person can act on, and without a word of the log."""

import re

from iku_etl.connectors.visits import json_lines, moments

SAMPLE_LINES = 20
_W3C = b"#Fields:"
_HTML = re.compile(rb"\s*<(!doctype|html|\?xml)", re.I)
_BRACKETED = re.compile(rb"\[([^\]]{8,40})\]")
_BARE_ISO = re.compile(rb"(^|\s)\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d")
_ERRORS = re.compile(rb"\d{4}/\d\d/\d\d \d\d:\d\d:\d\d \[\w+\]")  # nginx' error log


def cause(sample: list[bytes], *, is_declared: bool) -> str:
    """One clause about the first lines of a file of which none could be placed in time."""
    if is_declared:
        return "tidak satu pun barisnya cocok dengan format yang dinyatakan di connections.toml"
    if any(line.startswith(_W3C) for line in sample):
        return 'bentuknya W3C (IIS, CloudFront), format yang hanya dibaca bila dinyatakan: format = "w3c"'
    if any(_HTML.match(line) for line in sample[:1]):
        return "isinya halaman web atau XML, bukan format log"
    if any(_ERRORS.match(line) for line in sample):
        return "isinya log galat, bukan log akses; sempitkan nama berkas di connections.toml"
    if any(line.lstrip().startswith((b"{", b"[{")) for line in sample):
        return _of_json(sample)
    if any(moments.is_without_zone(found[1]) for line in sample for found in _BRACKETED.finditer(line)):
        return "waktunya tanpa zona, jadi tidak diketahui milik hari yang mana; format ini tidak dibaca"
    if any(_BARE_ISO.search(line) for line in sample):
        return "waktunya tidak berdiri dalam kurung siku; format ini (ALB, misalnya) tidak dibaca tanpa log_format"
    return "tidak satu pun barisnya memuat waktu yang dikenal; formatnya tidak dibaca"


def _of_json(sample: list[bytes]) -> str:
    found = [fields for line in sample if (fields := json_lines.fields(line))]
    if not found:
        return "JSON-nya tidak satu objek sebaris; format ini tidak dibaca"
    times = [str(fields[name]).encode() for fields in found for name in json_lines.TIMES if name in fields]
    if any(moments.is_without_zone(text) for text in times):
        return "waktunya tanpa zona, jadi tidak diketahui milik hari yang mana; tulis $time_iso8601 atau $msec"
    what = (
        "waktunya tidak terbaca" if times else f"tanpa waktu dengan nama yang dikenal ({', '.join(json_lines.TIMES)})"
    )
    return f"JSON dalam bentuk yang tidak dikenal: {what}; format ini tidak dibaca"
