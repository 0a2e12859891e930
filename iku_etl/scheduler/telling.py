"""Tells of the night: to each recipient what it was not told yet, after 06.00, by whatever channel is switched on."""

from collections.abc import Callable, Sequence
from datetime import datetime
from functools import cache

from iku_etl.errors import MessageError
from iku_etl.pipeline import Pipeline, deadline, pipeline
from iku_etl.scheduler import messages, outbox
from iku_etl.scheduler.messages import Night
from iku_etl.scheduler.outbox import Channel
from iku_etl.settings import Settings


def tell(
    settings: Settings,
    channels: Sequence[Channel],
    now: datetime,
    opened: Callable[[Settings], Pipeline] = pipeline,
) -> list[str]:
    """Whom it told what, as sentences. Raises MessageError with everything that could not be sent; the rest is sent."""
    local = now.astimezone(settings.zone)
    with outbox.turn(settings.state) as known:
        if not channels:
            outbox.switched_off(settings.state, known)
            return []
        asked = [(channel, to) for channel in channels for to in channel.recipients]
        key = local.date().isoformat()
        waiting = [(channel, to) for channel, to in asked if not outbox.was_told(known, key, to)]
        if local.time() < deadline.PUBLISHED_BY or not waiting:
            return []
        done: list[str] = []
        problems: list[str] = []
        read = cache(lambda after: messages.night(settings, now, after, opened))  # a reading for all who know the same
        for channel, to in waiting:
            night: Night = read(outbox.told_up_to(known, to))
            if outbox.was_told(known, night.key, to):
                continue
            message = messages.message(night, settings)
            problem = outbox.send(channel, to, message, settings.state, night.told_of)
            (problems if problem else done).append(problem or f"{to}: {message.subject}")
        if problems:
            raise MessageError("\n".join(problems))
        return done
