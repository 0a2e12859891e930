"""The secrets of a connection, struck out of what its server says, in whatever way it writes them.

Some servers repeat what they were sent, in an error or beside a good answer; what they say is kept and shown. So it is
struck out where it comes in: out of every body, before anyone reads or keeps it, and out of our own messages.
"""

import html
import json
import re
from base64 import b64encode, urlsafe_b64encode
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from urllib.parse import quote

from iku_etl.errors import SettingError

MARK = "***"
LEAST_IN_ERRORS = 4  # characters; a shorter one is a part of words
LEAST_IN_ANSWERS = 8  # a password that is also a word must not change what is counted

WRITERS: tuple[Callable[[str], str], ...] = (  # of one character that is no letter and no digit
    str,
    lambda sign: quote(sign, safe=""),
    lambda sign: json.dumps(sign)[1:-1],
    lambda sign: "".join(f"\\u{unit:04x}" for unit in _utf_16(sign)),  # PHP, Go, and JSON within a page
    lambda sign: "\\" + sign,  # PHP
    html.escape,
    lambda sign: f"&#{ord(sign)};",
    lambda sign: f"&#{ord(sign):03};",
    lambda sign: f"&#x{ord(sign):x};",
    lambda sign: "+" if sign == " " else sign,
)


def _utf_16(sign: str) -> Iterator[int]:
    units = sign.encode("utf-16-be")
    return (int.from_bytes(units[place : place + 2], "big") for place in range(0, len(units), 2))


@dataclass(frozen=True)
class _Form:
    """One secret text: how it may be written, a part that every writing has, and the bytes of the longest writing."""

    pattern: re.Pattern[bytes]
    sure: bytes
    longest: int

    def struck(self, text: bytes) -> bytes:
        return self.pattern.sub(MARK.encode(), text) if self.sure in text else text


class Secrets:
    """What a client was given to prove who it is: whole credentials, and their parts that are secret by themselves."""

    def __init__(self, credentials: Iterable[str]) -> None:
        """Raises SettingError for one that can't be sent."""
        whole = {secret for secret in credentials if secret}
        if not all(secret.isprintable() for secret in whole):  # a header can't carry it, and its error would show it
            raise SettingError(
                "rahasia koneksi ini memuat ganti baris atau karakter kendali. Tulis ulang IKU_SECRET_<SOURCE> dalam"
                " satu baris."
            )
        parts = {secret.partition(":")[2] for secret in whole} | {secret.rpartition(".")[2] for secret in whole}
        self._of_answers = _forms(whole, LEAST_IN_ANSWERS)
        self._of_errors = _forms(whole | parts, LEAST_IN_ERRORS)

    def out_of(self, message: str) -> str:
        """A message of ours without them."""
        return _struck(message.encode(errors="surrogatepass"), self._of_errors).decode(errors="surrogatepass")

    def out_of_body(self, chunks: Iterator[bytes], *, is_error: bool) -> Iterator[bytes]:
        """A body without them, streamed. Of a good answer only whole credentials, of an error their parts too."""
        forms = self._of_errors if is_error else self._of_answers
        held = max((form.longest for form in forms), default=1) - 1  # so much of the end may be the beginning of one
        rest = b""
        for chunk in chunks:
            text = _struck(rest + chunk, forms)
            ready = max(len(text) - held, 0)
            rest = text[ready:]
            if ready:
                yield text[:ready]
        if rest:
            yield rest


def _struck(text: bytes, forms: Iterable[_Form]) -> bytes:
    for form in forms:
        text = form.struck(text)
    return text


def _forms(secrets: Iterable[str], least: int) -> list[_Form]:
    """Each secret plain and as a header of basic authentication carries it, the longest first."""
    found: set[str] = set()
    for secret in secrets:
        if len(secret) >= least:
            raw = secret.encode()
            found |= {secret, b64encode(raw).decode().rstrip("="), urlsafe_b64encode(raw).decode().rstrip("=")}
    return [_form(text) for text in sorted(found, key=lambda text: (-len(text), text))]


def _form(text: str) -> _Form:
    pattern, longest = b"", 0
    for sign in text:
        ways = [sign.encode()] if _is_plain(sign) else _written(sign)
        pattern += b"(?i:" + b"|".join(map(re.escape, ways)) + b")" if len(ways) > 1 else re.escape(ways[0])
        longest += max(map(len, ways))
    runs = re.findall(r"[A-Za-z0-9_~]+", text)
    return _Form(re.compile(pattern), max(runs, key=len, default="").encode(), longest)


def _is_plain(sign: str) -> bool:
    """Whether all leave it as it is: they do so with letters, digits and few others."""
    return sign.isascii() and (sign.isalnum() or sign in "_~")


def _written(sign: str) -> list[bytes]:
    """The ways to write a sign, and those in which their signs are written once more; the longest first."""
    once = {write(sign) for write in WRITERS}
    twice = {"".join(one if _is_plain(one) else write(one) for one in text) for text in once for write in WRITERS}
    as_bytes = {text.encode() for text in once | twice} | {sign.encode("latin-1", errors="ignore")} - {b""}
    return sorted(as_bytes, key=lambda way: (-len(way), way))
