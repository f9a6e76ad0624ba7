#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# What breaks off behind mod_sed, or a filter of mod_lua or mod_perl, comes out whole: with 200 and a last chunk.
#
# Package   Debian apache2-bin 2.4.71-1~deb12u1 with liblua5.3-0 5.3.6-2; libapache2-mod-perl2 2.0.12-1+b2
# Guess     Where a proxy loses the server behind, or a handler gives up, httpd closes the connection, or resets the stream,
#           whatever output filters there are: so it is with mod_substitute, mod_deflate, mod_brotli, mod_include, mod_buffer
#           and mod_ratelimit.
# Behaviour Of an answer without a length it is one bucket, of type error, that says how it ends. mod_sed leaves it out as all
#           that is neither data nor flush nor end, and so do the filters that manuals have as examples: a coroutine of Lua that
#           yields each bucket, a loop of read and print in Perl. The end comes, and httpd ends the answer as it should end.
# Output    curl's exit status in HTTP/1.1 and HTTP/2: substitute 18 92, deflate 18 92, sed 0 0, lua 0 0, perl 0 0
# Way out   mod_substitute instead of mod_sed; a handler that passes the error to r->proto_output_filters as well
set -euo pipefail
folder=$(mktemp -d)
servers=()
trap '[ ${#servers[@]} = 0 ] || { kill "${servers[@]}"; wait "${servers[@]}" || true; }; rm -rf "$folder"' EXIT
cd "$folder"
chmod 755 .
packages=(apache2-bin=2.4.71-1~deb12u1 libapr1=1.7.2-3+deb12u1 libaprutil1=1.6.3-1+deb12u1 libexpat1=2.5.0-1+deb12u5
    libnghttp2-14=1.52.0-1+deb12u3 liblua5.3-0=5.3.6-2 libapache2-mod-perl2=2.0.12-1+b2)
{ apt-get download "${packages[@]}" && for package in *.deb; do dpkg-deb -x "$package" .; done; } >apt.log 2>&1 || { cat apt.log; exit 2; }
read -r behind front < <(perl -MIO::Socket::INET -e 'my @s = map { IO::Socket::INET->new(Listen => 1, LocalAddr => q(127.0.0.1)) } 1 .. 2; print join(q( ), map { $_->sockport } @s), qq(\n)')
cat >break.mjs <<'END'
import http from 'node:http';
const lines = Array.from({ length: 900 }, (_, id) => `{"id":"${id}"}\n`).join('');
http.createServer((request, response) => {
    response.write(lines, () => setTimeout(() => request.socket.destroy(), 500));
}).listen(Number(process.argv[2]), '127.0.0.1');
END
node break.mjs "$behind" >break.log 2>&1 &
servers+=($!)
cat >filter.lua <<'END'
function as_it_is(r)
    coroutine.yield()
    while bucket do
        coroutine.yield(bucket)
    end
end
END
cat >AsItIs.pm <<'END'
package AsItIs;
use strict;
use warnings;
use Apache2::Filter ();
use Apache2::Const -compile => 'OK';
sub handler {
    my ($filter) = @_;
    while ($filter->read(my $data, 8192)) {
        $filter->print($data);
    }
    return Apache2::Const::OK;
}
1;
END
location() { printf '<Location /%s>\n%s\n</Location>\n' "$1" "$2"; }
cat >httpd.conf <<END
ServerRoot $folder
ServerName localhost
Listen 127.0.0.1:$front
User #65534
Group #65534
PidFile httpd.pid
ErrorLog error_log
Mutex pthread
$(for name in mpm_event authz_core http2 proxy proxy_http filter deflate substitute sed lua perl; do
    echo "LoadModule ${name}_module usr/lib/apache2/modules/mod_$name.so"
done)
Protocols h2c http/1.1
ProxyPass / http://127.0.0.1:$behind/
LuaOutputFilter lua $folder/filter.lua as_it_is
PerlSwitches -I$folder -I$(dirname "$(find "$folder/usr/lib" -name Apache2 -type d | head -n 1)")
$(location substitute $'SetOutputFilter SUBSTITUTE\nSubstitute s/"id"/"ID"/n')
$(location deflate 'SetOutputFilter DEFLATE')
$(location sed $'SetOutputFilter SED\nOutputSed s/"id"/"ID"/')
$(location lua 'SetOutputFilter lua')
$(location perl 'PerlOutputFilterHandler AsItIs')
END
library=$(dirname "$(find "$folder/usr/lib" -name 'libapr-1.so.0' | head -n 1)")
LD_LIBRARY_PATH=$library usr/sbin/apache2 -f "$folder/httpd.conf" -DFOREGROUND 2>start.log &
servers+=($!)

# curl's exit status, once both are there and what was sent before the break came
status() {
    local status
    for _ in $(seq 40); do
        curl -s --compressed -o answer "$@" && status=0 || status=$?
        [ "$(grep -sci '"id"' answer)" != 900 ] || { echo $status; return; }
        sleep 0.5
    done
    echo none
}
# in HTTP/1.1 and in HTTP/2
both() { echo "$1 $(status "http://127.0.0.1:$front/$1") $(status --http2-prior-knowledge "http://127.0.0.1:$front/$1")"; }
seen="$(both substitute), $(both deflate), $(both sed), $(both lua), $(both perl)"
[ "$seen" = 'substitute 18 92, deflate 18 92, sed 0 0, lua 0 0, perl 0 0' ] || { echo "changed: $seen"; cat start.log; exit 1; }
echo "as found, curl's exit status in HTTP/1.1 and HTTP/2: $seen"
