"""A unit that numbers incoming and outgoing mail apart: an entry is its direction and number."""

from pipeline_kit import collect, drop

from iku_etl.pipeline import Pipeline

HEADER = "unit,agenda_no,recorded_on,direction,sender,number,class,secured,secured_by,void"


def test_the_same_number_of_both_directions_is_two_entries_and_of_one_is_set_aside(pipeline: Pipeline) -> None:
    drop(
        pipeline, "persandian_message", HEADER,
        "setda,1,2026-01-05,masuk,A,1,biasa,ya,jks,tidak",
        "setda,1,2026-01-05,keluar,setda,2,biasa,ya,jks,tidak",
        "setda,2,2026-01-06,masuk,B,3,biasa,ya,jks,tidak",
        "setda,2,2026-01-07,masuk,B,4,biasa,ya,jks,tidak",
        mark="periode,2026-01",
    )  # fmt: skip
    batch = collect(pipeline, "persandian_message")
    assert (batch.ending, batch.loaded, batch.quarantined) == ("in_force", 2, 2)
