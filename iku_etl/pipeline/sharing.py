"""Open data: what the public may read, as files, and on the portal that connections.toml names under [open_data]."""

from collections.abc import Iterator
from datetime import datetime

from iku_etl.connectors import ckan_portal, options
from iku_etl.connectors.ckan_portal import Dataset, Resource, Step
from iku_etl.figures import open_columns, open_data
from iku_etl.figures.public import Public, public
from iku_etl.pipeline.reporting import Reporting

CONNECTION = "open_data"  # in connections.toml, and of IKU_SECRET_OPEN_DATA
DONE = {
    "package_create": "dataset dibuat",
    "package_patch": "dataset diperbarui",
    "resource_create": "berkas ditambahkan",
    "resource_patch": "berkas diganti",
}


class Sharing(Reporting):
    """The open data of what was published."""

    def open_data(
        self, as_of: int | None = None, as_of_time: datetime | None = None
    ) -> tuple[Public, dict[str, bytes]]:
        """The figures, and the files that tell them, by name."""
        with self.warehouse.connect("auditor") as connection:
            found = public(connection, as_of, as_of_time)
        return found, open_data.files(found, self.settings.license)

    def push(self, found: Public, content: dict[str, bytes], *, is_trial: bool = False) -> Iterator[Step]:
        """Bring the portal to these files, or say what would be sent; see `ckan_portal.push` for what it raises."""
        endpoint = self.settings.endpoint(CONNECTION)
        if endpoint.system != ckan_portal.SYSTEM:
            raise endpoint.refusal(CONNECTION, ckan_portal.SYSTEM)
        options.check(CONNECTION, endpoint)
        resources = tuple(Resource(name, name, each, open_data.media_type(name)) for name, each in content.items())
        told = open_data.about(found, self.settings.license)
        dataset = Dataset(open_data.NAME, open_columns.TITLE, told, open_data.version(found), resources)
        return ckan_portal.push(endpoint, dataset, is_trial=is_trial)

    def share(self) -> list[str] | None:
        """Bring the portal to what is published now; each change as a sentence, None where no portal is named."""
        if not self.settings.endpoint(CONNECTION).places:
            return None
        return [f"{DONE[step.action]}: {step.name}" for step in self.push(*self.open_data())]
