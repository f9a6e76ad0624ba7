#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# csvsort and csvjoin of csvkit write other cells than they have read, in columns that nobody named.
#
# Package   Debian csvkit 1.0.7-1 with python3-agate 1.6.3-2
# Guess     They guess types to compare what they sort or join by; all cells come out as they went in, as with csvcut and
#           csvgrep.
# Behaviour Every column's type is guessed, and every cell written anew: 001 is 1, 12e3 is 1.2E+4, false is False, times lose
#           the seventh digit, time-spans shorter than a day change their form, and only where none is longer. csvjson
#           makes numbers of ids by way of doubles: two that differ in the last digits become one.
# Output    9007199254740993,001,12e3,false,…T01:00:00.1234567Z,00:01:10.1877349 comes out of csvsort as
#           9007199254740993,1,1.2E+4,False,…T01:00:00.123457+00:00,0:01:10.187735; of csvjson as {"id": 9007199254740992.0, …
# Way out   --no-inference (-I), which sorts as text
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
packages=(csvkit=1.0.7-1 python3-csvkit=1.0.7-1 python3-agate=1.6.3-2 python3-babel=2.10.3-1 python-babel-localedata=2.10.3-1
    python3-tz=2022.7.1-4 python3-isodate=0.6.1-1 python3-leather=0.3.4-2 python3-parsedatetime=2.6-3
    python3-pytimeparse=1.1.5-3 python3-slugify=4.0.0-2 python3-unidecode=1.3.6-1 python3-six=1.16.0-4)
{ apt-get download "${packages[@]}" && for package in *.deb; do dpkg-deb -x "$package" .; done; } >apt.log 2>&1 || { cat apt.log; exit 2; }
export PYTHONPATH=$folder/usr/lib/python3/dist-packages
cat >sessions.csv <<'END'
id,snapshot,label,isRunning,executionStartTime,executionDuration
9007199254740993,001,12e3,false,2026-11-01T01:00:00.1234567Z,00:01:10.1877349
9007199254740992,002,12e4,true,2026-11-02T01:00:00Z,00:59:00
END
run() { /usr/bin/python3 "usr/bin/$1" "${@:2}"; }
expect() { [ "$2" = "$3" ] || { echo "changed: $1 $2"; exit 1; }; }
first() { grep '^9007199254740993,'; }
given=$(first <sessions.csv)
rewritten='9007199254740993,1,1.2E+4,False,2026-11-01T01:00:00.123457+00:00,0:01:10.187735'
expect csvgrep "$(run csvgrep -c id -r . sessions.csv | first)" "$given"
expect csvsort "$(run csvsort -c id sessions.csv | first)" "$rewritten"
expect 'csvsort -I' "$(run csvsort -I -c id sessions.csv | first)" "$given"
expect csvjoin "$(run csvjoin -c id sessions.csv sessions.csv | first)" "$rewritten,${rewritten#*,}"
expect csvjson "$(run csvjson sessions.csv | grep -o '"id": 9007199254740992.0' | wc -l)" 2
echo "as found: csvsort makes $rewritten of $given"
