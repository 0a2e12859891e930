"""Warehouses that no migration can bring here: their first migration was another text under the same number.

That was so until migration 0003; since then migrations are frozen, and a test pins their hashes (decision 45).
"""

from typing import TYPE_CHECKING

from iku_etl.errors import WarehouseError

if TYPE_CHECKING:
    from iku_etl.warehouse.database import Connection

_IS_OURS = """
    select
        exists (select from pg_class where relnamespace = schema.oid and relname = 'source_patience')
        and exists (
            select from pg_proc
            where pronamespace = schema.oid and proname = 'make_partition' and prorettype = 'text'::regtype
        )
        -- migration 0003 brings the view, and 0002 the function before it
        and (
            not exists (select from pg_class where relnamespace = schema.oid and relname = 'newest_batch')
            or exists (select from pg_proc where pronamespace = schema.oid and proname = 'unobserved_sentences')
        ) as is_ours
    from pg_namespace as schema
    where schema.nspname = 'iku'
"""


def refuse(connection: "Connection") -> None:
    """Raise WarehouseError with the way out for a core that no migration here begins from; any login may ask."""
    if connection.execute(_IS_OURS).fetchone() in (None, {"is_ours": True}):  # None: nothing is there yet
        return
    raise WarehouseError(
        "gudang data ini dibuat oleh versi percobaan yang migrasi 0001-nya lain, sehingga tidak dapat dimutakhirkan;"
        " iku migrate sekali lagi tidak menolong. Tidak ada yang diubah. Jalan keluarnya gudang baru di samping yang"
        " lama: 1. biarkan folder ini, dan baca angka yang sudah terbit dengan program yang membuatnya; 2. pilih folder"
        " lain (IKU_STATE=FOLDER, dan bila memakai server sendiri basis data lain di IKU_WAREHOUSE_URL) dan salin"
        " folder drop, connections.toml, dan secrets.toml ke sana; 3. jalankan iku migrate, iku collect --all"
        " --all-gaps, lalu iku publish. Yang tidak dapat lagi diceritakan sistem sumbernya tetap hanya ada di folder"
        " lama (raw)."
    )
