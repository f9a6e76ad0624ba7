-- SPDX-License-Identifier: Apache-2.0
-- Sessions into ClickHouse, again and again: of each the state of the highest usn counts, and FINAL shows that one alone.
--
--   clickhouse-client --queries-file clickhouse.sql
--   jobsessions -d DIR export --format ndjson --times unixMilliseconds --durations seconds |
--       clickhouse-client --query "INSERT INTO job_session_line FORMAT JSONEachRow" --input_format_skip_unknown_fields 1
--
-- Say the types: ClickHouse guesses them by the first 25,000 lines. Ids are String: a UInt64 holds no UUID.
-- Run with ClickHouse 26.7.2, as chDB has it, the engine within a program: it takes these statements, too.

CREATE TABLE IF NOT EXISTS job_session (
    id String,
    type LowCardinality(Nullable(String)),
    status LowCardinality(Nullable(String)),
    started Nullable(DateTime64(3, 'UTC')),
    stopped Nullable(DateTime64(3, 'UTC')),
    seconds Nullable(Decimal(19, 7)),
    policy_name Nullable(String),
    usn UInt64
) ENGINE = ReplacingMergeTree(usn) ORDER BY id;

CREATE TABLE IF NOT EXISTS job_session_line (
    id String,
    type Nullable(String),
    status Nullable(String),
    executionStartTime Nullable(Int64),
    executionStopTime Nullable(Int64),
    executionDuration Nullable(Decimal(19, 7)),
    backupJobInfo Tuple(policyName Nullable(String)),
    healthCheckJobInfo Tuple(policyName Nullable(String)),
    usn UInt64
) ENGINE = Null;

CREATE MATERIALIZED VIEW IF NOT EXISTS job_session_from_line TO job_session AS
SELECT id,
       type,
       status,
       fromUnixTimestamp64Milli(executionStartTime, 'UTC') AS started,
       fromUnixTimestamp64Milli(executionStopTime, 'UTC') AS stopped,
       executionDuration AS seconds,
       coalesce(backupJobInfo.policyName, healthCheckJobInfo.policyName) AS policy_name,
       usn
FROM job_session_line;
