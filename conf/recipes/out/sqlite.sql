-- SPDX-License-Identifier: Apache-2.0
-- Sessions into SQLite, in the place of those of the last time.
--
--   jobsessions -d DIR export --format csv --times unixMilliseconds --durations seconds >sessions.csv
--   sqlite3 sessions.db <sqlite.sql
--
-- What comes from CSV is text, and a cell that is empty is an empty text: numbers are cast, and '' is NULL. Ids stay text.

.bail on
DROP TABLE IF EXISTS line;
.import --csv sessions.csv line

BEGIN;
DROP TABLE IF EXISTS job_session;
CREATE TABLE job_session (
    id TEXT PRIMARY KEY,
    type TEXT,
    status TEXT,
    started INTEGER, -- milliseconds since 1970: datetime(started / 1000, 'unixepoch')
    stopped INTEGER,
    seconds REAL,
    policy_name TEXT,
    usn INTEGER
);
INSERT INTO job_session
SELECT id, nullif(type, ''), nullif(status, ''),
       CAST(nullif(executionStartTime, '') AS INTEGER),
       CAST(nullif(executionStopTime, '') AS INTEGER),
       CAST(nullif(executionDuration, '') AS REAL),
       coalesce(nullif("backupJobInfo.policyName", ''), nullif("healthCheckJobInfo.policyName", '')),
       CAST(usn AS INTEGER)
FROM line;
DROP TABLE line;
COMMIT;
