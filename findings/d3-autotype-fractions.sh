#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# d3's autoType makes dates of the times with no fraction or three digits of it, and leaves others of the same column texts.
#
# Package   npm d3-dsv 3.0.2
# Guess     A time of ISO 8601 is a Date, in milliseconds, as new Date() reads it and Papa Parse's dynamicTyping has it, however
#           many digits there are.
# Behaviour Its pattern has no fraction or one of three digits. Where fractions are as long as they need to be, one column holds
#           Dates and texts, row by row: what was tried with times of whole seconds works. A text compared with a Date is
#           false either way, a difference is NaN, and d3.extent() and d3.max() pass over what cannot be compared: the axis ends
#           early. No error.
# Output    Date, Date, string, string for times of :00Z, :00.123Z, :00.825504Z and :00.1234567Z; d3.max() is the second
# Way out   a row function: new Date(row.executionStartTime)
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm install --silent --no-save --ignore-scripts --no-audit --no-fund d3-dsv@3.0.2 d3-array@3.2.4 papaparse@5.7.1 >npm.log 2>&1 || { cat npm.log; exit 2; }
cat >read.mjs <<'END'
import { extent, max } from 'd3-array';
import { autoType, csvParse } from 'd3-dsv';
import papaparse from 'papaparse';
const times = ['2026-11-01T01:00:00Z', '2026-11-01T04:00:00.123Z', '2026-11-01T05:00:00.825504Z', '2026-11-01T06:00:00.1234567Z'];
const csv = ['began', ...times].join('\n');
const is = (what, got, expected) => {
    if (JSON.stringify(got) !== JSON.stringify(expected)) throw new Error(`${what}: ${JSON.stringify(got)} now, not ${JSON.stringify(expected)}`);
};
const types = (rows) => rows.map(({ began }) => began instanceof Date ? 'Date' : typeof began);
const rows = csvParse(csv, autoType);
const began = ({ began }) => began;
is('autoType', types(rows), ['Date', 'Date', 'string', 'string']);
is('extent', extent(rows, began), [new Date(times[0]), new Date(times[1])]);
is('max', max(rows, began), new Date(times[1]));
is('compared', [rows[0].began < rows[3].began, rows[0].began > rows[3].began, String(rows[3].began - rows[0].began)], [false, false, 'NaN']);
is('new Date', new Date(times[3]).toISOString(), '2026-11-01T06:00:00.123Z');
is('Papa Parse', types(papaparse.parse(csv, { header: true, dynamicTyping: true }).data), Array(4).fill('Date'));
const read = csvParse(csv, (row) => ({ began: new Date(row.began) }));
is('the way out', extent(read, began), [new Date(times[0]), new Date(times[3])]);
console.log('as found: of four times autoType of d3-dsv 3.0.2 makes two dates, and the last is the second');
END
node read.mjs
