-- From version 3 of schema.sql to version 4, in whose view an export reads appliance by appliance, whose partitions can be
-- published, and in which no new month keeps readers waiting. By the owner of the database, while no jobsessions-follow
-- runs; nothing is read again:
--
--     psql -v ON_ERROR_STOP=1 --single-transaction -f schema-3-to-4.sql postgresql://localhost/fleet

create or replace view jobsessions.session as
    select a.name as appliance, s.id, s.usn, nullif(s.began, '-infinity') as began, s.stopped,
           s.stopped - nullif(s.began, '-infinity') as duration,
           s.status, s.type, s.policy_id, s.policy_name, s.damaged, s.document, s.uuid,
           s.appliance as appliance_key, s.generation
    from jobsessions.stored_session s
    join jobsessions.appliance a on a.appliance = s.appliance and a.shown = s.generation;

-- The partition of a month, made where there is none, with what lies in the one for all others because the month was
-- dropped meanwhile. Those of 2000 to 2099 alone, whatever an appliance's clock says: no more than 1200. While somebody
-- reads, it is left for another time, as whoever comes then would wait, too: sessions go to the one for all others.
create or replace function jobsessions.make_partition(month date) returns void
    language plpgsql security definer set search_path = pg_catalog, pg_temp set lock_timeout = '200ms'
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
    begin
        perform pg_advisory_xact_lock(hashtext('jobsessions.make_partition'));
        lock table jobsessions.stored_session_other in access exclusive mode;
    exception when lock_not_available then
        return;
    end;
    if to_regclass('jobsessions.' || partition) is null then
        execute format('create table jobsessions.%I (like jobsessions.stored_session)', partition);
        execute format('alter table jobsessions.%I replica identity full', partition);
        execute format('with moved as (delete from jobsessions.stored_session_other '
                       'where began >= %L and began < %L returning *) '
                       'insert into jobsessions.%I select * from moved', first, following, partition);
        execute format('alter table jobsessions.stored_session attach partition jobsessions.%I '
                       'for values from (%L) to (%L)', partition, first, following);
    end if;
end
$$;

do $$
declare
    partition regclass;
begin
    for partition in select inhrelid from pg_inherits where inhparent = 'jobsessions.stored_session'::regclass
    loop
        execute format('alter table %s replica identity full', partition);
    end loop;
end
$$;

insert into jobsessions.version (version) values (4);
