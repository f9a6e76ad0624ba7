#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Behind pgpool-II one repeatable read transaction counts rows at a standby and reads them from the primary.
#
# Package   Debian pgpool2 and libpgpool2 4.3.5-1+deb12u1, postgresql-15 and postgresql-client-15 15.18-0+deb12u1 with libpq5
#           15.20-0+deb12u1
# Guess     With streaming replication an explicit transaction is on one server: it is balanced as a whole, or, as it is repeatable
#           read, not at all; statement_level_load_balance, which balances each statement, is off.
# Behaviour Each SELECT before the first DECLARE is sent to the server that was drawn, also within BEGIN ISOLATION LEVEL REPEATABLE
#           READ READ ONLY, and DECLARE, FETCH and all SELECTs behind it to the primary. A standby that is behind by what
#           delay_threshold allows (10 MB) counts what it has: a total and its page, or an export and its count, differ, though both
#           were asked for in one snapshot. Without a word.
# Output    in one transaction 1000 are counted, the cursor has 400, and 400 are counted again
# Way out   /*NO LOAD BALANCE*/ at the beginning of the SELECT
set -euo pipefail
folder=$(mktemp -d)
pool=
primary=
standby=
stop() {
    if [ -n "$pool" ]; then kill "$(tr -d '\0' <pool/pid)" && wait "$pool" || true; fi
    if [ -n "$standby" ]; then as_nobody "$bin/pg_ctl" -D standby -m immediate -w stop >/dev/null; fi
    if [ -n "$primary" ]; then as_nobody "$bin/pg_ctl" -D primary -m immediate -w stop >/dev/null; fi
    rm -rf "$folder"
}
trap stop EXIT
cd "$folder"
chmod 755 .
packages=(pgpool2=4.3.5-1+deb12u1 libpgpool2=4.3.5-1+deb12u1
    postgresql-15=15.18-0+deb12u1 postgresql-client-15=15.18-0+deb12u1 libpq5=15.20-0+deb12u1)
{ apt-get download "${packages[@]}" && for package in *.deb; do dpkg-deb -x "$package" .; done; } >apt.log 2>&1 || { cat apt.log; exit 2; }
bin=$folder/usr/lib/postgresql/15/bin
LD_LIBRARY_PATH=$(dirname "$(find "$folder/usr/lib" -name 'libpq.so.5' | head -n 1)")
export LD_LIBRARY_PATH PGUSER=fleet PGOPTIONS=
# initdb and pgpool are not to be root
as_nobody() { if [ "$(id -u)" = 0 ]; then setpriv --reuid=65534 --regid=65534 --clear-groups "$@"; else "$@"; fi; }
mkdir primary standby one two pool
chmod 700 primary standby
touch pool/passwd
[ "$(id -u)" != 0 ] || chown -R 65534 primary standby one two pool
as_nobody "$bin/initdb" -D primary -L "$folder/usr/share/postgresql/15" -A trust -U fleet --no-sync >init.log 2>&1 || { cat init.log; exit 2; }
# by TCP, as pgpool comes, and by sockets, as this script does
read -r first second front control < <(perl -MIO::Socket::INET -e 'my @all = map { IO::Socket::INET->new(Listen => 1, LocalAddr => q(127.0.0.1)) } 1 .. 4; print join(" ", map { $_->sockport } @all), "\n"')
cat >>primary/postgresql.conf <<END
listen_addresses = '127.0.0.1'
fsync = off
shared_buffers = 16MB
END
start() { as_nobody "$bin/pg_ctl" -D "$1" -w -l "$1/log" -o "-p $2 -k $folder/$3" start >"$3.log" || { cat "$3.log" "$1/log"; exit 2; }; }
start primary "$first" one
primary=yes
as_nobody "$bin/pg_basebackup" -h "$folder/one" -p "$first" -D standby -R -c fast --no-sync >base.log 2>&1 || { cat base.log; exit 2; }
start standby "$second" two
standby=yes
cat >pgpool.conf <<END
backend_clustering_mode = 'streaming_replication'
listen_addresses = '127.0.0.1'
port = $front
pcp_port = $control
socket_dir = '$folder/pool'
pcp_socket_dir = '$folder/pool'
logdir = '$folder/pool'
pid_file_name = '$folder/pool/pid'
pool_passwd = 'pool/passwd'
backend_hostname0 = '127.0.0.1'
backend_port0 = $first
backend_weight0 = 0
backend_hostname1 = '127.0.0.1'
backend_port1 = $second
backend_weight1 = 1
sr_check_user = 'fleet'
sr_check_database = 'postgres'
num_init_children = 4
END
touch pcp.conf pool_hba.conf
as_nobody usr/sbin/pgpool -n -f pgpool.conf -F pcp.conf -a pool_hba.conf >pgpool.log 2>&1 &
pool=$!
on() { "$bin/psql" -XAtq -v ON_ERROR_STOP=1 -d postgres "$@"; }
through_pool() { timeout 30 "$bin/psql" -XAt -v ON_ERROR_STOP=1 -h 127.0.0.1 -p "$front" -d postgres "$@"; }
wait_for() { # a text, and what is to tell it
    for _ in $(seq 100); do
        [ "$("${@:2}" 2>/dev/null)" != "$1" ] || return 0
        sleep 0.2
    done
    echo "no $1"
    cat pgpool.log
    exit 2
}
roles() { through_pool -c 'show pool_nodes' | cut -d'|' -f 7 | paste -sd' '; }
wait_for 'primary standby' roles

on -h "$folder/one" -p "$first" -c 'create table session as select n from generate_series(1, 1000) n'
wait_for 1000 on -h "$folder/two" -p "$second" -c 'select count(*) from session'
on -h "$folder/two" -p "$second" -c 'select pg_wal_replay_pause()' >pause
wait_for paused on -h "$folder/two" -p "$second" -c 'select pg_get_wal_replay_pause_state()'
on -h "$folder/one" -p "$first" -c 'delete from session where n > 400'
asked=(-c 'begin isolation level repeatable read read only' -c 'select count(*) from session'
    -c 'declare rows no scroll cursor for select n from session' -c 'move all in rows' -c 'select count(*) from session' -c commit)
is=$(through_pool "${asked[@]}" | paste -sd' ')
[ "$is" = 'BEGIN 1000 DECLARE CURSOR MOVE 400 400 COMMIT' ] || { echo "changed: $is"; exit 1; }
asked[3]="/*NO LOAD BALANCE*/ ${asked[3]}"
is=$(through_pool "${asked[@]}" | paste -sd' ')
[ "$is" = 'BEGIN 400 DECLARE CURSOR MOVE 400 400 COMMIT' ] || { echo "changed: with the comment: $is"; exit 1; }
echo 'as found: in one transaction pgpool-II 4.3.5 counts 1000 rows at the standby, and the cursor of the primary has 400'
