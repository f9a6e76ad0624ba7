-- SPDX-License-Identifier: Apache-2.0
-- Sessions into PostgreSQL, again and again: the last state of each.
--
--   jobsessions -d DIR export --format ndjson --times unixMilliseconds --durations seconds >sessions.ndjson
--   psql -v ON_ERROR_STOP=1 --single-transaction -f postgresql.sql
--
-- Never make an interval of the time-spans that stand there without --durations: PostgreSQL takes 1.02:03:04 for
-- 1 day 03:32:48, and says nothing. Ids are text: some are above what a bigint holds, some are UUIDs.

CREATE TABLE IF NOT EXISTS job_session (
    id text PRIMARY KEY,
    type text,
    status text,
    started timestamptz,
    stopped timestamptz,
    duration interval,
    policy_id text,
    policy_name text,
    usn bigint
);

CREATE TEMPORARY TABLE line (document text) ON COMMIT DROP;

-- text format would take backslashes for its own: this is CSV whose quote and delimiter are in no JSON
\copy line FROM 'sessions.ndjson' WITH (FORMAT csv, QUOTE E'\x01', DELIMITER E'\x02')

-- no text of PostgreSQL's has a NUL, so a member of somebody's that has one gets U+FFFD for it; two backslashes, which
-- are no escape of what follows, are out of the way meanwhile
WITH session AS (
    SELECT replace(replace(replace(document, '\\', E'\x03'), '\u0000', '\ufffd'), E'\x03', '\\')::json AS document FROM line
)
INSERT INTO job_session
SELECT document->>'id',
       document->>'type',
       document->>'status',
       to_timestamp((document->>'executionStartTime')::numeric / 1000),
       to_timestamp((document->>'executionStopTime')::numeric / 1000),
       (document->>'executionDuration')::numeric * interval '1 second',
       coalesce(document->'backupJobInfo'->>'policyId', document->'healthCheckJobInfo'->>'policyId'),
       coalesce(document->'backupJobInfo'->>'policyName', document->'healthCheckJobInfo'->>'policyName'),
       (document->>'usn')::bigint
FROM session
ON CONFLICT (id) DO UPDATE SET
    (type, status, started, stopped, duration, policy_id, policy_name, usn) =
    (excluded.type, excluded.status, excluded.started, excluded.stopped, excluded.duration, excluded.policy_id,
     excluded.policy_name, excluded.usn);
