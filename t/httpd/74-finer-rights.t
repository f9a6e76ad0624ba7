# SPDX-License-Identifier: Apache-2.0
# conf/examples/finer-rights.conf: viewers may look at sessions, administrators may export them too,
# and both only from certain networks.

use v5.36;
use Cwd qw(getcwd);
use Test::More;
use JobSessions::Access qw(MOUNT authorization checks_nbf faults_of_success);
use JobSessions::Httpd;
use JobSessions::Test qw(database_dir http slurp);
use JobSessions::Token qw(claims jwt);

sub tokens ($algorithm) {
    my %tokens = map { $_ => jwt($algorithm, claims(role => $_)) } qw(admin viewer guest);
    $tokens{both}   = jwt($algorithm, claims(role => [qw(guest viewer)]));
    $tokens{nobody} = jwt($algorithm, claims(role => undef));
    $tokens{early}  = jwt($algorithm, claims(nbf => time + 3600, exp => time + 7200));
    return %tokens;
}
my %tokens = tokens('RS256');

my $scope = qr/^Bearer\b.*error="insufficient_scope"/;

# role, request, status, challenge
my @requests = (
    [ admin  => 'POST /export',     200 ],
    [ admin  => 'GET /export',      405 ],
    [ admin  => 'GET ',             200 ],
    [ admin  => 'GET /7304958214',  200 ],
    [ viewer => 'POST /export',     403, $scope ],
    [ viewer => 'GET /export',      403, $scope ],
    [ viewer => 'POST /EXPORT',     403, $scope ],
    [ viewer => 'POST /export/',    403, $scope ],
    [ none   => 'POST /EXPORT',     401, qr/^Bearer/ ],
    [ viewer => 'GET ',             200 ],
    [ viewer => 'GET /7304958214',  200 ],
    [ viewer => 'GET /7304958214/log', 200 ],
    [ viewer => 'GET /7304958214/LOG/', 200 ],
    [ viewer => 'GET /1',           404 ],
    [ both   => 'GET /7304958214',  200 ],
    [ both   => 'POST /export',     403, $scope ],
    [ guest  => 'POST /export',     403, $scope ],
    [ guest  => 'GET ',             403, $scope ],
    [ nobody => 'POST /export',     403, $scope ],
    [ nobody => 'GET /7304958214',  403, $scope ],
    [ early  => 'POST /export',     403 ],
    [ early  => 'GET ',             403 ],
    [ none   => 'POST /export',     401, qr/^Bearer/ ],
    [ none   => 'GET ',             401, qr/^Bearer/ ],
);
for (@requests) {
    my ($role, $request, $status, $challenge) = @$_;
    my $response = ask('finer_rights', $request, $role);
    is faults($response, $status, $challenge), '', "$role: $request: $status";
}

is faults(ask('finer_rights', 'POST /Export/', 'admin'), 200), '', 'an administrator: POST /Export/: 200';

# from, as X-Forwarded-For of the proxy that is believed: status of a viewer's and an administrator's
# request
my @addresses = (
    [ '10.20.30.40'                 => 200, 200 ],
    [ '2001:db8:20::7'              => 200, 200 ],
    [ '10.21.0.1'                   => 403, 403 ],
    [ '192.0.2.1'                   => 403, 403 ],
    [ '10.20.30.40, 192.0.2.1'      => 403, 403 ],    # the last is what the proxy saw
);
for (@addresses) {
    my ($address, $viewer, $admin) = @$_;
    my %headers = ('X-Forwarded-For' => $address);
    is faults(ask('finer_rights_backend', 'GET ', 'viewer', headers => \%headers), $viewer), '',
        "a viewer at $address: $viewer";
    is faults(ask('finer_rights_backend', 'POST /export', 'admin', headers => \%headers), $admin), '',
        "an administrator at $address: $admin";
}

# an address of a network that is not allowed; who is there is not believed about other addresses
is faults(ask('finer_rights', 'POST /export', 'admin', curl => [qw(--interface 127.0.0.2)]), 403), '',
    'an administrator elsewhere';
is faults(ask('finer_rights_backend', 'POST /export', 'admin', curl => [qw(--interface 127.0.0.2)],
    headers => { 'X-Forwarded-For' => '10.20.30.40' }), 403), '', 'who claims to be forwarded';

# What the file says to write for mod_oauth2.
subtest 'mod_oauth2' => sub {
    my $here = getcwd;
    my $rights = slurp('conf/examples/finer-rights.conf')
        =~ s/Require claim /Require oauth2_claim /gr =~ s/\bOIDC_/OAUTH2_/gr;
    my $httpd = JobSessions::Httpd->new(
        modules => [qw(authn_core authz_host headers oauth2)],
        config  => <<~CONFIG . $rights)->start;
        JobSessionsDatabase ${\ database_dir('confidential') }
        Include $here/t/tokens/tokens.conf
        Define JOBSESSIONS_ADDRESSES 127.0.0.1
        Include $here/conf/examples/oauth2-shared-key.conf
        CONFIG
    %tokens = tokens('HS256');
    for (@requests) {
        my ($role, $request, $status, $challenge) = @$_;
        ($status, $challenge) = (401, qr/^Bearer/) if $role eq 'early' && checks_nbf();
        my $response = ask($httpd->port, $request, $role, tls => 0);
        is faults($response, $status, $challenge), '', "$role: $request: $status";
    }
    # its claims do not outlive a redirect within httpd to a section with Require lines of its own
    is faults(ask($httpd->port, 'POST /Export/', 'admin', tls => 0), 403, $scope), '', 'an administrator: POST /Export/: 403';
    is faults(ask($httpd->port, 'POST /export', 'admin', tls => 0, curl => [qw(--interface 127.0.0.2)]), 403), '',
        'an administrator elsewhere';
};

done_testing;

sub ask ($vhost, $request, $role, %options) {
    my ($method, $path) = split / /, $request, 2;
    my %headers = (%{ authorization($tokens{$role}) }, %{ $options{headers} // {} });
    return http($vhost, $method => MOUNT . $path, tls => $vhost !~ /_backend$/, %options,
        headers => \%headers);
}

sub faults ($response, $status, $challenge = undef) {
    my @faults = faults_of_success($response, { method => 'GET', status => $status });
    my $header = $response->{headers}{'www-authenticate'} // '';
    push @faults, "WWW-Authenticate: $header" if $header !~ ($challenge // qr/^$/);
    return join '; ', @faults;
}
