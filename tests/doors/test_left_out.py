"""What a source's own rule leaves out reaches people by name and count, at every place that shows the number."""

from pathlib import Path

import install_kit as kit
from install_kit import Iku
from web_kit import visitor

from iku_etl import settings
from iku_etl.pipeline import Pipeline

SAID = "tidak dihitung menurut aturan sumbernya: salinan 1"


def test_a_copy_that_is_left_out_is_told_in_lists_traces_and_on_the_page(
    settled: Iku, pipeline: Pipeline, tmp_path: Path
) -> None:
    before = "".join(settled(*command)[1] for command in (("batches",), ("trace", "IKU-08", "2026-01")))
    assert "tidak dihitung" not in before
    last = kit.MESSAGES.rstrip("\n").splitlines()[-1]
    kit.drop(pipeline.settings, "persandian_message", kit.MESSAGES.replace(",biasa,tidak,-,", ",biasa,ya,jks,") + last)
    kit.collect(pipeline, "persandian_message")
    kit.publish_on(pipeline.warehouse, 25)
    assert SAID in settled("batches", "--source", "persandian_message")[1]
    told = settled("trace", "IKU-08", "2026-01")[1]
    assert f"persandian_message: {SAID}" in told
    page = visitor(settings.load(kit.environment(pipeline.warehouse, tmp_path / "state")))
    assert f"persandian_message: {SAID}" in page.get("/figure/IKU-08/2026-01").text
