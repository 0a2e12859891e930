"""What OpenLineage 2-0-2 demands of a run event and of the facets that we send, as a JSON schema of our own.

The specification's own file is in no package that could be pinned here; its rules are written down again.
"""

from typing import Any

import jsonschema

FACET = {
    "type": "object",
    "properties": {"_producer": {"type": "string", "format": "uri"}, "_schemaURL": {"type": "string", "format": "uri"}},
    "required": ["_producer", "_schemaURL"],
}
FACETS = {"type": "object", "additionalProperties": {"$ref": "#/$defs/facet"}}
TEXT = {"type": "string", "minLength": 1}
INPUT_FIELD = {
    "type": "object",
    "properties": {
        "namespace": TEXT,
        "name": TEXT,
        "field": TEXT,
        "transformations": {
            "type": "array",
            "items": {
                "type": "object",
                "properties": {"type": {"enum": ["DIRECT", "INDIRECT"]}, "subtype": TEXT},
                "required": ["type"],
            },
        },
    },
    "required": ["namespace", "name", "field"],
}
DATASET = {
    "type": "object",
    "properties": {
        "namespace": TEXT,
        "name": TEXT,
        "inputFacets": FACETS,
        "outputFacets": FACETS,
        "facets": {
            "type": "object",
            "additionalProperties": {"$ref": "#/$defs/facet"},
            "properties": {
                "schema": {
                    "allOf": [{"$ref": "#/$defs/facet"}],
                    "properties": {
                        "fields": {
                            "type": "array",
                            "items": {"type": "object", "properties": {"name": TEXT}, "required": ["name"]},
                        }
                    },
                    "required": ["fields"],
                },
                "ownership": {
                    "allOf": [{"$ref": "#/$defs/facet"}],
                    "properties": {
                        "owners": {
                            "type": "array",
                            "items": {"type": "object", "properties": {"name": TEXT}, "required": ["name"]},
                        }
                    },
                },
                "documentation": {"allOf": [{"$ref": "#/$defs/facet"}], "required": ["description"]},
                "columnLineage": {
                    "allOf": [{"$ref": "#/$defs/facet"}],
                    "properties": {
                        "fields": {"type": "object"},
                        "dataset": {"type": "array", "items": INPUT_FIELD},
                    },
                    "required": ["fields"],
                },
            },
        },
    },
    "required": ["namespace", "name"],
}
EVENT = {
    "$schema": "https://json-schema.org/draft/2020-12/schema",
    "$defs": {"facet": FACET},
    "type": "object",
    "properties": {
        "eventType": {"enum": ["START", "RUNNING", "COMPLETE", "ABORT", "FAIL", "OTHER"]},
        "eventTime": {"type": "string", "format": "date-time"},
        "producer": {"type": "string", "format": "uri"},
        "schemaURL": {
            "type": "string",
            "pattern": "^https://openlineage.io/spec/2-0-2/OpenLineage.json#/\\$defs/RunEvent$",
        },
        "run": {
            "type": "object",
            "properties": {"runId": {"type": "string", "format": "uuid"}, "facets": FACETS},
            "required": ["runId"],
        },
        "job": {
            "type": "object",
            "properties": {"namespace": TEXT, "name": TEXT, "facets": FACETS},
            "required": ["namespace", "name"],
        },
        "inputs": {"type": "array", "items": DATASET},
        "outputs": {"type": "array", "items": DATASET},
    },
    "required": ["eventTime", "producer", "schemaURL", "run", "job"],
}


def check(event: Any) -> None:
    """Raise ValidationError for an event that a collector would refuse."""
    jsonschema.Draft202012Validator(EVENT, format_checker=jsonschema.FormatChecker()).validate(event)


def named(datasets: list[dict[str, Any]]) -> list[str]:
    return [f"{one['namespace']} {one['name']}" for one in datasets]
