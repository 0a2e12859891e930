"""January of IKU-08 with a target, an RPJMD's end, a standard and a cause: what a report is made of."""

import install_kit as kit

from iku_etl.pipeline import Pipeline

HOSTILE = '#import "x": * $ _a_ *b* \\ [c] {{ 7*7 }} {% raw %} <b>tebal</b> & =1+1 @sitasi'
TARGETS = """\
posisi_per,2026-01-31
indicator,period,year,value,unit,legal_basis,in_force_from
IKU-08,2026-01,2026,40,persen,Perjanjian Kinerja 2026 (contoh),2026-01-02
IKU-08,2026,2026,40,persen,Perjanjian Kinerja 2026 (contoh),2026-01-02
IKU-08,2028,2028,70,persen,RPJMD 2025-2029 (contoh),2025-08-20
IKU-08,2029,2029,80,persen,RPJMD 2025-2029 (contoh),2025-08-20
IKU-08,2030,2030,99,persen,Rencana lain (contoh),2025-08-20
"""
NARRATIVES = f"""\
posisi_per,2026-01-31
indicator,period,kind,text,value,unit
IKU-08,2026,penyebab,"Dua unit mengirim tanpa sandi. {HOSTILE.replace('"', '""')}",,
IKU-55,2026,solusi,Narasi atas indikator yang tidak ada (contoh),,
IKU-08,2026,efisiensi,pendek,,
IKU-08,2026,standar nasional,Pedoman pengamanan informasi (contoh),90,persen
"""


def settle(pipeline: Pipeline) -> None:
    """Drop and collect all of it, and publish as it was known on 20 February."""
    kit.drop(pipeline.settings, "target", TARGETS)
    kit.drop(pipeline.settings, "narrative", NARRATIVES)
    for source in ("target", "narrative"):
        batch = kit.collect(pipeline, source)
        assert batch.ending == "in_force", batch.reason
    kit.settle(pipeline)
