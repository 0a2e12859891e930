-- What the members that were not seen whole say, as one text: those of one cause together, what costs the figure most
-- first. `members` is an array of {member, name, base_period (null where all are of one), share_seen, is_proven,
-- reason}. It ends up in figure.reason, so it writes periods by their names; the doors say them in words.
create function iku.unobserved_sentences(members jsonb) returns text
language sql immutable parallel safe
begin atomic
    with
    unobserved as (
        select
            listed.member,
            listed.name,
            listed.base_period,
            listed.share_seen,
            listed.is_proven,
            coalesce(nullif(replace(listed.reason, '; ', ', '), ''), 'tidak teramati penuh') as reason,
            -- each has a share of its own; that it does not matter is what they have in common
            case
                when listed.is_proven then 'terbukti walau tidak teramati penuh'
                else coalesce(nullif(split_part(listed.reason, '; ', 1), ''), 'tidak teramati penuh')
            end as cause
        from jsonb_to_recordset(members) as listed (
            member text, name text, base_period text, share_seen numeric, is_proven boolean, reason text
        )
    ),

    told as (
        select
            member,
            cause,
            is_proven,
            min(share_seen) as share_seen,
            sum(1 - share_seen) as share_lost,
            min(base_period) as first_period,
            min(name) as name,
            min(name)
            || case
                when count(base_period) = 0 then ''
                when count(*) <= 2 then ' ' || string_agg(base_period, ' dan ' order by base_period)
                else format(' %s periode', count(*))
            end as label,
            case when count(distinct reason) = 1 then min(reason) else cause end as reason
        from unobserved
        group by member, cause, is_proven
    ),

    placed as (
        select
            told.*,
            row_number() over (
                partition by cause, is_proven order by share_seen, first_period, label, member
            ) as place
        from told
    ),

    causes as (
        select
            cause,
            is_proven,
            count(*) as member_count,
            sum(share_lost) as share_lost,
            min(share_seen) as share_seen,
            min(first_period) as first_period,
            min(reason) as reason,
            string_agg(case when is_proven then name else label end, ', ' order by place)
                filter (where place <= 3) as names,
            min(label) as label
        from placed
        group by cause, is_proven
    ),

    sentences as (
        select
            member_count,
            row_number() over (order by is_proven, share_lost desc, first_period, names) as place,
            case
                when member_count = 1
                    then label || case when cause ~ '^(tidak teramati|teramati|terbukti)' then ' ' else ': ' end || reason
                else
                    format('%s anggota', member_count)
                    || case when cause ~ '^(tidak teramati|teramati|terbukti)' then ' ' else ': ' end
                    || cause
                    || case
                        when is_proven
                            then format(', paling sedikit %s %%', replace(trunc(100 * share_seen, 2)::text, '.', ','))
                        else ''
                    end
                    || format(' (%s', names)
                    || case when member_count > 3 then format(', dan %s lainnya)', member_count - 3) else ')' end
            end as sentence
        from causes
    )

    select
        string_agg(sentence, '; ' order by place) filter (where place <= 5)
        || case
            when count(*) > 5
                then format('; dan alasan lain pada %s anggota', sum(member_count) filter (where place > 5))
            else ''
        end
    from sentences;
end;

revoke all on function iku.unobserved_sentences(jsonb) from public;
grant execute on function iku.unobserved_sentences(jsonb) to iku_publisher, iku_auditor;
