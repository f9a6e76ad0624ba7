#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Debian 12's awk takes 2147483647 for every larger integer that it formats, and prints six digits of one it has calculated.
#
# Package   Debian mawk 1.3.4.20200120-3.1, which is awk where nobody has installed another. mawk 1.3.4.20250131 of Debian 13
#           does not
# Guess     Numbers are doubles, so that integers up to 2^53 are added up and printed as they are; that awk which had 31 bits
#           is long gone.
# Behaviour They are added and compared as doubles. printf "%d" of any that is beyond 2147483647 is that;
#           print, and whatever makes a text of a number, has it as "%.6g". Bytes of a few backups are "1.23457e+10", and a time
#           in milliseconds is of 1970. Fields that nothing is done with are printed as they came. There are no counts
#           in patterns either: /[0-9a-f]{8}-/ finds no UUID.
# Output    sum of 12345678901: 1.23457e+10 and 2147483647; 1764370800123 + 0 likewise; 1764370800123 untouched as it is
# Way out   printf "%.0f", or CONVFMT=OFMT="%.17g"; gawk
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
{ apt-get download mawk=1.3.4.20200120-3.1 && dpkg-deb -x ./*.deb .; } >apt.log 2>&1 || { cat apt.log; exit 2; }
awk() { usr/bin/mawk "$@"; }
expect() { [ "$2" = "$3" ] || { echo "changed: $1 $2"; exit 1; }; }
printf '%s\n' 12345678000,1764370800123 901,1764370805123 >backups.csv
sum() { awk -F, "{ bytes += \$1; if (last < \$2) last = \$2 } END { $1 }" backups.csv; }
expect print "$(sum 'print bytes, last + 0')" '1.23457e+10 1.76437e+12'
expect '%d' "$(sum 'printf "%d %d", bytes, last')" '2147483647 2147483647'
expect concatenation "$(sum 'bytes = bytes ""; print bytes')" '1.23457e+10'
expect 'at the border' "$(awk 'BEGIN { print 2147483647 + 0, 2147483647 + 1 }')" '2147483647 2.14748e+09'
expect comparison "$(sum 'print bytes == 12345678901')" 1
expect 'a field' "$(awk -F, '{ print $2 }' backups.csv | head -n 1)" 1764370800123
expect 'a count in a pattern' "$(echo 0d4c1e10-0000 | awk '/^[0-9a-f]{8}-/ { print "found" }')" ''
expect '%.0f' "$(sum 'printf "%.0f %.0f", bytes, last')" '12345678901 1764370805123'
expect OFMT "$(awk -v OFMT=%.17g -v CONVFMT=%.17g 'BEGIN { bytes = 12345678901 + 0; print bytes, bytes "" }')" '12345678901 12345678901'
echo 'as found: mawk 1.3.4 20200120 adds up to 12345678901 and prints 2147483647 and 1.23457e+10'
