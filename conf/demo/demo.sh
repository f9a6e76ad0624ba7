#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# The demo: a private httpd on loopback, with TLS and bearer tokens, over a year of job sessions that
# two workers go on writing.
# usage: [PORT=8443] demo.sh start|start-fleet|stop|status
#
# Everything it makes is in one state folder, build/demo/run. When root starts it from a checkout
# that httpd's user cannot enter, the folder is in /var/tmp; build/demo/state says where. The
# machine's own Apache configuration is neither read nor changed.
set -euo pipefail
umask 077

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
top=$(cd "$here/../.." && pwd)
build=$top/build
record=$build/demo/state
port=${PORT:-8443}
service_user=www-data # httpd's user when root starts the demo
token_hours=12
audience=jobsessions
viewer=swagger-ui-dist-5.35.0 # on npm, and what its tarball comes to
viewer_sha512=U06rpMtW9V3XPGOBeamTUSr0Z09jMX4IJuANpE/EZbAhw0G8CgwrzU4YmXkn/h0wCDNsXdGarTNNHC3sU8yVUQ==

. "$here/fleet.sh"

# ---- What people see -------------------------------------------------------------------------

if [[ -t 1 && -z ${NO_COLOR:-} ]]; then
    bold=$'\e[1m' dim=$'\e[2m' plain=$'\e[0m'
else
    bold='' dim='' plain=''
fi

heading() { printf '\n%s%s%s\n' "$bold" "$1" "$plain"; }
indented() { sed 's/^/    /'; }
remark() { printf '%s%s%s\n' "$dim" "$1" "$plain"; }
fail() {
    printf 'demo: %s\n' "$1" >&2
    exit 1
}

# ---- The state folder and the processes it knows ---------------------------------------------

# read_stat PID: fills `stat` with what /proc says of a process, beginning with its state (field 3)
read_stat() {
    local line
    { read -r line <"/proc/$1/stat"; } 2>/dev/null || return 1
    read -ra stat <<<"${line##*) }"
    [[ ${stat[0]} != Z ]]
}

# A process is named by its pid and the moment it started: the pid alone may be another's by now.
# is_alive PID STARTED
is_alive() {
    local stat
    read_stat "$1" && [[ ${stat[19]} == "$2" ]]
}

# remember NAME PID
remember() {
    local stat
    read_stat "$2" || fail "$1 has ended right after its start"
    printf '%s %s %s\n' "$1" "$2" "${stat[19]}" >>"$state/processes"
}

find_state() {
    state=''
    if [[ -r $record ]]; then
        state=$(<"$record")
    fi
    # it will be removed as a whole: only what make_state() makes
    [[ $state == "$build/demo/run" || $state == /var/tmp/jobsessions-demo.* ]] \
        && [[ -r $state/processes ]]
}

# httpd answers for the demo: without it nothing of it is of use.
is_running() {
    local name pid started
    find_state || return 1
    while read -r name pid started; do
        if [[ $name == httpd ]] && is_alive "$pid" "$started"; then
            return 0
        fi
    done <"$state/processes"
    return 1
}

# End what was started, by pid, and say so. Workers finish the session they have at hand.
stop_processes() {
    local name pid started patience
    while read -r name pid started; do
        is_alive "$pid" "$started" || continue
        kill -TERM "$pid"
        for ((patience = 100; patience > 0; patience--)); do
            is_alive "$pid" "$started" || break
            sleep 0.1
        done
        if is_alive "$pid" "$started"; then
            kill -KILL "$pid"
            printf 'killed %s (pid %s), which did not end when asked to\n' "$name" "$pid"
        else
            printf 'stopped %s (pid %s)\n' "$name" "$pid"
        fi
    done < <(tac "$state/processes")
    stop_orphans
}

# An httpd that was killed leaves its children behind; they keep the port, and wait for their parent
# to tell them to end. They are known by the session it led and their command line.
stop_orphans() {
    local file pid stat
    while read -r file; do
        pid=${file//[!0-9]/}
        if read_stat "$pid" && grep -q "^httpd ${stat[3]} " "$state/processes"; then
            kill -KILL "$pid"
            printf 'killed a child that httpd left behind (pid %s)\n' "$pid"
        fi
    done < <(grep -lsF -- "$state/httpd.conf" /proc/[0-9]*/cmdline)
}

forget_state() { rm -rf -- "$state" "$record"; }

# httpd opens the database as its own user, so that user must get into the folder.
service_user_enters() { runuser -u "$service_user" -- test -x "$1"; }

make_state() {
    mkdir -p "$build/demo"
    state=$build/demo/run
    rm -rf -- "$state"
    mkdir -m 0711 "$state"
    if ((EUID == 0)) && ! { chmod 0711 "$build/demo" && service_user_enters "$state"; }; then
        rmdir "$state"
        state=$(mktemp -d /var/tmp/jobsessions-demo.XXXXXXXX)
        chmod 0711 "$state"
    fi
    printf '%s\n' "$state" >"$record"
    mkdir "$state/logs" "$state/run" "$state/tls" "$state/token"
    : >"$state/processes"
}

# ---- Before the start ------------------------------------------------------------------------

check_needs() {
    local command file
    if ! [[ $port =~ ^[1-9][0-9]{0,4}$ ]] || ((port > 65535)); then
        fail "PORT=$port is not a port; give a number from 1 to 65535"
    fi
    for command in openssl curl perl "${APXS:-apxs}"; do
        command -v "$command" >/dev/null \
            || fail "$command is missing; \`make -f Makefile.apxs deps\` installs what is needed"
    done
    for file in mod_jobsessions.so jobsessions worker; do
        [[ -e $build/$file ]] || fail "build/$file is missing; run \`make -f Makefile.apxs\`"
    done
    httpd=$("${APXS:-apxs}" -q SBINDIR)/$("${APXS:-apxs}" -q PROGNAME)
    modules=$("${APXS:-apxs}" -q LIBEXECDIR)
    [[ -e $modules/mod_auth_openidc.so ]] \
        || fail "mod_auth_openidc is missing; \`make -f Makefile.apxs deps\` installs it"
}

has_ipv6_loopback() { grep -qs '^0\{31\}1 ' /proc/net/if_inet6; }

answers_at() { (exec 3<>"/dev/tcp/$1/$port") 2>/dev/null; }

check_port() {
    local address
    for address in 127.0.0.1 ::1; do
        if answers_at "$address"; then
            fail "port $port is in use; choose another: make -f Makefile.apxs demo PORT=$((port % 65535 + 1))"
        fi
    done
}

# ---- Making what httpd needs -----------------------------------------------------------------

# certificate KEY-TYPE NAME FILE: FILE.key and FILE.pem. Addresses of a fleet's appliances are names, too: mod_ssl, which
# asks them, compares a host with no others.
certificate() {
    openssl req -x509 -newkey "$1" -nodes -days 30 -subj "/CN=$2" \
        -addext 'subjectAltName=DNS:localhost,IP:127.0.0.1,IP:::1,DNS:127.0.0.2,DNS:127.0.0.3,DNS:127.0.0.4' \
        ${4:+-pkeyopt "$4"} -keyout "$3.key" -out "$3.pem" 2>"$state/logs/openssl.log" \
        || fail "openssl could not make a certificate: $(tail -n 1 "$state/logs/openssl.log")"
}

make_keys() {
    certificate ec localhost "$state/tls/localhost" ec_paramgen_curve:prime256v1
    certificate rsa:2048 'token issuer' "$state/token/issuer"
}

make_token() {
    token=$("$here/token.sh" "$state/token/issuer.key" "https://localhost:$port" "$audience" \
        demo admin,operator $((token_hours * 3600)))
    # for curl -K
    printf '%s\n' "cacert = \"$state/tls/localhost.pem\"" 'noproxy = "localhost"' silent show-error \
        "header = \"Authorization: Bearer $token\"" >"$state/curl.conf"
}

# httpd's user may be kept out of the checkout.
copy_console() {
    cp -R "$top/conf/console" "$state/console"
    chmod -R a+rX "$state/console"
}

# What shows openapi.json is a package of npm's, which is kept beside the state folder. Nothing of it is run but in the
# browser. Debian has no such package: without npm, or its registry, the demo goes on without.
has_viewer_package() {
    [[ -e $build/demo/$viewer.tgz ]] \
        && [[ $(openssl dgst -sha512 -binary "$build/demo/$viewer.tgz" | openssl base64 -A) == "$viewer_sha512" ]]
}

fetch_viewer_package() {
    has_viewer_package && return
    command -v npm >/dev/null || return
    (cd "$build/demo" && timeout 60 npm pack "${viewer%-*}@${viewer##*-}" --ignore-scripts --fetch-retries=0 \
        --no-update-notifier --cache "$state/npm") >"$state/logs/npm.log" 2>&1 || true
    rm -rf "$state/npm"
    has_viewer_package
}

make_viewer() {
    fetch_viewer_package || return 0
    mkdir "$state/viewer"
    tar -xzf "$build/demo/$viewer.tgz" -C "$state/viewer" --strip-components=1 \
        package/swagger-ui.css package/swagger-ui-bundle.js package/LICENSE
    cp "$here/viewer/"* "$state/viewer"
    chmod -R a+rX "$state/viewer"
}

tool() { "$build/jobsessions" -d "$state/database" "$@"; }

fill_database() {
    if ! tool import <"$here/sessions-example.ndjson" >"$state/logs/import.log" 2>&1 \
        || ! perl "$here/history.pl" | tool import >>"$state/logs/import.log" 2>&1; then
        fail "the database could not be filled: $(tail -n 1 "$state/logs/import.log")"
    fi
    explain_failures "$state/database"
    let_httpd_read "$state/database"
}

# let_httpd_read DIR: whoever writes owns the files; httpd reads, and notes its readers in the lock file.
let_httpd_read() {
    if ((EUID == 0)); then
        chgrp -R "$service_user" "$1"
        chmod 2750 "$1"
        chmod 0640 "$1/data.mdb"
        chmod 0660 "$1/lock.mdb"
    fi
}

# explain_failures DIR: why the last ones failed, where the console and `jobsessions log` look for it.
explain_failures() {
    local id at
    "$build/jobsessions" -d "$1" list --status Error --since 96h --json \
        | sed -nE 's/^\{"id":"([^"]+)".*"executionStopTime":"([^"]+)".*/\1 \2/p' \
        | while read -r id at; do
            printf '{"logTime":"%s","status":"%s","message":"%s"}\n' \
                "$at" Success 'Snapshots of all disks were made' \
                "$at" Warning 'The repository \"Archiv Köln\" answers slowly' \
                "$at" Error 'The repository \"Archiv Köln\" has no space left: 507 Insufficient Storage' \
                | "$build/jobsessions" -d "$1" log "$id" --add
        done
}

# make_stop_directory DIR: what httpd's user asks for there the workers take up.
make_stop_directory() {
    mkdir -m 2770 "$1"
    if ((EUID == 0)); then
        chgrp "$service_user" "$1"
        chmod 2770 "$1"
    fi
}

# ---- Starting --------------------------------------------------------------------------------

# start_process NAME LOG COMMAND…: in a session of its own, so that it outlives this terminal
start_process() {
    local name=$1 log=$2
    shift 2
    setsid "$@" </dev/null >>"$state/logs/$log" 2>&1 9>&- &
    remember "$name" $!
}

start_workers() {
    start_process worker worker-1.log "$build/worker" -d "$state/database" --sessions 0 \
        --type PolicyBackup --seconds 20 --requests "$state/stops"
    start_process worker worker-2.log "$build/worker" -d "$state/database" --sessions 0 \
        --type PolicySnapshot --seconds 7 --requests "$state/stops"
}

start_httpd() {
    {
        printf 'Define DEMO_STATE "%s"\n' "$state"
        printf 'Define DEMO_PORT %s\n' "$port"
        printf 'Define DEMO_MODULE "%s"\n' "$build/mod_jobsessions.so"
        printf 'Define DEMO_MODULES "%s"\n' "$modules"
        printf 'Define DEMO_EXAMPLES "%s"\n' "$top/conf/examples"
        if [[ -d $state/appliances ]]; then
            printf 'Define DEMO_FLEET\n'
        fi
        printf 'Define JOBSESSIONS_CONSOLE "%s"\n' "$state/console"
        if [[ -d $state/viewer ]]; then
            printf 'Define DEMO_VIEWER "%s"\n' "$state/viewer"
        fi
        if ((EUID == 0)); then
            printf 'Define DEMO_USER %s\n' "$service_user"
            printf 'Define DEMO_GROUP %s\n' "$(id -gn "$service_user")"
        fi
        printf 'Listen 127.0.0.1:%s https\n' "$port"
        if [[ -d $state/appliances ]]; then
            printf 'Listen %s:%s https\n' 127.0.0.2 "$port" 127.0.0.3 "$port" 127.0.0.4 "$port"
        fi
        if has_ipv6_loopback; then
            printf 'Listen [::1]:%s https\n' "$port"
        fi
        printf 'Include "%s"\n' "$here/httpd.conf"
    } >"$state/httpd.conf"
    start_process httpd error.log "$httpd" -f "$state/httpd.conf" -D FOREGROUND
}

collection_url() { printf 'https://localhost:%s/api/v1/jobSessions' "$port"; }
export_url() { printf 'https://localhost:%s/api/v1/jobSessions/export' "$port"; }

# request [CURL OPTION…]: an export without a token
request() {
    curl -sS --noproxy localhost --cacert "$state/tls/localhost.pem" -X POST "$@" "$(export_url)"
}

wait_for_httpd() {
    local patience
    for ((patience = 150; patience > 0; patience--)); do
        if request -o "$state/logs/first-answer" 2>"$state/logs/curl.log"; then
            return
        fi
        is_running || fail "httpd has ended right after its start"
        sleep 0.1
    done
    fail "httpd does not answer: $(<"$state/logs/curl.log")"
}

check_workers() {
    local name pid started
    while read -r name pid started; do
        is_alive "$pid" "$started" \
            || fail "$name (pid $pid) has ended: $(tail -qn 1 "$state"/logs/worker-*.log)"
    done <"$state/processes"
}

# ---- Showing ---------------------------------------------------------------------------------

answer_headers() { sed -e 's/[[:space:]]*$//' -e '/^$/d' "$state/logs/headers"; }

show_refusal() {
    local code
    heading 'The export, without a token'
    code=$(request --http2 -D "$state/logs/headers" -o "$state/logs/answer" -w '%{http_code}')
    answer_headers | grep -iE '^(HTTP|www-authenticate)' | indented
    [[ $code == 401 ]] || fail "a request without a token was answered $code, not 401"
}

# The document's first lines. It is one line: without jq, cut where a session begins.
first_lines() {
    if command -v jq >/dev/null; then
        jq . <"$1" | sed -n 1,22p
    else
        head -c 1600 "$1" | sed 's/{"id"/\n&/g' | sed -n 1,4p
    fi
}

show_export() {
    local version code bytes first total count
    heading 'The same with a token that has the role admin, and operator'
    read -r version code bytes first total < <(curl -K "$state/curl.conf" --http2 -X POST \
        -D "$state/logs/headers" -o "$state/export.json" "$(export_url)" \
        -w '%{http_version} %{http_code} %{size_download} %{time_starttransfer} %{time_total}\n')
    answer_headers | indented
    printf '\n'
    [[ $code == 200 ]] || fail "the export was answered $code: $(head -c 300 "$state/export.json")"
    first_lines "$state/export.json" | indented
    remark '    …'
    count=$(head -c 200 "$state/export.json" | sed -n 's/.*"totalCount":\([0-9]*\).*/\1/p')
    printf '\n    %stotalCount %s%s, %s bytes over HTTP/%s, first byte after %s s, all after %s s\n' \
        "$bold" "$count" "$plain" "$bytes" "$version" "$first" "$total"
}

show_lines() {
    local curl cacert jobsessions
    printf -v cacert %q "$state/tls/localhost.pem"
    printf -v curl 'curl -K %q %s' "$state/curl.conf" "$(collection_url)"
    printf -v jobsessions '%q -d %q' "$build/jobsessions" "$state/database"
    heading "Again, by hand (the token is good for $token_hours hours)"
    cat <<END
    curl -sS --cacert $cacert -X POST \\
        -H 'Authorization: Bearer $token' \\
        $(export_url)
END
    heading 'In a browser, with the same token'
    printf '    https://localhost:%s/\n' "$port"
    if [[ -d $state/viewer ]]; then
        printf '    https://localhost:%s/openapi/   all requests there are, to try each\n' "$port"
    else
        remark '    no page for openapi.json: npm could not be had, or did not get swagger-ui-dist'
    fi
    heading 'More to try'
    cat <<END
    # what runs right now; the newest five that went wrong; the longest backup; all of it as a table
    $curl'?Status=Running' | jq -c '.results[] | [.id, .type, .backupJobInfo.policyName]'
    $curl'?Status=Error&Limit=5' | jq -c '.results[] | [.id, .type, .executionStartTime]'
    $curl'?Types=PolicyBackup&Sort=DurationDesc&Limit=1' | jq '.results[].executionDuration'
    $curl'?Limit=-1' -H 'Accept: text/csv' | tail -3
    $curl'/policies' | jq -c '.results[] | [.policyName, .lastRun.status, .lastGoodRunAgeSeconds]'

    # stop what runs: its worker takes that up within a second; the token has the role operator for that
    id=\$($curl'?Status=Running&Types=PolicyBackup&Limit=1' | jq -r '.results[].id')
    $curl"/\$id/stop" -X POST && sleep 2 && $curl"/\$id" | jq .status

    # the same database without httpd; write a session, and see it in the next export
    $jobsessions get 6
    $jobsessions export | jq -r '.results[].status' | sort | uniq -c
    echo '{"type":"ManualSnapshot","status":"Pending"}' | $jobsessions put
END
    heading 'End it'
    printf '    make -f Makefile.apxs demo-stop\n'
}

show_place() {
    printf '%sjobsessions demo%s   https://localhost:%s   ' "$bold" "$plain" "$port"
    awk '{ print $1 " (pid " $2 ")" }' "$state/processes" | paste -sd, | sed 's/,/, /g'
    remark "keys, database and logs are in $state"
}

# ---- Verbs -----------------------------------------------------------------------------------

# Whatever goes wrong on the way up: nothing is left running, and the log says why.
clean_up() {
    local result=$?
    trap - EXIT
    stop_processes >&2
    if [[ -s $state/logs/error.log ]]; then
        printf 'demo: the last lines of the error log:\n' >&2
        tail -n 15 "$state/logs/error.log" | indented >&2
    fi
    forget_state
    exit "$result"
}

# The port of the demo that runs, whatever PORT says now.
adopt_running() {
    port=$(sed -n 's/^Define DEMO_PORT //p' "$state/httpd.conf")
    make_token
}

start_appliance() {
    fill_database
    make_stop_directory "$state/stops"
    start_workers
}

start_fleet() {
    check_fleet_needs
    start_fleet_processes
}

show_what_runs() {
    if [[ -d $state/appliances ]]; then
        show_fleet_lines
    else
        show_lines
    fi
}

# start FUNCTION: which brings the sessions to where httpd reads them
start() {
    if is_running; then
        adopt_running
        printf 'The demo is already running.\n'
        show_place
        show_what_runs
        return
    fi
    if find_state; then # left over from a machine that went down, or an httpd that was killed
        stop_processes
        forget_state
    fi
    check_needs
    check_port
    make_state
    trap clean_up EXIT
    trap 'exit 1' HUP INT TERM PIPE
    make_keys
    make_token
    copy_console
    make_viewer
    "$1"
    start_httpd
    wait_for_httpd
    check_workers
    show_place
    show_refusal
    show_export
    show_what_runs
    trap - EXIT HUP INT TERM PIPE
}

stop() {
    if ! find_state; then
        printf 'No demo is running.\n'
        return
    fi
    stop_processes
    forget_state
}

status() {
    is_running || fail 'no demo is running'
    adopt_running
    show_place
}

# One verb at a time for each checkout. What is started must not inherit the lock.
one_at_a_time() {
    mkdir -p "$build/demo"
    exec 9>"$build/demo/lock"
    flock -n 9 || fail 'another demo.sh is at work in this checkout; wait for it to end'
}

case ${1:-} in
    start)
        one_at_a_time
        start start_appliance
        ;;
    start-fleet)
        one_at_a_time
        start start_fleet
        ;;
    stop | status)
        one_at_a_time
        "$1"
        ;;
    *)
        sed -n 's/^# \(usage\)/\1/p' "$0" >&2
        exit 2
        ;;
esac
