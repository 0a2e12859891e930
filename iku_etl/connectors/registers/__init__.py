from typing_extensions import TypedDict


class Options(TypedDict, total=False):
    """What a connection may say beside `system` and `url`."""
