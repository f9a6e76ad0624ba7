#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Debian 12's awk and busybox's take every integer that does not fit in 31 bits for another one when they format it.
#
# Package   Debian mawk 1.3.4.20200120-3.1, which is awk where nobody has installed another; busybox 1:1.35.0-4+deb12u1+b1.
#           busybox 1.37.0 of Debian 13 does so, mawk 1.3.4.20250131 does not
# Guess     Numbers are doubles, so that integers up to 2^53 are added up and printed as they are; an awk that had 31 bits is
#           long gone.
# Behaviour They are added and compared as doubles. printf "%d" of what is beyond 2147483647 is that in mawk, and -2147483648
#           in busybox. print, and whatever makes a text of a number, has it as "%.6g" in mawk: bytes of a few backups
#           are 1.23457e+10, and a time in milliseconds is of 1970. Fields with which nothing is done are printed as they came.
#           There are no counts in mawk's patterns either: /[0-9a-f]{8}-/ finds no UUID.
# Output    a sum of 12345678901: mawk 1.23457e+10 and 2147483647, busybox 12345678901 and -2147483648
# Way out   printf "%.0f"; for print in mawk OFMT and CONVFMT "%.17g"; gawk
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
{ apt-get download mawk=1.3.4.20200120-3.1 busybox=1:1.35.0-4+deb12u1+b1 && for package in *.deb; do dpkg-deb -x "$package" .; done; } >apt.log 2>&1 || { cat apt.log; exit 2; }
awk() { "${program[@]}" "$@"; }
expect() { [ "$2" = "$3" ] || { echo "changed: $1 $2"; exit 1; }; }
printf '%s\n' 12345678000,1764370800123 901,1764370805123 >backups.csv
sum() { awk -F, "{ bytes += \$1; if (last < \$2) last = \$2 } END { $1 }" backups.csv; }
program=(usr/bin/mawk)
expect print "$(sum 'print bytes, last + 0')" '1.23457e+10 1.76437e+12'
expect '%d' "$(sum 'printf "%d %d", bytes, last')" '2147483647 2147483647'
expect concatenation "$(sum 'bytes = bytes ""; print bytes')" '1.23457e+10'
expect 'at the border' "$(awk 'BEGIN { print 2147483647 + 0, 2147483647 + 1 }')" '2147483647 2.14748e+09'
expect comparison "$(sum 'print bytes == 12345678901')" 1
expect 'a field' "$(awk -F, '{ print $2 }' backups.csv | head -n 1)" 1764370800123
expect 'a count in a pattern' "$(echo 0d4c1e10-0000 | awk '/^[0-9a-f]{8}-/ { print "found" }')" ''
expect '%.0f' "$(sum 'printf "%.0f %.0f", bytes, last')" '12345678901 1764370805123'
expect OFMT "$(awk -v OFMT=%.17g -v CONVFMT=%.17g 'BEGIN { bytes = 12345678901 + 0; print bytes, bytes "" }')" '12345678901 12345678901'
program=(bin/busybox awk)
expect 'busybox, print' "$(sum 'print bytes, last + 0')" '12345678901 1764370805123'
expect 'busybox, %d' "$(sum 'printf "%d %d", bytes, last')" '-2147483648 -2147483648'
expect 'busybox, %.0f' "$(sum 'printf "%.0f %.0f", bytes, last')" '12345678901 1764370805123'
echo 'as found: of a sum of 12345678901 "%d" is 2147483647 in mawk 1.3.4 20200120, -2147483648 in busybox 1.35.0'
