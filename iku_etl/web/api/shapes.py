"""What each answer looks like, for the description of the API; `number` is a decimal number as text."""

from datetime import date, datetime
from typing import Annotated, Generic, TypeVar

from pydantic import BaseModel, ConfigDict, Field

Item = TypeVar("Item")
Number = Annotated[str, Field(pattern=r"^-?[0-9]+(\.[0-9]+)?$", description="Bilangan persis sebagai teks.")]
Stage = Annotated[str, Field(description="sementara, terverifikasi, disahkan, atau direvisi.")]


class Shape(BaseModel):
    """An answer's object: it has these fields and no others."""

    model_config = ConfigDict(extra="forbid", json_schema_serialization_defaults_required=True)


class Problem(Shape):
    """RFC 9457."""

    type: str
    title: str
    status: int
    detail: str


class Listed(Shape, Generic[Item]):
    """A page of a list; `total` counts all pages."""

    items: list[Item]
    total: int
    next_cursor: str | None


class Indicator(Shape):
    """An indicator, companion or activity of which something was published."""

    indicator: str
    title: str
    kind: str
    unit: str
    form: str
    base_period: str
    owner: str
    legal_basis: str
    definition: str


class Approved(Shape):
    """What was approved of a figure: it never changes. A figure with another `revision` restates it."""

    revision: int
    value: Number | None
    low: Number | None
    high: Number | None
    numerator: Number | None
    denominator: Number | None
    coverage: Number | None
    target: Number | None
    capaian: Number | None
    predikat: str | None
    as_of: int
    as_of_time: datetime
    approved_at: datetime
    approved_official: str
    approved_letter: str | None
    approved_cut_off_on: date | None


class Figure(Shape):
    """A published figure. Of a closed one (`is_closed`) the numbers are null; `reason` is null for the public."""

    indicator: str
    period: str
    first_day: date | None
    last_day: date | None
    revision: int
    evidence: str
    is_official: bool
    is_running: bool
    is_closed: bool
    unit: str
    value: Number | None
    low: Number | None
    high: Number | None
    numerator: Number | None
    denominator: Number | None
    coverage: Number | None
    target: Number | None
    capaian: Number | None
    predikat: str | None
    tahap: Stage
    mutu: str
    stale_since: date | None
    reason: str | None
    definition: str
    as_of: int
    as_of_time: datetime
    published_at: datetime
    approved: Approved | None
    restated_because: str | None


class Member(Shape):
    """One member in one base period, as it counts for the figure."""

    period: str
    member: str
    member_name: str | None
    numerator: Number | None
    denominator: Number | None
    numerator_low: Number | None
    numerator_high: Number | None
    denominator_low: Number | None
    denominator_high: Number | None
    seen: Number | None
    due: Number | None
    reason: str | None


class Payload(Shape):
    """Bytes as they were received. `fault` says what is wrong with them where they were hashed anew."""

    payload_id: int
    name: str
    sha256: str | None
    size_bytes: int | None
    media_type: str | None
    asked_at: datetime | None
    answered_at: datetime | None
    fault: str | None


class Batch(Shape):
    """A batch that a figure or a member rests on."""

    batch_id: int
    source: str
    window_on: date
    load_no: int | None
    revision: int | None
    record_count: int
    payloads: list[Payload]


class Record(Shape):
    """One record of a member and its place in its payload."""

    relation: str
    source: str
    batch_id: int
    record_no: int
    payload_no: int
    place: str | None
    set_aside: str | None
    values: dict[str, object]


class Trace(Shape):
    """How a figure came about. `agrees`: computing it again from its members gives the published figure."""

    indicator: str
    period: str
    revision: int
    evidence: str
    definition: str
    as_of: int
    as_of_time: datetime
    base_periods: list[str]
    agrees: bool
    differs_in: list[str]
    faults: list[str]
    batches: list[Batch]
    records: list[Record]


class Source(Shape):
    """A source with how many of its due windows have something in force."""

    source: str
    title: str
    owner: str
    kind: str
    grid: str
    since: date
    version: int
    due: int
    in_force: int
    newest: date | None


class Window(Shape):
    """One ended cell of a source's grid: what is in force there (null: nothing), and how the newest attempt ended."""

    window_on: date
    starts_at: datetime
    ends_at: datetime
    batch_id: int | None
    load_no: int | None
    last_batch_id: int | None
    last_ending: str | None
    last_reason: str | None
