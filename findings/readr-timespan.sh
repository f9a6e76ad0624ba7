#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# readr of R takes time-spans for times of the day without their fractions of a second, and finds no problem.
#
# Package   Debian r-cran-readr 2.1.4-1 with r-cran-vroom 1.6.1-1, r-cran-hms 1.1.2-1 and r-base-core 4.2.2.20221110-2
# Guess     "00:01:10.1877349" is text, or a time of 70.1877349 seconds: hms holds doubles, as_hms() reads the fraction,
#           and read_csv() keeps the fractions of "2026-11-01T01:00:00.1234567Z".
# Behaviour read_csv() guesses time, and parse_time() reads to the second: sums are short by half a second a row, a job of
#           0.9 seconds took none, and write_csv() writes it so. problems() is empty. A time-span of a day or more among the
#           rows that are guessed by makes the column text; in one that was not looked at it is NA, with a warning. Of two
#           ids beyond 2^53 that differ in the last digit it makes one.
# Output    a sum of 140 for 00:01:10.1877349 and 00:01:10.9
# Way out   col_types = cols(id = col_character(), executionDuration = col_time("%H:%M:%OS")), or col_character() where some
#           take a day
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
packages=(r-base-core=4.2.2.20221110-2 libblas3=3.11.0-2 liblapack3=3.11.0-2 r-cran-bit=4.0.5-1 r-cran-bit64=4.0.5-1
    r-cran-cli=3.6.0-1 r-cran-clipr=0.8.0-1 r-cran-crayon=1.5.2-1 r-cran-ellipsis=0.3.2-2 r-cran-fansi=1.0.4-1
    r-cran-glue=1.6.2-1 r-cran-hms=1.1.2-1 r-cran-lifecycle=1.0.3+dfsg-1 r-cran-magrittr=2.0.3-1 r-cran-pillar=1.8.1+dfsg-1
    r-cran-pkgconfig=2.0.3-2 r-cran-prettyunits=1.1.1-2 r-cran-progress=1.2.2-2 r-cran-r6=2.5.1-1 r-cran-readr=2.1.4-1
    r-cran-rlang=1.0.6-1 r-cran-tibble=3.1.8+dfsg-1 r-cran-tidyselect=1.2.0+dfsg-1 r-cran-tzdb=0.3.0-1 r-cran-utf8=1.2.3-1
    r-cran-vctrs=0.5.2-1 r-cran-vroom=1.6.1-1 r-cran-withr=2.5.0-1)
{ apt-get download "${packages[@]}" && for package in *.deb; do dpkg-deb -x "$package" .; done; } >apt.log 2>&1 || { cat apt.log; exit 2; }
cat >read.R <<'END'
suppressMessages(library(readr))
warned <- FALSE
read <- function(rows, ...) withCallingHandlers(read_csv(I(paste0(c(rows, ""), collapse = "\n")), show_col_types = FALSE, progress = FALSE, ...),
    warning = function(given) { warned <<- TRUE; invokeRestart("muffleWarning") })
seconds <- function(frame) format(sum(as.numeric(frame$executionDuration)), digits = 9)
tell <- function(...) cat(..., sep = "", fill = TRUE)
rows <- c("id,executionDuration,executionStartTime", "9007199254740993,00:01:10.1877349,2026-11-01T01:00:00.1234567Z",
    "9007199254740992,00:01:10.9,2026-11-01T01:00:00Z")
frame <- read(rows)
tell("type ", class(frame$executionDuration)[1], ", sum ", seconds(frame), ", problems ", nrow(problems(frame)), ", warned ", warned)
tell("ids ", length(unique(frame$id)), ", start ", format(frame$executionStartTime[1], "%H:%M:%OS3"))
cat(format_csv(frame["executionDuration"]))
tell("hms ", format(as.numeric(hms::as_hms("00:01:10.1877349")), digits = 9))
frame <- read(rows, col_types = cols(id = col_character(), executionDuration = col_time("%H:%M:%OS")))
tell("the way out: ids ", length(unique(frame$id)), ", sum ", seconds(frame))
many <- c("executionDuration,n", rep("00:01:10.1877349,1", 30000))
many[15008] <- "1.02:03:04.0000000,1"
frame <- read(many)
tell("a day, not looked at: ", class(frame$executionDuration)[1], ", NA ", sum(is.na(frame$executionDuration)), ", warned ", warned)
many[2] <- many[15008]
tell("a day at first: ", class(read(many)$executionDuration)[1])
END
cat >expected <<'END'
type hms, sum 140, problems 0, warned FALSE
ids 1, start 01:00:00.123
executionDuration
00:01:10
00:01:10
hms 70.1877348
the way out: ids 2, sum 141.087735
a day, not looked at: hms, NA 1, warned TRUE
a day at first: character
END
export R_HOME=$folder/usr/lib/R EDITOR=vi PAGER=cat
rm "$R_HOME/etc/Renviron"
cp "$R_HOME/etc/Renviron.ucf" "$R_HOME/etc/Renviron"
LD_LIBRARY_PATH=$R_HOME/lib:$(find "$folder/usr/lib" \( -name libblas.so.3 -o -name liblapack.so.3 \) -printf '%h:') \
    R_LIBS=$R_HOME/library:$R_HOME/site-library "$R_HOME/bin/exec/R" --no-echo --vanilla --file=read.R >seen 2>errors || { cat errors; exit 2; }
diff expected seen || { echo 'changed'; exit 1; }
echo 'as found: read_csv() of readr 2.1.4 has a sum of 140 for 00:01:10.1877349 and 00:01:10.9'
