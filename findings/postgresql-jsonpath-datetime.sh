#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# PostgreSQL's jsonpath leaves out of a comparison by .datetime() each time with seven digits, and says nothing.
#
# Package   npm @electric-sql/pglite 0.5.17 (PostgreSQL 18.7). Debian's postgresql-15 15.18-0+deb12u1 finds nothing at all, as
#           its .datetime() takes neither seven digits nor a Z
# Guess     .datetime() reads what a cast to timestamptz reads, and rounds the seventh digit; a time that it cannot read
#           ends the statement with an error, as it does in jsonb_path_query(…, '$.datetime()').
# Behaviour .datetime() takes six digits at most. In a filter, ? (…), its error is "unknown", and so the row is left out:
#           of sessions that began in the range those without digits behind the point, or with up to six, are found, and
#           those that .NET wrote are not. jsonb_path_exists_tz(), @? and @@ do the same, with .timestamp_tz() as well.
# Output    3 rows by the cast; by .datetime() and .timestamp_tz() 2, without 2026-11-02T01:00:00.1234567Z
# Way out   (document ->> 'executionStartTime')::timestamptz; or in the path without .datetime(): times that end in Z are in
#           order as texts
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm install --silent --ignore-scripts --no-audit --no-fund @electric-sql/pglite@0.5.17 >npm.log 2>&1 || { cat npm.log; exit 2; }
cat >read.mjs <<'END'
import { PGlite } from '@electric-sql/pglite';
const db = new PGlite();
await db.exec(`create table sessions (document jsonb); insert into sessions select jsonb_build_object('executionStartTime', began) from
    unnest(array['2026-10-31T01:00:00Z', '2026-11-01T01:00:00Z', '2026-11-02T01:00:00.1234567Z', '2026-11-03T01:00:00.123456Z']) began`);
const start = '@.executionStartTime';
const questions = [
    ['a cast', `(document ->> 'executionStartTime')::timestamptz > '2026-11-01T00:00:00Z'`, 3],
    ['.datetime()', `jsonb_path_exists_tz(document, '$ ? (${start}.datetime() > "2026-11-01T00:00:00Z".datetime())')`, 2],
    ['@?', `document @? '$ ? (${start}.datetime() > "2026-11-01T00:00:00Z".datetime())'`, 2],
    ['@@', `document @@ '$.executionStartTime.datetime() > "2026-11-01T00:00:00Z".datetime()'`, 2],
    ['.timestamp_tz()', `jsonb_path_exists_tz(document, '$ ? (${start}.timestamp_tz() > "2026-11-01T00:00:00Z".timestamp_tz())')`, 2],
    ['texts', `document @? '$ ? (${start} > "2026-11-01")'`, 3],
];
for (const [what, condition, expected] of questions) {
    const { rows } = await db.query(`select document ->> 'executionStartTime' as began from sessions where ${condition} order by 1`);
    const began = rows.map((row) => row.began);
    if (began.length !== expected || began.includes('2026-11-02T01:00:00.1234567Z') !== (expected === 3))
        throw new Error(`${what}: ${began} now`);
}
let error = 'no error';
try { await db.query(`select jsonb_path_query_tz('"2026-11-02T01:00:00.1234567Z"', '$.datetime()')`); } catch (thrown) { error = thrown.message; }
if (!error.startsWith('datetime format is not recognized')) throw new Error(`outside of a filter: ${error} now`);
console.log('as found: jsonpath in PostgreSQL 18 does not find 2026-11-02T01:00:00.1234567Z by .datetime(), without an error');
END
node read.mjs
