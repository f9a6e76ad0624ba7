-- SPDX-License-Identifier: Apache-2.0
-- Sessions into DuckDB, in the place of those of the last time.
--
--   jobsessions -d DIR export --format ndjson --times unixMilliseconds --durations seconds >sessions.ndjson
--   duckdb sessions.duckdb <duckdb.sql
--
-- Say the types: DuckDB guesses them by the first 20,480 lines, and takes time-spans for times of the day, ids for
-- numbers. Lines and no document: of one it reads 16 MB at most (maximum_object_size). A member that no column is named
-- for is left out, one that is missing is NULL. Run with DuckDB 1.5.6.

CREATE OR REPLACE TABLE job_session AS
SELECT id,
       type,
       status,
       epoch_ms(executionStartTime) AS started,
       epoch_ms(executionStopTime) AS stopped,
       executionDuration AS seconds,
       coalesce(backupJobInfo.policyName, healthCheckJobInfo.policyName) AS policy_name,
       usn
FROM read_json('sessions.ndjson', format = 'newline_delimited', columns = {
    id: 'VARCHAR',
    type: 'VARCHAR',
    status: 'VARCHAR',
    executionStartTime: 'BIGINT',
    executionStopTime: 'BIGINT',
    executionDuration: 'DECIMAL(19, 7)',
    backupJobInfo: 'STRUCT(policyName VARCHAR)',
    healthCheckJobInfo: 'STRUCT(policyName VARCHAR)',
    usn: 'UBIGINT'
});
