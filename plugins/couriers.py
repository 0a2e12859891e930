"""How people are told, by Airflow's providers: e-mail (SMTP) and Telegram. No plugin (see .airflowignore).

Each is switched on by an Airflow connection, `iku_email` or `iku_telegram`; without one it is off. Neither password nor
token comes into a sentence, a log or an XCom: of an answer only its kind and number are told.

    python plugins/couriers.py   # on stdin a message as JSON; tries each recipient, says JSON, recipient -> trouble
"""

import json
import logging
import os
import re
import smtplib
import ssl
import sys
from collections.abc import Sequence
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import formatdate
from hashlib import sha256
from types import SimpleNamespace
from typing import Any

import telegram
import tenacity
from airflow.providers.common.compat.sdk import AirflowException, AirflowNotFoundException, BaseHook
from airflow.providers.smtp.hooks.smtp import SmtpHook
from airflow.providers.telegram.hooks.telegram import TelegramHook
from telegram.error import BadRequest, Forbidden, InvalidToken, NetworkError, RetryAfter, TelegramError, TimedOut

from iku_etl.errors import MessageError
from iku_etl.scheduler.outbox import Sendable

EMAIL, TELEGRAM = "iku_email", "iku_telegram"
POLICY = SMTP.clone(cte_type="7bit")  # a server that takes 7 bits only gets every letter too


def switched_on() -> list["Email | Telegram"]:
    """The channels that have a connection."""
    for name in ("httpx", "httpcore", "telegram"):
        logging.getLogger(name).setLevel(logging.WARNING)  # httpx logs addresses, and Telegram's hold the token
    kinds: tuple[type[Email] | type[Telegram], ...] = (Email, Telegram)
    return [kind(found) for kind in kinds if (found := _connection(kind.name)) is not None]


def _connection(name: str) -> Any:
    try:
        return BaseHook.get_connection(name)
    except AirflowNotFoundException:
        return None


# ---------------------------------------------------------------- e-mail


class _Mail(SmtpHook):
    """Airflow's hook with a plain text beside the HTML, and one try: the outbox tries again, and says so."""

    def __init__(self, message: Sendable) -> None:
        super().__init__(EMAIL)
        self.message = message

    @property
    def smtp_retry_limit(self) -> int:
        return 0

    def _build_mime_message(  # type: ignore[override]  # Airflow's makes a MIMEMultipart of HTML alone
        self, mail_from: str | None, to: Any, subject: str, html_content: str, *_: Any, **more: Any
    ) -> tuple[EmailMessage, list[str]]:
        recipients = self._get_email_address_list(to)
        made = EmailMessage(policy=POLICY)
        made["Subject"] = " ".join(subject.split())
        made["From"] = mail_from
        made["To"] = recipients
        made["Date"] = formatdate(localtime=True)
        # the same however often it is sent, so that a reader who gets it twice sees it once
        one = sha256(f"{self.message.key} {recipients}".encode()).hexdigest()[:24]
        made["Message-ID"] = f"<iku.{one}@{str(mail_from).rpartition('@')[2]}>"
        made["Auto-Submitted"] = "auto-generated"
        made.set_content(self.message.text, cte="quoted-printable")
        made.add_alternative(html_content, subtype="html", cte="quoted-printable")
        return made, recipients


class Email:
    """By the connection's server; to whom stands in its extra `to`, an address or several."""

    name = EMAIL

    def __init__(self, connection: Any) -> None:
        self.where = f"{connection.host}:{connection.port}" if connection.port else str(connection.host)
        extra = connection.extra_dejson
        to = extra.get("to", [])
        self.to = [one for one in (re.split(r"[,;\s]+", to) if isinstance(to, str) else list(to)) if one]
        self.sender = extra.get("from_email")

    @property
    def recipients(self) -> Sequence[str]:
        """Addresses; without any, one that can't be told, so that it is said."""
        return [f"surel {one}" for one in self.to] or ["surel"]

    def send(self, message: Sendable, to: str) -> None:
        told = self._trouble(message, to.removeprefix("surel").strip())
        if told:  # raised here and not where it was caught: no traceback shows what the server said
            raise MessageError(f"{to}: {told}")

    def _trouble(self, message: Sendable, to: str) -> str:
        for one, what in ((self.sender, "from_email"), (to, "to")):
            if not _is_address(one):
                return f'extra "{what}" dari sambungan {EMAIL} bukan alamat surel. Isi menurut docs/admin.md.'
        try:
            with _Mail(message) as hook:
                hook.send_email_smtp(to=[to], subject=message.subject, html_content=message.html)
        except smtplib.SMTPAuthenticationError as problem:
            return f"{self.where} menolak nama atau kata sandinya ({problem.smtp_code}). Periksa sambungan {EMAIL}."
        except smtplib.SMTPRecipientsRefused as problem:
            codes = ", ".join(str(code) for code, _ in problem.recipients.values())
            return f"{self.where} menolak alamat ini ({codes}). Periksa to di sambungan {EMAIL}."
        except smtplib.SMTPResponseException as problem:
            return f"{self.where} menolak pesannya ({problem.smtp_code}, {type(problem).__name__})."
        except ssl.SSLError as problem:
            told = f"{self.where} tidak dapat dihubungi dengan TLS ({problem.reason or type(problem).__name__})."
            return f"{told} Periksa disable_ssl dan disable_tls di sambungan {EMAIL}."
        except (smtplib.SMTPException, AirflowException) as problem:
            return f"{self.where}: {type(problem).__name__}. Periksa sambungan {EMAIL} dan server surel."
        except OSError as problem:
            return f"{self.where} tidak dapat dihubungi ({problem.strerror or type(problem).__name__})."
        return ""


def _is_address(text: object) -> bool:
    """Whether it is an address of ASCII letters, without a space, a line's end or a bracket."""
    return bool(re.fullmatch(r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]+@[A-Za-z0-9][A-Za-z0-9.-]*", str(text)))


# ---------------------------------------------------------------- Telegram


class _Bot(TelegramHook):
    """Airflow's hook at the address that the connection's extra names as `base_url`, else Telegram's own."""

    def get_conn(self) -> telegram.Bot:
        base = self.get_connection(TELEGRAM).extra_dejson.get("base_url")
        return telegram.Bot(self.token, base_url=f"{base.rstrip('/')}/bot") if base else super().get_conn()


class Telegram:
    """By the connection's token (its password) to the chats that its host names: a number or @name, or several."""

    name = TELEGRAM

    def __init__(self, connection: Any) -> None:
        self.chats = [one for one in re.split(r"[,;\s]+", connection.host or "") if one]

    @property
    def recipients(self) -> Sequence[str]:
        return [f"Telegram {one}" for one in self.chats] or ["Telegram"]

    def send(self, message: Sendable, to: str) -> None:
        told = self._trouble(message, to.removeprefix("Telegram").strip())
        if told:
            raise MessageError(f"{to}: {told}")

    def _trouble(self, message: Sendable, chat: str) -> str:
        if not re.fullmatch(r"-?\d+|@\w+", chat):
            return f"host dari sambungan {TELEGRAM} bukan nomor obrolan. Isi menurut docs/admin.md."
        # one try: the hook's own five would send five times where only the answer was lost
        once = TelegramHook.send_message.retry_with(stop=tenacity.stop_after_attempt(1), reraise=True)
        try:
            once(_Bot(TELEGRAM), {"chat_id": chat, "text": message.short, "parse_mode": None})
        except (InvalidToken, Forbidden):
            return f"Telegram menolak token atau izinnya. Periksa sambungan {TELEGRAM}, dan undang bot ke obrolan itu."
        except BadRequest:
            return f"Telegram tidak mengenal obrolan ini. Periksa host dari sambungan {TELEGRAM}."
        except RetryAfter as problem:
            return f"Telegram minta ditunggu {problem.retry_after} detik."
        except TimedOut:
            return "Telegram tidak menjawab pada waktunya."
        except NetworkError:
            return "Telegram tidak dapat dihubungi."
        except (TelegramError, AirflowException, OSError) as problem:
            return f"Telegram: {type(problem).__name__}. Periksa sambungan {TELEGRAM}."
        return ""


def main() -> None:
    """Try every recipient once with the message that stands on the input."""
    message = SimpleNamespace(**json.load(sys.stdin))
    said: dict[str, str] = {}
    for channel in switched_on():
        for to in channel.recipients:
            try:
                channel.send(message, to)
                said[to] = ""
            except MessageError as problem:
                said[to] = str(problem)
    print(json.dumps(said))


if __name__ == "__main__":
    os.environ.setdefault("_AIRFLOW_PROCESS_CONTEXT", "server")  # connections that were entered in Airflow's pages
    main()
