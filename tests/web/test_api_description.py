"""The API does what its own description says: called by schemathesis as a viewer and as the public, always alike."""

from collections.abc import Iterator
from datetime import UTC, datetime

import install_kit as kit
import pytest
import schemathesis
from conftest import TEMPLATE, Cluster
from hypothesis import HealthCheck, Phase, given
from hypothesis import settings as examples
from schemathesis import GenerationMode
from schemathesis.schemas import APIOperation
from web_kit import visitor

from iku_etl import settings
from iku_etl.pipeline import Pipeline
from iku_etl.web.login import Role

OPENAPI = "/api/v1/openapi.json"
CALLS = 4  # of each operation, with a real path and with any, as described and otherwise
KNOWN = {"indicator": "IKU-08", "period": "2026-01", "source": "persandian_message"}


@pytest.fixture(scope="module")
def site(cluster: Cluster, tmp_path_factory: pytest.TempPathFactory) -> Iterator[settings.Settings]:
    """January of IKU-08, published; read by every call."""
    warehouse = cluster.create("api_description", TEMPLATE)
    found = settings.load(kit.environment(warehouse, tmp_path_factory.mktemp("api")))
    kit.settle(Pipeline(found, warehouse, lambda: datetime(2026, 1, 31, 23, tzinfo=UTC)))
    yield found
    cluster.drop("api_description")


@pytest.mark.parametrize("role", [Role.VIEWER, Role.PUBLIC])
def test_every_operation_answers_as_it_is_described(site: settings.Settings, role: Role) -> None:
    browser = visitor(site, role, raise_server_exceptions=False)
    schema = schemathesis.openapi.from_asgi(OPENAPI, browser.app)
    answered: dict[str, set[int]] = {}
    for found in schema.get_all_operations():
        operation = found.ok()
        seen = answered.setdefault(operation.path, set())
        names = {parameter.name for parameter in operation.path_parameters}
        for known in [{name: KNOWN[name] for name in names}, {}] if names else [{}]:
            for mode in GenerationMode:
                seen |= called(operation, mode, known)
    assert len(answered) == 6
    for path, statuses in answered.items():
        is_public = path.endswith(("/indicators", "/figures"))
        assert 200 in statuses if role == Role.VIEWER or is_public else statuses <= {401, 404}, (path, statuses)
        assert not {status for status in statuses if status >= 500}, path


def called(operation: APIOperation, mode: GenerationMode, known: dict[str, str]) -> set[int]:
    """Call an operation some times; the statuses. What comes back is held against the description."""
    statuses = set()

    @given(case=operation.as_strategy(generation_mode=mode, path_parameters=known))
    @examples(
        max_examples=CALLS, derandomize=True, database=None, deadline=None, phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )  # fmt: skip
    def call(case: schemathesis.Case) -> None:
        statuses.add(case.call_and_validate(headers={"sec-fetch-site": "same-origin"}).status_code)

    call()
    return statuses
