"""What the open data consist of: the columns of the CSV with what each means, and their names in SDMX."""

from dataclasses import dataclass

TITLE = "Indikator Kinerja Utama Dinas Kominfo Kabupaten Bengkulu Selatan"
FREQUENCY = {"month": "M", "triwulan": "Q", "semester": "S", "year": "A"}  # CL_FREQ of the SDMX community
STAGES = {
    "sementara": "P",
    "terverifikasi": "P",
    "disahkan": "A",
    "direvisi": "P",
}  # CL_OBS_STATUS: provisional, normal
AGENCY, FLOW, FLOW_VERSION = "DISKOMINFO_BENGKULU_SELATAN", "IKU", "1.0"
STRUCTURE_ID = f"{AGENCY}:{FLOW}({FLOW_VERSION})"


@dataclass(frozen=True)
class Column:
    """One column: `kind` as Table Schema names types, `means` for people."""

    name: str
    kind: str
    means: str


COLUMNS = (
    Column("kode", "string", "Kode indikator; KEG untuk kegiatan, akhiran sesudah IKU-00 untuk pendamping."),
    Column("indikator", "string", "Nama indikator."),
    Column("jenis", "string", "utama, kegiatan, atau pendamping (tidak pernah resmi)."),
    Column("satuan", "string", "Satuan realisasi, target, dan batas."),
    Column("periode", "string", "2026-03, 2026-TW1, 2026-S1, atau 2026."),
    Column("mulai", "date", "Hari pertama periode."),
    Column("selesai", "date", "Hari terakhir periode."),
    Column("realisasi", "number", "Nilai; kosong berarti tidak ada nilai, bukan nol."),
    Column("pembilang", "number", "Pembilang, atau hitungannya bila tanpa penyebut."),
    Column("penyebut", "number", "Penyebut; kosong bila angkanya hitungan."),
    Column("batas_bawah", "number", "Nilai paling kecil yang masih mungkin; kosong: tidak diketahui."),
    Column("batas_atas", "number", "Nilai paling besar yang masih mungkin; kosong: tidak diketahui."),
    Column("cakupan", "number", "Persen dari yang seharusnya teramati yang memang teramati."),
    Column("target", "number", "Target periode ini; kosong: belum ditetapkan."),
    Column("capaian", "number", "Persen realisasi terhadap target, menurut arah indikatornya."),
    Column("predikat", "string", "Predikat menurut skala yang berlaku."),
    Column("tahap", "string", "sementara, terverifikasi, disahkan, atau direvisi."),
    Column("mutu", "string", "cukup, basi, kurang_data, atau tidak_tersedia."),
    Column("resmi", "boolean", "Apakah periode ini periode resmi indikatornya."),
    Column("revisi", "integer", "0 sebelum batas data, 1 yang pertama sejak batas data, lalu nomor perubahannya."),
    Column("ditutup", "boolean", "Benar: hitungannya kecil atau memuat yang kecil, jadi angkanya tidak diumumkan."),
    Column("definisi", "string", "Definisi yang menghitungnya."),
    Column("dasar_hukum", "string", "Dasar hukum indikator."),
    Column("muatan", "integer", "Nomor muatan terakhir yang diketahui ketika dihitung."),
    Column("keadaan", "datetime", "Sampai kapan keadaannya diketahui (UTC)."),
    Column("terbit", "datetime", "Kapan diterbitkan (UTC)."),
    Column("bukti", "string", "Nama bukti angka ini: kode, periode, revisi, dan nomor terbitnya."),
    Column("disahkan_revisi", "integer", "Nomor revisi yang disahkan; lain dari revisi: angka ini pernyataan ulang."),
    Column("disahkan_realisasi", "number", "Nilai yang disahkan; tetap, apa pun yang datang kemudian."),
    Column("disahkan_tanggal", "date", "Hari pengesahan."),
    Column("disahkan_oleh", "string", "Pejabat yang mengesahkan."),
    Column("disahkan_surat", "string", "Nomor surat pengesahan."),
    Column("sebab_pernyataan_ulang", "string", "Mengapa angka ini lain dari yang disahkan."),
)

DIMENSIONS = ("FREQ", "INDICATOR", "TIME_PERIOD")
MEASURE = "OBS_VALUE"
ATTRIBUTES = (
    "OBS_STATUS", "CONF_STATUS", "UNIT_MEASURE", "NUMERATOR", "DENOMINATOR", "LOWER_BOUND", "UPPER_BOUND", "COVERAGE",
    "TARGET", "ACHIEVEMENT", "STAGE", "QUALITY", "REVISION", "DEFINITION", "EVIDENCE", "APPROVED_REVISION",
    "APPROVED_VALUE",
)  # fmt: skip
