-- From version 3 of schema.sql to version 4, in whose view an export reads appliance by appliance. By the owner of the
-- database, while no jobsessions-follow runs; nothing is read again:
--
--     psql -v ON_ERROR_STOP=1 --single-transaction -f schema-3-to-4.sql postgresql://localhost/fleet

create or replace view jobsessions.session as
    select a.name as appliance, s.id, s.usn, nullif(s.began, '-infinity') as began, s.stopped,
           s.stopped - nullif(s.began, '-infinity') as duration,
           s.status, s.type, s.policy_id, s.policy_name, s.damaged, s.document, s.uuid,
           s.appliance as appliance_key, s.generation
    from jobsessions.stored_session s
    join jobsessions.appliance a on a.appliance = s.appliance and a.shown = s.generation;

insert into jobsessions.version (version) values (4);
