#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# PostgreSQL reads a .NET time-span of a day or more as another duration, and says nothing.
#
# Package   npm @electric-sql/pglite 0.5.17 (PostgreSQL 18.7). Debian's postgresql-15 15.18-0+deb12u1 does the same, by
#           COPY into a column of type interval as well.
# Guess     '1.02:03:04' is refused, as it is none of the documented forms of an interval.
# Behaviour The point ends the days' fraction, not the days: 1.02 days, and "03:04" is what is left. Where the hours are
#           00 it even looks right in days.
# Output    1.02:03:04 is 1 day 03:32:48; 1.00:59:00 is 1 day 59:00:00; 10.02:03:04.5000000 is 10 days 00:31:52.5
# Way out   regexp_replace(span, '^(\d+)\.(?=\d\d:)', '\1 ')::interval
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm install --silent --ignore-scripts --no-audit --no-fund @electric-sql/pglite@0.5.17 >npm.log 2>&1 || { cat npm.log; exit 2; }
cat >read.mjs <<'END'
import { PGlite } from '@electric-sql/pglite';
const db = new PGlite();
const spans = { '1.02:03:04': '1 day 03:32:48', '1.00:59:00': '1 day 59:00:00', '10.02:03:04.5000000': '10 days 00:31:52.5' };
for (const [span, expected] of Object.entries(spans)) {
    const { rows } = await db.query('select cast($1::text as interval)::text as read', [span]);
    if (rows[0].read !== expected) throw new Error(`${span} is ${rows[0].read} now, not ${expected}`);
}
const { rows } = await db.query(String.raw`select regexp_replace('1.02:03:04', '^(\d+)\.(?=\d\d:)', '\1 ')::interval::text as read`);
if (rows[0].read !== '1 day 02:03:04') throw new Error(`the way out gives ${rows[0].read}`);
console.log('as found: PostgreSQL reads 1.02:03:04 as 1 day 03:32:48');
END
node read.mjs
