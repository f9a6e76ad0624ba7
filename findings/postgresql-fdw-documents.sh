#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# postgres_fdw sends no condition on a named member of json or jsonb: it fetches every document, whole, to look at one.
#
# Package   Debian postgresql-15 and postgresql-client-15 15.18-0+deb12u1 with libpq5 15.20-0+deb12u1
# Guess     A WHERE clause is sent to the other server where it has nothing but built-in types, and operators and functions
#           that are immutable, says its page: ->> is one, so document->>'type' = 'Backup' is looked up there, by index.
# Behaviour The name of a member is a text, whose collation is not a foreign column's. So an operator that takes it is
#           computed here, with whatever it stands in: =, IS NULL, a cast, GROUP BY, ORDER BY … LIMIT 1. Each document comes
#           over for that. Selecting one member of a row fetches all of its document. What else the WHERE has is sent:
#           name = 'y', lower(name) = 'y'; of jsonb alone @> and @?, which take no text. EXPLAIN shows it under VERBOSE alone.
# Output    a count by ->> of 1000 documents of 10 KB has 1000 rows sent; by a view's column or @> 1
# Way out   a view on the other server that has the member as a column, and a foreign table of it; @> of jsonb
set -euo pipefail
folder=$(mktemp -d)
running=
stop() {
    if [ -n "$running" ]; then as_nobody "$bin/pg_ctl" -D data -m immediate -w stop >/dev/null; fi
    rm -rf "$folder"
}
trap stop EXIT
cd "$folder"
chmod 755 .
packages=(postgresql-15=15.18-0+deb12u1 postgresql-client-15=15.18-0+deb12u1 libpq5=15.20-0+deb12u1)
{ apt-get download "${packages[@]}" && for package in *.deb; do dpkg-deb -x "$package" .; done; } >apt.log 2>&1 || { cat apt.log; exit 2; }
bin=$folder/usr/lib/postgresql/15/bin
LD_LIBRARY_PATH=$(dirname "$(find "$folder/usr/lib" -name 'libpq.so.5' | head -n 1)")
export LD_LIBRARY_PATH PGHOST=$folder/socket PGUSER=fleet PGOPTIONS='-c client_min_messages=warning'
# initdb refuses to be root
as_nobody() { if [ "$(id -u)" = 0 ]; then setpriv --reuid=65534 --regid=65534 --clear-groups "$@"; else "$@"; fi; }
mkdir data socket
[ "$(id -u)" != 0 ] || chown 65534 data socket
as_nobody "$bin/initdb" -D data -L "$folder/usr/share/postgresql/15" -A trust -U fleet --no-sync >init.log 2>&1 || { cat init.log; exit 2; }
cat >>data/postgresql.conf <<EOF
listen_addresses = ''
unix_socket_directories = '$folder/socket'
fsync = off
shared_buffers = 16MB
EOF
as_nobody "$bin/pg_ctl" -D data -w -l data/log start >start.log || { cat start.log data/log; exit 2; }
running=yes

on() { "$bin/psql" -XAtq -v ON_ERROR_STOP=1 -d "$1" -c "$2"; }
on postgres 'create database fleet'
on fleet "create table session (id bigint, name text, document json, binary_document jsonb);
    insert into session select n, 'y', d, d from generate_series(1, 1000) n, lateral (select json_build_object(
        'type', case n when 7 then 'Backup' else 'Copy' end, 'n', n, 'text', repeat(md5(n::text), 300)) d) d;
    create view session_by_type as select *, document->>'type' as type from session"
on postgres "create extension postgres_fdw;
    create server fleet foreign data wrapper postgres_fdw options (host '$folder/socket', dbname 'fleet');
    create user mapping for fleet server fleet options (user 'fleet');
    import foreign schema public from server fleet into public"

expect() { [ "$2" = "$3" ] || { echo "changed: $1: $2"; exit 1; }; }
# what the other server is asked
asked() { on postgres "explain (verbose, costs off) $1" | sed -n 's/^ *Remote SQL: //p'; }
# how many rows it has sent for that: those that are left, and those thrown away here
sent() {
    on postgres "explain (analyze, timing off, costs off) $1" |
        awk '/Foreign Scan/ { match($0, /rows=[0-9]+/); n = substr($0, RSTART + 5, RLENGTH - 5) } /Removed by Filter/ { n += $NF } END { print n }'
}
all='SELECT document FROM public.session'
count='select count(*) from session where'
expect '=' "$(asked "$count document->>'type' = 'Backup'")" "$all"
expect 'is null' "$(asked "$count document->>'type' is null")" "$all"
expect 'a number' "$(asked "$count (document->'n')::text::int > 3")" "$all"
expect 'a collation' "$(asked "$count document->>'type' collate \"C\" = 'Backup'")" "$all"
expect 'a group' "$(asked "select document->>'type', count(*) from session group by 1")" "$all"
expect 'the first' "$(asked "select document->>'type' from session order by 1 limit 1")" "$all"
expect 'a member' "$(asked "select document->>'type' from session where id = 7")" "$all WHERE ((id = 7))"
expect 'jsonb' "$(asked "$count binary_document->>'type' = 'Backup'")" "${all/document/binary_document}"
expect 'jsonb ?' "$(asked "$count binary_document ? 'type'")" "${all/document/binary_document}"
expect 'with another' "$(asked "$count lower(name) = 'y' and document->>'type' = 'Backup'")" "$all WHERE ((lower(name) = 'y'::text))"
seen="$(sent "$count document->>'type' = 'Backup'") $(sent 'select id from session_by_type where type = '"'Backup'")"
seen+=" $(sent "select id from session where binary_document @> '{\"type\": \"Backup\"}'")"
expect 'rows sent' "$seen" '1000 1 1'
expect 'the count' "$(on postgres "$count document->>'type' = 'Backup'")" 1
echo "as found: rows sent for one that matches: 1000 by ->>, 1 by a column of a view, 1 by @> of jsonb"
