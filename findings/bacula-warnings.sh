#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# A job of Bacula that could not read a file has in its catalog the status of one that could.
#
# Package   Debian bacula-director, bacula-director-sqlite3, bacula-common, bacula-common-sqlite3, bacula-sd, bacula-fd and
#           bacula-console 9.6.7-7, libwrap0 7.6.q-32; sqlite3 3.40.1-2+deb12u2
# Guess     Its JobStatus is e, for which the table Status of the same catalog has "Non-fatal error", or W as in Bareos, which
#           came of Bacula: the job's report ends with "Backup OK -- with warnings".
# Behaviour JobStatus is T, "Completed successfully", for a file that cannot be read, a folder of the file set that is not
#           there, and a command before the job that fails. JobErrors counts them. Of a command after the job that
#           fails there is a line in the report alone: T, no errors, "Backup OK".
# Output    good T 0, locked T 1, missing T 1, before T 1, after T 0
# Way out   JobStatus = 'T' and JobErrors = 0
set -euo pipefail
folder=$(mktemp -d)
servers=()
trap '[ ${#servers[@]} = 0 ] || { kill "${servers[@]}"; wait "${servers[@]}" || true; }; rm -rf "$folder"' EXIT
cd "$folder"
chmod 755 .
packages=(bacula-director=9.6.7-7 bacula-director-sqlite3=9.6.7-7 bacula-common=9.6.7-7 bacula-common-sqlite3=9.6.7-7
    bacula-sd=9.6.7-7 bacula-fd=9.6.7-7 bacula-console=9.6.7-7 libwrap0=7.6.q-32
    sqlite3=3.40.1-2+deb12u2 libsqlite3-0=3.40.1-2+deb12u2)
{ apt-get download "${packages[@]}" && for package in *.deb; do dpkg-deb -x "$package" .; done; } >apt.log 2>&1 || { cat apt.log; exit 2; }
LD_LIBRARY_PATH=$folder/usr/lib/bacula:$(dirname "$(find "$folder" -name 'libwrap.so.0' | head -n 1)"):$(dirname "$(find "$folder" -name 'libsqlite3.so.0' | head -n 1)")
export LD_LIBRARY_PATH
mkdir work volumes source
sed -n '/^CREATE TABLE Filename/,/^END-OF-DATA/{/^END-OF-DATA/!p}' usr/share/bacula-director/make_sqlite3_tables | usr/bin/sqlite3 work/bacula.db
echo readable >source/readable
echo locked >source/locked
chmod 000 source/locked
# root can read everything
as_nobody=()
if [ "$(id -u)" = 0 ]; then
    as_nobody=(setpriv --reuid=65534 --regid=65534 --clear-groups)
    chown -R 65534 work volumes source
fi
read -r dir sd fd < <(perl -MIO::Socket::INET -e 'my @s = map { IO::Socket::INET->new(Listen => 1, LocalAddr => q(127.0.0.1)) } 1 .. 3; print join(q( ), map { $_->sockport } @s), qq(\n)')
own="WorkingDirectory = $folder/work; PidDirectory = $folder/work"
file_set() { printf 'FileSet { Name = %s; Include {\nFile = %s\nFile = %s\n} }\n' "$1" "$folder/source/readable" "$folder/$2"; }
job() { echo "Job { Name = $1; Type = Backup; Level = Full; Client = fd; FileSet = $2; Storage = sd; Pool = pool; Messages = messages; ${3-} }"; }
script() { echo "RunScript { RunsWhen = $1; RunsOnClient = no; FailJobOnError = no; Command = /bin/false }"; }
cat >dir.conf <<END
Director { Name = dir; DirPort = $dir; DirAddress = 127.0.0.1; QueryFile = /dev/null; $own; Password = "p"; Messages = messages }
Messages { Name = messages; append = $folder/work/report = all }
Catalog { Name = catalog; dbname = bacula; dbuser = bacula; dbpassword = "" }
Storage { Name = sd; Address = 127.0.0.1; SDPort = $sd; Password = "p"; Device = device; MediaType = File }
Client { Name = fd; Address = 127.0.0.1; FDPort = $fd; Catalog = catalog; Password = "p" }
Pool { Name = pool; PoolType = Backup; LabelFormat = Volume }
$(file_set good source/readable; file_set locked source/locked; file_set missing nowhere)
$(job good good; job locked locked; job missing missing; job before good "$(script Before)"; job after good "$(script After)")
END
cat >sd.conf <<END
Storage { Name = sd; SDPort = $sd; SDAddress = 127.0.0.1; $own }
Director { Name = dir; Password = "p" }
Device { Name = device; MediaType = File; ArchiveDevice = $folder/volumes; LabelMedia = yes; RandomAccess = yes; RemovableMedia = no }
Messages { Name = messages; director = dir = all }
END
cat >fd.conf <<END
FileDaemon { Name = fd; FDPort = $fd; FDAddress = 127.0.0.1; $own }
Director { Name = dir; Password = "p" }
Messages { Name = messages; director = dir = all }
END
echo "Director { Name = dir; DirPort = $dir; Address = 127.0.0.1; Password = p }" >console.conf
for name in sd fd dir; do
    "${as_nobody[@]}" "usr/sbin/bacula-$name" -f -c "$folder/$name.conf" >$name.log 2>&1 &
    servers+=($!)
done
console() { printf '%s\n' "$@" | "${as_nobody[@]}" timeout 60 usr/sbin/bconsole -c "$folder/console.conf"; }
for _ in $(seq 100); do
    ! console quit >console.log 2>&1 || break
    sleep 0.1
done
expect() { [ "$2" = "$3" ] || { echo "changed: $1 $2"; exit 1; }; }
for expected in 'good T 0' 'locked T 1' 'missing T 1' 'before T 1' 'after T 0'; do
    name=${expected%% *}
    console "run job=$name yes" wait >run.log 2>&1
    expect "$name" "$name $(usr/bin/sqlite3 -separator ' ' work/bacula.db "select JobStatus, JobErrors from Job where Name = '$name'")" "$expected"
done
said() { sed -n 's/^ *Termination: *//p' work/report | sed -n "$1p"; }
expect 'report of good' "$(said 1)" 'Backup OK'
expect 'report of locked' "$(said 2)" 'Backup OK -- with warnings'
expect 'what T is' "$(usr/bin/sqlite3 work/bacula.db "select JobStatusLong from Status where JobStatus = 'T'")" 'Completed successfully'
expect 'what there is besides' "$(usr/bin/sqlite3 work/bacula.db "select JobStatusLong from Status where JobStatus = 'e'")" 'Non-fatal error'
echo 'as found: Bacula 9.6.7 ends a backup with a file that it could not read with JobStatus T'
