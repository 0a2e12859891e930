"""Words that say there is nothing, and what a spreadsheet left of a number."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from iku_etl.records.nothings import DENIALS, FILLERS, is_error, says_nothing, spoilt, spoilt_because

WORDS = (
    "n/a", "N/A", "N / A", "n.a.", "NA", "null", "None", "nan", "?", "kosong", "tidak ada", "belum ada", "menyusul",
    "TBA", "t.b.a.", "-", "–", "0", "000", "x", "XXX", "..", "...", "***", "nihil", "SK belum terbit", "tanpa bukti",
    "masih dalam proses", "(tidak ada)", "not yet available", "TIDAK  ADA.", "link menyusul ya", "",
)  # fmt: skip
DOCUMENTS = (
    "Log", "Surat 12/2026", "BA 7", "SK 0", "Berita acara proses", "tidak ada perubahan, log 3", "laporan-x.pdf",
    "https://contoh.example/0", "No. 5", "Notulen", "Nanang, BA 3", "x1", "Nota dinas 000/12",
)  # fmt: skip


@pytest.mark.parametrize("text", WORDS)
def test_a_word_for_nothing_says_nothing(text: str) -> None:
    assert says_nothing(text)


@pytest.mark.parametrize("text", DOCUMENTS)
def test_what_may_name_a_document_does(text: str) -> None:
    assert not says_nothing(text)


@given(st.sampled_from((*WORDS, *DOCUMENTS)), st.text(" .()[]!*\u00a0\u200b", max_size=4))
def test_neither_case_nor_marks_around_make_a_document_of_nothing(text: str, around: str) -> None:
    for other in (text.upper(), text.title(), around + text + around):
        assert says_nothing(other) == says_nothing(text)


@given(st.sampled_from(sorted(DENIALS)), st.lists(st.sampled_from(sorted(FILLERS)), max_size=4), st.data())
def test_a_denial_and_what_is_denied_say_nothing_until_a_word_names_something(
    denial: str, fillers: list[str], data: st.DataObject
) -> None:
    words = data.draw(st.permutations([denial, *fillers]))
    assert says_nothing(" ".join(words))
    named = data.draw(st.permutations([*words, "BA-7"]))
    assert not says_nothing(" ".join(named))
    assert not fillers or not says_nothing(" ".join(fillers))


@pytest.mark.parametrize("text", ["#N/A", "#n/a", "#REF!", "#VALUE!", "#DIV/0!", "#NAME?", "#NULL!", "#SPILL!", "####"])
def test_an_error_cell_is_known(text: str) -> None:
    assert is_error(text) and spoilt(text) == "(galat)"
    assert not any(map(is_error, (text.strip("#!?"), f"{text} 1", "#1", "# catatan")))


@given(st.integers(10**15, 10**22), st.sampled_from([".", ","]), st.integers(1, 14))
def test_a_number_that_was_cut_names_nothing_however_it_is_shown(number: int, mark: str, digits: int) -> None:
    shown = f"{number:.{digits}E}".replace(".", mark)
    kept = str(number)[:15] + "0" * (len(str(number)) - 15)  # as a cell in number format shows it
    for text in (shown, shown.lower(), kept):
        why = spoilt_because(spoilt(text) or "")
        assert why and "Excel" in why and text not in why


NUMBER = r"[0-9]{1,4}[/.][A-DF-Z0-9]{1,8}([/.-][A-DF-Z0-9]{1,5}){0,2}|[0-9]{1,15}|[A-Z]{5,9}"


@given(st.from_regex(NUMBER, fullmatch=True))
def test_a_number_as_offices_write_it_is_sound(text: str) -> None:
    assert spoilt(text) is None
