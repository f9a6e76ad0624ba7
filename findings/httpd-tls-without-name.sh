#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# httpd answers 421 to TLS without a server name, which nginx, HAProxy and check_http do not send unless they are told to.
#
# Package   Debian apache2-bin 2.4.71-1~deb12u1; nginx 1.22.1-9+deb12u11, haproxy 2.6.12-1+deb12u4,
#           monitoring-plugins-basic 2.3.3-5+deb12u2
# Guess     Without a name in the handshake the first virtual host's certificate is shown, which nobody of these verifies by
#           default, and the request goes where its Host leads: SSLStrictSNIVHostCheck is off.
# Behaviour That is so for virtual hosts with the first one's certificate and settings. One that has a certificate of its own
#           answers 421 Misdirected Request, whatever SSLStrictSNIVHostCheck says, and a proxy passes that on. The same
#           configuration with one virtual host works, and with this one in the first place.
# Output    first host 200, its certificate's 200, another certificate's 421; by nginx and HAProxy 421; check_http CRITICAL
# Way out   nginx: proxy_ssl_server_name on and proxy_ssl_name; HAProxy: sni req.hdr(host); check_http: --sni
set -euo pipefail
folder=$(mktemp -d)
servers=()
trap '[ ${#servers[@]} = 0 ] || { kill "${servers[@]}"; wait "${servers[@]}" || true; }; rm -rf "$folder"' EXIT
cd "$folder"
chmod 755 .
packages=(apache2-bin=2.4.71-1~deb12u1 libapr1=1.7.2-3+deb12u1 libaprutil1=1.6.3-1+deb12u1 libexpat1=2.5.0-1+deb12u5
    nginx=1.22.1-9+deb12u11 haproxy=2.6.12-1+deb12u4 libopentracing1=1.6.0-4 libopentracing-c-wrapper0=1.1.3-3+b1
    monitoring-plugins-basic=2.3.3-5+deb12u2)
{ apt-get download "${packages[@]}" && for package in *.deb; do dpkg-deb -x "$package" .; done; } >apt.log 2>&1 || { cat apt.log; exit 2; }
LD_LIBRARY_PATH=$(dirname "$(find "$folder/usr/lib" -name 'libapr-1.so.0' | head -n 1)")
export LD_LIBRARY_PATH
read -r httpd nginx nginx_named haproxy haproxy_named < <(perl -MIO::Socket::INET -e 'my @s = map { IO::Socket::INET->new(Listen => 1, LocalAddr => q(127.0.0.1)) } 1 .. 5; print join(q( ), map { $_->sockport } @s), qq(\n)')
for name in first other; do
    openssl req -x509 -newkey rsa:2048 -nodes -keyout $name.key -out $name.pem -days 2 -subj /CN=$name.example 2>/dev/null
done
mkdir www && echo sessions >www/list
host() {
    echo "<VirtualHost 127.0.0.1:$httpd>"
    printf '%s\n' "ServerName $1.example" 'SSLEngine on' "SSLCertificateFile $2.pem" "SSLCertificateKeyFile $2.key" '</VirtualHost>'
}
cat >httpd.conf <<END
ServerRoot $folder
ServerName localhost
Listen 127.0.0.1:$httpd
User #65534
Group #65534
PidFile httpd.pid
ErrorLog error_log
Mutex pthread
$(for name in mpm_event authz_core ssl socache_shmcb; do
    echo "LoadModule ${name}_module usr/lib/apache2/modules/mod_$name.so"
done)
SSLStrictSNIVHostCheck off
DocumentRoot $folder/www
$(host first first; host same first; host other other)
END
usr/sbin/apache2 -f "$folder/httpd.conf" -DFOREGROUND 2>httpd.log &
servers+=($!)
nginx_server() { echo "server { listen 127.0.0.1:$1; location / { proxy_pass https://127.0.0.1:$httpd; proxy_set_header Host other.example; $2 } }"; }
cat >nginx.conf <<END
daemon off;
worker_processes 1;
pid nginx.pid;
events { }
http {
    access_log off;
    $(for path in client_body proxy fastcgi uwsgi scgi; do echo "${path}_temp_path $folder/$path;"; done)
    $(nginx_server "$nginx" ''; nginx_server "$nginx_named" 'proxy_ssl_server_name on; proxy_ssl_name other.example;')
}
END
usr/sbin/nginx -p "$folder" -e nginx.log -c nginx.conf 2>nginx.err &
servers+=($!)
cat >haproxy.cfg <<END
defaults
    mode http
    timeout connect 5s
    timeout client 20s
    timeout server 20s
listen without
    bind 127.0.0.1:$haproxy
    server httpd 127.0.0.1:$httpd ssl verify none
listen named
    bind 127.0.0.1:$haproxy_named
    server httpd 127.0.0.1:$httpd ssl verify none sni req.hdr(host)
END
usr/sbin/haproxy -db -f haproxy.cfg 2>haproxy.log &
servers+=($!)

expect() { [ "$2" = "$3" ] || { echo "changed: $1 $2"; exit 1; }; }
status() { curl -sk -o answer -w '%{http_code}' --retry 20 --retry-connrefused --retry-delay 1 "$@" || true; }
for case in first:200 same:200 other:421; do
    # no server name is sent for an address
    expect "${case%:*}" "$(status -H "Host: ${case%:*}.example" "https://127.0.0.1:$httpd/list")" "${case#*:}"
done
expect 'other, named' "$(status --resolve "other.example:$httpd:127.0.0.1" "https://other.example:$httpd/list")" 200
expect nginx "$(status "http://127.0.0.1:$nginx/list")" 421
expect 'nginx, named' "$(status "http://127.0.0.1:$nginx_named/list")" 200
expect HAProxy "$(status -H 'Host: other.example' "http://127.0.0.1:$haproxy/list")" 421
expect 'HAProxy, named' "$(status -H 'Host: other.example' "http://127.0.0.1:$haproxy_named/list")" 200
check() { usr/lib/nagios/plugins/check_http -S "$@" -I 127.0.0.1 -p "$httpd" -u /list -e 200 | grep -oE '^HTTP [A-Z]+'; }
expect 'check_http, first' "$(check -H first.example)" 'HTTP OK'
expect 'check_http' "$(check -H other.example || true)" 'HTTP CRITICAL'
expect 'check_http, named' "$(check --sni -H other.example)" 'HTTP OK'
echo 'as found: httpd 2.4.71 answers 421 without a server name, by nginx 1.22.1, HAProxy 2.6.12 and check_http 2.3.3'
