"""A part that dies again and again is found out: whoever waits for it need not wait until the end."""

from pathlib import Path

from patience import wait

from iku_etl.scheduler import keeper


def test_a_part_that_dies_again_and_again_is_named(tmp_path: Path) -> None:
    kept = keeper.Keeper(tmp_path, "http://127.0.0.1:9")
    kept.components = {"scheduler": ("no_such_module_anywhere",), "triggerer": ("time",)}  # the second ends once
    assert keeper.dying(tmp_path) == []
    kept._keep("triggerer")

    def is_found_out() -> list[str]:
        kept.not_before.clear()  # its pause grows up to a minute
        kept._keep("scheduler")
        return keeper.dying(tmp_path)

    assert wait(is_found_out, "the deaths of the scheduler", pause=0.02) == ["scheduler"]
    kept.children["triggerer"].wait()
    assert kept.failures == {"scheduler": keeper.DEATHS}
    assert "no_such_module_anywhere" in (tmp_path / "logs" / "keeper" / "scheduler.log").read_text()


def test_those_of_an_earlier_start_do_not_count(tmp_path: Path) -> None:
    (tmp_path / "deaths.json").write_text('{"scheduler": 9}')
    assert keeper.dying(tmp_path) == ["scheduler"]
    started = keeper.start(tmp_path, {"AIRFLOW__API__PORT": "9", "PYTHONPATH": str(tmp_path)})
    assert keeper.dying(tmp_path) == []
    started.kill()
    started.wait()
    keeper.stop(tmp_path)
