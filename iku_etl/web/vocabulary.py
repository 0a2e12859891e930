"""Every text that the pages say, as gettext's catalogues hold it: `python -m iku_etl.web.vocabulary` brings them up.

Found by Babel in templates (`_`, `trans`) and in code (`noted`), with the domain's words that rows hold.
"""

from collections.abc import Iterator
from importlib import resources
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po, write_po

from iku_etl import indonesian
from iku_etl.catalogue import sentences
from iku_etl.figures import members, wording
from iku_etl.web.tongue import NAMES, OWN

METHODS = [("templates/**.html", "jinja2.ext:babel_extract"), ("**.py", "python")]
KEYWORDS = {"noted": None, "_": None, "gettext": None, "ngettext": (1, 2)}
OF_ROWS = (
    "Sangat Tinggi", "Tinggi", "Sedang", "Rendah", "Sangat Rendah", "sementara", "terverifikasi", "disahkan",
    "direvisi", *(f"{kind.capitalize()} terakhir" for kind in indonesian.GRAINS.values()),
    *(f"{kind.capitalize()} berjalan" for kind in indonesian.GRAINS.values()),
    *indonesian.GRAINS.values(), *wording.MUTU.values(),
    *(word for words in members.WORDS.values() for word in words.values()), *members.IN_PART.values(),
    *indonesian.DECISIONS.values(), *indonesian.ENDINGS.values(), *sentences.PRIVACY.values(),
    wording.PROVISIONAL, *wording.SAID,
)  # fmt: skip


def _folder() -> Path:
    return Path(str(resources.files("iku_etl.web")))


def texts() -> Iterator[str | tuple[str, ...]]:
    """The texts of the pages, each once; a pair for one with a plural."""
    found = extract_from_dir(_folder(), method_map=METHODS, keywords=KEYWORDS, options_map={}, strip_comment_tags=True)
    said = [message for _, _, message, _, _ in found]
    yield from dict.fromkeys([*said, *OF_ROWS])


def path_of(code: str) -> Path:
    return _folder() / "locale" / f"{code}.po"


def update(code: str) -> None:
    """Write a language's catalogue: what is said now, with the translations that are there; new ones are empty."""
    path = path_of(code)
    known = read_po(path.open("rb"), locale=code) if path.exists() else Catalog(locale=code)
    made = Catalog(locale=code, project="iku-etl", fuzzy=False)
    for text in texts():
        key = text if isinstance(text, str) else text[0]
        before = known.get(key)
        made.add(text, before.string if before else None)
    with path.open("wb") as stream:
        write_po(stream, made, width=110, omit_header=True, sort_output=True, include_previous=False)


if __name__ == "__main__":
    for each in NAMES:
        if each != OWN:
            update(each)
