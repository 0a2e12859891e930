"""What `iku publish` prints: one line a figure that moved, and how many there are of the rest."""

from collections import Counter
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from iku_etl import indonesian
from iku_etl.cli._installation import installation
from iku_etl.cli._terminal import say

if TYPE_CHECKING:
    from iku_etl.stages.publish import Published
    from iku_etl.stages.trace import Change

SHOWN = 20  # figures with a line of their own; all with --json


def show(made: "Published", changes: "list[Change]", zone: ZoneInfo) -> None:
    """Print the first SHOWN changes and how many more there are; then what stands by a new definition."""
    from iku_etl.pipeline import line_of

    if not made.figures and not made.confirmed:
        say("tidak ada angka yang berubah.")
        return
    first = [change for change in changes if change.before is None]
    moved = [change for change in changes if change.before is not None]
    installation.dated([change.figure for change in moved[:SHOWN]])
    for change in moved[:SHOWN]:
        say(line_of(change))
    if len(moved) > SHOWN:
        say(f"dan {indonesian.count(len(moved) - SHOWN)} angka lain yang berubah (iku figures --history).")
    if first:
        say(f"{indonesian.count(len(first))} angka terbit untuk pertama kali (iku figures).")
    for code, number in sorted(Counter(code for code, _, _ in made.confirmed).items()):
        say(f"{code}: definisinya baru, {indonesian.count(number)} angka tetap seperti semula.")
    moment = indonesian.moment(made.as_of_time, zone)
    say(f"{len(made.figures)} angka terbit, sampai muatan {made.as_of}, {moment}.")
