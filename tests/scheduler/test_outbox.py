"""Everybody is told once: after 06.00, whoever tries, and again only what could not be sent."""

import json
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from iku_etl.errors import MessageError
from iku_etl.pipeline import Pipeline, deadline
from iku_etl.scheduler import outbox, tasks, telling
from iku_etl.scheduler.outbox import Sendable


@dataclass
class Letters:
    """A channel that keeps what it is given; it can't reach those who are `away`."""

    recipients: list[str]
    away: set[str] = field(default_factory=set)
    sent: list[tuple[str, str]] = field(default_factory=list)

    def send(self, message: Sendable, to: str) -> None:
        if to in self.away:
            raise MessageError(f"{to}: server surel menolak pesannya (451).")
        self.sent.append((to, message.subject))

    @property
    def told(self) -> list[str]:
        return [to for to, _ in self.sent]


def tell(pipeline: Pipeline, letters: Letters, now: datetime) -> list[str]:
    return telling.tell(pipeline.settings, [letters], now, lambda _: pipeline)


NOW = datetime(2026, 3, 2, 7, tzinfo=ZoneInfo("Asia/Jakarta"))


@pytest.fixture
def settled(pipeline: Pipeline) -> Pipeline:
    """An empty warehouse whose publishing came to its end in the night before NOW."""
    deadline.ended(pipeline.settings.state, NOW - timedelta(hours=6))
    return pipeline


def test_nobody_is_told_before_six_and_everybody_once_after_it(settled: Pipeline) -> None:
    letters, now = Letters(["surel a@b.example", "Telegram 1"]), NOW
    assert tell(settled, letters, now - timedelta(minutes=61)) == []
    assert len(tell(settled, letters, now)) == 2
    deadline.ended(settled.settings.state, now)  # the publishing DAG runs twice
    assert tell(settled, letters, now) == [] == tell(settled, letters, now + timedelta(hours=3))
    assert letters.told == ["surel a@b.example", "Telegram 1"]


def test_two_runs_at_once_tell_once(settled: Pipeline) -> None:
    letters, now = Letters(["surel a@b.example"]), NOW
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda _: tell(settled, letters, now), range(4)))
    assert letters.told == ["surel a@b.example"]


def test_what_could_not_be_sent_is_said_and_tried_again_alone(settled: Pipeline) -> None:
    letters, now = Letters(["surel a@b.example", "Telegram 1"], away={"surel a@b.example"}), NOW
    for _ in range(2):
        with pytest.raises(MessageError, match="menolak pesannya"):
            tell(settled, letters, now)
    said = outbox.standing(settled.settings.state, settled.settings.zone)
    assert "terkirim ke 1 penerima; belum terkirim, dicoba lagi: surel a@b.example" in said
    letters.away.clear()
    tell(settled, letters, now)
    assert letters.told == ["Telegram 1", "surel a@b.example"]
    assert outbox.standing(settled.settings.state, settled.settings.zone).endswith(": terkirim ke 2 penerima")
    assert (settled.settings.state / outbox.FILE).stat().st_mode & 0o077 == 0


def test_a_late_night_is_told_twice_that_it_is_late_and_what_it_was(settled: Pipeline) -> None:
    letters, tomorrow = Letters(["surel a@b.example"]), NOW + timedelta(days=1)
    for hours in (0, 2):
        tell(settled, letters, tomorrow + timedelta(hours=hours))
    deadline.ended(settled.settings.state, tomorrow + timedelta(hours=3))
    for hours in (4, 6):
        tell(settled, letters, tomorrow + timedelta(hours=hours))
    late, told = (subject for _, subject in letters.sent)
    assert "belum terbit" in late and "belum terbit" not in told


def test_without_a_channel_it_is_off_and_says_so_once(settled: Pipeline) -> None:
    site = settled.settings
    assert outbox.standing(site.state, site.zone).startswith("mati")
    for _ in range(2):
        assert telling.tell(site, [], NOW, lambda _: settled) == []
    assert len(outbox.tries(site.state)) == 1
    assert outbox.standing(site.state, site.zone).startswith("mati")


def test_publishing_notes_that_it_came_to_its_end(settled: Pipeline) -> None:
    began = datetime.now(UTC).replace(microsecond=0)
    tasks.refresh(settled, only_if_loaded=False)
    found = deadline.last_end(settled.settings.state)
    assert found is not None and found.at >= began and found.load_no is not None
    (settled.settings.state / deadline.FILE).write_text(json.dumps({}))
    assert deadline.last_end(settled.settings.state) is None
