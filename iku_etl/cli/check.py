"""`iku check`: one question to a source's system, and in a sentence what is right or wrong with its connection."""

from typing import TYPE_CHECKING

import click

from iku_etl import indonesian
from iku_etl.cli._click import command
from iku_etl.cli._installation import chosen_source, installation
from iku_etl.cli._terminal import say, show_json
from iku_etl.errors import CollectError, SettingError

if TYPE_CHECKING:
    from iku_etl.model import Source
    from iku_etl.pipeline import Asked


@command()
@click.argument("source", metavar="SUMBER")
@click.option("--json", "as_json", is_flag=True, help="Keluaran JSON.")
def check(source: str, as_json: bool) -> int:
    """Tanyai sistem sebuah sumber satu kali. Tidak menyimpan dan tidak memuat apa pun; 1 bila sambungannya salah."""
    found = chosen_source(source)
    asked = None
    try:
        asked = installation.pipeline.ask(found)
        is_right, sentence = _told(found, asked)
    except (CollectError, SettingError) as problem:
        is_right, sentence = False, _trouble(found, problem)
    if as_json:
        show_json({
            "source": found.name, "is_right": is_right, "sentence": sentence,
            "window": asked and asked.window.label, "system": asked and asked.endpoint.system,
            "records": asked and asked.records, "unobserved": asked.unobserved if asked else (),
        })  # fmt: skip
    else:
        say(sentence)
    return 0 if is_right else 1


def _trouble(source: "Source", problem: CollectError | SettingError) -> str:
    """What stands in the way, and where: what the connector says of a system does not name the source's entry."""
    told = str(problem)
    endpoint = installation.settings.endpoint(source.name) if isinstance(problem, CollectError) else None
    return f"{endpoint.at('url')}{source.name}: {told}" if endpoint else told


def _told(source: "Source", asked: "Asked") -> tuple[bool, str]:
    """Whether the connection is right, and a sentence."""
    where = f"{source.name}: {asked.endpoint.system} {asked.endpoint.url}".rstrip()
    if asked.name is None:
        return False, f"{where} tidak memberi apa pun untuk {asked.window.label}. Periksa folder atau pilihannya."
    if asked.unobserved:
        more = f" (dan {len(asked.unobserved) - 1} lagi)" if len(asked.unobserved) > 1 else ""
        return False, f"{where} menjawab, tetapi tidak semuanya dapat diketahui: {asked.unobserved[0]}{more}"
    size = indonesian.size(asked.size_bytes)
    if asked.records is None:
        return True, f"{where} menjawab untuk {asked.window.label}: {size}; isinya pribadi, jadi tidak dibaca di sini."
    count = indonesian.count(asked.records)
    return True, f"{where} menjawab untuk {asked.window.label}: {size}, {count} rekaman pada jawaban pertama."
