"""E-mail and Telegram by Airflow's providers: what real servers receive, and every refusal.

One process sends everything: the providers take seconds to import.
"""

import email
import json
from dataclasses import dataclass
from email.message import EmailMessage
from email.policy import SMTP
from typing import Any

import airflow_kit
import pytest
from loopback import server
from post_kit import (
    ASLEEP,
    BROKEN,
    CHAT,
    KADIS,
    PASSWORD,
    TOKEN,
    UNKNOWN,
    Post,
    bot_connection,
    mail_connection,
    smtp,
)  # fmt: skip
from tls_kit import certificate

from iku_etl import settings
from iku_etl.scheduler import home
from iku_etl.warehouse.server_home import free_port

HOSTILE = {
    "key": "2026-03-02", "subject": "IKU 2 Maret 2026: 1 angka berubah\r\nBcc: orang@luar.example",
    "text": "- <script>alert(1)</script> & É\n.\nQUIT\n", "html": "<p>&lt;script&gt; &amp; É</p>", "short": "*a* <b>\n",
}  # fmt: skip
# Sends HOSTILE to each recipient of each pair of connections; everything that is logged comes out too.
SEND = """
import json, logging, os, sys
sys.path.insert(0, "plugins")
import couriers
logging.basicConfig(level=logging.DEBUG, stream=sys.stderr, force=True)
from types import SimpleNamespace
from iku_etl.errors import MessageError
message, cases = json.loads(sys.argv[1])
said = {}
for name, connections in cases.items():
    for kind in ("EMAIL", "TELEGRAM"):
        os.environ.pop("AIRFLOW_CONN_IKU_" + kind, None)
    os.environ |= {"AIRFLOW_CONN_IKU_" + kind: json.dumps(one) for kind, one in connections.items()}
    said[name] = {}
    for channel in couriers.switched_on():
        for to in channel.recipients:
            try:
                channel.send(SimpleNamespace(**message), to)
                said[name][to] = ""
            except MessageError as problem:
                logging.getLogger("test").exception("told")
                said[name][to] = str(problem)
print(json.dumps(said))
"""


@dataclass
class Sent:
    post: Post
    said: dict[str, dict[str, str]]
    logged: str


@pytest.fixture(scope="module")
def sent(tmp_path_factory: pytest.TempPathFactory) -> Sent:
    folder, post = tmp_path_factory.mktemp("post"), Post()
    proof = certificate(folder)
    with smtp(post, proof) as port, server(post.answer) as api:
        mail = mail_connection(port, KADIS, "sekretaris@kominfo.example")
        extra, bot = mail["extra"], bot_connection(api)
        cases = {
            "both": {"EMAIL": mail, "TELEGRAM": bot},
            "none": {},
            "wrong password": {"EMAIL": mail | {"password": PASSWORD + "x"}},
            "wrong token": {"TELEGRAM": bot | {"password": "1:AAlain"}},
            "one refused": {"EMAIL": mail | {"extra": extra | {"to": "pindah@kominfo.example; " + KADIS}}},
            "no tls": {"EMAIL": mail | {"extra": extra | {"disable_ssl": False}}},
            "nobody there": {
                "EMAIL": mail | {"port": free_port()},
                "TELEGRAM": bot | {"extra": {"base_url": "http://127.0.0.1:1"}},
            },
            "nobody named": {"EMAIL": mail | {"extra": {}}, "TELEGRAM": bot | {"host": ""}},
            "addresses": {
                "EMAIL": mail
                | {"extra": extra | {"to": [f"{KADIS}\r\nRCPT TO:<x@y.example>", "a b@c", "<x@y.example>"]}}
            },
            "chats": {"TELEGRAM": bot | {"host": f"{UNKNOWN} {ASLEEP} {BROKEN} a/../b"}},
        }
        site = settings.load({"IKU_STATE": str(folder / "state")})
        env = home.prepare(site, {home.METADATA: "postgresql+psycopg://127.0.0.1:1/none", "SSL_CERT_FILE": str(proof)})
        logged: list[str] = []
        said = airflow_kit.python(SEND, env, json.dumps([HOSTILE, cases]), log=logged)
    return Sent(post, said, "".join(logged))


def opened(envelope: Any) -> EmailMessage:
    found = email.message_from_bytes(envelope.original_content, policy=SMTP)
    assert isinstance(found, EmailMessage)
    return found


def test_a_mail_says_it_in_both_ways_to_each_recipient_alone(sent: Sent) -> None:
    assert sent.said["both"] == {f"surel {KADIS}": "", "surel sekretaris@kominfo.example": "", f"Telegram {CHAT}": ""}
    envelope = sent.post.mails[0]
    assert (envelope.mail_from, envelope.rcpt_tos) == ("iku@kominfo.example", [KADIS])
    mail = opened(envelope)
    assert (mail["From"], mail["To"], mail["Auto-Submitted"]) == ("iku@kominfo.example", KADIS, "auto-generated")
    assert mail.get_content_type() == "multipart/alternative"
    plain, html = mail.iter_parts()
    assert (plain.get_content_type(), html.get_content_type()) == ("text/plain", "text/html")
    assert plain.get_content().replace("\r\n", "\n") == HOSTILE["text"]
    assert html.get_content().strip() == HOSTILE["html"]
    assert envelope.original_content.isascii()


def test_no_text_becomes_a_header_or_a_command(sent: Sent) -> None:
    mail = opened(sent.post.mails[0])
    assert mail["Bcc"] is None
    assert mail["Subject"] == "IKU 2 Maret 2026: 1 angka berubah Bcc: orang@luar.example"
    said = sent.said["addresses"]
    assert len(said) == 3 and all('extra "to"' in told for told in said.values())
    assert {to for one in sent.post.mails for to in one.rcpt_tos} == {KADIS, "sekretaris@kominfo.example"}


def test_a_mail_that_comes_twice_has_one_number(sent: Sent) -> None:
    numbers = [opened(one)["Message-ID"] for one in sent.post.mails if one.rcpt_tos == [KADIS]]
    assert len(numbers) == 2 and len(set(numbers)) == 1
    assert len({opened(one)["Message-ID"] for one in sent.post.mails}) == 2


def test_telegram_gets_plain_text_once(sent: Sent) -> None:
    path, body = sent.post.calls[0]
    assert path == f"/bot{TOKEN}/sendMessage"
    assert (body["chat_id"], body["text"]) == ([CHAT], [HOSTILE["short"].strip()]) or body["text"] == [HOSTILE["short"]]
    assert "parse_mode" not in body
    assert [one["chat_id"] for _, one in sent.post.calls].count([BROKEN]) == 1  # no five tries of the hook's own


def test_without_a_connection_a_channel_is_off(sent: Sent) -> None:
    assert sent.said["none"] == {}


def test_what_stands_in_the_way_is_a_sentence(sent: Sent) -> None:
    said = {name: list(told.values()) for name, told in sent.said.items()}
    assert all("(535)" in one and "kata sandi" in one for one in said["wrong password"])
    assert said["wrong token"][0].endswith("undang bot ke obrolan itu.")
    refused, taken = said["one refused"]
    assert "menolak alamat ini (550)" in refused and taken == ""  # one that moved costs no other
    assert "TLS" in said["no tls"][0]
    assert ["tidak dapat dihubungi" in one for one in said["nobody there"]] == [True, True, True]
    assert [one.split(":")[0] for one in said["nobody named"]] == ["surel", "Telegram"]
    unknown, asleep, broken, *odd = said["chats"]
    assert "tidak mengenal obrolan" in unknown and "ditunggu 7 detik" in asleep and "tidak dapat dihubungi" in broken
    assert odd == ["Telegram a/../b: host dari sambungan iku_telegram bukan nomor obrolan. Isi menurut docs/admin.md."]


def test_no_secret_is_told_or_logged(sent: Sent) -> None:
    assert "ERROR:test:told" in sent.logged and "DEBUG:asyncio" in sent.logged  # the log is there
    for secret in (PASSWORD, TOKEN, TOKEN.split(":")[1], "AAlain"):
        assert secret not in sent.logged
        assert secret not in json.dumps(sent.said)
