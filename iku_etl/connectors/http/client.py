"""The one guarded HTTP client: everything that leaves this house by HTTP goes through here.

Time-outs and a deadline of ours over the whole answer, retries (we only ever read), capped and counted bodies,
no redirect to another host, connections only to the address that was checked; no secret in any text.
"""

from base64 import b64encode
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from types import TracebackType
from typing import Any, Self
from urllib.parse import SplitResult, urljoin, urlsplit

import orjson
import requests
from urllib3.exceptions import HTTPError, SSLError

from iku_etl.connectors.http import address
from iku_etl.connectors.http.adapter import Adapter, Deadline, PatientRetry
from iku_etl.errors import ContractError, IkuError, SettingError, TransientError
from iku_etl.settings import Endpoint

CHUNK = 256 * 1024
RATIO_FREE = 1024**2  # the first MB may be as dense as it likes
REDIRECTS = 3
JSON = {"Content-Type": "application/json"}
AGAIN = frozenset({408, 425, 429, 500, 502, 503, 504})  # what trying again may cure


@dataclass(frozen=True)
class Limits:
    """What one request may cost. `ratio`: decoded bytes per received byte (gzip alone reaches 1,032)."""

    connect_seconds: float = 5
    read_seconds: float = 60
    total_seconds: float = 300
    body_bytes: int = 512 * 1024**2
    ratio: int = 200
    retries: int = 3
    retry_after_seconds: int = 60  # a longer Retry-After is an answer for the scheduler, not for us


@dataclass(frozen=True)
class Reply:
    """The head of an answer; `chunks` streams its decoded body once. `request` never holds a secret."""

    status: int
    headers: Mapping[str, str]
    request: Mapping[str, Any]
    asked_at: datetime
    answered_at: datetime
    chunks: Iterator[bytes] = field(repr=False)


class Client:
    """Speaks to one endpoint's host and to no other. Not for use by several threads at once."""

    def __init__(self, endpoint: Endpoint, limits: Limits | None = None) -> None:
        self._base = endpoint.url.rstrip("/")
        self._home = urlsplit(self._base)
        if self._home.scheme not in ("http", "https") or not self._home.hostname:
            raise SettingError("url koneksi ini bukan http(s)://host[:port][/path]. Perbaiki di connections.toml.")
        if self._home.username or self._home.password:
            raise SettingError(f"url {self._home.hostname} memuat kata sandi; pindahkan ke IKU_SECRET_<SOURCE>.")
        self.limits = limits or Limits()
        self._adapter = Adapter(address.networks(endpoint.options.get("networks", ())))
        self._session = requests.Session()
        self._session.trust_env = False  # neither netrc nor a proxy by environment: both move secrets
        self._session.verify = str(endpoint.options.get("ca_file", "")) or True
        self._session.headers.update({"User-Agent": "iku-etl", "Accept-Encoding": "gzip"})
        if endpoint.secret:
            self._session.headers["Authorization"] = _authorization(endpoint)
        self._session.mount("http://", self._adapter)
        self._session.mount("https://", self._adapter)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._session.close()

    def get(
        self,
        path: str,
        parameters: Mapping[str, str],
        *,
        accept: Collection[int] = (200,),
        media_type: str = "application/json",
    ) -> Reply:
        """Ask once, retrying; the body is read through `chunks`.

        Raises TransientError for network trouble, a passed deadline and statuses of `AGAIN`, ContractError
        for any other status that is not in `accept`, a foreign redirect or address, or a bad certificate.
        """
        return self._ask("GET", path, parameters, {}, accept, media_type)

    def post(
        self,
        path: str,
        form: Mapping[str, Any],
        secrets: Mapping[str, str],
        *,
        is_json: bool = False,
        accept: Collection[int] = (200,),
        media_type: str = "application/json",
    ) -> Reply:
        """Ask by a form or a JSON object, where a token goes in the body or queries are calls; for reading only.

        `secrets` are fields that are sent and kept nowhere. Retried; raises as `get`; any redirect is refused.
        """
        return self._ask("POST", path, form, secrets, accept, media_type, is_json=is_json)

    def _ask(
        self,
        method: str,
        path: str,
        parameters: Mapping[str, Any],
        secrets: Mapping[str, str],
        accept: Collection[int],
        media_type: str,
        *,
        is_json: bool = False,
    ) -> Reply:
        host = str(self._home.hostname)
        asked_at = datetime.now(UTC)
        deadline = Deadline(self.limits.total_seconds, host)
        try:
            if method == "GET":
                response = self._follow(self._base + path, parameters, media_type, deadline)
            else:
                form = {**parameters, **secrets}
                body = orjson.dumps(form) if is_json else form
                response = self._send(method, self._base + path, body, media_type, deadline)
            if response.status_code not in accept:
                response.close()
                raise _refusal(host, response.status_code)
        except BaseException:
            deadline.close()
            raise
        return Reply(
            status=response.status_code,
            headers=response.headers,
            request={"method": method, "url": self._base + path, "parameters": dict(parameters)},
            asked_at=asked_at,
            answered_at=datetime.now(UTC),
            chunks=self._body(response, deadline),
        )

    def _follow(
        self, url: str, parameters: Mapping[str, str], media_type: str, deadline: Deadline
    ) -> requests.Response:
        """The answer after at most `REDIRECTS` redirects on our own host."""
        query: Mapping[str, str] | None = parameters
        for _ in range(REDIRECTS + 1):
            response = self._send("GET", url, query, media_type, deadline)
            target = response.headers.get("Location")
            if response.status_code not in (301, 302, 303, 307, 308) or not target:
                return response
            response.close()
            url, query = urljoin(response.url, target), None
            if not _is_home(self._home, urlsplit(url)):
                raise ContractError(
                    f"{self._home.hostname} mengalihkan ke {urlsplit(url).hostname!r}; hanya host koneksi sendiri "
                    "yang ditanya. Tulis alamat akhirnya di connections.toml bila memang benar.",
                    code="redirect",
                )
        raise ContractError(f"{self._home.hostname}: lebih dari {REDIRECTS} pengalihan.", code="redirect")

    def _send(
        self, method: str, url: str, parameters: Mapping[str, str] | bytes | None, media_type: str, deadline: Deadline
    ) -> requests.Response:
        limits, host = self.limits, self._home.hostname
        retry = PatientRetry(
            total=limits.retries,
            status_forcelist=AGAIN,
            allowed_methods={method},
            backoff_factor=0.3,
            retry_after_max=limits.retry_after_seconds,
            raise_on_status=False,
        )
        retry.deadline = self._adapter.deadline = deadline
        self._adapter.max_retries = retry
        self._adapter.poolmanager.clear()  # a kept connection would be watched by an older deadline
        try:
            response = self._session.request(
                method,
                url,
                params=parameters if method == "GET" else None,
                data=parameters if method == "POST" else None,
                headers={"Accept": media_type} | (JSON if isinstance(parameters, bytes) else {}),
                timeout=(min(limits.connect_seconds, limits.total_seconds), limits.read_seconds),
                stream=True,
                allow_redirects=False,
            )
        except (requests.RequestException, HTTPError, OSError) as problem:
            deadline.check()
            raise _trouble(str(host), problem) from None  # its text may repeat the request
        return response

    def _body(self, response: requests.Response, deadline: Deadline) -> Iterator[bytes]:
        host, limits, decoded = self._home.hostname, self.limits, 0
        try:
            while chunk := response.raw.read1(CHUNK, decode_content=True):
                decoded += len(chunk)
                if decoded > limits.body_bytes:
                    raise ContractError(f"{host}: jawaban lebih dari {limits.body_bytes} bita.", code="too_large")
                if decoded > RATIO_FREE and decoded > limits.ratio * response.raw.tell():
                    raise ContractError(
                        f"{host}: jawaban mengembang lebih dari {limits.ratio} banding 1.", code="too_dense"
                    )
                yield chunk
                deadline.check()
            deadline.check()
        except (HTTPError, OSError) as problem:
            deadline.check()
            raise _trouble(str(host), problem) from None
        finally:
            response.close()
            deadline.close()


def _authorization(endpoint: Endpoint) -> str:
    secret = endpoint.secret or ""
    if endpoint.options.get("auth", "bearer") == "basic":  # the secret is user:password
        return "Basic " + b64encode(secret.encode()).decode()
    word = "Token" if endpoint.options.get("auth") == "token" else "Bearer"  # the former: NetBox's first kind
    return f"{word} {secret}"


def _is_home(home: SplitResult, target: SplitResult) -> bool:
    """Same host, and same scheme and port or the step from http to https on the usual ports."""
    if target.hostname != home.hostname or target.username or target.password:
        return False
    try:
        ports = (home.port or {"http": 80, "https": 443}[home.scheme], target.port)
    except ValueError:
        return False
    if target.scheme == home.scheme:
        return ports[0] == (ports[1] or {"http": 80, "https": 443}[target.scheme])
    return (home.scheme, target.scheme) == ("http", "https") and ports[0] == 80 and ports[1] in (None, 443)


def _refusal(host: str, status: int) -> IkuError:
    if status in AGAIN or status >= 500:
        return TransientError(f"{host} menjawab {status}; mungkin berhasil bila dicoba lagi.", code=f"http_{status}")
    if status in (401, 403):
        hint = "Periksa IKU_SECRET_<SOURCE> dan pilihan auth koneksi ini."
        return ContractError(f"{host} menjawab {status}: kita tidak diizinkan masuk. {hint}", code=f"http_{status}")
    return ContractError(f"{host} menjawab {status}, jawaban yang tidak dikenal.", code=f"http_{status}")


def _trouble(host: str, problem: Exception) -> IkuError:
    if isinstance(problem, (requests.exceptions.SSLError, SSLError)):
        return ContractError(f"{host}: sertifikat atau jabat tangan TLS gagal.", code="tls")
    return TransientError(f"{host}: tidak ada jawaban yang dapat dipakai ({type(problem).__name__}).", code="network")
