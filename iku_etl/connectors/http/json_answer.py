"""An answer in JSON, parsed within bounds: 20 bytes of memory for each of its own are soon reached."""

from typing import Any

import orjson

from iku_etl.errors import ContractError
from iku_etl.indonesian import count

MOST_VALUES = 1_000_000  # some 200 MB of lists and objects at most; a page of 1,000 datasets has 200,000
_MARK = b"\xef\xbb\xbf"  # plug-ins put it before what PHP writes


def parsed(body: bytes) -> Any:
    """What the JSON says, with or without a byte order mark before it.

    Raises orjson.JSONDecodeError for what is no JSON (nesting deeper than 1,024 among it), ContractError for more
    than MOST_VALUES values.
    """
    if body.count(b",") + body.count(b"[") + body.count(b"{") > MOST_VALUES:
        raise ContractError(
            f"jawabannya memuat lebih dari {count(MOST_VALUES)} nilai dan tidak dibaca. Minta sistemnya menjawab dalam "
            "halaman yang lebih kecil.",
            code="too_many",
        )
    return orjson.loads(body.removeprefix(_MARK))
