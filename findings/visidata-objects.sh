#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# VisiData writes CSV of JSON with what the screen shows of objects and lists, from which nothing can be read back.
#
# Package   Debian visidata 2.11-1, with python3 3.11.2. 3.0.2 of Debian 13 does so
# Guess     vd -b FILE.jsonl -o FILE.csv converts: a cell of an object or a list has its JSON, or each member of it a column, as
#           in Miller; what is lost is said.
# Behaviour The cell is "{2} policyName=Nightly count=2", a list "[2] {1} name=a; {1} name=b": nothing is quoted, so that texts with
#           blanks, "=" or ";" are taken for more members, null is None and 1 and "1" are one. TSV and HTML have the same, JSON and
#           JSON lines have all. Exit status 0, no word. Members that first come in later lines have their column.
# Output    {"policyName":"a count=3"} is {1} policyName=a count=3, {"policyName":"a","count":"3"} {2} policyName=a count=3
# Way out   -o FILE.jsonl; CSV from the server or by jq; in the program, columns that are expanded with "("
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
{ apt-get download visidata=2.11-1 && dpkg-deb -x visidata_*.deb .; } >apt.log 2>&1 || { cat apt.log; exit 2; }
cat >sessions.jsonl <<'END'
{"id":"6","job":{"policyName":"Nightly","count":2},"items":[{"name":"a"},{"name":"b"}]}
{"id":"7","job":{"policyName":"a count=3"},"items":[],"later":{"of":null}}
{"id":"8","job":{"policyName":"a","count":"3"}}
END
convert() { HOME=$folder PYTHONPATH=usr/lib/python3/dist-packages /usr/bin/python3 usr/bin/vd -b sessions.jsonl -o "$1" >vd.log 2>&1; }
expect() { [ "$2" = "$3" ] || { echo "changed: $1: $2"; cat vd.log; exit 1; }; }
convert out.csv
expect CSV "$(tr -d '\r' <out.csv)" 'id,job,items,later
6,{2} policyName=Nightly count=2,[2] {1} name=a; {1} name=b,
7,{1} policyName=a count=3,[0] ,{1} of=None
8,{2} policyName=a count=3,,'
convert out.tsv
expect TSV "$(sed -n '2s/\r*$//p' out.tsv)" $'6\t{2} policyName=Nightly count=2\t[2] {1} name=a; {1} name=b\t'
convert out.jsonl
expect 'JSON lines' "$(/usr/bin/python3 -c 'import json; same = [list(map(json.loads, open(name))) for name in ("sessions.jsonl", "out.jsonl")]; print(same[0] == same[1])')" True
echo 'as found: of {"policyName":"a count=3"} CSV of VisiData 2.11 has {1} policyName=a count=3'
