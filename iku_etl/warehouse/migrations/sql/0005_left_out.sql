-- What a source's own rule leaves out of a batch, by name and count: until now a sum in iku.batch and names in a cache.
create table iku.left_out (
    batch_id bigint not null references iku.batch,
    reason text not null check (reason <> ''),
    records bigint not null check (records > 0),
    primary key (batch_id, reason)
);
comment on table iku.left_out is
'records that a source''s rule leaves out of a batch, by reason; batches ended before migration 0005 have none';
create trigger keep_history before update or delete on iku.left_out for each row execute function iku.keep_history();
create trigger check_open after insert on iku.left_out
referencing new table as inserted for each statement execute function iku.check_open('ending');

-- grain: one row per batch that leaves something out; left_out: reason -> records
create view iku.batch_left_out as
select
    batch_id,
    jsonb_object_agg(reason, records order by reason) as left_out
from iku.left_out
group by batch_id;

grant insert on iku.left_out to iku_loader;
grant select on iku.left_out, iku.batch_left_out to iku_auditor;

-- a count is none below zero: one that is would let the others add up
alter table iku.batch add constraint batch_counts
check (least(records_read, loaded, quarantined, declared_out) >= 0);
