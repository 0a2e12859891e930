"""The structure of the open data's SDMX-CSV as SDMX-ML 2.1: concepts, codelists, dimensions, measure and attributes.

Names are those of `open_columns`; what each means is said there once, in COLUMNS. Made by sdmx1, which imports pandas.
"""

from datetime import UTC, datetime
from typing import Any

import sdmx
from lxml import etree  # type: ignore[import-untyped]  # sdmx1 writes by it
from sdmx.message import Header, StructureMessage
from sdmx.model import common, v21

from iku_etl.figures import open_columns
from iku_etl.figures.public import Public

# dimension, measure or attribute -> the column of the CSV that says the same
SAME = {
    "INDICATOR": "kode", "TIME_PERIOD": "periode", "OBS_VALUE": "realisasi", "CONF_STATUS": "ditutup",
    "UNIT_MEASURE": "satuan", "NUMERATOR": "pembilang", "DENOMINATOR": "penyebut", "LOWER_BOUND": "batas_bawah",
    "UPPER_BOUND": "batas_atas", "COVERAGE": "cakupan", "TARGET": "target", "ACHIEVEMENT": "capaian", "STAGE": "tahap",
    "QUALITY": "mutu", "REVISION": "revisi", "DEFINITION": "definisi", "EVIDENCE": "bukti",
    "APPROVED_REVISION": "disahkan_revisi", "APPROVED_VALUE": "disahkan_realisasi",
}  # fmt: skip
OWN = {"FREQ": "Panjang periode.", "OBS_STATUS": "Keadaan nilai."}
CODES = {
    "FREQ": {"M": "Bulan", "Q": "Triwulan", "S": "Semester", "A": "Tahun"},
    "OBS_STATUS": {"A": "Disahkan", "P": "Sementara: belum disahkan, atau direvisi sesudahnya", "M": "Tidak ada nilai"},
    "CONF_STATUS": {"F": "Diumumkan", "C": "Ditutup: memuat hitungan kecil"},
    "STAGE": {name: name for name in open_columns.STAGES},
    "QUALITY": {name: name for name in ("cukup", "basi", "kurang_data", "tidak_tersedia")},
}
VALUES = {"number": "decimal", "integer": "integer"}  # kinds of Table Schema as SDMX names them; else a text
Lists = dict[str, common.Codelist]
NEVER = datetime(1970, 1, 1, tzinfo=UTC)
_STRUCTURE = "{http://www.sdmx.org/resources/sdmxml/schemas/v2_1/structure}"


def written(public: Public) -> bytes:
    """SDMX-ML of the dataflow, what it uses, and the codes of the indicators; the same figures are the same bytes."""
    agency = common.Agency(id=open_columns.AGENCY)
    kept: dict[str, Any] = {
        "version": open_columns.FLOW_VERSION,
        "maintainer": agency,
        "is_final": True,
        "is_external_reference": False,
    }
    concepts = common.ConceptScheme(id="CS_IKU", name={"id": "Konsep IKU"}, **kept)
    for name in (*open_columns.DIMENSIONS, open_columns.MEASURE, *open_columns.ATTRIBUTES):
        concepts.append(common.Concept(id=name, name={"id": name}, description={"id": _means(name)}))
    lists: Lists = {}
    for name, codes in (CODES | {"INDICATOR": _indicators(public)}).items():
        lists[name] = common.Codelist(id=f"CL_{name}", name={"id": _means(name)}, **kept)
        lists[name].extend(common.Code(id=code, name={"id": said}) for code, said in codes.items())
    definition = v21.DataStructureDefinition(id=open_columns.FLOW, name={"id": open_columns.TITLE}, **kept)
    _fill(definition, concepts, lists)
    flow = v21.DataflowDefinition(id=open_columns.FLOW, name={"id": open_columns.TITLE}, structure=definition, **kept)
    newest = max(
        (row["published_at"] for row in public.rows if row["published_at"]), default=datetime(1970, 1, 1, tzinfo=UTC)
    )
    message = StructureMessage(header=Header(id=open_columns.FLOW, prepared=newest.astimezone(UTC), sender=agency))
    for one in (concepts, *lists.values(), definition, flow):
        message.add(one)
    return _ordered(sdmx.to_xml(message))


def _fill(
    definition: v21.DataStructureDefinition, concepts: common.ConceptScheme, lists: dict[str, common.Codelist]
) -> None:
    definition.dimensions.id, definition.measures.id = "DimensionDescriptor", "MeasureDescriptor"
    definition.attributes.id = "AttributeDescriptor"
    for order, name in enumerate(open_columns.DIMENSIONS, 1):
        kind = common.TimeDimension if name == "TIME_PERIOD" else common.Dimension
        definition.dimensions.append(
            kind(id=name, order=order, concept_identity=concepts[name], local_representation=_values(name, lists))
        )
    measure = v21.PrimaryMeasure(id=open_columns.MEASURE, concept_identity=concepts[open_columns.MEASURE])
    measure.local_representation = _values(open_columns.MEASURE, lists)
    definition.measures.append(measure)
    for name in open_columns.ATTRIBUTES:
        definition.attributes.append(
            common.DataAttribute(
                id=name, concept_identity=concepts[name], local_representation=_values(name, lists),
                related_to=v21.PrimaryMeasureRelationship(), usage_status=common.UsageStatus.conditional,
            )
        )  # fmt: skip


def _values(name: str, lists: Lists) -> common.Representation:
    if name in lists:
        return common.Representation(enumerated=lists[name])
    if name == "TIME_PERIOD":
        kind = "observationalTimePeriod"
    else:
        kinds = {column.name: column.kind for column in open_columns.COLUMNS}
        kind = VALUES.get(kinds[SAME[name]], "string")
    return common.Representation(non_enumerated=[common.Facet(value_type=common.FacetValueType[kind])])


def _means(name: str) -> str:
    means = {column.name: column.means for column in open_columns.COLUMNS}
    return OWN.get(name) or means[SAME[name]]


def _indicators(public: Public) -> dict[str, str]:
    return dict(sorted({row["indicator"]: row["title"] or row["indicator"] for row in public.rows}.items()))


def _ordered(content: bytes) -> bytes:
    """The measure before the attributes, as the schema of SDMX-ML has it and sdmx1 has not."""
    root = etree.fromstring(content)
    for measures in root.iter(f"{_STRUCTURE}MeasureList"):
        measures.getparent().find(f"{_STRUCTURE}AttributeList").addprevious(measures)
    etree.indent(root)
    made: bytes = etree.tostring(root, encoding="utf-8", xml_declaration=True)
    return made + b"\n"
