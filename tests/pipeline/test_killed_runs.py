"""What a killed run has left: the next one takes it up, whatever it was sent to collect itself."""

from kit import DAY, METER, declare, landed, on
from pipeline_kit import HEADER, JANUARY, ROWS, drop, facts

from iku_etl import catalogue
from iku_etl.manifest import batches
from iku_etl.pipeline import Pipeline

SOURCE = "target"


def test_the_next_run_ends_what_a_killed_one_has_landed(pipeline: Pipeline) -> None:
    drop(pipeline, SOURCE, HEADER, *ROWS)
    (left,) = pipeline.extract(catalogue.source(SOURCE), [JANUARY]).batch_ids  # and here it was killed
    (ended,) = pipeline.collect(catalogue.source(SOURCE), []).batches
    assert (ended.batch_id, ended.ending, ended.loaded, facts(pipeline, SOURCE)) == (left, "in_force", 2, 2)
    assert pipeline.landed(catalogue.source(SOURCE)) == []


def test_a_window_that_was_landed_by_a_killed_run_is_not_loaded_twice(pipeline: Pipeline) -> None:
    drop(pipeline, SOURCE, HEADER, *ROWS)
    (left,) = pipeline.extract(catalogue.source(SOURCE), [JANUARY]).batch_ids
    ended = pipeline.collect(catalogue.source(SOURCE), [JANUARY]).batches
    assert [(batch.batch_id == left, batch.ending) for batch in ended] == [(True, "in_force"), (False, "unchanged")]
    assert ended[1].confirms == left


def test_what_is_left_is_told_by_source_oldest_first_and_only_if_it_has_landed(pipeline: Pipeline) -> None:
    declare(pipeline.warehouse)
    with pipeline.warehouse.connect("loader") as loader:
        made = [landed(loader, window=on(day)) for day in (7, 6)]
        batches.open_batch(loader, METER, DAY)  # killed before it had landed
        loader.execute("select iku.end_batch(%s, 'failed', 'uji', 'uji')", [landed(loader, window=on(8))])
    assert [batch.batch_id for batch in pipeline.landed(METER)] == made
    assert pipeline.landed(catalogue.source(SOURCE)) == []
