"""A real SMTP server and Telegram's API on loopback, what they got, and the connections to them."""

import json
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult, LoginPassword
from loopback import send

from iku_etl.warehouse.server_home import free_port

PASSWORD = "k4ta-s4ndi-surel"
TOKEN = "8123456:AAs4ndi-bot-yang-rahasia"
KADIS, CHAT = "kadis@kominfo.example", "-100123"
UNKNOWN, ASLEEP, BROKEN = "-404", "-500", "-1"  # chats


def mail_connection(port: int, *to: str, **more: Any) -> dict[str, Any]:
    """An Airflow connection to the server of `smtp`, as JSON has it."""
    extra = {"from_email": "iku@kominfo.example", "to": list(to), "disable_ssl": True, **more}
    return {
        "conn_type": "smtp", "host": "127.0.0.1", "port": port, "login": "iku", "password": PASSWORD, "extra": extra,
    }  # fmt: skip


def bot_connection(api: str, chats: str = CHAT) -> dict[str, Any]:
    return {"conn_type": "telegram", "host": chats, "password": TOKEN, "extra": {"base_url": api}}


@dataclass
class Post:
    """What the two servers got."""

    mails: list[Any] = field(default_factory=list)
    calls: list[tuple[str, dict[str, list[str]]]] = field(default_factory=list)

    async def handle_RCPT(self, _server: Any, _session: Any, envelope: Any, address: str, _options: Any) -> str:
        if address.startswith("pindah@"):
            return f"550 {PASSWORD} no such user"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, _server: Any, _session: Any, envelope: Any) -> str:
        self.mails.append(envelope)
        return "250 OK"

    def answer(self, asked: BaseHTTPRequestHandler) -> None:
        body = parse_qs(asked.rfile.read(int(asked.headers["Content-Length"])).decode())
        self.calls.append((asked.path, body))
        chat = body.get("chat_id", [""])[0]
        if chat == BROKEN:
            return send(asked, b"<html>", 502)
        status, error = {UNKNOWN: (400, "Bad Request: chat not found"), ASLEEP: (429, "Too Many Requests")}.get(
            chat, (200, "")
        )
        if TOKEN not in asked.path:
            status, error = 401, "Unauthorized"
        sent = {"message_id": 1, "date": 1, "chat": {"id": -1, "type": "group", "title": "x"}}
        more = {"parameters": {"retry_after": 7}} if status == 429 else {}
        told = {"ok": False, "error_code": status, "description": error} if error else {"ok": True, "result": sent}
        return send(asked, json.dumps(told | more).encode(), status)


def authenticate(_server: Any, _session: Any, _envelope: Any, _mechanism: str, given: LoginPassword) -> AuthResult:
    return AuthResult(success=given.password == PASSWORD.encode(), handled=False)


@contextmanager
def smtp(post: Post, certificate: Path) -> Iterator[int]:
    """A server that wants STARTTLS and a password; its port."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    running = Controller(
        post, "127.0.0.1", free_port(), tls_context=context, require_starttls=True, auth_required=True,
        authenticator=authenticate,
    )  # fmt: skip
    running.start()
    try:
        yield running.port
    finally:
        running.stop()
