#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# rsyslog's imfile throws away what a line has behind its 8096th byte, and says nothing.
#
# Package   Debian rsyslog 8.2302.0-1+deb12u2 with libestr0 0.1.11-1 and libfastjson4 1.2304.0-1
# Guess     What is longer than maxMessageSize, 8 KiB, comes as further messages, as from the network, and an error names the
#           file.
# Behaviour The message is the first 8096 bytes, the rest is in none, and there is no error, with oversizemsg.report="on"
#           neither; the next line follows. A line of JSON is none then, so that mmjsonparse has no members of it and whoever
#           asks for them misses it.
# Output    lines of 120, 20022, 320 and 9021 bytes come as 120, 8096, 320 and 8096; of the second mmjsonparse knows no id
# Way out   global(maxMessageSize="2m") in the first line, which is more than any line has
set -euo pipefail
folder=$(mktemp -d)
server=
trap '[ -z "$server" ] || { kill "$server"; wait "$server" || true; }; rm -rf "$folder"' EXIT
cd "$folder"
packages=(rsyslog=8.2302.0-1+deb12u2 libestr0=0.1.11-1 libfastjson4=1.2304.0-1)
{ apt-get download "${packages[@]}" && for package in *.deb; do dpkg-deb -x "$package" .; done; } >apt.log 2>&1 || { cat apt.log; exit 2; }
modules=$(dirname "$(find "$folder/usr/lib" -name imfile.so)")
node -e 'for (const size of [100, 20000, 300, 9000]) console.log(JSON.stringify({ id: size, text: "x".repeat(size) }))' >lines.ndjson
# Messages as they came, and what mmjsonparse finds in them, with the parameters of global() that are given.
read_lines() {
    mkdir "$1"
    cat >"$1/rsyslog.conf" <<END
global(workDirectory="$folder/$1" $2)
module(load="imfile")
module(load="mmjsonparse")
template(name="came" type="string" string="%rawmsg%\n")
template(name="found" type="string" string="%\$!id%\n")
input(type="imfile" File="$folder/lines.ndjson" Tag="sessions")
action(type="omfile" file="$folder/$1/came" template="came")
action(type="mmjsonparse" cookie="")
action(type="omfile" file="$folder/$1/found" template="found")
END
    LD_LIBRARY_PATH=$(dirname "$(find "$folder/usr/lib" -name 'libestr.so.0')") usr/sbin/rsyslogd -n -f "$1/rsyslog.conf" -i "$folder/$1/pid" -M "$modules" >"$1/log" 2>&1 &
    server=$!
    for _ in $(seq 100); do
        [ ! -e "$1/found" ] || [ "$(wc -l <"$1/found")" -lt 4 ] || break
        sleep 0.1
    done
    kill "$server"
    wait "$server" || true
    server=
}
expect() { [ "$2" = "$3" ] || { echo "changed: $1 $2"; exit 1; }; }
lengths() { awk '{ print length($0) }' "$1" | paste -sd' '; }
for report in '' 'oversizemsg.report="on"'; do
    read_lines "plain${#report}" "$report"
    expect "messages of, $report," "$(lengths "plain${#report}/came")" '120 8096 320 8096'
    expect "ids, $report," "$(paste -sd, "plain${#report}/found")" '100,,300,'
    expect "errors, $report," "$(cat "plain${#report}/log")" ''
done
read_lines larger 'maxMessageSize="2m"'
expect 'messages of, with a larger maxMessageSize,' "$(lengths larger/came)" '120 20022 320 9021'
expect 'ids, with a larger maxMessageSize,' "$(paste -sd, larger/found)" '100,20000,300,9000'
echo 'as found: rsyslog 8.2302.0 leaves out what is behind the 8096th byte of a line'
