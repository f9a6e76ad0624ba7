#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# A unit packaged with dh_installsystemd --no-start is not stopped when its package is removed.
#
# Package   Debian debhelper 13.11.4 (debhelper-compat 13), libdebhelper-perl 13.11.4
# Guess     --no-start is about installation: a timer that an administrator enabled and started ends with its package, as
#           the stop belongs to removal. The manual page says "after upgrades and after initial installation".
# Behaviour The option moves the stop from the prerm script, where a removal would come by, to the preinst script, under
#           a condition that only an upgrade meets. After apt-get remove, and purge, the timer is still loaded and
#           goes off until the next boot, for a service whose program is gone.
# Output    without: prerm stops; with --no-enable --no-start: prerm none, preinst stops on upgrade
# Way out   a prerm of one's own: [ "$1" = remove ] && deb-systemd-invoke stop NAME.timer
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
{ apt-get download debhelper=13.11.4 libdebhelper-perl=13.11.4 && for package in *.deb; do dpkg-deb -x "$package" .; done; } >apt.log 2>&1 || { cat apt.log; exit 2; }
units=debian/housekeeping/lib/systemd/system
mkdir -p "$units"
printf '[Timer]\nOnCalendar=daily\n[Install]\nWantedBy=timers.target\n' >"$units/housekeeping.timer"
printf '[Service]\nType=oneshot\nExecStart=/bin/true\n' >"$units/housekeeping.service"
cat >debian/control <<'END'
Source: housekeeping
Maintainer: Nobody <nobody@localhost>
Build-Depends: debhelper-compat (= 13)

Package: housekeeping
Architecture: all
Description: a timer
 and its service
END
cat >debian/changelog <<'END'
housekeeping (1) unstable; urgency=low

  * First.

 -- Nobody <nobody@localhost>  Sat, 28 Nov 2026 00:00:00 +0000
END
# Which of the scripts that removal and upgrade run stop the timer.
stops() {
    rm -rf debian/*.debhelper debian/.debhelper
    PERL5LIB=$folder/usr/share/perl5 DH_AUTOSCRIPTDIR=$folder/usr/share/debhelper/autoscripts \
        perl usr/bin/dh_installsystemd "$@" housekeeping.timer
    (cd debian/.debhelper/generated/housekeeping && grep -l "deb-systemd-invoke stop 'housekeeping.timer'" ./*.service | tr -d '\n')
}
plain=$(stops)
held=$(stops --no-enable --no-start)
[ "$plain" = ./prerm.service ] || { echo "changed: without options $plain stop it"; exit 1; }
[ "$held" = ./preinst.service ] || { echo "changed: with --no-enable --no-start $held stop it"; exit 1; }
grep -q '"$1" = upgrade' debian/.debhelper/generated/housekeeping/preinst.service || { echo 'changed: preinst stops it not on upgrades alone'; exit 1; }
echo 'as found: with --no-start no script of a removal stops the timer'
