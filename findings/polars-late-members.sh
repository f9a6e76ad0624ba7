#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Polars leaves out what it has not seen in the first lines of NDJSON, and says nothing.
#
# Package   npm nodejs-polars 0.26.1 with nodejs-polars-linux-x64-gnu 0.26.1
# Guess     A member that comes first in a later line is a column with nulls before it, or an error, as it is in DuckDB
#           1.5.6 ("has unknown key") and as a number that grows a fraction later is here, too.
# Behaviour scanJson() and readJSON() of lines take the columns from the first 100 and 50 lines. What comes first in a later
#           one is dropped without a word: what only restores have is not there where the newest runs are backups. The same
#           rows as one JSON array end with an error, "extra field in struct data".
# Output    columns id; with inferSchemaLength as large as the file: id, restoreJobInfo
# Way out   inferSchemaLength: the number of lines, or more
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm install --silent --ignore-scripts --no-audit --no-fund nodejs-polars@0.26.1 nodejs-polars-linux-x64-gnu@0.26.1 >npm.log 2>&1 || { cat npm.log; exit 2; }
cat >read.cjs <<'END'
const { readFileSync, writeFileSync } = require('fs');
const polars = require('nodejs-polars');
const rows = Array.from({ length: 3000 }, (_, id) => JSON.stringify({ id: String(id), ...(id >= 2500 ? { restoreJobInfo: { reason: 'test' } } : {}) }));
writeFileSync('rows.ndjson', rows.join('\n') + '\n');
writeFileSync('rows.json', `[${rows}]`);
const lines = (options) => polars.readJSON(readFileSync('rows.ndjson'), { format: 'lines', ...options });
const is = (what, frame, columns) => {
    const seen = `${frame.height} rows, ${frame.columns}`;
    if (seen !== `3000 rows, ${columns}`) throw new Error(`${what}: ${seen} now`);
};
is('readJSON of lines', lines({}), 'id');
is('scanJson', polars.scanJson('rows.ndjson').collectSync(), 'id');
is('the way out', lines({ inferSchemaLength: 3000 }), 'id,restoreJobInfo');
is('the way out', polars.scanJson('rows.ndjson', { inferSchemaLength: 3000 }).collectSync(), 'id,restoreJobInfo');
let error = 'no error';
try { polars.readJSON('rows.json', { format: 'json' }); } catch (thrown) { error = thrown.message; }
if (!error.startsWith('extra field in struct data: restoreJobInfo')) throw new Error(`an array: ${error} now`);
console.log('as found: Polars, nodejs-polars 0.26.1, drops a member that first comes in line 2501, without an error');
END
node read.cjs
