"""docs/data-dictionary.md says what the declarations say."""

from iku_etl import catalogue
from iku_etl.catalogue import dictionary
from iku_etl.settings import PROJECT

PAGE = PROJECT / "docs" / "data-dictionary.md"


def test_the_data_dictionary_is_what_the_declarations_say() -> None:
    made = dictionary.text()
    assert PAGE.read_text(encoding="utf-8") == made, "stale: make docs"


def test_every_source_view_and_indicator_is_in_it() -> None:
    page = dictionary.text()
    for source in catalogue.all_sources():
        assert f"\n### {source.name}: " in page
        for column in source.columns:
            assert f"\n| {column.name} |" in page
    for path in (catalogue.SQL / "staging").rglob("*.sql"):
        assert f"\n| {path.stem} |" in page
    for found in catalogue.all_indicators():
        assert found.code in page


def test_a_check_stands_there_as_a_sentence_with_its_consequence() -> None:
    page = dictionary.text()
    assert "| kind: salah satu dari informasi, layanan | seluruh berkas ditolak |" in page
    assert "| site: terdaftar di website.site | hanya diperingatkan |" in page
    assert "| sender: berpola ^\\[0-9a-f\\]{32}$ | seluruh berkas ditolak |" in page  # engineers see tokens' checks
