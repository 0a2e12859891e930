"""Visits of websites, from Matomo and from access logs."""

from collections.abc import Mapping

from iku_etl.connectors.http.options import HttpOptions


class Options(HttpOptions, total=False):
    """What a connection may say beside `system` and `url`."""

    matomo: object  # judged by `matomo`
    logs: object  # judged by `weblog`


def needs_url(options: Mapping[str, object]) -> bool:
    """Whether a connection with those options has an address: logs are files, which say their own place."""
    return "matomo" in options or "logs" not in options
