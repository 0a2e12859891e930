"""What a register file says before anybody reads its rows: for when its tables are, or why it can't be opened."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import BinaryIO, TypeVar

from iku_etl.connectors.registers.sheets import statements_of
from iku_etl.errors import ContractError

Said = TypeVar("Said")


@dataclass(frozen=True)
class Opening:
    """The position dates and the period labels that a file's tables say, each once, in their order.

    `unread`: which of the two nobody can read, where no table says any that can be. `problem`: why the file can't be
    opened, as a sentence, with its `code`; then nothing is known of when it is for.
    """

    positions: tuple[date, ...] = ()
    periods: tuple[str, ...] = ()
    unread: str | None = None
    problem: str | None = None
    code: str = ""

    @property
    def is_silent(self) -> bool:
        """It can be read, and says nothing of when it is for."""
        return self == Opening()


def opening(stream: BinaryIO) -> Opening:
    """Read `posisi_per` and `periode` from the rows before the headers."""
    try:
        said = statements_of(stream)
    except ContractError as problem:
        return Opening(problem=str(problem), code=problem.code)
    finally:
        stream.seek(0)
    positions, periods = _each(one.position for one in said), _each(one.period for one in said)
    unread = next((one.unread for one in said if one.unread), None)
    return Opening(positions, periods, None if positions or periods else unread)


def _each(said: Iterable[Said | None]) -> tuple[Said, ...]:
    return tuple(dict.fromkeys(one for one in said if one is not None))
