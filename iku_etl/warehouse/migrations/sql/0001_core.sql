-- The manifest, the readings (as-of, windows, periods) and the published figures.
-- Facts are created from the declarations by schema.py; views of sql/ by views.py.
create schema iku;
create schema fact;
create schema staging;
create schema indicator;

revoke all on schema public from public;

-- ---------------------------------------------------------------- time

-- The one zone of the installation; `iku migrate` replaces the body when settings name another.
create function iku.local_zone() returns text
language sql immutable parallel safe
begin atomic
    select 'Asia/Jakarta'::text;
end;

create function iku.local_midnight(day date) returns timestamptz
language sql stable parallel safe
begin atomic
    select day::timestamp at time zone iku.local_zone();
end;

create function iku.local_date(moment timestamptz) returns date
language sql stable parallel safe
begin atomic
    select (moment at time zone iku.local_zone())::date;
end;

-- As-of is a pair, read here and nowhere else: `set local iku.as_of`, `set local iku.as_of_time`.
create function iku.as_of() returns bigint
language sql stable parallel safe
begin atomic
    select coalesce(nullif(current_setting('iku.as_of', true), '')::bigint, 9223372036854775807);
end;

create function iku.as_of_time() returns timestamptz
language sql stable parallel safe
begin atomic
    select coalesce(nullif(current_setting('iku.as_of_time', true), '')::timestamptz, transaction_timestamp());
end;

-- ---------------------------------------------------------------- sources

create table iku.source (
    source text primary key check (source ~ '^[a-z][a-z0-9_]*$'),
    title text not null,
    owner text not null,
    kind text not null check (kind in ('events', 'snapshot')),
    since date not null,
    grid text not null check (grid in ('hour', 'day', 'month')),
    lookback integer not null default 0 check (lookback >= 0),
    late_by interval,
    max_age interval,
    version integer not null,
    is_poller boolean not null default false,
    member_columns text [] not null
);
comment on table iku.source is 'one row per declared source, written by iku migrate from its module';

-- How late and how old a source may be, each time that was declared otherwise: an older as-of goes by what held then.
create table iku.source_patience (
    source text not null references iku.source,
    load_no bigint not null,
    late_by interval,
    max_age interval,
    declared_at timestamptz not null default clock_timestamp(),
    primary key (source, load_no)
);
comment on table iku.source_patience is 'insert-only; load_no 0 is the first declaration, read before any other';

-- ---------------------------------------------------------------- the manifest

-- One row. A number is taken by the last statements before commit, so numbers appear in commit order.
create table iku.load_counter (
    is_only_row boolean primary key default true check (is_only_row),
    load_no bigint not null
);
insert into iku.load_counter (load_no) values (0);

create table iku.batch (
    batch_id bigint generated always as identity primary key,
    source text not null references iku.source,
    window_on date not null,
    win tstzrange not null check (not isempty(win) and lower_inc(win) and not upper_inc(win)),
    contract_version integer not null,
    purpose text not null default 'collect' check (purpose in ('collect', 'replay')),
    instead_of bigint references iku.batch,
    decision_id bigint,
    opened_at timestamptz not null default clock_timestamp(),
    opened_by text not null default session_user,
    asked_at timestamptz,
    landed_at timestamptz,
    position_on date,
    payload_fingerprint text,
    judged_sha256 text,
    record_fingerprint text,
    ending text check (ending in ('in_force', 'unchanged', 'rejected', 'failed', 'waiting')),
    load_no bigint unique,
    ended_at timestamptz,
    revision integer,
    confirms bigint references iku.batch,
    superseded_by bigint,
    records_read bigint,
    loaded bigint,
    quarantined bigint,
    declared_out bigint,
    error_code text,
    reason text,
    check ((ending is null) = (load_no is null)),
    check ((ending is null) = (ended_at is null)),
    check ((ending = 'in_force') = (revision is not null)),
    check ((ending = 'unchanged') = (confirms is not null)),
    check (superseded_by is null or (ending = 'in_force' and superseded_by > load_no)),
    check (ending is distinct from 'in_force' or records_read = loaded + quarantined + declared_out),
    check ((purpose = 'replay') = (instead_of is not null)),
    -- one batch in force per cell, whatever the code above believes
    constraint one_in_force exclude using gist (source with =, win with &&)
    where (ending = 'in_force' and superseded_by is null)
);
create index batch_by_window on iku.batch (source, window_on);
create unique index batch_revision on iku.batch (source, win, revision) where (ending = 'in_force');
create index batch_by_confirmed on iku.batch (confirms) where (confirms is not null);

-- A poller lands all day into one open batch of its cell.
create table iku.payload (
    payload_id bigint generated always as identity primary key,
    batch_id bigint not null references iku.batch,
    payload_no smallint not null check (payload_no >= 1),
    sha256 text check (sha256 ~ '^[0-9a-f]{64}$'),
    size_bytes bigint not null,
    media_type text not null,
    name text not null,
    request jsonb not null,
    asked_at timestamptz not null,
    answered_at timestamptz not null,
    status integer,
    received_hmac text,
    received_bytes bigint,
    token_key_id text,
    redactor_version integer,
    error_code text,
    unique (batch_id, payload_no),
    check (sha256 is not null or (received_hmac is not null and error_code is not null))
);
create index payload_by_hash on iku.payload (sha256);

create table iku.quarantine (
    batch_id bigint not null references iku.batch,
    record_no integer not null,
    payload_no smallint not null,
    place text not null,
    rules text [] not null,
    message text not null,
    record_key jsonb not null,
    record_hash text not null,
    public_values jsonb not null,
    tokens jsonb not null default '{}',
    primary key (batch_id, record_no)
);
comment on column iku.quarantine.public_values is 'typed values of public columns only; personal values never enter';
comment on column iku.quarantine.tokens is 'keyed tokens, as facts hold them, to find repeats by; never shown';

create table iku.check_result (
    batch_id bigint not null references iku.batch,
    check_no smallint not null,
    expectation text not null,
    column_name text,
    severity text not null check (severity in ('stop', 'quarantine', 'warn')),
    evaluated bigint not null,
    unexpected bigint not null,
    success boolean not null,
    detail text not null default '',
    primary key (batch_id, check_no)
);

create table iku.decision (
    decision_id bigint generated always as identity primary key,
    load_no bigint not null unique,
    kind text not null check (
        kind in ('release', 'correction', 'withdraw', 'instead_of', 'verify', 'approve')
    ),
    source text references iku.source,
    record_key jsonb,
    record_hash text,
    batch_id bigint references iku.batch,
    changes jsonb,
    indicator text,
    period text,
    revision integer,
    reason text not null check (length(btrim(reason)) >= 5),
    decided_by text not null check (length(btrim(decided_by)) >= 2),
    decided_at timestamptz not null default clock_timestamp(),
    check (
        case kind
            when 'release' then num_nonnulls(source, record_key, record_hash) = 3
            when 'correction' then num_nonnulls(source, record_key, record_hash, changes) = 4
            when 'withdraw' then num_nonnulls(source, batch_id) = 2
            when 'instead_of' then num_nonnulls(source, batch_id) = 2
            else num_nonnulls(indicator, period, revision) = 3
        end
    )
);
alter table iku.batch add foreign key (decision_id) references iku.decision;

-- ---------------------------------------------------------------- laws of the manifest

create function iku.check_cell() returns trigger
language plpgsql
set search_path = pg_catalog, pg_temp
as $$
declare
    declared iku.source;
    cell tstzrange;
begin
    select * into strict declared from iku.source where source = new.source;
    cell := case declared.grid
        when 'day' then tstzrange(iku.local_midnight(new.window_on), iku.local_midnight(new.window_on + 1))
        when 'month' then tstzrange(
            iku.local_midnight(date_trunc('month', new.window_on::timestamp)::date),
            iku.local_midnight((date_trunc('month', new.window_on::timestamp) + interval '1 month')::date)
        )
        else tstzrange(lower(new.win), lower(new.win) + interval '1 hour')
    end;
    if new.win <> cell or iku.local_date(lower(new.win)) <> new.window_on
        or (declared.grid = 'hour' and date_trunc('hour', lower(new.win)) <> lower(new.win)) then
        raise exception '% %: window % is no cell of the % grid; the cell is %',
            new.source, new.window_on, new.win, declared.grid, cell using errcode = 'check_violation';
    end if;
    return new;
end
$$;
create trigger check_cell before insert on iku.batch for each row execute function iku.check_cell();

create function iku.keep_history() returns trigger
language plpgsql
set search_path = pg_catalog, pg_temp
as $$
begin
    if tg_op = 'UPDATE' and tg_table_name = 'batch' then
        if old.ending is null and new.batch_id = old.batch_id and new.source = old.source and new.win = old.win then
            return new;
        end if;
        if old.superseded_by is null and new.superseded_by is not null
            and to_jsonb(new) - 'superseded_by' = to_jsonb(old) - 'superseded_by' then
            return new;
        end if;
    end if;
    raise exception '%.% is never changed or deleted (%)', tg_table_schema, tg_table_name, tg_op
        using errcode = 'restrict_violation';
end
$$;
create trigger keep_history before update or delete on iku.batch for each row execute function iku.keep_history();
create trigger keep_history before update or delete on iku.source_patience
for each row execute function iku.keep_history();
create trigger keep_history before update or delete on iku.payload for each row execute function iku.keep_history();
create trigger keep_history before update or delete on iku.quarantine for each row execute function iku.keep_history();
create trigger keep_history before update or delete on iku.check_result for each row execute function iku.keep_history();
create trigger keep_history before update or delete on iku.decision for each row execute function iku.keep_history();

-- Every fact row names an open batch of its own source and window: checked once a statement.
create function iku.check_provenance() returns trigger
language plpgsql security definer
set search_path = pg_catalog, pg_temp
as $$
declare
    stray record;
begin
    for stray in
        select arrived.batch_id, arrived.window_on, batch.source, batch.ending
        from (select distinct inserted.batch_id, inserted.window_on from inserted) as arrived
        left join lateral (
            -- held to the end of the transaction: nobody ends the batch between this check and the commit
            select found.* from iku.batch as found where found.batch_id = arrived.batch_id for share
        ) as batch on true
        where batch.batch_id is null or batch.source <> tg_argv[0]
            or batch.window_on <> arrived.window_on or batch.ending is not null or batch.landed_at is null
    loop
        raise exception '%: rows of batch % (window %) refused: the batch is %',
            tg_argv[0], stray.batch_id, stray.window_on,
            case
                when stray.source is null then 'unknown'
                when stray.source <> tg_argv[0] then 'of source ' || stray.source
                when stray.ending is not null then 'already ended'
                else 'not landed or of another window'
            end
            using errcode = 'foreign_key_violation';
    end loop;
    return null;
end
$$;

-- What describes a batch comes before its ending (payloads: before it has landed), else history could be rewritten.
create function iku.check_open() returns trigger
language plpgsql security definer
set search_path = pg_catalog, pg_temp
as $$
declare
    ended bigint;
begin
    perform from iku.batch
    where batch.batch_id in (select inserted.batch_id from inserted)
    order by batch.batch_id
    for share;
    select batch.batch_id into ended from iku.batch
    where batch.batch_id in (select inserted.batch_id from inserted)
        and (batch.ending is not null or (tg_argv[0] = 'landing' and batch.landed_at is not null))
    limit 1;
    if ended is not null then
        raise exception '%: batch % has % already', tg_table_name, ended,
            case when tg_argv[0] = 'landing' then 'landed' else 'ended' end
            using errcode = 'object_not_in_prerequisite_state';
    end if;
    return null;
end
$$;
create trigger check_open after insert on iku.payload
referencing new table as inserted for each statement execute function iku.check_open('landing');
create trigger check_open after insert on iku.quarantine
referencing new table as inserted for each statement execute function iku.check_open('ending');
create trigger check_open after insert on iku.check_result
referencing new table as inserted for each statement execute function iku.check_open('ending');

create function iku.refuse_change() returns trigger
language plpgsql
set search_path = pg_catalog, pg_temp
as $$
begin
    raise exception '%.% is insert-only (%)', tg_table_schema, tg_table_name, tg_op
        using errcode = 'restrict_violation';
end
$$;

-- ---------------------------------------------------------------- what the loader may do besides insert

-- Serialises everything that may change what is in force for one cell; held to the end of the transaction.
create function iku.lock_window(for_source text, for_win tstzrange) returns void
language sql
set search_path = pg_catalog, pg_temp
as $$
    select pg_advisory_xact_lock(hashtextextended(for_source || for_win::text, 0));
$$;

create function iku.take_load_no() returns bigint
language sql security definer
set search_path = pg_catalog, pg_temp
as $$
    update iku.load_counter set load_no = load_no + 1 returning load_no;
$$;

-- The payloads are complete; from here on the batch has an age and a fingerprint.
create function iku.land_batch(
    this_batch bigint, first_asked_at timestamptz, fingerprint text, declared_position date
) returns void
language plpgsql security definer
set search_path = pg_catalog, pg_temp
as $$
begin
    if first_asked_at > clock_timestamp() + interval '5 minutes' then
        raise exception 'batch %: asked at %, which is yet to come; set this machine''s clock', this_batch, first_asked_at
            using errcode = 'check_violation';
    end if;
    update iku.batch
    set landed_at = clock_timestamp(), asked_at = first_asked_at, payload_fingerprint = fingerprint,
        position_on = declared_position
    where batch_id = this_batch and ending is null and landed_at is null;
    if not found then
        raise exception 'batch %: can''t land, it has landed or ended already', this_batch
            using errcode = 'object_not_in_prerequisite_state';
    end if;
end
$$;

-- What validate made of an open batch; judged again, the newest file stands.
create function iku.judge_batch(this_batch bigint, file_sha256 text) returns void
language sql security definer
set search_path = pg_catalog, pg_temp
as $$
    update iku.batch set judged_sha256 = file_sha256
    where batch_id = this_batch and ending is null and landed_at is not null;
$$;

-- Ends a batch: the last statement before commit. Returns its load number.
-- in_force needs loaded facts; unchanged names the batch it confirms; the others say why.
create function iku.end_batch(
    this_batch bigint,
    new_ending text,
    why text default null,
    code text default null,
    confirmed bigint default null,
    fingerprint text default null,
    counts bigint [] default null -- read, loaded, quarantined, declared out
) returns bigint
language plpgsql security definer
set search_path = pg_catalog, pg_temp
as $$
declare
    this iku.batch;
    current_one iku.batch;
    facts bigint;
    set_aside bigint;
    number bigint;
begin
    select * into this from iku.batch where batch_id = this_batch;
    if this.batch_id is null then
        raise exception 'batch % is unknown', this_batch using errcode = 'foreign_key_violation';
    end if;
    perform iku.lock_window(this.source, this.win);
    select * into this from iku.batch where batch_id = this_batch for update;
    if this.ending is not null then
        raise exception 'batch % has ended already (%)', this_batch, this.ending
            using errcode = 'object_not_in_prerequisite_state';
    end if;
    if new_ending in ('in_force', 'unchanged', 'waiting') and this.landed_at is null then
        raise exception 'batch % has not landed', this_batch using errcode = 'object_not_in_prerequisite_state';
    end if;
    execute format('select count(*) from fact.%I where batch_id = $1 and window_on = $2', this.source)
    into facts using this_batch, this.window_on;
    select count(*) into set_aside from iku.quarantine where batch_id = this_batch;
    if new_ending = 'in_force' then
        if facts is distinct from counts[2] or set_aside is distinct from counts[3]
            or counts[1] is distinct from counts[2] + counts[3] + counts[4] then
            raise exception '% batch %: read % is not loaded % + quarantined % + declared out % (tables hold % and %)',
                this.source, this_batch, counts[1], counts[2], counts[3], counts[4], facts, set_aside
                using errcode = 'check_violation';
        end if;
    elsif facts > 0 then
        raise exception 'batch % holds % facts and can''t end as %', this_batch, facts, new_ending
            using errcode = 'check_violation';
    end if;
    select * into current_one from iku.batch
    where source = this.source and win = this.win and ending = 'in_force' and superseded_by is null;
    if new_ending in ('in_force', 'unchanged', 'waiting') and this.purpose = 'collect' and exists (
        select from iku.batch as newer
        where newer.source = this.source and newer.win = this.win and newer.ending in ('in_force', 'unchanged', 'waiting')
            and newer.purpose = 'collect' and newer.asked_at > this.asked_at
    ) then
        raise exception '% %: batch % was asked before a newer look and loses', this.source, this.window_on, this_batch
            using errcode = 'serialization_failure';
    end if;
    if new_ending = 'unchanged' and confirmed is distinct from current_one.batch_id then
        raise exception 'batch % confirms %, but % is in force', this_batch, confirmed, current_one.batch_id
            using errcode = 'serialization_failure';
    end if;
    number := iku.take_load_no();
    if new_ending = 'in_force' and current_one.batch_id is not null then
        update iku.batch set superseded_by = number where batch_id = current_one.batch_id;
    end if;
    update iku.batch
    set ending = new_ending, load_no = number, ended_at = clock_timestamp(), reason = why, error_code = code,
        confirms = confirmed, record_fingerprint = fingerprint,
        records_read = counts[1], loaded = counts[2], quarantined = counts[3], declared_out = counts[4],
        revision = case when new_ending = 'in_force' then 1 + coalesce((
            select max(earlier.revision) from iku.batch as earlier
            where earlier.source = this.source and earlier.win = this.win
        ), 0) end
    where batch_id = this_batch;
    return number;
end
$$;

-- A decision takes its place in the order of loads; withdraw also ends what was in force.
create function iku.decide(
    new_kind text, new_source text, new_key jsonb, new_hash text, new_batch bigint, new_changes jsonb,
    new_indicator text, new_period text, new_revision integer, new_reason text, new_by text
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
        (load_no, kind, source, record_key, record_hash, batch_id, changes, indicator, period, revision, reason, decided_by)
    values (number, new_kind, new_source, new_key, new_hash, new_batch, new_changes, new_indicator, new_period,
        new_revision, new_reason, new_by)
    returning decision_id into made;
    if new_kind = 'withdraw' then
        update iku.batch set superseded_by = number where batch_id = new_batch;
    end if;
    return made;
end
$$;

-- Makes the partition of a source's facts for the month of a window; its name. The loader owns no table, and may insert
-- only where a trigger looks at what came in: into the parent, or into a partition, which has the same triggers.
create function iku.make_partition(for_source text, for_window date) returns text
language plpgsql security definer
set search_path = pg_catalog, pg_temp
as $$
declare
    first_day date := date_trunc('month', for_window::timestamp)::date;
    partition text := for_source || '_' || to_char(first_day, 'YYYYMM');
    member_columns text [];
    member_column text;
begin
    if to_regclass(format('fact.%I', partition)) is not null then
        return partition;
    end if;
    select source.member_columns into strict member_columns from iku.source where source = for_source;
    perform pg_advisory_xact_lock(hashtextextended('iku.make_partition ' || for_source, 0));
    begin
        execute format(
            'create table fact.%I partition of fact.%I for values from (%L) to (%L)',
            partition, for_source, first_day, (first_day + interval '1 month')::date
        );
    exception when duplicate_table then
        return partition; -- made while this waited; to_regclass may go by what the catalogue was before the lock
    end;
    execute format('alter table fact.%I add primary key (batch_id, record_no)', partition);
    foreach member_column in array member_columns loop
        execute format('create index on fact.%I (batch_id, %I)', partition, member_column);
    end loop;
    execute format(
        'create trigger check_provenance after insert on fact.%I referencing new table as inserted'
        ' for each statement execute function iku.check_provenance(%L)',
        partition, for_source
    );
    execute format(
        'create trigger refuse_change before update or delete or truncate on fact.%I'
        ' for each statement execute function iku.refuse_change()',
        partition
    );
    execute format('grant insert on fact.%I to iku_loader', partition);
    return partition;
end
$$;

-- Statistics of what has changed since they were taken, for whoever is about to read much: autovacuum never looks at a
-- partitioned table, and at none in the first minute of a fresh warehouse, where plans by guess take minutes.
create function iku.refresh_statistics() returns void
language plpgsql security definer
set search_path = pg_catalog, pg_temp
as $$
declare
    stale regclass;
begin
    perform pg_stat_force_next_flush();
    for stale in
        select class.oid::regclass
        from pg_class as class
        left join pg_stat_user_tables as seen on seen.relid = class.oid
        left join lateral (
            select coalesce(sum(greatest(part.reltuples, 0) + coalesce(seen_part.n_mod_since_analyze, 0)), 0) as tuples
            from pg_inherits
            inner join pg_class as part on part.oid = pg_inherits.inhrelid
            left join pg_stat_user_tables as seen_part on seen_part.relid = part.oid
            where pg_inherits.inhparent = class.oid
        ) as parts on class.relkind = 'p'
        where
            class.relnamespace in ('iku'::regnamespace, 'fact'::regnamespace)
            and not class.relispartition
            and case class.relkind
                when 'r' then seen.n_mod_since_analyze > 50 + 0.1 * greatest(class.reltuples, 0)
                when 'p' then abs(parts.tuples - greatest(class.reltuples, 0)) > 50 + 0.2 * greatest(class.reltuples, 0)
                else false
            end
        order by 1
    loop
        execute format('analyze %s', stale); -- of a partitioned table: its partitions too
    end loop;
end
$$;

-- ---------------------------------------------------------------- readings

-- grain: one row per batch in force at the as-of; written here and nowhere else.
create view iku.batch_in_force as
select
    batch.batch_id,
    batch.source,
    batch.window_on,
    batch.win,
    batch.load_no,
    batch.revision,
    batch.position_on,
    batch.asked_at,
    batch.loaded,
    batch.quarantined
from iku.batch
where
    batch.ending = 'in_force'
    and batch.load_no <= iku.as_of()
    and (batch.superseded_by is null or batch.superseded_by > iku.as_of());

-- grain: one row per source: how late and how old it may be, as declared at the as-of.
create view iku.source_allowed as
select distinct on (source_patience.source)
    source_patience.source,
    source_patience.late_by,
    source_patience.max_age
from iku.source_patience
where source_patience.load_no <= iku.as_of()
order by source_patience.source asc, source_patience.load_no desc;

-- grain: one row per source and cell of its grid that had ended by the as-of time.
create view iku.window_due as
with
last_day as (
    select iku.local_date(iku.as_of_time()) as day
),

days as (
    select
        source.source,
        source.grid,
        generated.day::date as window_on
    from iku.source
    cross join last_day
    cross join lateral generate_series(
        case source.grid
            when 'month' then date_trunc('month', source.since::timestamp)
            else source.since::timestamp
        end,
        last_day.day::timestamp,
        case source.grid when 'month' then interval '1 month' else interval '1 day' end
    ) as generated (day)
),

cells as (
    select
        days.source,
        days.window_on,
        tstzrange(
            iku.local_midnight(days.window_on),
            case days.grid
                when 'month' then iku.local_midnight((days.window_on + interval '1 month')::date)
                else iku.local_midnight(days.window_on + 1)
            end
        ) as win
    from days
    where days.grid <> 'hour'
    union all
    select
        days.source,
        days.window_on,
        tstzrange(generated.starts_at, generated.starts_at + interval '1 hour') as win
    from days
    cross join lateral generate_series(
        iku.local_midnight(days.window_on),
        iku.local_midnight(days.window_on + 1) - interval '1 hour',
        interval '1 hour'
    ) as generated (starts_at)
    where days.grid = 'hour'
)

select
    cells.source,
    cells.window_on,
    cells.win
from cells
where upper(cells.win) <= iku.as_of_time();

-- grain: one row per due cell; batch_id is null where nothing is in force (a gap), last_* is the newest attempt.
create view iku.window_state as
select
    window_due.source,
    window_due.window_on,
    window_due.win,
    batch_in_force.batch_id,
    batch_in_force.load_no,
    newest.batch_id as last_batch_id,
    coalesce(newest.ending, case when newest.batch_id is not null then 'open' end) as last_ending,
    newest.reason as last_reason
from iku.window_due
left join iku.batch_in_force
    on window_due.source = batch_in_force.source and window_due.win = batch_in_force.win
left join lateral (
    select batch.batch_id, batch.ending, batch.reason
    from iku.batch
    where
        batch.source = window_due.source
        and batch.window_on = window_due.window_on
        and batch.win = window_due.win
        and coalesce(batch.load_no, 0) <= iku.as_of()
    order by batch.load_no desc nulls last, batch.batch_id desc
    limit 1
) as newest on true;

-- grain: one row per batch that waits for a decision at the as-of (nothing in force, look, or decision came after it).
create view iku.batch_waiting as
select
    batch.batch_id,
    batch.source,
    batch.window_on,
    batch.win,
    batch.load_no,
    batch.reason
from iku.batch
where
    batch.ending = 'waiting'
    and batch.load_no <= iku.as_of()
    and not exists (
        select from iku.batch as later
        where
            later.source = batch.source
            and later.win = batch.win
            and later.load_no > batch.load_no
            and later.load_no <= iku.as_of()
            and later.ending in ('in_force', 'unchanged', 'waiting')
    )
    and not exists (
        select from iku.decision
        where decision.batch_id = batch.batch_id and decision.load_no <= iku.as_of()
    );

-- grain: one row per period that had begun by the as-of time; the only view that turns instants into dates.
-- Periods start with the year in which the first source begins.
create view iku.period as
with
bounds as (
    select
        date_trunc('year', min(source.since)::timestamp) as first_month,
        iku.local_date(iku.as_of_time()) as today
    from iku.source
),

spans as (
    select
        'month' as grain,
        to_char(generated.month, 'YYYY-MM') as period,
        generated.month::date as first_day,
        (generated.month + interval '1 month' - interval '1 day')::date as last_day
    from bounds
    cross join lateral generate_series(bounds.first_month, bounds.today::timestamp, interval '1 month') as generated (month)
    union all
    select
        'triwulan' as grain,
        to_char(generated.month, 'YYYY-"TW"Q') as period,
        generated.month::date as first_day,
        (generated.month + interval '3 months' - interval '1 day')::date as last_day
    from bounds
    cross join lateral generate_series(bounds.first_month, bounds.today::timestamp, interval '3 months') as generated (month)
    union all
    select
        'semester' as grain,
        to_char(generated.month, 'YYYY') || case when extract(month from generated.month) = 1 then '-S1' else '-S2' end
            as period,
        generated.month::date as first_day,
        (generated.month + interval '6 months' - interval '1 day')::date as last_day
    from bounds
    cross join lateral generate_series(bounds.first_month, bounds.today::timestamp, interval '6 months') as generated (month)
    union all
    select
        'year' as grain,
        to_char(generated.month, 'YYYY') as period,
        generated.month::date as first_day,
        (generated.month + interval '1 year' - interval '1 day')::date as last_day
    from bounds
    cross join lateral generate_series(bounds.first_month, bounds.today::timestamp, interval '1 year') as generated (month)
)

select
    spans.period,
    spans.grain,
    spans.first_day,
    spans.last_day,
    iku.local_midnight(spans.first_day) as starts_at,
    iku.local_midnight(spans.last_day + 1) as ends_at,
    iku.local_midnight(spans.last_day + 1) <= iku.as_of_time() as is_finished,
    -- the last day of the period that has ended by the as-of time; the day before the first if none has
    least(spans.last_day, bounds.today - 1) as last_ended_day
from spans
cross join bounds
where spans.first_day <= bounds.today;

-- ---------------------------------------------------------------- definitions, publications, figures

create table iku.definition (
    definition text primary key check (definition ~ '^def_[0-9a-f]{12}$'),
    indicator text not null,
    header jsonb not null,
    texts jsonb not null,
    created_at timestamptz not null default clock_timestamp()
);
comment on column iku.definition.texts is 'file name -> the SQL as it was, comments included';

create table iku.definition_source (
    definition text not null references iku.definition,
    source text not null references iku.source,
    primary key (definition, source)
);

create table iku.publication (
    publication_id bigint generated always as identity primary key,
    published_at timestamptz not null default clock_timestamp(),
    published_by text not null default session_user,
    as_of bigint not null,
    as_of_time timestamptz not null
);

create table iku.figure (
    figure_id bigint generated always as identity primary key,
    publication_id bigint not null references iku.publication,
    indicator text not null,
    period text not null,
    revision integer not null check (revision >= 0),
    value numeric,
    low numeric,
    high numeric,
    numerator numeric,
    denominator numeric,
    coverage numeric,
    is_official boolean not null,
    mutu text not null check (mutu in ('cukup', 'basi', 'kurang_data', 'tidak_tersedia')),
    stale_since date,
    reason text not null,
    target numeric,
    capaian numeric,
    predikat text,
    definition text not null references iku.definition,
    as_of bigint not null,
    as_of_time timestamptz not null,
    check ('NaN'::numeric not in (value, low, high, numerator, denominator, coverage, target, capaian)),
    check ((mutu = 'basi') = (stale_since is not null))
);
create index figure_newest on iku.figure (indicator, period, figure_id desc);
create unique index figure_revision on iku.figure (indicator, period, revision) where (revision > 0);
create trigger keep_history before update or delete on iku.definition for each row execute function iku.keep_history();
create trigger keep_history before update or delete on iku.publication for each row execute function iku.keep_history();
create trigger keep_history before update or delete on iku.figure for each row execute function iku.keep_history();

-- grain: one row per figure row ever published, with its stage (tahap) as decisions have made it.
create view iku.published_figure as
with
known as (
    select
        decision.kind,
        decision.indicator,
        decision.period,
        decision.revision
    from iku.decision
    where
        decision.kind in ('verify', 'approve')
        and decision.load_no <= iku.as_of()
        and decision.decided_at <= iku.as_of_time()
)

select
    figure.*,
    case
        when exists (
            select from known
            where
                known.kind = 'approve' and known.indicator = figure.indicator
                and known.period = figure.period and known.revision = figure.revision
        ) then 'disahkan'
        when exists (
            select from known
            where
                known.kind = 'approve' and known.indicator = figure.indicator
                and known.period = figure.period and known.revision < figure.revision
        ) then 'direvisi'
        when exists (
            select from known
            where
                known.kind = 'verify' and known.indicator = figure.indicator
                and known.period = figure.period and known.revision = figure.revision
        ) then 'terverifikasi'
        else 'sementara'
    end as tahap,
    figure.figure_id = first_value(figure.figure_id) over newest as is_newest
from iku.figure
window newest as (partition by figure.indicator, figure.period order by figure.figure_id desc);

-- ---------------------------------------------------------------- least privilege

revoke all on all functions in schema iku from public;

grant usage on schema iku to iku_loader, iku_publisher, iku_reader, iku_auditor;
grant usage on schema fact to iku_loader, iku_auditor;
grant usage on schema staging, indicator to iku_publisher, iku_auditor;

-- the clock and the as-of are for every reader of a view
grant execute on function
iku.local_zone(), iku.local_midnight(date), iku.local_date(timestamptz), iku.as_of(), iku.as_of_time()
to iku_loader, iku_publisher, iku_reader, iku_auditor;

grant select on
iku.source, iku.batch, iku.payload, iku.quarantine, iku.decision, iku.batch_in_force, iku.window_due, iku.window_state
to iku_loader;
grant insert (source, window_on, win, contract_version, purpose, instead_of, decision_id) on iku.batch to iku_loader;
grant insert on iku.payload, iku.quarantine, iku.check_result to iku_loader;
grant execute on function
iku.lock_window(text, tstzrange),
iku.land_batch(bigint, timestamptz, text, date),
iku.judge_batch(bigint, text),
iku.end_batch(bigint, text, text, text, bigint, text, bigint []),
iku.make_partition(text, date)
to iku_loader;

grant select on
iku.source, iku.source_patience, iku.source_allowed, iku.batch, iku.batch_in_force, iku.window_due, iku.window_state,
iku.batch_waiting, iku.period,
iku.definition, iku.definition_source, iku.publication, iku.figure, iku.published_figure, iku.decision
to iku_publisher;
grant insert on iku.publication, iku.figure to iku_publisher;
grant execute on function iku.refresh_statistics() to iku_publisher;

grant select on iku.definition, iku.publication, iku.published_figure, iku.period to iku_reader;

grant select on all tables in schema iku to iku_auditor;
