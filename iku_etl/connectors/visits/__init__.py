from iku_etl.connectors.http.options import HttpOptions


class Options(HttpOptions, total=False):
    """What a connection may say beside `system` and `url`."""

    matomo: object  # judged by `matomo`
    logs: object  # judged by `weblog`
