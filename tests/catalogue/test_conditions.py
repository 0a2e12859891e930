"""The forms of a condition that a check may have, and every condition that a source declares."""

import pytest

from iku_etl import catalogue
from iku_etl.catalogue.conditions import Condition, parse
from iku_etl.model import Expectation


@pytest.mark.parametrize(
    ("text", "known"),
    [
        ("up == True", Condition("up", "is", True)),
        ("up == False", Condition("up", "is", False)),
        ("kind == 'desa'", Condition("kind", "is", "desa")),
        ('kind == "ber\'tanda"', Condition("kind", "is", "ber'tanda")),
        ("kind in ['dinas', \"badan\"]", Condition("kind", "in", ("dinas", "badan"))),
        ("counter.isnull()", Condition("counter", "empty")),
        ("counter.notnull()", Condition("counter", "filled")),
        (r"name.str.fullmatch(r'.*_(pct|days)')", Condition("name", "like", ".*_(pct|days)")),
        ("value > 3", None),
        ("a == 'x' and b == 'y'", None),
    ],
)
def test_a_condition_is_read_whole_or_not_at_all(text: str, known: Condition | None) -> None:
    assert parse(text) == known


def test_every_declared_condition_is_of_a_known_form_and_a_declared_column() -> None:
    for source in catalogue.all_sources():
        for check in source.expectations:
            if isinstance(check, Expectation) and (text := check.arguments.get("row_condition")):
                about = parse(text)
                assert about is not None, (source.name, text)
                assert source.column(about.column) is not None
