# SPDX-License-Identifier: Apache-2.0
# An authorization server that hangs: 40 clients with tokens that nobody has seen keep a thread each, for as long as
# the module waits. Where there are more threads than that, a good token that was checked before opens the API
# meanwhile, and the clients get an answer when the module's time is up.

use v5.36;
use Cwd qw(getcwd);
use IO::Select;
use IO::Socket::INET;
use Test::More;
use Time::HiRes qw(sleep time);
use JobSessions::Access qw(MOUNT authorization);
use JobSessions::Httpd;
use JobSessions::Test qw(database_dir decode_json http responses);
use JobSessions::Token qw(claims opaque);

my $here = getcwd;
my $clients = 40;

# What is stopped cannot be ended, should the test end early.
my @stopped;
END { local $?; kill CONT => @stopped }

# seconds after which each module gives up: what the example says, and what mod_oauth2 has built in
my %patience = (openidc => 5, oauth2 => 15);

for my $module (sort keys %patience) {
    subtest $module => sub {
        my $issuer = issuer($module eq 'openidc');
        my $httpd = server($module, ($module eq 'openidc' ? 'https' : 'http') . '://127.0.0.1:' . $issuer->port);
        my $good = authorization(opaque(claims()));
        is status($httpd, $good), 200, 'a good token, before';

        @stopped = ($issuer->pid, $issuer->children);
        kill STOP => @stopped;
        my @waiting = map { ask($httpd->port, "Bearer stranger$_") } 1 .. $clients;
        sleep 1;    # until each has its thread
        my $asked = time;
        is status($httpd, $good), 200, 'the same, while others wait';
        my $took = time - $asked;
        cmp_ok $took, '<', 3, sprintf 'after %.2f s', $took;

        my $since = time;
        my @answers = map { answer($_) } @waiting;
        kill CONT => @stopped;
        my %statuses = map { $_->{status} => 1 } @answers;
        is join(' ', keys %statuses), 401, "$clients others get 401";
        like decode_json($answers[0]{body})->{detail}, qr/not valid, or could not be checked/, 'which does not blame the token alone';
        like $httpd->error_log, qr/Timeout was reached|timed out/i, 'the error log tells why';
        my $waited = time - $since;
        cmp_ok $waited, '<', $patience{$module} + 8, sprintf 'the last one after %.1f s more', $waited;
    };
}

done_testing;

# An httpd with the introspection of the tests.
sub issuer ($tls) {
    return JobSessions::Httpd->new(modules => [ qw(alias cgi), $tls ? 'ssl' : () ], config => ($tls ? <<~CONFIG : '') . <<~CONFIG)->start;
        SSLEngine on
        SSLCertificateFile $here/t/tls/server.pem
        SSLCertificateKeyFile $here/t/tls/server.key
        CONFIG
        ScriptAlias "/introspect" "$here/t/introspect.pl"
        <Location "/introspect">
            CGIPassAuth On
        </Location>
        CONFIG
}

# More threads than there are clients, all of them from the start.
sub server ($module, $issuer) {
    my $threads = $clients + 10;
    return JobSessions::Httpd->new(
        modules => [ qw(authn_core authz_host headers), $module eq 'openidc' ? 'auth_openidc' : 'oauth2' ],
        config  => ($module eq 'openidc' ? "OIDCCABundlePath $here/t/tls/server.pem\n" : '') . <<~CONFIG)->start;
        <IfModule mpm_prefork_module>
            StartServers $threads
            MaxSpareServers $threads
            MaxRequestWorkers $threads
        </IfModule>
        <IfModule !mpm_prefork_module>
            StartServers 2
            ThreadsPerChild @{[ $threads / 2 ]}
            MaxRequestWorkers $threads
        </IfModule>
        JobSessionsDatabase ${\ database_dir('confidential') }
        Include $here/t/tokens/tokens.conf
        Define JOBSESSIONS_INTROSPECTION_URI $issuer/introspect
        Include $here/conf/examples/$module-introspection.conf
        CONFIG
}

sub status ($httpd, $headers) {
    return http($httpd->port, POST => MOUNT . '/export', headers => $headers)->{status};
}

sub ask ($port, $authorization) {
    my $socket = IO::Socket::INET->new(PeerAddr => '127.0.0.1', PeerPort => $port) or die "connect: $@";
    print {$socket} join "\r\n", 'POST ' . MOUNT . '/export HTTP/1.1', 'Host: localhost', "Authorization: $authorization",
        'Content-Length: 0', 'Connection: close', '', '';
    $socket->flush;
    return $socket;
}

sub answer ($socket) {
    my $bytes = '';
    while (IO::Select->new($socket)->can_read(60)) {
        sysread $socket, $bytes, 65536, length $bytes or last;
    }
    my ($response) = responses($bytes);
    return $response // { status => 0, body => '{}' };
}
