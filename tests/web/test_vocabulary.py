"""Both languages are complete: whatever a page says has its translation, with the same places for values."""

import re

import pytest
from babel.messages.pofile import read_po

from iku_etl.web import vocabulary
from iku_etl.web.tongue import NAMES, OWN

PLACE = re.compile(r"%\((\w+)\)s")
OTHERS = [code for code in NAMES if code != OWN]


@pytest.mark.parametrize("code", OTHERS)
def test_every_text_has_its_translation(code: str) -> None:
    with vocabulary.path_of(code).open("rb") as stream:
        known = read_po(stream, locale=code)
    said = list(vocabulary.texts())
    assert len(said) > 60
    for text in said:
        key = text if isinstance(text, str) else text[0]
        message = known.get(key)
        assert message is not None, f"{key}: python -m iku_etl.web.vocabulary, then translate it in locale/{code}.po"
        for translated in [message.string] if isinstance(message.string, str) else message.string:
            assert translated, f"{key}: no translation in locale/{code}.po"
            assert set(PLACE.findall(translated)) == set(PLACE.findall(key)), key
    left = {message.id for message in known if message.id} - set(said)
    assert not left, "said by no page any more: python -m iku_etl.web.vocabulary"
