"""Why a system gave no answer, or none that can be used: what happened, where, and what to look at."""

import requests
from urllib3.exceptions import SSLError

from iku_etl.errors import ContractError, IkuError, TransientError

AGAIN = frozenset({408, 425, 429, 500, 502, 503, 504})  # what trying again may cure
TLS = {  # OpenSSL's words -> what it means and what to do
    "WRONG_VERSION_NUMBER": "port ini tidak berbicara TLS. Tulis http:// pada url koneksi ini, atau port TLS-nya.",
    "Hostname mismatch": "sertifikatnya untuk nama lain. Tulis nama yang ada di sertifikatnya pada url koneksi ini.",
    "IP address mismatch": "sertifikatnya untuk nama lain. Tulis nama yang ada di sertifikatnya pada url koneksi ini.",
    "expired": "sertifikatnya sudah kedaluwarsa. Minta pengelola sistemnya memperbaruinya.",
    "yet valid": "sertifikatnya belum berlaku. Periksa jam mesin ini dan sertifikatnya.",
    "self-signed certificate": "penerbit sertifikatnya tidak dikenal. Bila sertifikatnya buatan sendiri, tunjuk"
    " penerbitnya (PEM) dengan pilihan ca_file.",
    "local issuer": "penerbit sertifikatnya tidak dikenal. Bila sertifikatnya buatan sendiri, tunjuk"
    " penerbitnya (PEM) dengan pilihan ca_file.",
}
OTHER_TLS = "sertifikat atau jabat tangan TLS gagal. Periksa sertifikat sistemnya dan pilihan ca_file."


def refusal(host: str, status: int, *, is_secret_told: bool) -> IkuError:
    """The error of a status that is no answer."""
    if status in AGAIN or status >= 500:
        return TransientError(f"{host} menjawab {status}; mungkin berhasil bila dicoba lagi.", code=f"http_{status}")
    if status in (401, 403):
        hint = (
            "Periksa IKU_SECRET_<SOURCE> dan pilihan auth koneksi ini."
            if is_secret_told
            else "Rahasianya belum diberikan; tulis di IKU_SECRET_<SOURCE>."
        )
        return ContractError(f"{host} menjawab {status}: kita tidak diizinkan masuk. {hint}", code=f"http_{status}")
    return ContractError(f"{host} menjawab {status}, jawaban yang tidak dikenal.", code=f"http_{status}")


def trouble(host: str, port: int, problem: Exception) -> IkuError:
    """The error of a connection that failed; told by the first cause, whose own words are English."""
    told = str(problem)  # urllib3 wraps the cause, and names it in its text alone
    if isinstance(problem, (requests.exceptions.SSLError, SSLError)):
        meant = next((meant for words, meant in TLS.items() if words.lower() in told.lower()), OTHER_TLS)
        return ContractError(f"{host}:{port}: {meant}", code="tls")
    if isinstance(problem, requests.exceptions.Timeout):
        return TransientError(
            f"{host}:{port}: tidak menjawab sampai batas waktunya. Periksa apakah sistemnya hidup, dan apakah dinding"
            " api membiarkan mesin ini.",
            code="network",
        )
    if "gaierror" in told or "NameResolutionError" in told:
        return TransientError(f"{host}: nama itu tidak dikenal DNS. Periksa url koneksi ini.", code="network")
    if "Connection refused" in told:
        return TransientError(
            f"{host}:{port}: portnya tertutup; sistemnya mati, atau portnya pada url koneksi ini salah.", code="network"
        )
    return TransientError(
        f"{host}:{port}: sambungannya putus, tidak ada jawaban yang dapat dipakai. Periksa url koneksi ini: port"
        " sistemnya, dan https untuk port TLS.",
        code="network",
    )
