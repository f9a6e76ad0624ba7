# SPDX-License-Identifier: Apache-2.0
# Which requests are answered, what with, and where the links lead.

use v5.36;
use Test::More;
use File::Path qw(remove_tree);
use JobSessions::Httpd;
use JobSessions::Sessions qw(export_document plain_sessions rich_sessions);
use JobSessions::Test qw(database_dir decode_json http httpd_children jobsessions port raw_http slurp test_vars);

my $export = '/api/v1/jobSessions/export';
my @example = split /\n/, slurp('t/data/sessions-example.ndjson');
my ($mpm) = test_vars('t_logs') =~ /-(\w+)$/;

# The example's document with links that begin so.
sub example_at ($links, $self = $links) {
    return export_document(sessions => \@example, links => $links, self => $self);
}

sub problem_is ($response, $status, $name) {
    subtest $name => sub {
        is $response->{status}, $status, "status $status";
        is $response->{headers}{'content-type'}, 'application/problem+json', 'application/problem+json';
        my $problem = eval { decode_json($response->{body}) };
        is $problem->{status}, $status, 'the body names the status';
        like $problem->{title}, qr/\w/, 'its name';
        like $problem->{detail}, qr/\w.*\.$/, 'and what it means';
        is length $response->{body}, $response->{headers}{'content-length'}, 'Content-Length is true';
    };
}

subtest 'POST export' => sub {
    my $response = http('open', POST => $export);
    is $response->{status}, 200, 'status';
    is $response->{version}, '1.1', 'HTTP/1.1';
    is $response->{headers}{'content-type'}, 'application/json; charset=utf-8', 'Content-Type';
    is $response->{headers}{'content-length'}, length $response->{body}, 'Content-Length';
    is $response->{headers}{'cache-control'}, 'no-store', 'nobody is to keep it';
    is $response->{headers}{'x-content-type-options'}, 'nosniff', 'nor to guess what it is';
    my $here = 'http://127.0.0.1:' . port('open') . '/api/v1/jobSessions';
    is $response->{body}, example_at($here), 'the document';
    is http('open', POST => "$export?x&_=1")->{body}, $response->{body}, 'v1 has no parameters';
    problem_is(http('open', POST => "$export?offset=1&limit=2&x"), 400, 'those of the list are refused');
};

subtest 'other methods' => sub {
    my $allow = 'POST, OPTIONS';
    for my $method (qw(GET PUT DELETE PATCH PROPFIND INVENTED)) {
        my $response = http('open', $method => $export);
        problem_is($response, 405, $method);
        is $response->{headers}{allow}, $allow, "$method: Allow";
    }
    my $options = http('open', OPTIONS => $export);
    is_deeply [ $options->{status}, $options->{headers}{allow}, $options->{body} ], [ 204, $allow, '' ], 'OPTIONS';
    my $head = http('open', HEAD => $export);
    is_deeply [ $head->{status}, $head->{headers}{allow} ], [ 405, $allow ], 'HEAD';
    my $sent = raw_http('open', "HEAD $export HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
    like $sent, qr/\r\n\r\n\z/, 'HEAD: no body';
    unlike http('open', TRACE => $export)->{body}, qr/results/, 'TRACE is httpd\'s own, and shows no session';
};

subtest 'what there is not' => sub {
    for my $below ('/export/x', '/exports', '/Exports/', '/expor', '/x', '/x/export', '/6/export',
        '/06', '/-6', '/6/x', '/6/x/', '/6/log/x', '/%00', '/export%2f') {
        my $response = http('open', POST => "/api/v1/jobSessions$below");
        is $response->{status}, 404, $below;
        unlike $response->{body}, qr/results/, 'no document';
        next if $below eq '/%00' || $below eq '/export%2f';    # httpd refuses these itself
        is $response->{headers}{'content-type'}, 'application/problem+json', 'a problem';
    }
    for my $beside (qw(/api/v1/jobSessionsX /api/v1/jobSessionsX/export /api/v1/jobsessions/export /api/v1/export /export /)) {
        my $response = http('open', POST => $beside);
        isnt $response->{status}, 200, "$beside is none of ours" unless $beside eq '/';
        unlike $response->{headers}{'content-type'}, qr/problem/, "$beside: nor is its error";
    }
    is http('open', POST => '/api/v1/./jobSessions/../jobSessions/%65xport')->{status}, 200, 'the same path in other words';
    is http('open', POST => '/api/v1//jobSessions///export')->{status}, 200, 'with more slashes than it needs';
};

subtest 'mounts' => sub {
    my $here = 'http://127.0.0.1:' . port('mounts');
    my $later = http('mounts', POST => '/api/v8.1/jobSessions/export')->{body};
    my $stored = example_at("$here/api/v8.1/jobSessions");
    is length $later, length $stored, 'another version is as long';
    is $later =~ s/ +(?=,"_links)//gr, $stored =~ s/,"usn":\d+//gr =~ s/("repositoryId":)(\d+)/$1"$2"/gr, 'and has its own members and types';
    is http('mounts', POST => '/appliance%20one/api/v1/jobSessions/export')->{body},
        example_at("$here/appliance%20one/api/v1/jobSessions"), 'below a prefix, with a space in it';
    is http('mounts', POST => $export)->{status}, 404, 'and not where it is not mounted';
    is http('mounts', POST => '/api/v8.1/jobSessions/api/v8.1/jobSessions/export')->{status}, 404, 'the path is taken once';
};

subtest 'JobSessionsBaseURL' => sub {
    is http('base_url', POST => $export, headers => { Host => 'other.example' })->{body},
        example_at('https://host.example/api/v1/jobSessions', 'https://host.example:443/api/v1/jobSessions'), 'of the virtual host';
    is http('base_url', POST => '/elsewhere/export')->{body}, example_at('http://location.example:8080/front/elsewhere'), 'of the location';

    my $httpd = JobSessions::Httpd->new(config => <<~CONFIG)->start;
        JobSessionsDatabase ${\database_dir('open')}
        JobSessionsBaseURL https://main.example:444
        <VirtualHost *>
            <Location "/api/v1/jobSessions">
                SetHandler jobsessions
                JobSessionsAnonymous On
            </Location>
        </VirtualHost>
        CONFIG
    is http($httpd->port, POST => $export)->{body}, example_at('https://main.example:444/api/v1/jobSessions'),
        'of the main server; it gives its hosts the database, too';
};

subtest 'links follow the request' => sub {
    my $port = port('open');
    my %hosts = (
        'a.example'         => [ "a.example:$port" ],
        'a.example:99'      => [ 'a.example:99' ],
        'a.example:80'      => [ 'a.example', 'a.example:80' ],
        'a.example:443'     => [ 'a.example:443' ],
        'A.Example:99'      => [ 'a.example:99' ],
        '[2001:db8::1]'     => [ "[2001:db8::1]:$port" ],
        '[2001:db8::1]:99'  => [ '[2001:db8::1]:99' ],
        '192.0.2.1:99'      => [ '192.0.2.1:99' ],
    );
    for my $host (sort keys %hosts) {
        my $response = http('open', POST => $export, headers => { Host => $host });
        is $response->{body}, example_at(map { "http://$_/api/v1/jobSessions" } @{ $hosts{$host} }), "Host: $host";
    }
    my $named = "http://localhost:$port/api/v1/jobSessions";
    my $old = http('open', POST => $export, version => '1.0', headers => { Host => undef });
    is $old->{body}, example_at($named), 'HTTP/1.0 without a Host: ServerName';
    my $new = http('open', POST => $export, headers => { Host => undef });
    is $new->{status}, 400, 'HTTP/1.1 must have one';
    my $absolute = raw_http('open', "POST http://b.example:98$export HTTP/1.1\r\nHost: a.example\r\nConnection: close\r\n\r\n");
    is $absolute =~ s/.*?\r\n\r\n//sr, example_at('http://b.example:98/api/v1/jobSessions'), 'a request that names the host itself';
    for my $host ('a"b', 'a\b', 'a<b', 'a b', "a\x{7f}b", 'a/b', 'a:b', '[::1') {
        my $response = http('open', POST => $export, headers => { Host => $host });
        is $response->{status}, 400, "Host: $host is none";
    }
};

subtest 'TLS' => sub {
    for my $version ('1.1', $mpm eq 'prefork' ? () : '2') {
        my $response = http('tls', POST => $export, tls => 1, version => $version, headers => { Host => 'a.example:443' });
        is $response->{version}, $version, "HTTP/$version";
        is $response->{body}, example_at('https://a.example/api/v1/jobSessions', 'https://a.example:443/api/v1/jobSessions'),
            'the default port is left out where the document does so';
        is $response->{headers}{'content-length'}, length $response->{body}, 'Content-Length';
        is http('tls', POST => $export, tls => 1, version => $version)->{body},
            example_at('https://127.0.0.1:' . port('tls') . '/api/v1/jobSessions'), 'another port is not';
        my $get = http('tls', GET => $export, tls => 1, version => $version);
        problem_is($get, 405, 'GET');
        is $get->{headers}{allow}, 'POST, OPTIONS', 'Allow';
    }
};

subtest 'databases' => sub {
    my ($first, $second, $linked) = map { database_dir($_) } qw(first second linked);
    remove_tree($first, $second);
    unlink $linked;
    my %sessions = (first => [ rich_sessions() ], second => []);
    for my $name (sort keys %sessions) {
        jobsessions(database_dir($name), 'import', { stdin => join "\n", @{ $sessions{$name} } });
    }
    symlink $first, $linked or die "$linked: $!";
    my $body = sub ($vhost) {
        return http($vhost, POST => $export, headers => { Host => 'a:80' })->{body};
    };
    my $document = sub ($name) {
        return export_document(sessions => $sessions{$name}, links => 'http://a/api/v1/jobSessions', self => 'http://a:80/api/v1/jobSessions');
    };
    ok $body->('first') eq $document->('first'), 'everything a session can be';
    is $body->('second'), $document->('second'), 'another host, another database: an empty one';
    is decode_json($body->('second'))->{totalCount}, 0, 'which has no sessions';
    ok $body->('linked') eq $document->('first'), 'and a host that names the first by a symbolic link';

    for my $new ([ first => '{"id":"7000","usn":7000}' ], [ second => '{"id":"1","usn":1}' ]) {
        my ($name, $session) = @$new;
        jobsessions(database_dir($name), 'import', { stdin => $session });
        push @{ $sessions{$name} }, $session;
    }
    # more requests than there are children, so that each child has both names open
    for my $request (1 .. 20) {
        ok $body->($_) eq $document->('first'), "$_: what is written is seen at once" for qw(first linked);
        is $body->('second'), $document->('second'), 'in either database';
    }
    for my $child (httpd_children()) {
        my $open = grep { (readlink $_ // '') eq "$first/data.mdb" } glob "/proc/$child/fd/*";
        cmp_ok $open, '<=', 1, 'a child has a database open once, however many names it has';
    }
    remove_tree($first, $second);
    unlink $linked;
};

done_testing;
