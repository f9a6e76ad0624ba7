#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# postgres_exporter leaves out a gauge whose column is an interval, and counts the scrape as one without an error.
#
# Package   Debian prometheus-postgres-exporter 0.11.1-3+b5; postgresql-15 and postgresql-client-15 15.18-0+deb12u1 with libpq5
#           15.20-0+deb12u1
# Guess     A query of one's own with now() - moved_at as a GAUGE gives seconds, as a timestamptz does; or NaN, or the scrape fails,
#           which pg_exporter_last_scrape_error tells.
# Behaviour The query's other columns are there and this one is nowhere, not as NaN either: an alert on it never fires. The log
#           has "Unexpected error parsing column" at level info, with the value as a list of bytes; both gauges of errors, of the
#           scrape and of the file with queries, are 0. A timestamptz is seconds since 1970, a boolean 1 or 0, numeric a number.
# Output    lag_usn, lag_complete, lag_moved_at and lag_seconds are there, lag_unmoved is not; 0 errors
# Way out   extract(epoch from now() - moved_at); absent() beside each alert
set -euo pipefail
folder=$(mktemp -d)
exporter=
running=
stop() {
    if [ -n "$exporter" ]; then kill "$exporter" && wait "$exporter" || true; fi
    if [ -n "$running" ]; then as_nobody "$bin/pg_ctl" -D data -m immediate -w stop >/dev/null; fi
    rm -rf "$folder"
}
trap stop EXIT
cd "$folder"
chmod 755 .
packages=(prometheus-postgres-exporter=0.11.1-3+b5 postgresql-15=15.18-0+deb12u1 postgresql-client-15=15.18-0+deb12u1 libpq5=15.20-0+deb12u1)
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

"$bin/psql" -XAtq -v ON_ERROR_STOP=1 -d postgres <<'EOF'
create table moved (appliance text, usn numeric, complete boolean, moved_at timestamptz);
insert into moved values ('a', 7, true, '2026-01-01T00:00:00Z');
create view lag as select *, now() - moved_at as unmoved, extract(epoch from now() - moved_at) as seconds from moved;
EOF
cat >queries.yaml <<'EOF'
lag:
  query: select appliance, usn, complete, moved_at, unmoved, seconds from lag
  metrics:
    - appliance: { usage: LABEL, description: its name }
    - usn: { usage: GAUGE, description: a number }
    - complete: { usage: GAUGE, description: a boolean }
    - moved_at: { usage: GAUGE, description: a time }
    - unmoved: { usage: GAUGE, description: an interval }
    - seconds: { usage: GAUGE, description: an interval in seconds }
EOF
port=$(perl -MIO::Socket::INET -e 'print IO::Socket::INET->new(Listen => 1, LocalAddr => q(127.0.0.1))->sockport')
DATA_SOURCE_NAME="host=$folder/socket user=fleet dbname=postgres sslmode=disable" \
    usr/bin/prometheus-postgres-exporter --web.listen-address="127.0.0.1:$port" --extend.query-path=queries.yaml >exporter.log 2>&1 &
exporter=$!
for _ in $(seq 100); do
    curl -s -o metrics "http://127.0.0.1:$port/metrics" && grep -q '^pg_up 1' metrics && break
    sleep 0.2
done
grep -q '^pg_up 1' metrics || { cat exporter.log; exit 2; }

expect() { [ "$2" = "$3" ] || { echo "changed: $1: $2"; exit 1; }; }
value() { sed -n "s/^$1\\({.*}\\)\\{0,1\\} //p" metrics; }
expect 'a number' "$(value lag_usn)" 7
expect 'a boolean' "$(value lag_complete)" 1
expect 'a time' "$(value lag_moved_at)" 1.7672256e+09
expect 'an interval' "$(grep -c '^lag_unmoved' metrics)" 0
[ -n "$(value lag_seconds)" ] || { echo 'changed: the way out gives nothing'; exit 1; }
expect 'the scrape' "$(value pg_exporter_last_scrape_error)" 0
expect 'the file' "$(value pg_exporter_user_queries_load_error)" 0
grep -q 'level=info.*Unexpected error parsing column.*unmoved' exporter.log || { echo 'changed: the log'; cat exporter.log; exit 1; }
echo "as found: a gauge of an interval is not there, beside $(grep -c '^lag_' metrics) of the same query, and errors are 0"
