-- What lists are read by, over HTTP or by SQL, beyond what jobsessions-follow needs: by the owner of the database, at any
-- time, and again after an update. README.md tells what each takes, and what it is for. Where there are millions of sessions
-- already, writing waits while they are made.
--
--     psql -v ON_ERROR_STOP=1 --single-transaction -f indexes.sql postgresql://localhost/fleet

-- Of a schema.sql of before: the view has a null where this one has -infinity, so that nothing was found by it.
drop index if exists jobsessions.stored_session_began;
create index if not exists stored_session_newest on jobsessions.stored_session
    (nullif(began, '-infinity') desc nulls last, id desc);

-- What did not go well, or goes on: few of all.
create index if not exists stored_session_status on jobsessions.stored_session
    (status, nullif(began, '-infinity') desc nulls last, id desc) where status <> 'Success';

-- Of a policy, in whatever form its id is written.
create index if not exists stored_session_policy on jobsessions.stored_session
    (translate(lower(policy_id collate "C"), '{}-', ''), nullif(began, '-infinity') desc nulls last, id desc)
    where policy_id is not null;
