#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Of gzip members joined to one file, as `curl … | gzip >>archive.gz` makes, httpd inflates the first and drops the rest.
#
# Package   Debian apache2-bin 2.4.71-1~deb12u1; python3-httpx 0.23.3-1
# Guess     Like gunzip, mod_deflate's INFLATE and HTTP clients go on with the next member: RFC 1952 has a file be a
#           series of them.
# Behaviour With SetOutputFilter INFLATE the answer is 200, its Content-Length that of the first member, and there is no
#           line in the error log. Sent as it is, with Content-Encoding: gzip, httpx decodes the first member alone, also
#           without an error. (In the same test curl 7.88.1 ended with error 23, nginx 1.22.1 and Node.js 20 had it all.)
# Output    two lines from gunzip, one from httpd, one from httpx
# Way out   one member: gunzip -c archive.gz | gzip >one.gz
set -euo pipefail
folder=$(mktemp -d)
server=
trap '[ -z "$server" ] || { kill "$server"; wait "$server" || true; }; rm -rf "$folder"' EXIT
cd "$folder"
chmod 755 .
packages=(apache2-bin=2.4.71-1~deb12u1 libapr1=1.7.2-3+deb12u1 libaprutil1=1.6.3-1+deb12u1 libexpat1=2.5.0-1+deb12u5
    python3-httpx=0.23.3-1 python3-httpcore=0.16.3-1 python3-h11=0.14.0-1.1~deb12u1 python3-anyio=3.6.2-1
    python3-sniffio=1.2.0-1 python3-certifi=2022.9.24-1 python3-rfc3986=1.5.0-2 python3-idna=3.3-1+deb12u1)
{ apt-get download "${packages[@]}" && for package in *.deb; do dpkg-deb -x "$package" .; done; } >apt.log 2>&1 || { cat apt.log; exit 2; }
port=$(perl -MIO::Socket::INET -e 'print IO::Socket::INET->new(Listen => 1, LocalAddr => q(127.0.0.1))->sockport')
mkdir www
printf '{"id":"1"}\n' | gzip >www/days.gz
printf '{"id":"2"}\n' | gzip >>www/days.gz
cat >httpd.conf <<END
ServerRoot $folder
ServerName localhost
Listen 127.0.0.1:$port
User #65534
Group #65534
PidFile httpd.pid
ErrorLog error_log
Mutex pthread
$(for name in mpm_event authz_core mime filter deflate alias; do
    echo "LoadModule ${name}_module usr/lib/apache2/modules/mod_$name.so"
done)
TypesConfig /dev/null
AddEncoding gzip .gz
DocumentRoot $folder/www
Alias /inflated $folder/www
<Location /inflated>
    SetOutputFilter INFLATE
</Location>
END
library=$(dirname "$(find "$folder/usr/lib" -name 'libapr-1.so.0' | head -n 1)")
LD_LIBRARY_PATH=$library usr/sbin/apache2 -f "$folder/httpd.conf" -DFOREGROUND 2>start.log &
server=$!
curl -sS --retry 20 --retry-connrefused --retry-delay 1 -o inflated "http://127.0.0.1:$port/inflated/days.gz"
PYTHONPATH=$folder/usr/lib/python3/dist-packages /usr/bin/python3 -c 'import httpx, sys; print(httpx.get(sys.argv[1]).text, end="")' "http://127.0.0.1:$port/days.gz" >httpx

[ "$(gunzip -c www/days.gz | wc -l)" = 2 ] || { echo 'the file is not two members'; exit 2; }
for reader in inflated httpx; do
    [ "$(cat $reader)" = '{"id":"1"}' ] || { echo "changed: $reader is $(cat $reader)"; exit 1; }
done
echo 'as found: of two gzip members httpd INFLATE and httpx 0.23.3 give the first, and no error'
