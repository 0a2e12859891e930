"""What stands in a cell and is no value: words for nothing, error cells, and what a spreadsheet made of a number.

Standard library only: the capped child of `redact` judges cells by it before they become tokens.
"""

import re
import unicodedata

from iku_etl.records.spellings import MONTHS

# ---------------------------------------------------------------- error cells

ERROR = '"{}" adalah galat lembar kerja. Perbaiki rumusnya, atau tempel nilainya'
_ERROR = re.compile(
    r"#([A-Z0-9/_]+[!?]|N/?A|NV|GETTING_DATA|#+)|ERR:[0-9]{3}", re.I
)  # #N/A, #REF!, #NAME?, ###, Err:508


def is_error(text: str) -> bool:
    """Whether a spreadsheet shows this where a formula failed, or where a column was too narrow to be copied."""
    return _ERROR.fullmatch(text) is not None


# ---------------------------------------------------------------- words for nothing

# One list for all columns with info={"proof": True}. A cell says nothing if one of its words denies and all others
# only say what is not there: `SK belum terbit`, `tidak ada bukti`, `menyusul`.
_DENIALS = """
tidak tdk tak tiada ngga nggak gak ga belum blm blum tanpa kosong nihil menyusul nyusul pending proses diproses
nil null none nan na no not nothing without missing empty unknown undefined void tba tbd tbc
"""
_FILLERS = """
ada tersedia dibuat terbit diterbitkan dikirim diserahkan diunggah diterima disampaikan dilampirkan terlampir ditemukan
diketahui diisi ditetapkan ditandatangani keluar jelas tahu perlu akan masih sedang dalam sementara sama sekali ya yang
bukti dukung surat sk nomor dokumen berkas log file lampiran dasar hukum data url link tautan alamat nya apa apapun
available applicable found yet to be announced confirmed determined any evidence progress on in
"""
DENIALS, FILLERS = frozenset(_DENIALS.split()), frozenset(_FILLERS.split())
_SIGNS = re.compile(r"x+|0+")  # x, xxx, 0, 000: a place held
_SHORTENED = re.compile(r"\b([^\W\d_])\s?[./\\]\s?(?=[^\W\d_]\b)")  # n/a, t.b.a


def says_nothing(text: str) -> bool:
    """Whether a text that should name a document only says that there is none (yet): `-`, `n/a`, `SK menyusul`."""
    folded = _SHORTENED.sub(r"\1", unicodedata.normalize("NFKC", text).casefold())
    words = re.findall(r"[^\W_]+", folded)
    if all(_SIGNS.fullmatch(word) for word in words):
        return True  # also a text without a letter or a digit: ?, ..., ***
    return not DENIALS.isdisjoint(words) and all(word in DENIALS or word in FILLERS for word in words)


# ---------------------------------------------------------------- numbers that a spreadsheet has spoilt

_MONTH = f"({'|'.join(sorted(MONTHS, key=len, reverse=True))})"
_SPOILT = (  # form of the text, what the redactor writes for it, what happened
    (
        r"[+-]?[0-9]+([.,][0-9]+)?E[+-][0-9]+|[+-]?[0-9]+[.,][0-9]+E[0-9]+|[0-9]{15}0+",
        "(nomor terpotong)",
        "angkanya lebih panjang daripada yang disimpan Excel, jadi ujungnya hilang",
    ),
    (
        rf"[0-9]{{4}}-[0-9]{{2}}-[0-9]{{2}}([T ][0-9:.]+)?|[0-9]{{1,2}}-{_MONTH}(-[0-9]{{2,4}})?|{_MONTH}-[0-9]{{2}}"
        r"|[0-9]{1,2}:[0-9]{2}(:[0-9]{2})?",
        "(nomor menjadi tanggal)",
        "nomornya diubah Excel menjadi tanggal atau jam",
    ),
    (
        r"[+-]?[0-9]+,[0-9]+",
        "(nomor menjadi pecahan)",
        "nomornya diubah Excel menjadi pecahan, jadi nol di ujungnya mungkin hilang",
    ),
    (_ERROR.pattern, "(galat)", "selnya galat"),
    (r"=.*", "(rumus)", "selnya rumus"),
)
ADVICE = "Beri kolomnya format Teks, lalu ketik ulang nomornya menurut dokumennya"
_FORMS = tuple((re.compile(form, re.I | re.S), mark) for form, mark, _ in _SPOILT)
_REASONS = {mark: reason for _, mark, reason in _SPOILT}


def spoilt(text: str) -> str | None:
    """What stands for a number or id that a spreadsheet cut or turned, `(nomor terpotong)`; None for a sound one.

    Two numbers may have become one text by then, so it names nothing and must not become a token.
    """
    return next((mark for form, mark in _FORMS if form.fullmatch(text)), None)


def spoilt_because(mark: str) -> str | None:
    """The sentence about a mark that `spoilt` gave, without the value; None for any other text."""
    reason = _REASONS.get(mark)
    return f"{reason}. {ADVICE}" if reason else None
