"""Indicator, and the rows that its figure rests on."""

from dataclasses import dataclass, field
from datetime import date
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    pass


MEMBER_COLUMNS = (
    "period", "member", "member_name", "numerator", "denominator", "numerator_low", "numerator_high", "denominator_low",
    "denominator_high", "seen", "due", "reason",
)  # fmt: skip


@dataclass(frozen=True)
class Evidence:
    """A staging relation an indicator rests on, and the column in it that names the member."""

    relation: str  # without `staging.`
    member_column: str


@dataclass(frozen=True)
class Indicator:
    """The header of one SQL file of sql/indicators/, and its text. `form` persen or jumlah, `roll_up` last or sum.

    Without `official_periods` (header: `none`) it is a companion, shown beside the indicator whose code its own
    begins with (IKU-09-TITIK beside IKU-09), and never official.
    """

    code: str
    title: str
    unit: str
    form: Literal["persen", "jumlah"]
    roll_up: Literal["last", "sum"]
    base_period: Literal["month", "triwulan", "semester"]
    official_periods: tuple[str, ...]
    polarity: Literal["naik", "turun"]
    owner: str
    legal_basis: str
    in_force_from: date
    evidence: tuple[Evidence, ...]
    name: str  # the file's stem, say iku_05_website_aktif
    text: str = field(repr=False)
