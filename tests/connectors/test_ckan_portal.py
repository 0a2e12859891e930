"""Our dataset on a CKAN portal, against a real server on loopback that answers as CKAN's captures do."""

from collections.abc import Iterator
from dataclasses import replace

import loopback
import pytest
from ckan_kit import TOKEN, Portal, capture

from iku_etl.connectors import ckan_portal
from iku_etl.connectors.ckan_portal import Dataset, Resource
from iku_etl.errors import ContractError, IkuError, SettingError, TransientError
from iku_etl.settings import Endpoint

DATASET = Dataset(
    "iku-uji", "IKU", "Catatan", "7",
    (Resource("iku.csv", "iku.csv", b"kode\r\nIKU-05\r\n", "text/csv"),
     Resource("datapackage.json", "datapackage.json", b"{}", "application/json")),
)  # fmt: skip


@pytest.fixture
def portal() -> Iterator[Portal]:
    made = Portal()
    with loopback.server(made.answer) as made.url:
        yield made


def endpoint(portal: Portal, secret: str | None = TOKEN, **options: str) -> Endpoint:
    return Endpoint("ckan_portal", portal.url, {"organization": "dinas-kominfo", **options}, secret)


def pushed(portal: Portal, held: Dataset = DATASET, *, is_trial: bool = False, **options: str) -> list[str]:
    steps = ckan_portal.push(endpoint(portal, **options), held, is_trial=is_trial)
    return [f"{step.action} {step.name}" for step in steps]


MADE = ["package_create iku-uji", "resource_create iku.csv", "resource_create datapackage.json"]


def test_a_dataset_is_made_with_its_files_and_nothing_is_sent_twice(portal: Portal) -> None:
    assert pushed(portal) == MADE
    assert portal.uploaded == {one.title: one.content for one in DATASET.resources}
    held = portal.datasets["iku-uji"]
    assert (held["owner_org"], held["title"], held["version"]) == ("dinas-kominfo", "IKU", "7")
    assert [one["format"] for one in held["resources"]] == ["CSV", "JSON"]
    portal.asked.clear()
    assert pushed(portal) == []
    assert portal.asked == ["package_show"]


def test_only_what_changed_is_sent(portal: Portal) -> None:
    pushed(portal)
    first, second = DATASET.resources
    changed = replace(DATASET, version="8", resources=(replace(first, content=b"kode\r\nIKU-01\r\n"), second))
    assert pushed(portal, changed) == ["package_patch iku-uji", "resource_patch iku.csv"]
    assert portal.uploaded["iku.csv"] == b"kode\r\nIKU-01\r\n"
    assert len(portal.datasets["iku-uji"]["resources"]) == 2
    assert portal.datasets["iku-uji"]["version"] == "8"


def test_a_trial_says_what_would_be_sent_and_changes_nothing(portal: Portal) -> None:
    assert pushed(portal, is_trial=True) == MADE
    assert portal.asked == ["package_show"]
    assert portal.datasets == {}
    pushed(portal)
    portal.asked.clear()
    assert pushed(portal, replace(DATASET, title="IKU 2"), is_trial=True) == ["package_patch iku-uji"]
    assert portal.asked == ["package_show"]


def test_name_and_licence_are_those_of_the_connection(portal: Portal) -> None:
    assert pushed(portal, dataset="nama-lain", license="cc-by")[0] == "package_create nama-lain"
    assert portal.datasets["nama-lain"]["license_id"] == "cc-by"


@pytest.mark.parametrize(
    ("action", "status", "body", "kind", "said"),
    [
        ("package_create", 409, "error_validation", ContractError, "Must be|owner_org|name"),
        ("package_show", 403, "error_not_authorized", ContractError, "Access denied"),
        ("package_create", 400, "error_unknown_action", ContractError, "400"),
        ("resource_create", 500, "error_not_found", TransientError, "500"),
    ],
)
def test_a_refusal_is_told_in_the_words_of_the_portal_and_nothing_is_tried_again(
    portal: Portal, action: str, status: int, body: str, kind: type[IkuError], said: str
) -> None:
    portal.instead[action] = (status, capture(body))
    with pytest.raises(kind, match=said):
        pushed(portal)
    assert portal.asked.count(action) == 1


@pytest.mark.parametrize("body", [b"<html>Selamat datang</html>", b"[]", b'{"success": true}', b""])
def test_what_is_no_answer_of_ckan_is_refused(portal: Portal, body: bytes) -> None:
    for status in (200, 404):
        portal.instead["package_show"] = (status, body)
        with pytest.raises(ContractError, match="package_show"):
            pushed(portal)
    assert portal.asked == ["package_show"] * 2


def test_an_answer_of_success_with_other_bytes_is_refused(portal: Portal) -> None:
    portal.instead["resource_create"] = (200, b'{"success": true, "result": {"id": "r", "hash": "sha256:lain"}}')
    with pytest.raises(ContractError, match="hash-nya bukan yang dikirim"):
        pushed(portal)


def test_the_token_is_said_nowhere(portal: Portal, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("DEBUG")
    told = f'{{"success": false, "error": {{"message": "token {TOKEN} ditolak", "__type": "Authorization Error"}}}}'
    portal.instead["package_create"] = (403, told.encode())
    with pytest.raises(ContractError, match=r"ditolak \(403\)") as refused:
        pushed(portal)
    assert TOKEN not in str(refused.value)
    assert TOKEN not in caplog.text
    assert TOKEN not in repr(endpoint(portal))


def test_without_organization_or_token_nothing_is_asked(portal: Portal) -> None:
    wrong = {"IKU_SECRET_OPEN_DATA": endpoint(portal, None), "organization": endpoint(portal, organization="")}
    for said, one in wrong.items():
        with pytest.raises(SettingError, match=said):
            list(ckan_portal.push(one, DATASET, is_trial=False))
    assert portal.asked == []
