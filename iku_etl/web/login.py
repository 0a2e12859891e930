"""Who asks, and who may: five roles in one order, as Airflow's login knows them.

A login is asked by every request and answers with a person or None: `plugins/` asks Airflow, `iku serve` a key that
only this machine's administrator was shown. A page names the least role that may open it (`desk.at`).
"""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from enum import IntEnum

from fastapi import Request

from iku_etl.web.tongue import noted


class Role(IntEnum):
    """The least first; each may do what those before it may."""

    PUBLIC = 0  # nobody is logged in
    VIEWER = 1  # reads
    USER = 2  # hands in
    OP = 3  # decides and verifies
    ADMIN = 4  # approves


MAY = {
    Role.PUBLIC: noted("melihat angka publik"),
    Role.VIEWER: noted("membaca"),
    Role.USER: noted("menyerahkan register"),
    Role.OP: noted("memutuskan dan memverifikasi"),
    Role.ADMIN: noted("mengesahkan"),
}


@dataclass(frozen=True)
class Person:
    """Who asks. `name` is what the manifest keeps beside what this person does."""

    name: str
    role: Role


NOBODY = Person("", Role.PUBLIC)
Login = Callable[[Request], Awaitable[Person | None]]


def always(person: Person) -> Login:
    """A login that knows everybody as one person: for tests, and for a machine that only one person reaches."""

    async def who(request: Request) -> Person:
        return person

    return who
