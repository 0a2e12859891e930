-- grain: one row per period of the indicator's base period and longer: its numbers against the target, and why in words
-- `indicator.figure_number` and `indicator.definition` stand for the indicator at hand: views.py puts its schema there.
with
sources as (
    select
        source.source,
        source.title
    from indicator.definition
    inner join iku.definition_source on definition.definition = definition_source.definition
    inner join iku.source on definition_source.source = source.source
),

set_aside as (
    select
        register_set_aside.period,
        string_agg(register_set_aside.sentence, '; ' order by sources.title) as sentences
    from sources inner join staging.register_set_aside on sources.source = register_set_aside.source
    group by register_set_aside.period
),

late as (
    select
        snapshot_late.period,
        string_agg(snapshot_late.sentence, '; ' order by snapshot_late.sentence) as sentences
    from sources inner join staging.snapshot_late on sources.source = snapshot_late.source
    group by snapshot_late.period
),

targets as (
    select
        target.period,
        max(target.value) filter (where target.unit = definition.unit) as target, -- U5
        max(target.value_high) filter (where target.unit = definition.unit) as target_high,
        max(target.range_sentence) filter (where target.unit = definition.unit) as range_sentence,
        string_agg(target.unit, ', ' order by target.unit) as units
    from staging.target
    inner join indicator.definition on target.indicator = definition.code
    group by target.period
),

late_targets as (
    select
        target_late.period,
        target_late.sentence
    from staging.target_late
    inner join indicator.definition on target_late.indicator = definition.code
),

figures as (
    select
        numbers.*,
        definition.form,
        definition.unit,
        targets.target,
        targets.range_sentence,
        targets.units as target_units,
        case
            when targets.target_high is null and definition.polarity = 'naik'
                then 100 * numbers.value / nullif(targets.target, 0)
            when numbers.value between targets.target and coalesce(targets.target_high, targets.target) then 100
            when targets.target_high is not null and numbers.value < targets.target
                then 100 * numbers.value / targets.target
            -- as much under the target as it may be over it: the target itself is 100, twice the target is 0
            else 100 * (2 * coalesce(targets.target_high, targets.target) - numbers.value)
                / nullif(coalesce(targets.target_high, targets.target), 0)
        end as capaian
    from indicator.figure_number as numbers
    cross join indicator.definition
    left join targets on numbers.period = targets.period
),

waiting as (
    select distinct source_waiting.period
    from sources inner join staging.source_waiting on sources.source = source_waiting.source
)

select
    figures.indicator,
    figures.period,
    figures.grain,
    figures.value,
    figures.low,
    figures.high,
    figures.numerator,
    figures.denominator,
    figures.coverage,
    figures.is_official,
    figures.mutu,
    figures.stale_since,
    concat_ws(
        '; ',
        'parameter belum ditetapkan: ' || figures.missing_parameters,
        case
            when not figures.has_ended_day then 'belum ada hari yang selesai'
            when not figures.has_members then 'tidak ada anggota'
        end,
        case
            when not figures.is_whole
                then
                    format(
                        'dikumpulkan baru sejak %s: pembilang dan penyebut hanya dari masa itu,'
                        || ' cakupan dari seluruh periode',
                        figures.since
                    )
        end,
        case
            when figures.is_unknown
                then 'nilai ditahan: ada anggota yang besarnya tidak diketahui, perbaiki barisnya lalu serahkan lagi'
        end,
        case
            when figures.mutu = 'kurang_data' and figures.coverage < figures.coverage_floor_pct
                then format('cakupan di bawah %s %%', trim_scale(figures.coverage_floor_pct))
        end,
        iku.unobserved_sentences(figures.unobserved_members),
        late.sentences,
        set_aside.sentences,
        case
            when figures.form = 'persen' and figures.denominator = 0 and figures.mutu in ('cukup', 'basi')
                then 'penyebut 0'
        end,
        figures.range_sentence,
        case
            when figures.value is not null and figures.capaian is null and figures.target = 0
                then 'target 0: capaian tidak dapat dihitung'
            when figures.target is not null then null
            when figures.target_units is not null
                then format('satuan target berbeda: %s, bukan %s', figures.target_units, figures.unit)
            else 'target belum ditetapkan'
        end,
        late_targets.sentence,
        case
            when figures.is_official and figures.capaian is not null and not figures.is_descending
                then 'batas predikat tidak menurun'
        end,
        case when waiting.period is not null then 'revisi menunggu keputusan' end,
        case
            when figures.mutu = 'basi'
                then format('basi sejak %s: %s', figures.stale_since, figures.stale_titles)
        end
    ) as reason,
    figures.target,
    figures.capaian,
    case
        when not figures.is_official or figures.capaian is null then null
        when figures.is_descending is not true then null
        when figures.capaian >= figures.sangat_tinggi then 'Sangat Tinggi'
        when figures.capaian >= figures.tinggi then 'Tinggi'
        when figures.capaian >= figures.sedang then 'Sedang'
        when figures.capaian >= figures.rendah then 'Rendah'
        else 'Sangat Rendah'
    end as predikat, -- U12
    figures.definition,
    figures.cut_off_at
from figures
left join set_aside on figures.period = set_aside.period
left join late on figures.period = late.period
left join late_targets on figures.period = late_targets.period
left join waiting on figures.period = waiting.period
