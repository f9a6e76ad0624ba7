# SPDX-License-Identifier: Apache-2.0
# conf/examples/TOKENS.md: what each example answers to each token, and to each way to send one. Whatever the way, a
# token that is refused in the header is refused. With JOBSESSIONS_TOKENS set a new table is written.

use v5.36;
use MIME::Base64 qw(encode_base64 encode_base64url);
use Test::More;
use JobSessions::Access qw(MOUNT leaks);
use JobSessions::Test qw(http_all slurp);
use JobSessions::Token qw(claims jwt opaque);
use JobSessions::TokenTable;

# virtual host, column, how tokens are signed
my @examples = (
    [ openidc_shared_key    => 'openidc-shared-key',               'HS256' ],
    [ openidc_certificate   => 'openidc-public-key (certificate)', 'RS256' ],
    [ openidc_jwks          => 'openidc-public-key (JWKS)',        'ES256' ],
    [ openidc_introspection => 'openidc-introspection',            'opaque' ],
    [ oauth2_shared_key     => 'oauth2-shared-key',                'HS256' ],
    [ oauth2_jwk            => 'oauth2-public-key (JWK)',          'ES256' ],
    [ oauth2_jwks           => 'oauth2-public-key (JWKS)',         'RS256' ],
    [ oauth2_introspection  => 'oauth2-introspection',             'opaque' ],
);

my ($now, $hour) = (time, 3600);

# row, changes of a good token's claims
my @claims = (
    [ 'right'                                     => {} ],
    [ 'for several services, ours among them'     => { aud => [qw(another jobsessions)] } ],
    [ 'for another service'                       => { aud => 'another' } ],
    [ 'for several others'                        => { aud => [qw(another third)] } ],
    [ 'for nobody, without aud'                   => { aud => undef } ],
    [ 'of another issuer'                         => { iss => 'https://evil.example' } ],
    [ 'of an issuer whose name goes on'           => { iss => 'https://login.example/' } ],
    [ 'without iss'                               => { iss => undef } ],
    [ 'with several roles, the right one among them' => { role => [qw(viewer admin)] } ],
    [ 'with another role'                         => { role => 'viewer' } ],
    [ 'with a role that begins like the right one' => { role => 'administrator' } ],
    [ 'with the role in another case'             => { role => 'Admin' } ],
    [ 'with a role that is an object'             => { role => { admin => 1 } } ],
    [ 'without role'                              => { role => undef } ],
    [ 'without sub'                               => { sub => undef } ],
    [ 'with an empty sub'                         => { sub => '' } ],
    [ 'with a sub that is no text'                => { sub => 7 } ],
    [ 'with a sub beyond ASCII'                   => { sub => "J\x{fc}rgen" } ],
    [ 'exp a while ago'                           => { exp => $now - 60 } ],
    [ 'exp in a year'                             => { exp => $now + 365 * 24 * $hour } ],
    [ 'exp with a fraction'                       => { exp => $now + 600.5 } ],
    [ 'exp of zero'                               => { exp => 0 } ],
    [ 'exp below zero'                            => { exp => -1 } ],
    [ 'exp as text'                               => { exp => $now + 600 . '' } ],
    [ 'exp that is no number'                     => { exp => 'never' } ],
    [ 'without exp'                               => { exp => undef } ],
    [ 'nbf in an hour'                            => { nbf => $now + $hour, exp => $now + 2 * $hour } ],
    [ 'nbf in an hour, and iat with it'           => { iat => $now + $hour, nbf => $now + $hour, exp => $now + 2 * $hour } ],
    [ 'nbf in an hour, without iat'               => { iat => undef, nbf => $now + $hour, exp => $now + 2 * $hour } ],
    [ 'nbf a minute ago'                          => { nbf => $now - 60 } ],
    [ 'nbf a second after iat'                    => { iat => $now - 60, nbf => $now - 59 } ],
    [ 'nbf with a fraction'                       => { nbf => $now - 60.5 } ],
    [ 'nbf that is no number'                     => { nbf => 'tomorrow' } ],
    [ 'iat in an hour'                            => { iat => $now + $hour, exp => $now + 2 * $hour } ],
    [ 'without iat'                               => { iat => undef } ],
    [ 'bound to a key (cnf.jkt)'                  => { cnf => { jkt => 'x' x 43 } } ],
    [ 'bound to a certificate (cnf.x5t#S256)'     => { cnf => { 'x5t#S256' => 'x' x 43 } } ],
    [ 'with claims of 4 KiB'                      => { text => 'x' x 4096 } ],
    [ 'with claims of 16 KiB'                     => { text => 'x' x 16384 } ],
);

# row, what is made of a good token and how it is signed
my @forms = (
    [ 'no token'                         => sub ($token, $algorithm) { undef } ],
    [ 'garbage'                          => sub ($token, $algorithm) { 'garbage' } ],
    [ 'signature of another token'       => sub ($token, $algorithm) { exchanged($token, $algorithm) } ],
    [ 'signature cut short'              => sub ($token, $algorithm) { substr $token, 0, -4 } ],
    [ 'without signature'                => sub ($token, $algorithm) { $token =~ s/[^.]+$//r } ],
    [ 'without a part'                   => sub ($token, $algorithm) { $token =~ s/[.][^.]+$//r } ],
    [ 'with a part too many'             => sub ($token, $algorithm) { "$token.x" } ],
    [ 'alg none'                         => sub ($token, $algorithm) { jwt('none', claims()) } ],
    [ 'HS256 with another secret'        => sub ($token, $algorithm) { jwt('HS256', claims(), secret => 'x' x 64) } ],
    [ 'HS256 with the public key'        => sub ($token, $algorithm) { jwt('HS256', claims(), secret => slurp('t/tokens/rsa.pem')) } ],
    [ 'a key (kid) that nobody knows'    => sub ($token, $algorithm) { jwt($algorithm, claims(), kid => 'unknown') } ],
    [ 'no object in it'                  => sub ($token, $algorithm) { jwt($algorithm, []) } ],
    [ 'no claims in it'                  => sub ($token, $algorithm) { jwt($algorithm, {}) } ],
);

# row, headers to send a token with; a list is a header that comes more than once
my $bearer = sub ($token) { [ Authorization => "Bearer $token" ] };
my @ways = (
    [ 'Authorization: Bearer TOKEN'                 => $bearer ],
    [ 'authorization: Bearer TOKEN'                 => sub ($token) { [ authorization => "Bearer $token" ] } ],
    [ 'Authorization: bearer TOKEN'                 => sub ($token) { [ Authorization => "bearer $token" ] } ],
    [ 'Authorization: BEARER TOKEN'                 => sub ($token) { [ Authorization => "BEARER $token" ] } ],
    [ 'two blanks between'                          => sub ($token) { [ Authorization => "Bearer  $token" ] } ],
    [ 'a tab between'                               => sub ($token) { [ Authorization => "Bearer\t$token" ] } ],
    [ 'a blank behind'                              => sub ($token) { [ Authorization => "Bearer $token " ] } ],
    [ 'a word behind'                               => sub ($token) { [ Authorization => "Bearer $token x" ] } ],
    [ 'in quotes'                                   => sub ($token) { [ Authorization => "Bearer \"$token\"" ] } ],
    [ 'Authorization: TOKEN'                        => sub ($token) { [ Authorization => $token ] } ],
    [ 'Authorization: Bearer'                       => sub ($token) { [ Authorization => 'Bearer' ] } ],
    [ 'Authorization: Token TOKEN'                  => sub ($token) { [ Authorization => "Token $token" ] } ],
    [ 'Authorization: DPoP TOKEN'                   => sub ($token) { [ Authorization => "DPoP $token" ] } ],
    [ 'Basic, as the password'                      => sub ($token) { [ Authorization => 'Basic ' . encode_base64("console:$token", '') ] } ],
    [ 'Basic, as it is'                             => sub ($token) { [ Authorization => "Basic $token" ] } ],
    [ 'twice'                                       => sub ($token) { $bearer->($token), $bearer->($token) } ],
    [ 'twice, the second one garbage'               => sub ($token) { $bearer->($token), $bearer->('garbage') } ],
    [ 'twice, the first one garbage'                => sub ($token) { $bearer->('garbage'), $bearer->($token) } ],
    [ 'with a comma between two'                    => sub ($token) { [ Authorization => "Bearer $token, Bearer $token" ] } ],
    [ 'Proxy-Authorization: Bearer TOKEN'           => sub ($token) { [ 'Proxy-Authorization' => "Bearer $token" ] } ],
    [ 'X-Access-Token: TOKEN'                       => sub ($token) { [ 'X-Access-Token' => $token ] } ],
    [ 'Cookie: access_token=TOKEN'                  => sub ($token) { [ Cookie => "access_token=$token" ] } ],
    [ 'Cookie: Bearer=TOKEN'                        => sub ($token) { [ Cookie => "Bearer=$token" ] } ],
    [ 'access_token=TOKEN in the query'             => sub ($token) { [ query => "access_token=$token" ] } ],
    [ 'access_token=TOKEN in a form'                => sub ($token) { [ form => "access_token=$token" ] } ],
    [ 'in the query, garbage in the header'         => sub ($token) { [ query => "access_token=$token" ], $bearer->('garbage') } ],
    [ 'in the header, garbage in the query'         => sub ($token) { [ query => 'access_token=garbage' ], $bearer->($token) } ],
    [ 'with 8 KiB behind it'                        => sub ($token) { [ Authorization => "Bearer $token" . 'x' x 8192 ] } ],
);

my $table = JobSessions::TokenTable->read('conf/examples/TOKENS.md');
note $table->release // 'a release that the table does not have: nothing is compared';

for my $example (@examples) {
    my ($vhost, $column, $algorithm) = @$example;
    subtest $column => sub {
        my @tokens = tokens($algorithm);
        answers($vhost, $column, map { [ $_->[0], defined $_->[1] ? $bearer->($_->[1]) : () ] } grep { $_->[0] } @tokens);
        dash($column, $_->[0]) for $algorithm eq 'opaque' ? grep { $_->[0] !~ /^(?:no token|garbage)$/ } @forms : ();
        my $good = token($algorithm);
        answers($vhost, $column, map { [ $_->[0], $_->[1]->($good) ] } @ways);
        refuses($vhost, map { [ $_->[0], $_->[1]->(token($algorithm, exp => $now - 60)) ] } @ways);
    };
}

# The README's table of who looks at a token's times says in words what stands in the other, for each release.
subtest 'the table of the README' => sub {
    my %columns = (mod_auth_openidc => 'openidc-public-key (certificate)', mod_oauth2 => 'oauth2-public-key (JWK)');
    my %rows = (
        '`exp` has passed'                            => ['exp a while ago'],
        '`exp` is missing, or no number'              => [ 'without exp', 'exp that is no number' ],
        '`exp` has passed, is missing, or no number'  => [ 'exp a while ago', 'without exp', 'exp that is no number' ],
        '`nbf` lies ahead'                            => ['nbf in an hour'],
        '`iat` lies ahead'                            => ['iat in an hour'],
    );
    my ($lines) = slurp('README.md') =~ /^[*]{2}When a token may be used.*?^(\| mod_auth_openidc \|.*?)^\n/ms;
    my ($column, $compared);
    for my $line (split /\n/, $lines) {
        my ($first, @said) = map { s/^ +| +$//gr } split /\|/, $line =~ s/^\|//r;
        if ($columns{$first}) { $column = $columns{$first}; next }
        my $rows = $rows{ $first =~ s/^… //r } // do { fail "$first: a row that nobody knows"; next };
        is_deeply [ map { /, (\d+)$/ } @said ], [ $table->all($_, $column) ], "$first: $_, $column" for @$rows;
        is_deeply [ map { s/, .*//r } @said ], [ map { /403/ ? 'the example' : 'the module' } @said ], "$first: said by whom";
        $compared++;
    }
    is $compared, 6, 'all of its rows';
};

if ($ENV{JOBSESSIONS_TOKENS} && $table->release) {
    my @columns = map { $_->[1] } @examples;
    $table->write('build/TOKENS.md',
        [ 'Tokens, in the header Authorization', 'token', [ map { $_->[0] } @claims, @forms ], \@columns ],
        [ 'Ways to send a good one', 'way', [ map { $_->[0] } @ways ], \@columns ]);
}

done_testing;

sub token ($algorithm, %changes) {
    return $algorithm eq 'opaque' ? opaque(claims(%changes)) : jwt($algorithm, claims(%changes));
}

sub tokens ($algorithm) {
    my @forms_here = grep { $algorithm ne 'opaque' || $_->[0] =~ /^(?:no token|garbage)$/ } @forms;
    return (map { [ $_->[0], token($algorithm, %{ $_->[1] }) ] } @claims),
        map { [ $_->[0], $_->[1]->(token($algorithm), $algorithm) ] } @forms_here;
}

# The claims of an administrator under the signature of somebody who may not.
sub exchanged ($token, $algorithm) {
    my @viewer = split /\./, jwt($algorithm, claims(role => 'viewer'));
    return "$viewer[0]." . (split /\./, $token)[1] . ".$viewer[2]";
}

# The answers to requests, each a name and pairs as of @ways.
sub send_all ($vhost, @requests) {
    return http_all(map {
        my ($name, @pairs) = @$_;
        my ($query) = map { $_->[0] eq 'query' ? "?$_->[1]" : () } @pairs;
        my ($form)  = map { $_->[0] eq 'form' ? $_->[1] : () } @pairs;
        [ $vhost, POST => MOUNT . '/export' . ($query // ''), tls => 1, version => '1.1', body => $form,
            defined $form ? (headers => { 'Content-Type' => 'application/x-www-form-urlencoded' }) : (),
            curl => [ map { ('-H', "$_->[0]: $_->[1]") } grep { $_->[0] !~ /^(?:query|form)$/ } @pairs ] ]
    } @requests);
}

sub answers ($vhost, $column, @requests) {
    my @responses = send_all($vhost, @requests);
    for my $i (0 .. $#requests) {
        my ($row, $status, @leaks) = ($requests[$i][0], $responses[$i]{status}, leaks($responses[$i]));
        is @leaks > 0, $status == 200, "$row: $status, " . (@leaks ? 'data' : 'no data');
        next unless $table->release;
        is $status, $table->expected($row, $column), '  as the table says' unless $ENV{JOBSESSIONS_TOKENS};
        $table->measured($row, $column, $status);
    }
}

sub dash ($column, $row) {
    $table->measured($row, $column, '–') if $table->release;
}

sub refuses ($vhost, @requests) {
    my @responses = send_all($vhost, @requests);
    my @opened = map { $responses[$_]{status} =~ /^4/ && !leaks($responses[$_]) ? () : $requests[$_][0] } 0 .. $#requests;
    is "@opened", '', 'an expired token is refused, however it is sent';
}
