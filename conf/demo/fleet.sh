# SPDX-License-Identifier: Apache-2.0
# What demo.sh serves when it is asked for a fleet: three appliances whose workers go on writing, a PostgreSQL of its
# own, and jobsessions-follow between them. Sourced by demo.sh, whose functions it uses.

appliances=(berlin lyon porto)
postgres=$(printf '%s\n' /usr/lib/postgresql/*/bin | sort -V | tail -n 1)

check_fleet_needs() {
    [[ -x $postgres/initdb ]] \
        || fail "PostgreSQL is missing; \`make -f Makefile.apxs demo-fleet\` installs it where it may"
    [[ -e $modules/mod_dbd.so ]] || fail "mod_dbd is missing"
    [[ -e $build/jobsessions-follow ]] \
        || fail "build/jobsessions-follow is missing, which libpq-dev and libcurl4-openssl-dev are needed for"
}

sql() { psql -Xqt -v ON_ERROR_STOP=1 -h "$state/postgres" -U fleet "$@"; }

# Whoever gets into the folder of its socket may be any of its users, and that is httpd's user alone, and root.
start_postgres() {
    local patience as_user=()
    mkdir -m 0700 "$state/postgres"
    if ((EUID == 0)); then # which PostgreSQL refuses to be
        chown "$service_user:" "$state/postgres"
        as_user=(setpriv --reuid "$service_user" --regid "$(id -g "$service_user")" --clear-groups)
    fi
    (cd "$state/postgres" && "${as_user[@]}" "$postgres/initdb" -D "$state/postgres/data" -A trust -U fleet --no-locale \
        -E UTF8 --no-sync) >"$state/logs/initdb.log" 2>&1 \
        || fail "no database cluster could be made: $(tail -n 1 "$state/logs/initdb.log")"
    start_process postgres postgres.log "${as_user[@]}" "$postgres/postgres" -D "$state/postgres/data" \
        -k "$state/postgres" -c listen_addresses=
    for ((patience = 150; patience > 0; patience--)); do
        if sql -c 'create database fleet' postgres 2>"$state/logs/psql.log"; then
            break
        fi
        sleep 0.1
    done
    sql --single-transaction -f "$top/conf/fleet/schema.sql" fleet >>"$state/logs/psql.log" 2>&1 \
        && sql -c 'create role web login in role jobsessions_reader' fleet >>"$state/logs/psql.log" 2>&1 \
        || fail "the schema could not be made: $(tail -n 1 "$state/logs/psql.log")"
}

# The same year, shifted, and less of it for each.
fill_appliances() {
    local number=0 name
    mkdir -m 0711 "$state/appliances"
    for name in "${appliances[@]}"; do
        number=$((number + 1))
        perl "$here/history.pl" $(($(date +%s) - 5400 * number)) | tail -n $((3000 - 700 * number)) \
            | "$build/jobsessions" -d "$state/appliances/$name" import >>"$state/logs/import.log" 2>&1 \
            || fail "a database could not be filled: $(tail -n 1 "$state/logs/import.log")"
        explain_failures "$state/appliances/$name"
        let_httpd_read "$state/appliances/$name"
        make_stop_directory "$state/appliances/$name.stops"
    done
}

start_appliances() {
    local seconds=9 name
    for name in "${appliances[@]}"; do
        start_process worker "worker-$name.log" "$build/worker" -d "$state/appliances/$name" --sessions 0 \
            --type PolicyBackup --seconds $((seconds += 4)) --requests "$state/appliances/$name.stops"
    done
}

start_follower() {
    local patience name sources=()
    for name in "${appliances[@]}"; do
        sources+=("$name=$state/appliances/$name")
    done
    start_process follower follow.log "$build/jobsessions-follow" \
        --to "postgresql://fleet@/fleet?host=$state/postgres" "${sources[@]}"
    for ((patience = 300; patience > 0; patience--)); do
        if (($(sql -c 'select count(*) from jobsessions.lag where complete' fleet) == ${#appliances[@]})); then
            return
        fi
        sleep 0.1
    done
    fail "jobsessions-follow does not come to an end: $(tail -n 1 "$state/logs/follow.log")"
}

start_fleet_processes() {
    fill_appliances
    start_postgres
    start_appliances
    start_follower
}

show_fleet_lines() {
    local curl jobsessions
    printf -v curl 'curl -K %q %s' "$state/curl.conf" "$(collection_url)"
    printf -v jobsessions '%q -d %q' "$build/jobsessions" "$state/appliances/lyon"
    heading "A fleet of ${#appliances[@]}: ${appliances[*]} (the token is good for $token_hours hours)"
    cat <<END
    # the newest of all; of one appliance what went wrong; how many of each there are
    $curl'?Limit=5' | jq -c '.results[] | [._links.self.href, .executionStartTime, .status]'
    $curl'?Appliance=lyon&Status=Error&Limit=5' | jq -c '.results[] | [.id, .type, .executionStartTime]'
    $curl/export -X POST | jq -r '.results[]._links.self.href' | cut -d/ -f7 | sort | uniq -c

    # what became of each appliance's policies; what a session has logged, which its appliance answers
    $curl'/policies' | jq -c '.results[] | [.policyName, .lastRun.status, .lastRun._links.self.href]'
    ${curl% *} "\$($curl'?Status=Running&Limit=1' | jq -r '.results[]._links.log.href')"

    # write a session on an appliance, and see it among all
    echo '{"type":"ManualSnapshot","status":"Pending"}' | $jobsessions put
    sleep 2; $curl'?Types=ManualSnapshot&Status=Pending' | jq '.results[]._links.self.href'

    # how far each appliance was followed
    psql -h $state/postgres -U web -d fleet -c 'table jobsessions.lag'
END
    heading 'In a browser, with this token'
    printf '    https://localhost:%s/\n    %s\n' "$port" "$token"
    heading 'End it'
    printf '    make -f Makefile.apxs demo-stop\n'
}
