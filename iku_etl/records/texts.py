"""Checks the texts of a column, whole columns at a time: what is no value becomes null, with the reason or without.

Formulas, error cells and characters that can't be kept are none in any column. A column may be judged further: one
that holds a proof (`info={"proof": True}`) by the words for nothing, an id that people type and a token by what
spreadsheets do to numbers.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from sqlalchemy import Column

from iku_etl.records.nik import FORM, MARK, SENTENCE, holds_nik
from iku_etl.records.nothings import ERROR, is_error, says_nothing, spoilt, spoilt_because
from iku_etl.records.spellings import FORMULA

_DAY = "([0-9]{4}-[0-9]{2}-[0-9]{2})"
NO_PROOF = "bukan bukti, padahal wajib diisi. Tulis nomor, judul atau alamat dokumennya"


@dataclass(frozen=True)
class Refusal:
    """Why a text is no value: a sentence that may quote it, and one that does not where that says more than none."""

    quoting: str
    plain: str | None = None


@dataclass(frozen=True)
class Unread:
    """One cell that could not be read: its row, what stood there, and why (`quoting` holds the text, `plain` doesn't).

    `is_typed`: it is of the declared type all the same, so it does not show that the column changed.
    """

    index: int
    text: str
    quoting: str
    plain: str | None = None
    is_typed: bool = False


@dataclass(frozen=True)
class Judge:
    """What a text column asks of its cells beyond being a text.

    `refusal` of a text: why it is no value of this column, None for a sound one. `is_nothing`: whether it only says
    that there is none, so that the cell is as good as empty.
    """

    refusal: Callable[[str], Refusal | None] | None = None
    is_nothing: Callable[[str], bool] | None = None


def judge_of(column: Column[Any], *, is_key: bool, by_hand: bool) -> Judge | None:
    """How the cells of a declared text column are judged, `by_hand` where people fill it in; None: no further."""
    if column.info.get("privacy") == "token":
        return Judge(_spoilt_token)
    if column.info.get("proof"):
        return Judge(is_nothing=says_nothing) if column.nullable else Judge(_no_proof)
    return Judge(_spoilt_id) if is_key and by_hand else None


def _spoilt_token(text: str) -> Refusal | None:
    why = spoilt_because(text)  # the redactor left a mark where it would have made a token of no number
    return Refusal(why, why) if why else None


def _spoilt_id(text: str) -> Refusal | None:
    why = spoilt_because(spoilt(text) or "")
    return Refusal(f'"{text}": {why}', why) if why else None


def _no_proof(text: str) -> Refusal | None:
    return Refusal(f'"{text}" {NO_PROOF}', f"isinya {NO_PROOF}") if says_nothing(text) else None


# ---------------------------------------------------------------- a column


def checked(texts: pa.Array, judge: Judge | None, *, refuse_controls: bool) -> tuple[pa.Array, list[Unread]]:
    """The texts, null where one is no value, and those cells in the order of their rows.

    NUL is refused anywhere (PostgreSQL can't keep it), other control characters where asked.
    """
    sound, refused = _judged(texts, judge)
    if pc.any(pc.ends_with(sound, "T00:00:00")).as_py():  # a workbook's date cell is a day
        sound = pc.replace_substring_regex(sound, rf"^{_DAY}T00:00:00$", r"\1")
    sound, torn = _without_controls(sound, refuse_controls=refuse_controls)
    return sound, sorted(refused + torn, key=lambda cell: cell.index) if refused else torn


def without_nik(cells: pa.Array) -> tuple[pa.Array, list[Unread]]:
    """The cells, null where one looks like the number of a person, and those; nothing that is said of them holds it."""
    if not (pa.types.is_string(cells.type) or pa.types.is_large_string(cells.type)):
        return cells, []
    marked = pc.equal(pc.utf8_trim_whitespace(cells), MARK)
    suspect = pc.fill_null(pc.or_(marked, pc.match_substring_regex(cells, FORM)), False)
    if not pc.any(suspect, min_count=0).as_py():
        return cells, []
    rows = np.flatnonzero(suspect.to_numpy(zero_copy_only=False)).tolist()
    texts = {row: cells[row].as_py() for row in rows}
    found = [
        Unread(row, MARK, f"isinya {SENTENCE}", f"isinya {SENTENCE}", is_typed=True)
        for row, text in texts.items()
        if text.strip() == MARK or holds_nik(text)
    ]
    is_gone = np.zeros(len(cells), dtype=bool)
    is_gone[[cell.index for cell in found]] = True
    return pc.if_else(pa.array(is_gone), pa.scalar(None, cells.type), cells), found


def _judged(texts: pa.Array, judge: Judge | None) -> tuple[pa.Array, list[Unread]]:
    suspects = texts if judge else _odd(texts)
    if suspects.null_count == len(suspects):
        return texts, []
    encoded = suspects.dictionary_encode()
    refusals: dict[int, Refusal] = {}
    gone: list[int] = []
    for number, text in enumerate(encoded.dictionary.to_pylist()):
        if refusal := _refusal(text, judge):
            refusals[number] = refusal
        elif judge and judge.is_nothing and judge.is_nothing(text):
            gone.append(number)
    if not refusals and not gone:
        return texts, []
    is_bad = pc.is_in(encoded.indices, value_set=pa.array([*refusals, *gone], encoded.indices.type))
    unread = unread_cells(texts, encoded.indices, refusals, is_typed=judge is not None)
    return pc.if_else(is_bad, pa.scalar(None, pa.string()), texts), unread


def _odd(texts: pa.Array) -> pa.Array:
    """The texts that may be a formula or an error cell; the others are null."""
    begins = [pc.starts_with(texts, begin) for begin in ("=", "#", "Err:")]
    is_odd = pc.fill_null(pc.or_(pc.or_(begins[0], begins[1]), begins[2]), False)
    if not pc.any(is_odd).as_py():
        return pa.nulls(len(texts), pa.string())
    return pc.if_else(is_odd, texts, pa.scalar(None, pa.string()))


def _refusal(text: str, judge: Judge | None) -> Refusal | None:
    if text.startswith("="):
        return Refusal(FORMULA.format(text))
    if is_error(text):
        return Refusal(ERROR.format(text))
    return judge.refusal(text) if judge and judge.refusal else None


def _without_controls(texts: pa.Array, *, refuse_controls: bool) -> tuple[pa.Array, list[Unread]]:
    data = texts.buffers()[2]
    if data is None or not len(data):
        return texts, []
    raw = np.frombuffer(data, dtype=np.uint8)
    if raw.min() >= 32 and not (refuse_controls and (raw == 127).any()):
        return texts, []
    pattern = r"[\x00-\x1f\x7f]" if refuse_controls else r"\x00"
    is_bad = pc.fill_null(pc.match_substring_regex(texts, pattern), False)
    if not pc.any(is_bad).as_py():
        return texts, []
    unread = [
        Unread(index, text, f"{text!r} memuat karakter kendali. Hapus dari sumbernya")
        for index, text, bad in zip(range(len(texts)), texts.to_pylist(), is_bad.to_pylist(), strict=True)
        if bad
    ]
    return pc.if_else(is_bad, pa.scalar(None, pa.string()), texts), unread


def unread_cells(
    texts: pa.Array, indices: pa.Array, refusals: Mapping[int, Refusal], *, is_typed: bool = False
) -> list[Unread]:
    """The cells whose distinct text, by its number among them, was refused."""
    if not refusals:
        return []
    is_bad = pc.is_in(indices, value_set=pa.array(list(refusals), indices.type))
    rows = np.flatnonzero(is_bad.to_numpy(zero_copy_only=False))
    numbers = indices.take(pa.array(rows)).to_pylist()
    found = texts.take(pa.array(rows)).to_pylist()
    return [
        Unread(int(row), text, refusals[number].quoting, refusals[number].plain, is_typed)
        for row, text, number in zip(rows, found, numbers, strict=True)
    ]
