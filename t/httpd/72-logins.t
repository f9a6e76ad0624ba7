# SPDX-License-Identifier: Apache-2.0
# Logins of people: by a form (mod_auth_form), an OpenID provider (mod_auth_openidc) and SAML (mod_auth_mellon, where it
# is installed). What becomes of a request without a session, above all of what it posts.

use v5.36;
use Cwd qw(getcwd);
use Test::More;
use JobSessions::Access qw(MOUNT faults_of_problem leaks);
use JobSessions::Httpd;
use JobSessions::Test qw(database_dir http slurp spew);
use JobSessions::Token qw(password);

my $here = getcwd;
chomp(my $modules = `apxs -q LIBEXECDIR`);
my @requests = ([ POST => '/export', '{}' ], [ GET => '' ]);

subtest 'a form' => sub {
    my $form = <<~LINES;
        SetHandler jobsessions
        AuthType form
        AuthName "Job sessions"
        AuthFormProvider file
        AuthUserFile $here/t/tokens/passwords
        Session On
        SessionCookieName session path=/
        Require valid-user
        LINES
    my $httpd = serve([qw(authn_core authn_file authz_user auth_form request session session_cookie)], <<~CONFIG);
        <Location "/api/v1/jobSessions">
        $form
        </Location>
        <Location "/led">
        $form
            AuthFormLoginRequiredLocation "/login.html"
        </Location>
        <Location "/login">
        $form
            SetHandler form-login-handler
        </Location>
        CONFIG
    for my $request (@requests) {
        is_refused(ask($httpd, MOUNT, $request, $_), "$request->[0] for $_ without a session") for qw(application/json text/html);
        is_led(ask($httpd, '/led', $request, 'application/json'), 302, qr{/login[.]html$}, "$request->[0] where a page to log in at is named");
    }
    my $login = http($httpd->port, POST => '/login', body => 'httpd_username=console&httpd_password=' . password() =~ tr/ /+/r);
    my ($session) = ($login->{headers}{'set-cookie'} // '') =~ /^(session=[^;]+)/;
    is_data(ask($httpd, MOUNT, $_, 'application/json', Cookie => $session), "$_->[0] with a session") for @requests;
};

subtest 'an OpenID provider' => sub {
    my $httpd = serve([qw(authn_core authz_user socache_shmcb auth_openidc)], <<~CONFIG);
        OIDCCacheShmMax 256
        OIDCProviderIssuer https://login.example
        OIDCProviderAuthorizationEndpoint https://login.example/authorize
        OIDCProviderTokenEndpoint https://login.example/token
        OIDCProviderJwksUri https://login.example/keys
        OIDCClientID console
        OIDCClientSecret secret-of-the-console
        OIDCCryptoPassphrase 0123456789abcdef0123456789abcdef
        OIDCRedirectURI /login
        <Location "/">
            AuthType openid-connect
            Require valid-user
        </Location>
        <Location "/api/v1/jobSessions">
            SetHandler jobsessions
        </Location>
        <Location "/never-led">
            SetHandler jobsessions
            OIDCUnAuthAction 401
        </Location>
        CONFIG
    for my $request (@requests) {
        is_refused(ask($httpd, MOUNT, $request, 'application/json'), "$request->[0] of a program that accepts JSON alone");
        is_refused(ask($httpd, MOUNT, $request, '*/*', 'Sec-Fetch-Mode' => 'cors'), "$request->[0] of a page's script");
        is_led(ask($httpd, MOUNT, $request, $_), 302, qr{^https://login[.]example/authorize[?]}, "$request->[0] for $_")
            for 'text/html', '*/*', 'application/json, text/plain, */*';
        is_refused(ask($httpd, '/never-led', $request, $_), "$request->[0] for $_ where nobody is led") for 'text/html', '*/*';
    }
};

subtest 'SAML' => sub {
    plan skip_all => 'mod_auth_mellon is not installed' unless -e "$modules/mod_auth_mellon.so";
    my $httpd = JobSessions::Httpd->new;
    my $provider = identity_provider($httpd->directory);
    serve([qw(authn_core authz_user auth_mellon)], <<~CONFIG, $httpd);
        <Location "/">
            AuthType Mellon
            MellonEnable auth
            MellonSPentityId http://localhost/
            MellonSPPrivateKeyFile $here/t/tls/server.key
            MellonSPCertFile $here/t/tls/server.pem
            MellonIdPMetadataFile $provider
            Require valid-user
        </Location>
        <Location "/api/v1/jobSessions">
            SetHandler jobsessions
        </Location>
        CONFIG
    for my $request (@requests) {
        is_led(ask($httpd, MOUNT, $request, $_), 303, qr{/mellon/login[?]}, "$request->[0] for $_") for qw(application/json text/html);
    }
};

done_testing;

sub serve ($with, $config, $httpd = JobSessions::Httpd->new) {
    $httpd->{modules} = $with;
    $httpd->{config} = 'JobSessionsDatabase ' . database_dir('confidential') . "\n$config";
    return $httpd->start;
}

sub identity_provider ($folder) {
    my ($certificate) = slurp("$here/t/tls/server.pem") =~ /CERTIFICATE-----\n(.*?)-----END/s;
    spew("$folder/provider.xml", <<~XML);
        <EntityDescriptor entityID="https://login.example" xmlns="urn:oasis:names:tc:SAML:2.0:metadata">
        <IDPSSODescriptor protocolSupportEnumeration="urn:oasis:names:tc:SAML:2.0:protocol">
        <KeyDescriptor><KeyInfo xmlns="http://www.w3.org/2000/09/xmldsig#"><X509Data><X509Certificate>
        $certificate</X509Certificate></X509Data></KeyInfo></KeyDescriptor>
        <SingleSignOnService Binding="urn:oasis:names:tc:SAML:2.0:bindings:HTTP-Redirect" Location="https://login.example/saml"/>
        </IDPSSODescriptor>
        </EntityDescriptor>
        XML
    return "$folder/provider.xml";
}

sub ask ($httpd, $mount, $request, $accept, %headers) {
    my ($method, $path, $body) = @$request;
    return http($httpd->port, $method => $mount . $path, version => '1.1',
        headers => { Accept => $accept, defined $body ? ('Content-Type' => 'application/json') : (), %headers }, body => $body);
}

sub is_refused ($response, $name) {
    is join('; ', faults_of_problem($response, 401)), '', "$name: 401";
}

# Browsers follow by GET, without what was posted; so do programs that follow at all.
sub is_led ($response, $status, $to, $name) {
    is $response->{status}, $status, "$name: led elsewhere";
    like $response->{headers}{location}, $to, '  to log in';
    is_deeply [ leaks($response) ], [], '  no data';
}

sub is_data ($response, $name) {
    is $response->{status}, 200, $name;
    isnt scalar(leaks($response)), 0, '  data';
}
