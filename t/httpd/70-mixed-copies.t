# SPDX-License-Identifier: Apache-2.0
# Examples are copied, edited and kept while others are renewed: whichever parts come together, a token whose times
# do not fit opens nothing, and no header that a client sends changes that.

use v5.36;
use Cwd qw(getcwd);
use Test::More;
use JobSessions::Access qw(MOUNT authorization leaks);
use JobSessions::Httpd;
use JobSessions::Test qw(database_dir http_all slurp);
use JobSessions::Token qw(claims jwt);

my $now  = time;
my $hour = 3600;

# claims, whether they ever open the export
my @tokens = (
    [ 'right'              => {}, 1 ],
    [ 'right, with nbf'    => { nbf => $now - 60 }, 1 ],
    [ 'nbf in an hour'     => { nbf => $now + $hour, exp => $now + 2 * $hour }, 0 ],
    [ 'made out for later' => { iat => $now + $hour, nbf => $now + $hour, exp => $now + 2 * $hour }, 0 ],
    [ 'without exp'        => { exp => undef }, 0 ],
    [ 'exp a while ago'    => { exp => $now - 60 }, 0 ],
    [ 'exp of no number'   => { exp => 'never' }, 0 ],
    [ 'bound to a key'     => { cnf => { jkt => 'x' x 43 } }, 0 ],
);
my @forged = map { { 'JobSessions-Time' => $_ } } $now + $hour + 60, 1, "t=${now}000000";

my %examples = (openidc => [ 'openidc-public-key.conf', 'RS256' ], oauth2 => [ 'oauth2-shared-key.conf', 'HS256' ]);

my %servers = map { $_ => [ mixtures($_) ] } sort keys %examples;
for my $module (sort keys %servers) {
    my $httpd = server($module, @{ $servers{$module} });
    my @signed = map { [ @$_[ 0, 2 ], jwt($examples{$module}[1], claims(%{ $_->[1] })) ] } @tokens;
    for my $i (0 .. $#{ $servers{$module} }) {
        my ($name, $is_whole) = @{ $servers{$module}[$i] };
        subtest "$module: $name" => sub { refuses($httpd->port, "mixture$i", $is_whole, @signed) };
    }
}

# Before there was a variable for it, a header that httpd made had the time.
sub with_header ($text) {
    return $text =~ s/%\{JOBSESSIONS_TIME\}/req_novary('JobSessions-Time')/gr
        =~ s/^RequestHeader unset JobSessions-Time early\n/<<~'LINES'/emr;
        RequestHeader set JobSessions-Time "%t" early
        RequestHeader edit JobSessions-Time "^t=([0-9]+)[0-9]{6}$" "$1" early
        LINES
}

# Before that, the time was nowhere.
sub without_time ($text) {
    return $text =~ s/^RequestHeader .*\n//mgr =~ s/^ *Require expr .*\n//mgr;
}

# name, whether good tokens have to be let through, configuration
sub mixtures ($module) {
    my $example = slurp("conf/examples/$examples{$module}[0]");
    my $finer = slurp('conf/examples/finer-rights.conf');
    $finer = $finer =~ s/Require claim /Require oauth2_claim /gr =~ s/\bOIDC_/OAUTH2_/gr if $module eq 'oauth2';
    return (
        [ 'all new',                               1, $example . $finer ],
        [ 'all with the header',                   1, with_header($example) . with_header($finer) ],
        [ 'finer rights new, the other with the header', 1, with_header($example) . $finer ],
        [ 'finer rights new, the other without',   1, without_time($example) . $finer ],
        [ 'finer rights with the header',          0, $example . with_header($finer) ],
        [ 'rules alone, beside the old ones',      1, $example . with_header($example) ],
        map { partial($example, $finer, $_) } lines_outside_of_rules($example),
    );
}

sub lines_outside_of_rules ($text) {
    return grep { /^ *(?:RequestHeader|OIDCPassClaimsAs|OIDCOAuthRemoteUserClaim|OAuth2TargetPass|AuthzSend)/ } split /\n/, $text;
}

sub partial ($example, $finer, $line) {
    my $less = $example =~ s/^\Q$line\E\n//mr;
    my $name = $line =~ s/^ +//r;
    return [ "without $name", 0, $less ], [ "without $name, and finer rights", 0, $less . $finer ],
}

sub server ($module, @mixtures) {
    my $here = getcwd;
    my $hosts = join '', map { <<~CONFIG } 0 .. $#mixtures;
        <VirtualHost *>
        ServerName mixture$_
        $mixtures[$_][2]
        </VirtualHost>
        CONFIG
    return JobSessions::Httpd->new(
        modules => [ qw(authn_core authz_host authz_user headers), $module eq 'openidc' ? 'auth_openidc' : 'oauth2' ],
        config  => ($module eq 'openidc' ? "OIDCCacheShmMax 256\n" : '') . <<~CONFIG . $hosts)->start;
        JobSessionsDatabase ${\ database_dir('confidential') }
        Include $here/t/tokens/tokens.conf
        Define JOBSESSIONS_ADDRESSES 127.0.0.1
        Define JOBSESSIONS_TOKEN_CERTIFICATE rsa#$here/t/tokens/rsa.pem
        CONFIG
}

sub refuses ($port, $host, $is_whole, @signed) {
    for my $case (@signed) {
        my ($name, $opens, $token) = @$case;
        my @responses = http_all(map {
            [ $port, POST => MOUNT . '/export', headers => { Host => $host, %{ authorization($token) }, %$_ } ]
        } {}, @forged);
        my $statuses = join ' ', map { $_->{status} } @responses;
        is $statuses, '200 200 200 200', $name if $opens && $is_whole;
        is_deeply [ $statuses =~ /200/, map { leaks($_) } @responses ], [], $name if !$opens;
    }
}

done_testing;
