"""The one guarded HTTP client: everything that leaves this house by HTTP goes through here.

A deadline of ours over all answers of one extraction, retries (sources are only ever read; who writes takes `WRITING`),
bodies that are capped, counted and read to their end, no redirect to another host, connections only to the address that
was checked; no secret in any text.
"""

import ssl
import time
from base64 import b64encode
from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from math import inf, isfinite
from types import TracebackType
from typing import Any, Self
from urllib.parse import urljoin

import orjson
import requests
from urllib3.exceptions import HTTPError
from urllib3.filepost import encode_multipart_formdata

from iku_etl.connectors.http import address, body
from iku_etl.connectors.http.adapter import Adapter, Deadline, PatientRetry
from iku_etl.connectors.http.home import USUAL_PORTS, home, host_of, is_home, shown
from iku_etl.connectors.http.secret import Secrets
from iku_etl.connectors.http.trouble import AGAIN, refusal, trouble
from iku_etl.errors import ContractError, IkuError, SettingError
from iku_etl.settings import Endpoint

REDIRECTS = 3
RETRY_AFTER_MAX = 30 * 86400  # seconds; who says more is taken to say this
WORDS = {"bearer": "Bearer", "token": "Token"}  # the latter: NetBox's first kind
JSON = "application/json"


@dataclass(frozen=True)
class Limits:
    """What one client may cost its source: `answer_`, `body_` of each answer, `total_`, `all_` of all of them.

    `ratio`: unpacked bytes per received byte (gzip alone reaches 1,032).
    """

    connect_seconds: float = 5
    read_seconds: float = 30
    answer_seconds: float = inf
    total_seconds: float = 40  # with start and judgement a minute at most for what gives nothing
    body_bytes: int = 512 * 1024**2
    all_bytes: int = 1024**3
    ratio: int = 200
    retries: int = 3
    retry_after_seconds: int = 60  # a longer Retry-After is an answer for the scheduler, not for us

    def declared(self, endpoint: Endpoint) -> "Limits":
        """These with the connection's own `total_seconds`, for a system that is slow; SettingError if it is none."""
        given = endpoint.options.get("total_seconds", self.total_seconds)
        if isinstance(given, bool) or not isinstance(given, int | float) or not isfinite(given) or given <= 0:
            raise SettingError(
                f"{endpoint.at('total_seconds')}pilihan total_seconds koneksi ini adalah {given!r}; tulis bilangan"
                " detik di atas 0, misalnya total_seconds = 90."
            )
        slower = max(given / self.total_seconds, 1)
        return replace(
            self,
            total_seconds=float(given),
            answer_seconds=self.answer_seconds * slower,
            read_seconds=self.read_seconds * slower,
        )


WRITING = Limits(retries=0, total_seconds=120)  # a change whose answer was lost may have been made


@dataclass(frozen=True)
class File:
    """One file as a form sends it, in the field `name`."""

    name: str
    file_name: str
    content: bytes
    media_type: str


@dataclass(frozen=True)
class _Sent:
    """The body of a request, and what it is."""

    content: bytes
    media_type: str


@dataclass(frozen=True)
class Reply:
    """The head of an answer; `chunks` streams its decoded body once. `request` never holds a secret."""

    status: int
    request: Mapping[str, Any]
    asked_at: datetime
    answered_at: datetime
    chunks: Iterator[bytes] = field(repr=False)


class Client:
    """Speaks to one endpoint's host and to no other. Not for use by several threads at once."""

    def __init__(self, endpoint: Endpoint, limits: Limits | None = None) -> None:
        self._home = home(endpoint.url, endpoint.at("url"))
        self._base = endpoint.url.rstrip("/")
        self._host = shown(str(self._home.hostname))
        self._port = self._home.port or USUAL_PORTS[self._home.scheme]
        self.limits = (limits or Limits()).declared(endpoint)
        self._ends: float | None = None  # the clock runs from the first request on
        self._allowance = body.Allowance(self._host, self.limits.body_bytes, self.limits.all_bytes, self.limits.ratio)
        self._credentials = [endpoint.secret] if endpoint.secret else []
        self._secrets = Secrets(self._credentials)
        self._adapter = Adapter(address.networks(endpoint))
        self._session = _Session()
        self._session.trust_env = False  # neither netrc nor a proxy by environment: both move secrets
        self._session.verify = _authorities(endpoint)
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
        file: File | None = None,
        accept: Collection[int] = (200,),
        media_type: str = "application/json",
    ) -> Reply:
        """Ask by a form, perhaps with a file, or by a JSON object, where a token goes in the body or queries are calls.

        `secrets` are fields that are sent and kept nowhere. Retried as often as the limits say (`WRITING`: never);
        raises as `get`; any redirect is refused.
        """
        return self._ask("POST", path, form, secrets, accept, media_type, is_json=is_json, file=file)

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
        file: File | None = None,
    ) -> Reply:
        asked_at = datetime.now(UTC)
        known = Secrets([*self._credentials, *secrets.values()]) if secrets else self._secrets
        deadline = self._deadline()
        try:
            with _told_without(known):
                if method == "GET":
                    response = self._follow(self._base + path, parameters, media_type, deadline)
                else:
                    sent = _sent({**parameters, **secrets}, file, is_json=is_json)
                    response = self._send(method, self._base + path, sent, media_type, deadline)
                if response.status_code not in accept:
                    response.close()
                    raise refusal(self._host, response.status_code, is_secret_told=bool(self._credentials or secrets))
        except BaseException:
            deadline.close()
            raise
        return Reply(
            status=response.status_code,
            request={"method": method, "url": self._base + path, "parameters": dict(parameters)},
            asked_at=asked_at,
            answered_at=datetime.now(UTC),
            chunks=self._told(known, response, deadline),
        )

    def _deadline(self) -> Deadline:
        now, limits = time.monotonic(), self.limits
        self._ends = now + limits.total_seconds if self._ends is None else self._ends
        left = self._ends - now
        if limits.answer_seconds < left:
            return Deadline(limits.answer_seconds, self._host, limits.answer_seconds)
        return Deadline(left, self._host, limits.total_seconds)

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
            if not is_home(self._home, target := _joined(response.url, target)):
                raise ContractError(
                    f"{self._host} mengalihkan ke {host_of(target)}; hanya host koneksi sendiri yang ditanya, dan dari "
                    "https tidak ke http. Tulis alamat akhirnya di connections.toml bila memang benar.",
                    code="redirect",
                )
            url, query = target, None
        raise ContractError(f"{self._host}: lebih dari {REDIRECTS} pengalihan.", code="redirect")

    def _send(
        self, method: str, url: str, parameters: Mapping[str, str] | _Sent | None, media_type: str, deadline: Deadline
    ) -> requests.Response:
        limits = self.limits
        retry = PatientRetry(
            total=limits.retries,
            status_forcelist=AGAIN,
            allowed_methods={method},
            backoff_factor=0.3,
            retry_after_max=RETRY_AFTER_MAX,
            raise_on_status=False,
        )
        retry.deadline = self._adapter.deadline = deadline
        retry.longest_seconds = limits.retry_after_seconds
        self._adapter.max_retries = retry
        self._adapter.poolmanager.clear()  # a kept connection would be watched by an older deadline
        try:
            response = self._session.request(
                method,
                url,
                params=parameters if method == "GET" and not isinstance(parameters, _Sent) else None,
                data=parameters.content if isinstance(parameters, _Sent) else parameters if method == "POST" else None,
                headers={"Accept": media_type}
                | ({"Content-Type": parameters.media_type} if isinstance(parameters, _Sent) else {}),
                timeout=(min(limits.connect_seconds, limits.total_seconds), limits.read_seconds),
                stream=True,
                allow_redirects=False,
            )
        except (requests.RequestException, HTTPError, OSError, ValueError) as problem:
            deadline.check()
            raise trouble(self._host, self._port, problem) from None  # its text may repeat the request
        return response

    def _told(self, known: Secrets, response: requests.Response, deadline: Deadline) -> Iterator[bytes]:
        with _told_without(known):
            yield from known.out_of_body(self._body(response, deadline), is_error=response.status_code >= 400)

    def _body(self, response: requests.Response, deadline: Deadline) -> Iterator[bytes]:
        try:
            for piece in body.whole(response.raw, self._host, self._allowance):
                yield piece
                deadline.check()
            deadline.check()
        except (HTTPError, OSError) as problem:
            deadline.check()
            raise trouble(self._host, self._port, problem) from None
        finally:
            response.close()
            deadline.close()


def _sent(form: Mapping[str, Any], file: File | None, *, is_json: bool) -> Mapping[str, Any] | _Sent:
    if is_json:
        return _Sent(orjson.dumps(form), JSON)
    if file is None:
        return form
    fields = [*form.items(), (file.name, (file.file_name, file.content, file.media_type))]
    return _Sent(*encode_multipart_formdata(fields))


class _Session(requests.Session):
    """Leaves redirects to us: requests reads the body of each to its end, however long it is."""

    def get_redirect_target(self, resp: requests.Response) -> str | None:
        return None


@contextmanager
def _told_without(secrets: Secrets) -> Iterator[None]:
    try:
        yield
    except IkuError as problem:
        told = type(problem)(secrets.out_of(str(problem)))
        vars(told).update(vars(problem))  # its code, and how long to wait
        raise told from None


def _authorities(endpoint: Endpoint) -> str | bool:
    """Whose certificates are believed: those of the option `ca_file`, else the usual ones."""
    given = endpoint.options.get("ca_file")
    if not given:
        return True
    at = f"{endpoint.at('ca_file')}pilihan ca_file koneksi ini menunjuk {given}"
    try:
        ssl.create_default_context(cafile=str(given))
    except (FileNotFoundError, IsADirectoryError):
        raise SettingError(f"{at}, dan berkas itu tidak ada. Perbaiki letaknya, tulis dari akar (/..).") from None
    except PermissionError:
        raise SettingError(f"{at}, yang tidak boleh dibaca. Beri pengguna yang menjalankan iku hak bacanya.") from None
    except (ssl.SSLError, OSError, ValueError):
        raise SettingError(
            f"{at}, yang bukan sertifikat PEM. Minta penerbitnya sebagai PEM (diawali -----BEGIN CERTIFICATE-----)."
        ) from None
    return str(given)


def _joined(base: str, target: str) -> str:
    try:
        return urljoin(base, target)
    except ValueError:
        return target  # is_home refuses what can't be read


def _authorization(endpoint: Endpoint) -> str:
    secret, way = endpoint.secret or "", endpoint.options.get("auth", "bearer")
    if way == "basic":  # the secret is user:password
        return "Basic " + b64encode(secret.encode()).decode()
    if way == "bare":  # CKAN
        return secret
    if way not in WORDS:
        raise SettingError(
            f'{endpoint.at("auth")}pilihan auth koneksi ini adalah {way!r}; tulis "bearer", "basic", "token",'
            ' atau "bare".'
        )
    return f"{WORDS[str(way)]} {secret}"
