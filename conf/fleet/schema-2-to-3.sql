-- From version 2 of schema.sql to version 3, in which a session of a month that was dropped does not keep that month from
-- being made again. By the owner of the database, while no jobsessions-follow runs; nothing is read again:
--
--     psql -v ON_ERROR_STOP=1 --single-transaction -f schema-2-to-3.sql postgresql://localhost/fleet

-- The partition of a month, made where there is none, with what lies in the one for all others because the month was
-- dropped meanwhile. Those of 2000 to 2099 alone, whatever an appliance's clock says: no more than 1200.
create or replace function jobsessions.make_partition(month date) returns void
    language plpgsql security definer set search_path = pg_catalog, pg_temp
as $$
declare
    first timestamptz := date_trunc('month', month)::timestamp at time zone 'UTC';
    following timestamptz := (date_trunc('month', month) + interval '1 month')::timestamp at time zone 'UTC';
    partition text := 'stored_session_' || to_char(month, 'YYYY_MM');
begin
    if month < date '2000-01-01' or month >= date '2100-01-01' then
        raise exception 'no month of its own for %', month;
    end if;
    if to_regclass('jobsessions.' || partition) is not null then
        return;
    end if;
    perform pg_advisory_xact_lock(hashtext('jobsessions.make_partition'));
    if to_regclass('jobsessions.' || partition) is null then
        execute format('create table jobsessions.%I (like jobsessions.stored_session)', partition);
        execute format('with moved as (delete from jobsessions.stored_session_other '
                       'where began >= %L and began < %L returning *) '
                       'insert into jobsessions.%I select * from moved', first, following, partition);
        execute format('alter table jobsessions.stored_session attach partition jobsessions.%I '
                       'for values from (%L) to (%L)', partition, first, following);
    end if;
end
$$;

insert into jobsessions.version (version) values (3);
