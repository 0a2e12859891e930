"""How long a test waits for what must come: until it is there. A loaded machine is slow, and slow is not red.

`PATIENCE` is only there so that what will never come ends the run some day: hundreds of times what an idle machine
needs. A test that is about a time limit makes the other side endless instead of measuring how long its own took.
"""

import time
from collections.abc import Callable
from typing import TypeVar

PATIENCE = 1800  # seconds
Answer = TypeVar("Answer")


def wait(is_done: Callable[[], Answer], what: str, pause: float = 0.2) -> Answer:
    """Ask until the answer is true; that answer."""
    deadline = time.monotonic() + PATIENCE
    while not (answer := is_done()):
        assert time.monotonic() < deadline, f"waited {PATIENCE} s for {what}"
        time.sleep(pause)
    return answer
