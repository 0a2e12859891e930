"""A sparkline: a figure's last base periods as a small picture, with a gap where no value was given."""

from collections.abc import Sequence
from dataclasses import dataclass

from iku_etl.warehouse.database import Row

WIDTH, HEIGHT, EDGE = 96, 24, 3  # pixels; the edge keeps the dots whole


@dataclass(frozen=True)
class Line:
    """`strokes`: each an unbroken run as points of an SVG polyline; `dots` stand alone or come last; `gaps` are places
    where a value was withheld."""

    strokes: tuple[str, ...]
    dots: tuple[tuple[float, float], ...]
    gaps: tuple[float, ...]


def line(rows: Sequence[Row]) -> Line:
    """The line of these rows, oldest first."""
    values = [None if row["value"] is None else float(row["value"]) for row in rows]
    known = [value for value in values if value is not None]
    low, high = (min(known), max(known)) if known else (0.0, 0.0)
    step = (WIDTH - 2 * EDGE) / max(len(values) - 1, 1)

    def place(number: int, value: float) -> tuple[float, float]:
        share = 0.5 if high == low else (value - low) / (high - low)
        return round(EDGE + number * step, 1), round(HEIGHT - EDGE - share * (HEIGHT - 2 * EDGE), 1)

    runs: list[list[tuple[float, float]]] = [[]]
    gaps = []
    for number, value in enumerate(values):
        if value is None:
            gaps.append(round(EDGE + number * step, 1))
            runs.append([])
        else:
            runs[-1].append(place(number, value))
    strokes = tuple(" ".join(f"{x},{y}" for x, y in run) for run in runs if len(run) > 1)
    dots = [run[0] for run in runs if len(run) == 1]
    if values and values[-1] is not None and len(runs[-1]) > 1:
        dots.append(runs[-1][-1])
    return Line(strokes, tuple(dots), tuple(gaps))
