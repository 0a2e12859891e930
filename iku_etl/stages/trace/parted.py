"""The parts of a difference in sentences, as pages and messages tell them."""

from iku_etl.figures import causes, differences
from iku_etl.stages.trace.told import few, told_members
from iku_etl.stages.trace.why import Part, Why


def told_parts(found: Why) -> list[str]:
    """A sentence for each part, then one for each definition that changed on the way."""
    form = found.header["form"]
    return [*(told_part(part, form) for part in found.parts), *told_definitions(found)]


def told_part(part: Part, form: str) -> str:
    """`data terlambat: realisasi +2,56, cakupan +1; anggota Situs A 0/1 menjadi 1/1; karena Register .. (batch 7)`."""
    moved = [
        f"{title} {differences.moved(name, amount.moved, amount.appeared, form)}"
        for name, title in causes.MEASURES.items()
        for amount in (part.amounts[name],)
        if amount
    ]
    said = dict.fromkeys(title for step in part.steps for name, title in causes.SAYINGS.items() if name in step.columns)
    if not moved:
        effect = f"tidak mengubah bilangan, hanya {', '.join(said)}" if part.is_wording else "saling meniadakan"
        moved = [effect]
    members = [move for step in part.steps for move in step.members]
    because = few("karena", map(causes.told_event, part.events), len(part.events))
    told = "; ".join(filter(None, (", ".join(moved), told_members(members, form), because)))
    return f"{causes.NAMES[part.cause]}: {told}"


def told_definitions(found: Why) -> list[str]:
    """What became of the definition, and whether a number moved by it: one that moved none is no revision."""
    is_moving = any(part.cause == "definition" for part in found.parts)
    told = []
    for one in found.redefined:
        what = ", ".join((*one.files, *one.words)) or "hanya penjelasannya"
        effect = "angkanya berubah" if is_moving and not one.is_confirmed else "angkanya tetap, ini bukan revisi"
        told.append(f"definisi {one.before} diganti {one.after} ({what}): {effect}")
    return told
