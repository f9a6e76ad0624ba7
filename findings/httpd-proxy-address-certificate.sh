#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# As a proxy httpd refuses a certificate that is for the address it was told to ask, and takes one that has it as a name.
#
# Package   Debian apache2-bin 2.4.71-1~deb12u1
# Guess     A server that is asked by its address, https://127.0.0.1/, is known by a subjectAltName of the type iPAddress, as
#           curl, browsers and OpenSSL's own X509_check_ip() have it (RFC 9110, section 4.3.5).
# Behaviour mod_ssl compares the host of the URL with dNSName and CN alone, whatever it is. With iPAddress the answer is 500, of
#           which the error log at its usual level tells no more than "Error during SSL Handshake with remote server"; with the
#           address as dNSName it is 200, which others refuse.
# Output    iPAddress: curl 200, by httpd 500; dNSName: curl refuses, by httpd 200
# Way out   a host name in ProxyPass, or both types in the certificate
set -euo pipefail
folder=$(mktemp -d)
server=
trap '[ -z "$server" ] || { kill "$server"; wait "$server" || true; }; rm -rf "$folder"' EXIT
cd "$folder"
chmod 755 .
packages=(apache2-bin=2.4.71-1~deb12u1 libapr1=1.7.2-3+deb12u1 libaprutil1=1.6.3-1+deb12u1 libexpat1=2.5.0-1+deb12u5)
{ apt-get download "${packages[@]}" && for package in *.deb; do dpkg-deb -x "$package" .; done; } >apt.log 2>&1 || { cat apt.log; exit 2; }
LD_LIBRARY_PATH=$(dirname "$(find "$folder/usr/lib" -name 'libapr-1.so.0' | head -n 1)")
export LD_LIBRARY_PATH
read -r address name by_address by_name < <(perl -MIO::Socket::INET -e 'my @s = map { IO::Socket::INET->new(Listen => 1, LocalAddr => q(127.0.0.1)) } 1 .. 4; print join(q( ), map { $_->sockport } @s), qq(\n)')
certificate() {
    openssl req -x509 -newkey rsa:2048 -nodes -keyout "$1.key" -out "$1.pem" -days 2 -subj /CN=appliance -addext "subjectAltName=$2" 2>/dev/null
}
certificate address IP:127.0.0.1
certificate name DNS:127.0.0.1
mkdir www && echo sessions >www/list
server_of() {
    printf '%s\n' "Listen 127.0.0.1:$2" "<VirtualHost 127.0.0.1:$2>" 'SSLEngine on' "SSLCertificateFile $1.pem" "SSLCertificateKeyFile $1.key" '</VirtualHost>'
}
proxy_of() {
    printf '%s\n' "Listen 127.0.0.1:$3" "<VirtualHost 127.0.0.1:$3>" 'SSLProxyEngine on' 'SSLProxyVerify require' \
        "SSLProxyCACertificateFile $1.pem" "ProxyPass / https://127.0.0.1:$2/" '</VirtualHost>'
}
cat >httpd.conf <<END
ServerRoot $folder
ServerName localhost
User #65534
Group #65534
PidFile httpd.pid
ErrorLog error_log
Mutex pthread
$(for module in mpm_event authz_core ssl socache_shmcb proxy proxy_http; do
    echo "LoadModule ${module}_module usr/lib/apache2/modules/mod_$module.so"
done)
DocumentRoot $folder/www
$(server_of address "$address"; server_of name "$name"; proxy_of address "$address" "$by_address"; proxy_of name "$name" "$by_name")
END
usr/sbin/apache2 -f "$folder/httpd.conf" -DFOREGROUND 2>httpd.log &
server=$!
expect() { [ "$2" = "$3" ] || { echo "changed: $1 $2"; exit 1; }; }
status() { curl -s -o answer -w '%{http_code}' --retry 20 --retry-connrefused --retry-delay 1 "$@" || echo " $?"; }
expect 'curl, iPAddress' "$(status --cacert address.pem "https://127.0.0.1:$address/list")" 200
expect 'curl, dNSName' "$(status --cacert name.pem "https://127.0.0.1:$name/list")" '000 60'
expect 'httpd, iPAddress' "$(status "http://127.0.0.1:$by_address/list")" 500
expect 'httpd, dNSName' "$(status "http://127.0.0.1:$by_name/list")" 200
expect 'the error log' "$(grep -oE 'AH0(0898: Error during SSL Handshake with remote server|2411)' error_log | head -n 1)" 'AH00898: Error during SSL Handshake with remote server'
echo 'as found: httpd 2.4.71 takes an address in a certificate for none'
