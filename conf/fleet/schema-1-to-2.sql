-- From version 1 of schema.sql to version 2, in which sessions may be known by a UUID. By the owner of the database,
-- while no jobsessions-follow runs; nothing is read again:
--
--     psql -v ON_ERROR_STOP=1 --single-transaction -f schema-1-to-2.sql postgresql://localhost/fleet

alter table jobsessions.stored_session add column uuid uuid;
create index stored_session_uuid on jobsessions.stored_session (appliance, generation, uuid) where uuid is not null;

create or replace view jobsessions.session as
    select a.name as appliance, s.id, s.usn, nullif(s.began, '-infinity') as began, s.stopped,
           s.stopped - nullif(s.began, '-infinity') as duration,
           s.status, s.type, s.policy_id, s.policy_name, s.damaged, s.document, s.uuid
    from jobsessions.stored_session s
    join jobsessions.appliance a on a.appliance = s.appliance and a.shown = s.generation;

insert into jobsessions.version (version) values (2);
