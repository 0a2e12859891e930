"""The options that every connection by HTTP takes; a connector adds its own in a TypedDict of this one."""

from typing import Any

from typing_extensions import TypedDict


class HttpOptions(TypedDict, total=False):
    """How long to wait, whom to believe, where a host may lie, how the secret is sent."""

    total_seconds: Any  # judged by `Limits.declared`
    networks: Any  # judged by `address.networks`
    ca_file: str
    auth: str
