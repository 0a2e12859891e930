"""What a state folder holds of a sample: its seed and its first day."""

import json
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

from iku_etl.settings import Settings

SAMPLE = "sample.json"


def sample_of(state: Path) -> dict[str, Any] | None:
    """`seed` and `first_day` of the sample that a state folder holds; None if it holds none."""
    path = state / SAMPLE
    found: dict[str, Any] | None = json.loads(path.read_text()) if path.exists() else None
    return found


def with_sample_since(found: Settings) -> Settings:
    """The settings, collecting from the sample's first day where there is a sample and nothing else is said."""
    sample = sample_of(found.state)
    if found.since is not None or sample is None:
        return found
    return replace(found, since=date.fromisoformat(sample["first_day"]))
