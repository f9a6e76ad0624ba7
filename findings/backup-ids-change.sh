#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# A backup of restic or borg that gets another tag or name has another id, and not always a word of the first one.
#
# Package   Debian restic 0.14.0-1+b5, borgbackup 1.2.4-1 with python3-msgpack 1.0.3-2+b1. restic 0.18.0 of Debian 13 does the
#           same, and its rewrite names the snapshot it was made of as "original", also where that has an "original" itself
# Guess     The id in snapshots --json and list --json, 64 digits, is that of the backup: who keeps a record for each finds it
#           again by that. Names and tags are beside it.
# Behaviour It is the hash of what describes the backup. restic tag makes a snapshot with another id, whose "original" is the
#           first id, however often it is tagged. borg rename and borg recreate make another id, and nothing tells of the
#           one before; only the start is the same. A list read again has a new backup, and one that is gone.
# Output    restic: another id twice, original the first; borg: another id twice, start the same
# Way out   restic: original where there is one, else id; borg: repository and start; or no renames
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
packages=(restic=0.14.0-1+b5 borgbackup=1.2.4-1 python3-msgpack=1.0.3-2+b1)
{ apt-get download "${packages[@]}" && for package in *.deb; do dpkg-deb -x "$package" .; done; } >apt.log 2>&1 || { cat apt.log; exit 2; }
mkdir own source
echo data >source/file
export HOME=$folder/own PYTHONPATH=$folder/usr/lib/python3/dist-packages
export RESTIC_REPOSITORY=$folder/own/restic RESTIC_PASSWORD=finding BORG_REPO=$folder/own/borg BORG_BASE_DIR=$folder/own
restic() { usr/bin/restic --no-cache "$@"; }
borg() { /usr/bin/python3 usr/bin/borg "$@"; }
# The members of the only backup, in the order in which they are asked for.
of() { node -e 'const [list, ...names] = process.argv.slice(1); const all = JSON.parse(list); const [one, ...more] = all.archives ?? all;
    if (more.length) throw new Error("there are more"); console.log(names.map((name) => one[name] ?? "none").join(" "))' "$@"; }
expect() { [ "$2" = "$3" ] || { echo "changed: $1 $2"; exit 1; }; }
differs() { [ "$2" != "$3" ] || { echo "changed: $1 keeps the id"; exit 1; }; }

{ restic init && restic backup source; } >restic.log 2>&1 || { cat restic.log; exit 2; }
snapshot() { of "$(restic snapshots --json)" id original time; }
read -r first original began < <(snapshot)
expect 'restic, original' "$original" none
before=$first
for tag in gold silver; do
    restic tag --add $tag >restic.log 2>&1 || { cat restic.log; exit 2; }
    read -r id original time < <(snapshot)
    differs 'restic tag' "$id" "$before"
    expect 'restic tag, original' "$original" "$first"
    expect 'restic tag, time' "$time" "$began"
    before=$id
done

{ borg init -e none && borg create ::night source; } >borg.log 2>&1 || { cat borg.log; exit 2; }
archive() { of "$(borg list --json)" id original start; }
read -r first original began < <(archive)
before=$first
for change in 'rename ::night day' 'recreate ::day --compression lzma --recompress always'; do
    # shellcheck disable=SC2086
    borg $change >borg.log 2>&1 || { cat borg.log; exit 2; }
    read -r id original start < <(archive)
    differs "borg ${change%% *}" "$id" "$before"
    expect "borg ${change%% *}, start" "$original $start" "none $began"
    before=$id
done
expect 'borg info, the first id' "$(borg info --json ::day | grep -c "$first" || true)" 0
echo 'as found: restic 0.14.0 gives a tagged snapshot another id, borg 1.2.4 a renamed and a recreated archive'
