"""Exact differences of numbers that may be missing."""

from dataclasses import dataclass
from decimal import Context, Decimal, Inexact

EXACT = Context(prec=2000, traps=[Inexact])  # numeric has no more digits than this; who would round is stopped


@dataclass(frozen=True)
class Amount:
    """How much a number moved. A missing one counts as nothing, and `appeared` says so: 1 where it came, -1 where it
    went, 0 where it was there (or missing) before and after.

    Amounts add up whatever is missing in between: those of a way's steps are the amount between its ends.
    """

    moved: Decimal = Decimal(0)
    appeared: int = 0

    def __add__(self, other: "Amount") -> "Amount":
        return Amount(EXACT.add(self.moved, other.moved), self.appeared + other.appeared)

    def __bool__(self) -> bool:
        return bool(self.moved) or bool(self.appeared)


NOTHING = Amount()


def between(before: Decimal | None, after: Decimal | None) -> Amount:
    """The amount from one number to another; None is a number that is missing."""
    moved = EXACT.subtract(Decimal(0) if after is None else after, Decimal(0) if before is None else before)
    return Amount(moved, (after is not None) - (before is not None))
