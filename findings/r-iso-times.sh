#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# R's as.POSIXct() takes midnight for each time that has a T between its day and its hour, and says nothing.
#
# Package   Debian r-base-core 4.2.2.20221110-2; npm webr 0.6.0 (R 4.6.0) with ws 8.23.0
# Guess     A time of ISO 8601 is that time, and Z is UTC, as readr and data.table have it; or an error, as there
#           is for what is no time ("character string is not in a standard unambiguous format").
# Behaviour The formats it tries have a blank there, and the last of them is a day alone, which takes whatever follows it. All
#           times of a day are one, midnight of the zone that is set; the difference of two is 0 or whole days. With a blank the time
#           is read, and Z is not: an hour of Berlin in the place of one of UTC.
# Output    "2026-11-01 CET" for 2026-11-01T13:45:10.1234567Z; a difference of 0 for two times an hour apart
# Way out   as.POSIXct(time, format = "%Y-%m-%dT%H:%M:%OSZ", tz = "UTC")
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
packages=(r-base-core=4.2.2.20221110-2 libblas3=3.11.0-2 liblapack3=3.11.0-2)
{ apt-get download "${packages[@]}" && for package in *.deb; do dpkg-deb -x "$package" .; done; } >apt.log 2>&1 || { cat apt.log; exit 2; }
npm install --silent --no-save --ignore-scripts --no-audit --no-fund webr@0.6.0 ws@8.23.0 >npm.log 2>&1 || { cat npm.log; exit 2; }
cat >times.R <<'END'
Sys.setenv(TZ = "Europe/Berlin")
began <- c("2026-11-01T13:45:10.1234567Z", "2026-11-02T01:00:00Z")
ended <- c("2026-11-01T14:45:10.1234567Z", "2026-11-02T02:00:00Z")
seen <- function(times, zone) paste(format(times, "%F %T", tz = zone), collapse = ", ")
way_out <- function(times) as.POSIXct(times, format = "%Y-%m-%dT%H:%M:%OSZ", tz = "UTC")
tell <- function(...) cat(..., sep = "", fill = TRUE)
tell("T: ", seen(as.POSIXct(began), "Europe/Berlin"))
tell("T, tz UTC: ", seen(as.POSIXct(began, tz = "UTC"), "UTC"))
tell("differences: ", paste(as.numeric(as.POSIXct(ended) - as.POSIXct(began)), collapse = " "))
tell("a blank: ", seen(as.POSIXct("2026-11-01 13:45:10Z"), "UTC"))
tell("no time: ", tryCatch(seen(as.POSIXct("PolicyBackup"), "UTC"), error = function(thrown) "error"))
tell("the way out: ", seen(way_out(began), "UTC"))
tell("differences: ", paste(as.numeric(way_out(ended) - way_out(began)), collapse = " "))
END
cat >expected <<'END'
T: 2026-11-01 00:00:00, 2026-11-02 00:00:00
T, tz UTC: 2026-11-01 00:00:00, 2026-11-02 00:00:00
differences: 0 0
a blank: 2026-11-01 12:45:10
no time: error
the way out: 2026-11-01 13:45:10, 2026-11-02 01:00:00
differences: 1 1
END
cat >webr.mjs <<'END'
import { readFileSync } from 'node:fs';
import { WebR } from 'webr';
const r = new WebR({ interactive: false });
await r.init();
const { output } = await (await new r.Shelter()).captureR(readFileSync('times.R', 'utf8'));
for (const { data } of output) console.log(data);
process.exit(0);
END
debian() {
    export R_HOME=$folder/usr/lib/R EDITOR=vi PAGER=cat
    rm "$R_HOME/etc/Renviron"
    cp "$R_HOME/etc/Renviron.ucf" "$R_HOME/etc/Renviron"
    LD_LIBRARY_PATH=$R_HOME/lib:$(find "$folder/usr/lib" \( -name libblas.so.3 -o -name liblapack.so.3 \) -printf '%h:') \
        R_LIBS=$R_HOME/library "$R_HOME/bin/exec/R" --no-echo --vanilla --file=times.R
}
debian >4.2.2 2>errors || { cat errors; exit 2; }
[ ! -s errors ] || { echo 'changed: a word of it'; cat errors; exit 1; }
node webr.mjs >4.6.0 2>errors || { cat errors; exit 2; }
for version in 4.2.2 4.6.0; do diff expected "$version" || { echo "changed: R $version"; exit 1; }; done
echo 'as found: as.POSIXct("2026-11-01T13:45:10.1234567Z") is midnight in R 4.2.2 and 4.6.0'
