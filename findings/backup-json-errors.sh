#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# What restic and borg could not read is not in the JSON that they print of a backup.
#
# Package   Debian restic 0.14.0-1+b5, borgbackup 1.2.4-1 with python3-msgpack 1.0.3-2+b1. restic 0.18.0 of Debian 13 does the
#           same, with one more line on standard error, "exit_error"
# Guess     restic backup --json prints messages, one a line, and those with "message_type":"error" are among them; borg
#           create --json has a member that tells of warnings.
# Behaviour restic prints the messages of errors on standard error, also as JSON, where a pipe does not have them; its
#           summary counts none. borg's document is that of a backup without a fault. Who reads what is printed takes a backup
#           with holes for a good one; the exit status (3 and 1) is lost in a pipe, too.
# Output    restic: status 3, on standard output summary, on standard error error; borg: status 1, no word of it
# Way out   restic backup --json … 2>&1 |, passing lines over that are no JSON; borg create --json … >run.json, and $?
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
chmod 755 .
packages=(restic=0.14.0-1+b5 borgbackup=1.2.4-1 python3-msgpack=1.0.3-2+b1)
{ apt-get download "${packages[@]}" && for package in *.deb; do dpkg-deb -x "$package" .; done; } >apt.log 2>&1 || { cat apt.log; exit 2; }
# root can read everything
as_nobody() { if [ "$(id -u)" = 0 ]; then setpriv --reuid=65534 --regid=65534 --clear-groups "$@"; else "$@"; fi; }
mkdir own source
echo readable >source/readable
echo locked >source/locked
[ "$(id -u)" != 0 ] || chown -R 65534 own source
chmod 000 source/locked
export HOME=$folder/own PYTHONPATH=$folder/usr/lib/python3/dist-packages
export RESTIC_REPOSITORY=$folder/own/restic RESTIC_PASSWORD=finding BORG_REPO=$folder/own/borg BORG_BASE_DIR=$folder/own
restic() { as_nobody "$folder/usr/bin/restic" --no-cache "$@"; }
borg() { as_nobody /usr/bin/python3 "$folder/usr/bin/borg" "$@"; }
expect() { [ "$2" = "$3" ] || { echo "changed: $1 $2"; exit 1; }; }
has() { grep -oE "\"message_type\":\"($1)\"" "$2" | cut -d'"' -f4 | uniq | paste -sd' '; }

restic init >init.log 2>&1 || { cat init.log; exit 2; }
status=0
restic backup --json source >restic.out 2>restic.err || status=$?
expect "restic's exit status" $status 3
expect 'restic, standard output' "$(has 'error|summary' restic.out)" summary
expect 'restic, its words' "$(grep -cE 'locked|denied' restic.out || true)" 0
expect 'restic, standard error' "$(has 'error|summary' restic.err)" error
expect 'restic 2>&1' "$(restic backup --json source 2>&1 | has 'error|summary' -)" 'error summary'

borg init -e none >init.log 2>&1 || { cat init.log; exit 2; }
status=0
borg create --json ::night source >borg.out 2>borg.err || status=$?
expect "borg's exit status" $status 1
expect 'borg, its words' "$(grep -ciE 'locked|denied|warn|error' borg.out || true)" 0
expect 'borg, standard error' "$(grep -c "'locked'" borg.err)" 1
expect 'borg, the same of a good backup' "$(chmod 600 source/locked && borg create --json ::day source | grep -oE '^ *"[a-z_]+"')" "$(grep -oE '^ *"[a-z_]+"' borg.out)"
echo 'as found: restic 0.14.0 and borg 1.2.4 do not tell on standard output what they could not read'
