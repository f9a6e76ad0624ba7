-- The sessions of all appliances, as jobsessions-follow brings them here. For PostgreSQL 13 and later; once, by
-- the owner of the database:
--
--     psql -v ON_ERROR_STOP=1 --single-transaction -f schema.sql postgresql://localhost/fleet
--
-- Two roles, without login, are made where there are none: grant jobsessions_follower to whoever runs
-- jobsessions-follow, jobsessions_reader to whoever reads.

create schema jobsessions;

-- What jobsessions-follow finds is of the highest version here. A later schema.sql comes with a file that leads from
-- one version to the next.
create table jobsessions.version (
    version integer primary key,
    since timestamptz not null default now()
);
insert into jobsessions.version (version) values (4);

create table jobsessions.appliance (
    appliance integer generated always as identity primary key,
    name text not null unique,
    shown bigint   -- the generation that is read; null: none was whole yet
);

-- One history of an appliance's database: another one begins when it is restored or replaced.
create table jobsessions.generation (
    appliance integer not null references jobsessions.appliance,
    generation bigint not null,
    identity text not null,             -- of the database
    usn bigint not null default 0,      -- all changes up to this one are here
    loaded_to bigint not null,          -- its last usn when reading began
    complete boolean not null default false,
    moved_at timestamptz not null default now(),
    primary key (appliance, generation)
);

-- A session's months are its partitions, so that history goes by dropping them. Nothing unique can span them:
-- it is the follower that keeps a session in one of them alone.
create table jobsessions.stored_session (
    appliance integer not null,
    generation bigint not null,
    id numeric(20) not null,            -- 0 to 18446744073709551615; in the order in which they were created
    usn bigint not null,
    began timestamptz not null,         -- executionStartTime, to the microsecond; -infinity: it has none
    stopped timestamptz,
    status text,
    type text,
    policy_id text,
    policy_name text,
    damaged boolean not null,           -- the appliance could not read it; document is null then
    document json,                      -- its canonical JSON, byte for byte, without _links
    uuid uuid                           -- what the appliance knows it by, where that is not its number
) partition by range (began);

create table jobsessions.stored_session_other partition of jobsessions.stored_session default;

-- Where the table is published, what takes rows away is refused without; elsewhere it costs nothing. Each partition needs
-- its own.
alter table jobsessions.stored_session_other replica identity full;

create index stored_session_id on jobsessions.stored_session (appliance, generation, id);
create index stored_session_uuid on jobsessions.stored_session (appliance, generation, uuid) where uuid is not null;
-- The newest first, and ranges of time, as the view has them. indexes.sql has more, for lists over HTTP.
create index stored_session_newest on jobsessions.stored_session (nullif(began, '-infinity') desc nulls last, id desc);

-- What is to be read. appliance_key and generation are for the order in which rows are found by index, appliance by appliance.
create view jobsessions.session as
    select a.name as appliance, s.id, s.usn, nullif(s.began, '-infinity') as began, s.stopped,
           s.stopped - nullif(s.began, '-infinity') as duration,
           s.status, s.type, s.policy_id, s.policy_name, s.damaged, s.document, s.uuid,
           s.appliance as appliance_key, s.generation
    from jobsessions.stored_session s
    join jobsessions.appliance a on a.appliance = s.appliance and a.shown = s.generation;

-- How far each appliance was followed, for monitoring.
create view jobsessions.lag as
    select a.name as appliance, g.identity, g.usn, g.complete, g.moved_at, now() - g.moved_at as unmoved
    from jobsessions.appliance a
    join jobsessions.generation g using (appliance);

-- The partition of a month, made where there is none, with what lies in the one for all others because the month was
-- dropped meanwhile. Those of 2000 to 2099 alone, whatever an appliance's clock says: no more than 1200. While somebody
-- reads, it is left for another time, as whoever comes then would wait, too: sessions go to the one for all others.
create function jobsessions.make_partition(month date) returns void
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

-- Retention: drop the months that end before a day. Returns how many.
create function jobsessions.drop_months_before(day date) returns integer
    language plpgsql set search_path = pg_catalog, pg_temp
as $$
declare
    partition text;
    dropped integer := 0;
begin
    for partition in
        select relname from pg_inherits join pg_class on pg_class.oid = inhrelid
        where inhparent = 'jobsessions.stored_session'::regclass and relname ~ '^stored_session_\d{4}_\d\d$'
            and to_date(right(relname, 7), 'YYYY_MM') + interval '1 month' <= day
    loop
        execute format('drop table jobsessions.%I', partition);
        dropped := dropped + 1;
    end loop;
    return dropped;
end
$$;

do $$
begin
    if not exists (select from pg_roles where rolname = 'jobsessions_follower') then
        create role jobsessions_follower nologin;
    end if;
    if not exists (select from pg_roles where rolname = 'jobsessions_reader') then
        create role jobsessions_reader nologin;
    end if;
end
$$;

revoke all on function jobsessions.make_partition(date) from public;
revoke all on function jobsessions.drop_months_before(date) from public;
grant usage on schema jobsessions to jobsessions_follower, jobsessions_reader;
grant select on jobsessions.session, jobsessions.lag to jobsessions_reader;
grant select on jobsessions.version to jobsessions_follower;
grant select, insert, update on jobsessions.appliance to jobsessions_follower;
grant select, insert, update, delete on jobsessions.generation, jobsessions.stored_session to jobsessions_follower;
grant execute on function jobsessions.make_partition(date) to jobsessions_follower;
