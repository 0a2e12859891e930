"""The WordPress sites, each a folder behind one port."""

from typing import TYPE_CHECKING

from iku_etl.sample import wordpress
from iku_etl.sample.regency import World

if TYPE_CHECKING:
    from iku_etl.sample.servers import Running


def connection(world: World, url: str) -> str:
    sites = "\n".join(f'"{site.site}" = "{url}/{site.site}"' for site in world.sites)
    return f'[website_content]\nsystem = "wordpress"\nurl = "{url}"\n\n[website_content.sites]\n{sites}\n'


def answer(running: "Running", path: str, parameters: dict[str, str]) -> wordpress.Answered:
    return wordpress.answer(running.world, running.last_day, path, parameters)
