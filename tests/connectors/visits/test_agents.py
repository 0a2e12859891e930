"""Who is a person: browsers of telephones named like bots, against programs that call themselves browsers."""

import pytest

from iku_etl.connectors.visits import agents
from iku_etl.errors import ContractError

WEBKIT = "AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Mobile Safari/537.36"
INSTAGRAM = (
    "Mozilla/5.0 (Linux; Android 15; CPH2557 Build/AP3A.240617.008; wv) AppleWebKit/537.36 (KHTML, like Gecko)"
    " Version/4.0 Chrome/142.0.7444.142 Mobile Safari/537.36 Instagram 406.0.0.58.159 Android (35/15; 480dpi)"
)


@pytest.mark.parametrize(
    "agent",
    [
        *(f"Mozilla/5.0 (Linux; Android 10; {name}) {WEBKIT}" for name in ("CUBOT X30", "Cubot_Power", "VR BOT 552")),
        *(f"Mozilla/5.0 (Linux; Android 10; {name}) {WEBKIT}" for name in ("M_bot_tab_71", "XBot_Senior", "Hubot X1")),
        f"Mozilla/5.0 (Linux; Android 13; Spider 8) {WEBKIT}",
        INSTAGRAM,  # an OPPO: the list of another package takes its build for a robot
        "Mozilla/4.0 (compatible; MSIE 7.0; Windows NT 6.0)",
        "Opera/9.80 (J2ME/MIDP; Opera Mini/9.80 (S60; U; id) Presto/2.5.25 Version/10.54",
    ],
)
def test_a_telephone_named_like_a_bot_is_a_persons(agent: str) -> None:
    assert agents.program(agent.encode()) is None


@pytest.mark.parametrize(
    "agent",
    [
        "Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)",
        "Mozilla/5.0 AppleWebKit/537.36 (KHTML, like Gecko; compatible; GPTBot/1.2; +https://openai.com/gptbot)",
        "Mozilla/5.0 (compatible; Ezooms/1.0; help@moz.com)",
        "Mozilla/5.0 (compatible; BeetleBot; )",  # named by nobody's list, and a bot by its own word
        "Mozilla/5.0 (compatible; Perayap/1.0; +https://perayap.example/)",
        "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) HeadlessChrome/140.0.0.0 Safari/537.36",
        "facebookexternalhit/1.1", "WhatsApp/2.23.20.0 A", "curl/8.5.0", "python-requests/2.32", "-", "",
    ],
)  # fmt: skip
def test_a_program_is_none(agent: str) -> None:
    assert agents.program(agent.encode()) == agents.BOT


def test_our_own_probers_are_told_apart_from_bots() -> None:
    assert agents.program(b"Mozilla/5.0 (compatible) Uptime-Kuma/2.0") == agents.PROBER


def test_agents_made_to_keep_us_looking_are_refused_in_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(agents, "LOOKING_SECONDS", 0.2)
    monkeypatch.setattr(agents, "_spent", 0.0)
    with pytest.raises(ContractError, match="peramban"):
        for number in range(100_000):
            agents.program(b"Mozilla/5.0 " + b"a-" * 490 + b"bot%d" % number)
