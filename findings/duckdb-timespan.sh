#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# DuckDB takes a column of .NET time-spans for times of the day: digits go, and the first long job stops the load.
#
# Package   npm @duckdb/node-api 1.5.6-r.1 (DuckDB 1.5.6)
# Guess     "00:01:10.1877349" stays text: a TIME has six digits behind the point, and a cast that loses is not guessed.
# Behaviour read_json and read_csv infer TIME from the first 20480 rows and leave the seventh digit out. A time-span of a
#           day or more in a later row ends the query with an error; among the first rows it makes the column text, so
#           that the type depends on where the long job stands. ignore_errors makes a NULL of it in JSON.
# Output    TIME, 00:01:10.187734; time field value out of range: "1.02:03:04.0000000"
# Way out   read_json(…, columns = {…, executionDuration: 'VARCHAR'}), read_csv(…, types = {'executionDuration': 'VARCHAR'})
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm install --silent --ignore-scripts --no-audit --no-fund @duckdb/node-api@1.5.6-r.1 >npm.log 2>&1 || { cat npm.log; exit 2; }
cat >read.mjs <<'END'
import { writeFileSync } from 'node:fs';
import { DuckDBInstance } from '@duckdb/node-api';
const connection = await (await DuckDBInstance.create(':memory:')).connect();
const ask = async (sql) => (await connection.runAndReadAll(sql)).getRowsJson();
const is = (what, got, expected) => {
    if (JSON.stringify(got) !== JSON.stringify(expected)) throw new Error(`${what}: ${JSON.stringify(got)} now, not ${JSON.stringify(expected)}`);
};
const short = '00:01:10.1877349', long = '1.02:03:04.0000000';
const spans = Array(30000).fill(short);
const write = (name) => {
    writeFileSync(`${name}.ndjson`, spans.map((span) => `{"executionDuration":"${span}"}\n`).join(''));
    writeFileSync(`${name}.csv`, 'executionDuration\n' + spans.map((span) => span + '\n').join(''));
};
const readers = { ndjson: 'read_json', csv: 'read_csv' };
write('short');
spans[29000] = long;
write('late');
spans[0] = long;
write('early');
for (const [ending, read] of Object.entries(readers)) {
    const first = (name) => ask(`select typeof(executionDuration), executionDuration::varchar from ${read}('${name}.${ending}') limit 1`);
    is(`${read} of short ones`, await first('short'), [['TIME', '00:01:10.187734']]);
    is(`${read} with a long one at first`, await first('early'), [['VARCHAR', long]]);
    const error = await ask(`select max(executionDuration) from ${read}('late.${ending}')`).then(() => 'no error', (thrown) => thrown.message);
    is(`${read} with a long one later`, error.includes(long), true);
}
is('ignore_errors', await ask(`select count(*) from read_json('late.ndjson', ignore_errors = true) where executionDuration is null`), [['1']]);
is('the way out', await ask(`select max(executionDuration) from read_json('late.ndjson', columns = {executionDuration: 'VARCHAR'})`), [[long]]);
is('the way out', await ask(`select max(executionDuration) from read_csv('late.csv', types = {'executionDuration': 'VARCHAR'})`), [[long]]);
console.log('as found: DuckDB 1.5.6 takes time-spans for TIME, less a digit, until one of a day comes');
END
node read.mjs
