"""What looks like a NIK, the number of a person: 16 digits of a province, a regency, a kecamatan and a day of birth.

Standard library only: the capped child of `redact` strips cells by it.
"""

import re
import unicodedata

MARK = "(serupa NIK)"  # what is left of a cell that holds one
FORM = r"(?:[0-9][ .-]?){15}[0-9]"  # written in one, or in groups; what is longer is searched too
SENTENCE = (
    "menyerupai NIK (16 angka dengan kode wilayah dan tanggal lahir): data pribadi, tidak boleh ada di sini. Hapus dari"
    " berkasnya, lalu kirim lagi"
)
_FORM = re.compile(rf"(?<![0-9]){FORM}(?![0-9])")
_PROVINCES = {*range(11, 22), *range(31, 37), 51, 52, 53, *range(61, 66), *range(71, 77), 81, 82, *range(91, 98)}
_WOMEN = 40  # is added to the day of birth


def holds_nik(text: str) -> bool:
    """Whether 16 digits of the text name a place that there is and a day of birth that can be."""
    if len(text) < 16:
        return False
    return any(
        _is_plausible(re.sub(r"[^0-9]", "", found)) for found in _FORM.findall(unicodedata.normalize("NFKC", text))
    )


def _is_plausible(digits: str) -> bool:
    province, regency, kecamatan, day, month = (int(digits[at : at + 2]) for at in range(0, 10, 2))
    day -= _WOMEN if day > _WOMEN else 0
    return province in _PROVINCES and regency > 0 and kecamatan > 0 and 1 <= day <= 31 and 1 <= month <= 12
