#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# PostgreSQL's logical replication leaves out the rows of a partition that was made later, with both sides up and in step.
#
# Package   Debian postgresql-15 and postgresql-client-15 15.18-0+deb12u1 with libpq5 15.20-0+deb12u1
# Guess     "All of its existing and future partitions are implicitly considered to be part of the publication", says CREATE
#           PUBLICATION of a partitioned table: a month that has been made on both sides comes along.
# Behaviour It is published, and the subscriber throws it away: the subscription knows the partitions of when it was made.
#           There is no error and no line in the log, the slot goes on, and rows of older months keep coming. Where the
#           partition is missing there, the subscription stops with an error, and who makes the partition then has it go on
#           without the rows. ALTER SUBSCRIPTION … REFRESH PUBLICATION copies what is missing; the next month it is the same.
# Output    a month of before: 2 and 2 rows; one of later: 10 and 0, and 10 after REFRESH; by the root: 10 and 10
# Way out   create publication … with (publish_via_partition_root); the subscriber's own partitions take the rows then
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
cat >>data/postgresql.conf <<END
listen_addresses = ''
unix_socket_directories = '$folder/socket'
wal_level = logical
fsync = off
shared_buffers = 16MB
END
as_nobody "$bin/pg_ctl" -D data -w -l data/log start >start.log || { cat start.log data/log; exit 2; }
running=yes

on() { "$bin/psql" -XAtq -v ON_ERROR_STOP=1 -d "$1" -c "$2"; }
month() { on "$1" "create table month_$2 partition of session for values from ('2026-$2-01') to ('2026-$2-28')"; }
rows() { on "$1" "select count(*) from session where began = '2026-$2-05'"; }
for database in fleet replica by_root; do
    on postgres "create database $database"
    on $database 'create table session (id bigint, began timestamptz) partition by range (began)'
    month $database 10
done
subscribe() { # a slot of its own, as both ends are one server
    on fleet "select pg_create_logical_replication_slot('$1', 'pgoutput')" >slot
    on "$1" "create subscription $1 connection 'host=$PGHOST dbname=fleet user=fleet' publication $1 with (create_slot = false)"
}
on fleet 'create publication replica for table session'
on fleet 'create publication by_root for table session with (publish_via_partition_root)'
on fleet "insert into session values (1, '2026-10-05')"
subscribe replica
subscribe by_root
# until each has copied what was there, and until each has what comes after all others, a row of October
wait_for() {
    for _ in $(seq 300); do
        [ "$(on replica "$1") $(on by_root "$1")" != "$2 $2" ] || return 0
        sleep 0.1
    done
    echo 'no replication'
    tail data/log
    exit 2
}
wait_for "select count(*) from pg_subscription_rel where srsubstate <> 'r'" 0
for database in fleet replica by_root; do month $database 11; done
on fleet "insert into session select n, '2026-11-05' from generate_series(1, 10) n"
on fleet "insert into session values (2, '2026-10-05')"
wait_for "select count(*) from session where began = '2026-10-05'" 2

expect() { [ "$2" = "$3" ] || { echo "changed: $1: $2 rows"; exit 1; }; }
expect 'the publisher' "$(rows fleet 11)" 10
expect 'the subscriber' "$(rows replica 11)" 0
expect 'by the root' "$(rows by_root 11)" 10
if grep ERROR data/log; then echo 'changed: it is told'; exit 1; fi
on replica 'alter subscription replica refresh publication'
wait_for "select count(*) from session where began = '2026-11-05'" 10
echo 'as found: of a month that both sides made later, PostgreSQL 15 replicates 0 of 10 rows, until REFRESH PUBLICATION'
