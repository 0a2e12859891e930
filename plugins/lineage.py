"""Our tasks for Airflow's OpenLineage provider: what each reads and writes. No plugin (see .airflowignore).

The provider asks for it where a transport is configured; without one it asks nothing and nothing is sent.
"""

from typing import Any

from airflow.providers.openlineage.extractors import BaseExtractor, OperatorLineage
from openlineage.client.event_v2 import Dataset as Told
from openlineage.client.facet_v2 import (
    DatasetFacet,
    column_lineage_dataset,
    documentation_dataset,
    ownership_dataset,
    schema_dataset,
)

from iku_etl import settings
from iku_etl.scheduler import lineage
from iku_etl.scheduler.lineage import Dataset, Origin


class Steps(BaseExtractor):
    """The datasets of a task, by the names of its DAG and of its own."""

    @classmethod
    def get_operator_classnames(cls) -> list[str]:
        return ["_PythonDecoratedOperator"]

    def _execute_extraction(self) -> OperatorLineage[Any, Any]:
        found = lineage.step(settings.load(), self.operator.dag_id, self.operator.task_id)
        return OperatorLineage(inputs=list(map(_told, found.inputs)), outputs=list(map(_told, found.outputs)))


def _told(found: Dataset) -> Told:
    facets: dict[str, DatasetFacet] = {}
    if found.title:
        facets["documentation"] = documentation_dataset.DocumentationDatasetFacet(description=found.title)
    if found.owner:
        owner = ownership_dataset.Owner(name=found.owner)
        facets["ownership"] = ownership_dataset.OwnershipDatasetFacet(owners=[owner])
    if found.fields:
        fields = [schema_dataset.SchemaDatasetFacetFields(one.name, one.type, one.comment) for one in found.fields]
        facets["schema"] = schema_dataset.SchemaDatasetFacet(fields=fields)
    if found.made_of:
        origins = list(map(_origin, found.made_of))
        facets["columnLineage"] = column_lineage_dataset.ColumnLineageDatasetFacet(fields={}, dataset=origins)
    return Told(namespace=found.namespace, name=found.name, facets=facets)


def _origin(found: Origin) -> column_lineage_dataset.InputField:
    kind = ("INDIRECT", "FILTER") if found.is_filter else ("DIRECT", "AGGREGATION")
    how = column_lineage_dataset.Transformation(type=kind[0], subtype=kind[1])
    at = found.dataset
    return column_lineage_dataset.InputField(at.namespace, at.name, found.column, transformations=[how])
