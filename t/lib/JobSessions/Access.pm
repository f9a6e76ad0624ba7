# SPDX-License-Identifier: Apache-2.0
package JobSessions::Access;

use v5.36;
use Encode qw(encode_utf8);
use Exporter qw(import);
use JobSessions::Sessions qw(item_lists);
use JobSessions::Test qw(decode_json jobsessions make_database slurp);
use JobSessions::Token qw(claims jwt opaque);

our @EXPORT_OK = qw(
    MOUNT asks_options authorization checks_nbf confidential faults_of_problem faults_of_refusal faults_of_success
    finds_shared_keys leaks make_confidential resources token_cases
);

=head1 NAME

JobSessions::Access - who may see what, as tables

=head1 SYNOPSIS

    for my $case (token_cases('HS256')) {
        my $response = http($vhost, POST => MOUNT . '/export', headers => authorization($case->{token}));
        is_deeply [ faults_of_refusal($response, $case, 'POST') ], [] if $case->{status} != 200;
    }

=over

=item resources()

Every resource and method: C<method>, C<path> below the mount, and the C<status> for those who may.
This is the one place where they are listed. The ids are of t/data/confidential.ndjson.

=cut

use constant MOUNT => '/api/v1/jobSessions';

my $session = '/7304958214';
my @item_kinds = item_lists();

my @resources = (
    [ POST    => '/export',                 200 ],
    [ GET     => '/export',                 405 ],
    [ HEAD    => '/export',                 405 ],
    [ OPTIONS => '/export',                 204 ],
    [ GET     => '',                        200 ],
    [ HEAD    => '',                        200 ],
    [ POST    => '',                        405 ],
    [ OPTIONS => '',                        204 ],
    [ GET     => '?SinceUsn=0',             200 ],
    [ GET     => $session,                  200 ],
    [ HEAD    => $session,                  200 ],
    [ DELETE  => $session,                  405 ],
    [ GET     => "$session/log",            200 ],
    (map { [ GET => "$session/$_",          200 ] } @item_kinds),
    [ GET     => '/1',                      404 ],
    [ GET     => '/nothing/here',           404 ],
);

sub resources {
    return map { +{ method => $_->[0], path => $_->[1], status => $_->[2] } } @resources;
}

=item make_confidential()

Make the database of t/data/confidential*.ndjson: its sessions, and a log and items of one. t/TEST
does, before httpd starts.

=cut

sub make_confidential {
    my $database = make_database('t/db/confidential', 't/data/confidential.ndjson');
    my $id = $session =~ s{^/}{}r;
    for my $list ([ 'log', $id ], map { [ 'items', $id, $_ ] } @item_kinds) {
        my $file = "t/data/confidential-$list->[0].ndjson";
        my $add = jobsessions($database, @$list, '--add', { stdin => slurp($file) });
        die "$file: $add->{err}" if $add->{exit} != 0;
    }
}

=item finds_shared_keys(), asks_options(), checks_nbf()

What differs between the releases. mod_auth_openidc 2.4.16 to 2.4.19.0 does not find shared keys, and answers 401 to
every token (OpenIDC/mod_auth_openidc#1373). Until its 2.4.14, OPTIONS is asked for a token by all Require claim
lines but the first; later by none. mod_oauth2 itself refuses a token that comes too early from 4.2 on.

=cut

sub finds_shared_keys { return version_of('auth_openidc') < v2.4.16 || version_of('auth_openidc') >= v2.4.19.1 }
sub asks_options      { return version_of('auth_openidc') < v2.4.14 }
sub checks_nbf        { return version_of('oauth2') >= v4.2.0 }

sub version_of ($module) {
    chomp(my $folder = `apxs -q LIBEXECDIR`);
    my ($found) = slurp("$folder/mod_$module.so") =~ /mod_$module-(\d+(?:\.\d+)+)/;
    return version->parse("v$found");
}

=item token_cases($algorithm, $vhost)

What clients come with: C<name>, C<token> and the C<status> that every resource answers, 200 for the
one token that may; C<challenge> where it is not the one that goes with the status. $algorithm is how
the tokens are signed that the virtual host accepts, or C<opaque>.

What is wrong with a signed token shows in two places. Signature and expiry are checked by the
authentication module, hence 401; from whom it is, for whom and from when on, by Require lines of
conf/examples, hence 403. For a token that comes too early that 403 has no challenge: it is no matter
of scope; a module that looks at that itself answers 401. Of opaque tokens the authorization server
tells only that they are not active, and of another issuer's it knows nothing: 401.

=cut

sub token_cases ($algorithm, $vhost) {
    my $is_opaque = $algorithm eq 'opaque';
    my $is_timed = $is_opaque || ($vhost =~ /^oauth2/ && checks_nbf());
    my $token = $is_opaque
        ? sub (%changes) { opaque(claims(%changes)) }
        : sub (%changes) { jwt($algorithm, claims(%changes)) };
    my ($hour, $refused_later) = (3600, $is_opaque ? 401 : 403);

    # the claims of an administrator under the signature of somebody who may not
    my @viewer = split /\./, jwt($is_opaque ? 'HS256' : $algorithm, claims(role => 'viewer'));
    my @admin  = split /\./, jwt('none', claims());

    my @cases = (
        [ 'no token'             => undef,                                                   401 ],
        [ 'garbage'              => 'garbage',                                               401 ],
        [ 'expired'              => $token->(iat => time - $hour, exp => time - 60),         401 ],
        [ 'not yet valid'        => $token->(nbf => time + $hour, exp => time + 2 * $hour),
            $is_timed ? 401 : (403, qr/^$/) ],
        [ 'wrong signature'      => "$viewer[0].$admin[1].$viewer[2]",                       401 ],
        [ 'another secret'       => jwt('HS256', claims(), secret => 'x' x 64),              401 ],
        [ 'public key as secret' => jwt('HS256', claims(), secret => slurp('t/tokens/rsa.pem')), 401 ],
        [ 'alg none'             => jwt('none', claims()),                                   401 ],
        [ 'wrong issuer'         => $is_opaque ? 'f' x 32 : $token->(iss => 'https://evil.example'),
            $refused_later ],
        [ 'wrong audience'       => $token->(aud => 'another service'),                      403 ],
        [ 'without the role'     => $token->(role => 'viewer'),                              403 ],
        [ 'right'                => $token->(),                                              200 ],
    );
    return map { +{ name => $_->[0], token => $_->[1], status => $_->[2], challenge => $_->[3] } } @cases;
}

=item authorization($token)

Request headers for it; undef is no token.

=cut

sub authorization ($token) {
    return defined $token ? { Authorization => "Bearer $token" } : {};
}

=item faults_of_problem($response, $status)

What is wrong with an error, as a list of sentences: the status, the headers, the problem document
(RFC 9457), anything of a session in it.

=cut

my %problem_headers = (
    'content-type'           => 'application/problem+json',
    'cache-control'          => 'no-store',
    'x-content-type-options' => 'nosniff',
);

sub faults_of_problem ($response, $status, $method = 'POST') {
    my @faults = $response->{status} == $status ? () : "status $response->{status}, not $status";
    for my $name (sort keys %problem_headers) {
        my $value = $response->{headers}{$name} // 'missing';
        push @faults, "$name: $value" if $value ne $problem_headers{$name};
    }
    push @faults, map { "tells $_" } leaks($response);
    return @faults, $method eq 'HEAD' ? () : faults_of_document($response->{body}, $status);
}

sub faults_of_document ($body, $status) {
    my $problem = eval { decode_json($body) } or return "is not JSON: $body";
    return (
        (map { "$_ is missing" } grep { !length($problem->{$_} // '') } qw(type title status detail traceId)),
        ($problem->{status} // 0) == $status ? () : "status $problem->{status} in the body"
    );
}

=item faults_of_refusal($response, $case, $method)

The same for a token that is refused, of token_cases(), and the challenge that has to come with it
(RFC 6750).

=cut

my %challenges = (401 => qr/^Bearer\b/, 403 => qr/^Bearer\b.*error="insufficient_scope"/);

sub faults_of_refusal ($response, $case, $method) {
    my $challenge = $response->{headers}{'www-authenticate'} // '';
    my $expected = $case->{challenge} // $challenges{ $case->{status} };
    my $schemes = () = $challenge =~ /\bBearer\b/g;
    return faults_of_problem($response, $case->{status}, $method),
        $challenge =~ $expected && $schemes <= 1 ? () : "WWW-Authenticate: $challenge";
}

=item faults_of_success($response, $resource)

What is wrong with the answer of one of resources() for somebody who may.

=cut

sub faults_of_success ($response, $resource) {
    my ($method, $status) = @$resource{qw(method status)};
    return faults_of_problem($response, $status, $method) if $status >= 400;
    my $tells = leaks($response);
    return (
        $response->{status} == $status ? () : "status $response->{status}, not $status",
        $method =~ /^(?:GET|POST)$/ && $tells == 0 ? 'tells nothing' : (),
        $method !~ /^(?:GET|POST)$/ && $tells != 0 ? 'tells too much' : ()
    );
}

=item confidential(@lists)

Every value in t/data/confidential.ndjson, as it would be sent; C<log> and C<items> are those of the
other files.

=item leaks($response)

Those of all of them that stand in a response, in its headers or its body.

=cut

sub confidential (@lists) {
    return map { values_in(decode_json($_)) }
        map { split /\n/, slurp("t/data/confidential$_.ndjson") } @lists ? map { "-$_" } @lists : '';
}

sub leaks ($response) {
    state @confidential = (confidential(), confidential(qw(log items)));
    my $text = join "\n", %{ $response->{headers} }, $response->{body};
    return grep { index($text, $_) >= 0 } @confidential;
}

sub values_in ($json) {
    return map { values_in($_) } values %$json if ref $json eq 'HASH';
    return ref $json ? () : encode_utf8($json);
}

=back

=cut

1;
