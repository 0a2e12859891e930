-- Four eyes over a figure, what an approval rests on, and why an approved figure is another today.

-- ---------------------------------------------------------------- what an approval carries

-- Null in decisions of other kinds, and in approvals that were taken before this migration.
alter table iku.decision add column official text, add column letter text, add column cut_off_on date;
comment on column iku.decision.official is 'of an approval: the official who approves, name and position';
comment on column iku.decision.letter is 'of an approval: the number of the letter by which it was approved';
comment on column iku.decision.cut_off_on is 'of an approval: the day whose end is the cut-off of the figure''s period';

-- Whom a name means: its letters and digits up to the first comma or bracket, whatever their case, spaces and points.
-- "Budi  Santoso, S.Kom" is "BUDI SANTOSO (Kepala Bidang)"; who writes a name in two ways is two persons.
create function iku.person(name text) returns text
language sql immutable parallel safe
begin atomic
    select coalesce(
        nullif(regexp_replace(lower(normalize(split_part(translate(name, '([;/', ',,,,'), ',', 1), NFKC)),
            '[^[:alnum:]]+', '', 'g'), ''),
        lower(name)
    );
end;

-- A figure is verified by one person, and then approved by another. Decisions come one after another (the load number
-- is taken before the row is written), so nobody gets between this look and the row.
create function iku.four_eyes() returns trigger
language plpgsql
set search_path = pg_catalog, pg_temp
as $$
declare
    named text := format('%s %s nomor %s', new.indicator, new.period, new.revision);
    who text;
begin
    if new.kind not in ('verify', 'approve') or num_nulls(new.indicator, new.period, new.revision) > 0 then
        return new; -- what is missing is said by the table
    end if;
    if new.revision < 1 or not exists (
        select from iku.figure
        where figure.indicator = new.indicator and figure.period = new.period and figure.revision = new.revision
    ) then
        raise exception '% tidak ada di antara angka yang terbit sejak batas datanya. Lihat: iku figures --history.', named
            using errcode = 'check_violation';
    end if;
    if new.kind = 'verify' then
        select decision.decided_by into who from iku.decision
        where
            decision.kind = 'approve' and decision.indicator = new.indicator and decision.period = new.period
            and decision.revision = new.revision
            and iku.person(new.decided_by) in (iku.person(decision.decided_by), iku.person(decision.official))
        limit 1;
        if found then
            raise exception '% sudah disahkan oleh %. Yang mengesahkan tidak memverifikasi angka yang sama.', named, who
                using errcode = 'check_violation';
        end if;
        return new;
    end if;
    if coalesce(btrim(new.official), '') = '' or coalesce(btrim(new.letter), '') = '' or new.cut_off_on is null then
        raise exception 'pengesahan % belum lengkap: sebut pejabat yang mengesahkan, nomor suratnya, dan batas data.', named
            using errcode = 'check_violation';
    end if;
    select decision.decided_by into who from iku.decision
    where
        decision.kind = 'verify' and decision.indicator = new.indicator and decision.period = new.period
        and decision.revision = new.revision
        and iku.person(decision.decided_by) in (iku.person(new.decided_by), iku.person(new.official))
    limit 1;
    if found then
        raise exception '% diverifikasi oleh %. Yang memverifikasi tidak mengesahkan; minta orang lain mengesahkannya.',
            named, who using errcode = 'check_violation';
    end if;
    if not exists (
        select from iku.decision
        where
            decision.kind = 'verify' and decision.indicator = new.indicator and decision.period = new.period
            and decision.revision = new.revision
    ) then
        raise exception '% belum diverifikasi. Minta orang lain memverifikasinya dahulu: iku decide verify.', named
            using errcode = 'check_violation';
    end if;
    return new;
end
$$;
create trigger four_eyes before insert on iku.decision for each row execute function iku.four_eyes();

-- As before, with what an approval carries.
drop function iku.decide(text, text, jsonb, text, bigint, jsonb, text, text, integer, text, text);
create function iku.decide(
    new_kind text, new_source text, new_key jsonb, new_hash text, new_batch bigint, new_changes jsonb,
    new_indicator text, new_period text, new_revision integer, new_reason text, new_by text,
    new_official text default null, new_letter text default null, new_cut_off date default null
) returns bigint
language plpgsql security definer
set search_path = pg_catalog, pg_temp
as $$
declare
    number bigint;
    made bigint;
    named iku.batch;
begin
    if new_batch is not null then
        select * into named from iku.batch where batch_id = new_batch and source = new_source;
        if named.batch_id is null then
            raise exception 'batch % of % is unknown', new_batch, new_source using errcode = 'foreign_key_violation';
        end if;
        perform iku.lock_window(named.source, named.win);
        select * into named from iku.batch where batch_id = new_batch for update;
        if new_kind = 'withdraw' and (named.ending is distinct from 'in_force' or named.superseded_by is not null) then
            raise exception 'batch % is not in force and can''t be withdrawn', new_batch
                using errcode = 'object_not_in_prerequisite_state';
        end if;
    end if;
    number := iku.take_load_no();
    insert into iku.decision
        (load_no, kind, source, record_key, record_hash, batch_id, changes, indicator, period, revision, reason, decided_by,
        official, letter, cut_off_on)
    values (number, new_kind, new_source, new_key, new_hash, new_batch, new_changes, new_indicator, new_period,
        new_revision, new_reason, new_by, new_official, new_letter, new_cut_off)
    returning decision_id into made;
    if new_kind = 'withdraw' then
        update iku.batch set superseded_by = number where batch_id = new_batch;
    end if;
    return made;
end
$$;

-- ---------------------------------------------------------------- an approved figure that is another today

-- Beside the approved row, never instead of it: why there is another, and who brought it.
create table iku.restatement (
    figure_id bigint primary key references iku.figure,
    because text not null check (length(btrim(because)) >= 5),
    because_publicly text not null check (length(btrim(because_publicly)) >= 5),
    brought_by text not null check (length(btrim(brought_by)) >= 2),
    recorded_at timestamptz not null default clock_timestamp()
);
comment on table iku.restatement is
'one row per figure row that came after an approved revision of the same figure: what changed it, and who brought that';
comment on column iku.restatement.because_publicly is 'the same without members, files and persons';
create trigger keep_history before update or delete on iku.restatement
for each row execute function iku.keep_history();
create trigger refuse_emptying before truncate on iku.restatement
for each statement execute function iku.refuse_change();

-- grain: one row per figure row ever published, with its stage (tahap) as decisions have made it, the newest definition
-- that gives it, and the newest approved revision up to it (its own, or the one that it restates), all at the as-of.
create or replace view iku.published_figure as
with
decided as (
    select
        decision.indicator,
        decision.period,
        decision.revision,
        max(decision.load_no) filter (where decision.kind = 'approve') as approval, -- of several the newest
        bool_or(decision.kind = 'verify') as is_verified
    from iku.decision
    where
        decision.kind in ('verify', 'approve')
        and decision.load_no <= iku.as_of()
        and decision.decided_at <= iku.as_of_time()
    group by decision.indicator, decision.period, decision.revision
),

staged as (
    select
        figure.*,
        coalesce(decided.is_verified, false) as is_verified,
        max(figure.revision) filter (where decided.approval is not null) over so_far as approved_revision,
        figure.figure_id = first_value(figure.figure_id) over newest as is_newest
    from iku.figure
    left join decided
        on
            figure.indicator = decided.indicator
            and figure.period = decided.period
            and figure.revision = decided.revision
    window
        newest as (partition by figure.indicator, figure.period order by figure.figure_id desc),
        so_far as (partition by figure.indicator, figure.period order by figure.revision)
)

select
    staged.figure_id,
    staged.publication_id,
    staged.indicator,
    staged.period,
    staged.revision,
    staged.value,
    staged.low,
    staged.high,
    staged.numerator,
    staged.denominator,
    staged.coverage,
    staged.is_official,
    staged.mutu,
    staged.stale_since,
    staged.reason,
    staged.target,
    staged.capaian,
    staged.predikat,
    staged.definition,
    staged.as_of,
    staged.as_of_time,
    case
        when staged.approved_revision = staged.revision then 'disahkan'
        when staged.approved_revision < staged.revision then 'direvisi'
        when staged.is_verified then 'terverifikasi'
        else 'sementara'
    end as tahap,
    staged.is_newest,
    coalesce(
        (
            select figure_confirmed.definition
            from iku.figure_confirmed
            inner join iku.publication on figure_confirmed.publication_id = publication.publication_id
            where
                figure_confirmed.figure_id = staged.figure_id
                and publication.as_of <= iku.as_of()
                and publication.as_of_time <= iku.as_of_time()
            order by figure_confirmed.publication_id desc
            limit 1
        ),
        staged.definition
    ) as current_definition,
    staged.is_verified,
    staged.approved_revision,
    approval.decided_at as approved_at,
    approval.decided_by as approved_by,
    coalesce(approval.official, approval.decided_by) as approved_official,
    approval.letter as approved_letter,
    approval.cut_off_on as approved_cut_off_on,
    restatement.because as restated_because,
    restatement.because_publicly as restated_because_publicly,
    restatement.brought_by as restated_by
from staged
left join decided
    on
        staged.indicator = decided.indicator
        and staged.period = decided.period
        and staged.approved_revision = decided.revision
left join iku.decision as approval on decided.approval = approval.load_no
left join iku.restatement
    on staged.figure_id = restatement.figure_id and staged.approved_revision < staged.revision;

-- ---------------------------------------------------------------- rights

revoke all on function iku.person(text), iku.four_eyes() from public;
revoke all on function iku.decide(
    text, text, jsonb, text, bigint, jsonb, text, text, integer, text, text, text, text, date
) from public;
grant execute on function iku.decide(
    text, text, jsonb, text, bigint, jsonb, text, text, integer, text, text, text, text, date
) to iku_decider;
grant execute on function iku.person(text) to iku_auditor;
grant select, insert on iku.restatement to iku_publisher;
grant select on iku.restatement to iku_auditor;
