# SPDX-License-Identifier: Apache-2.0
# Downloads that break off are resumed: parts of a document, from curl and wget, and by RFC 9110, section 14.

use v5.36;
use Test::More;
use File::Temp qw(tempdir);
use JobSessions::Connection;
use JobSessions::Httpd;
use JobSessions::Sessions qw(plain_sessions session_of_size);
use JobSessions::Test qw(http jobsessions quick_or_long readers run_command slurp spew test_vars undisturbed wait_until);

my ($mpm) = test_vars('t_logs') =~ /-(\w+)$/;
my $mount = '/api/v1/jobSessions';
my $db = tempdir(CLEANUP => 1);
my $import = jobsessions($db, 'import', { stdin => join "\n", plain_sessions(2000), map { session_of_size(100_000 + $_, 1024 * 1024) } 1 .. 24 });
is $import->{exit}, 0, '24 MB of sessions' or diag $import->{err};

my $httpd = JobSessions::Httpd->new(serves => $db,
    modules => [ qw(filter deflate), $mpm eq 'prefork' ? () : 'http2' ],
    config  => "AddOutputFilterByType DEFLATE application/json\n" . ($mpm eq 'prefork' ? '' : "Protocols h2c http/1.1\n"));
$httpd->start;
my $url = 'http://127.0.0.1:' . $httpd->port . $mount;

sub in_peace ($try) { return undisturbed(sub { $httpd->error_log }, $try) }

sub get ($resource, %headers) { return http($httpd->port, GET => "$mount$resource", headers => \%headers) }

my $whole = get('?Limit=-1');
my ($tag, $length) = ($whole->{headers}{etag}, length $whole->{body});
is $whole->{headers}{'content-length'}, $length, "$length bytes";
is $whole->{headers}{'accept-ranges'}, 'bytes', 'of which parts can be had';

# ---- Fields --------------------------------------------------------------------------------------

# What is asked for, then what comes: [first, last] of a part, 416, or the whole.
my @ranges = (
    # EUDAT-B2SHARE/b2share#1875
    [ 'bytes=1000-'                       => [ 1000, $length - 1 ] ],
    # RFC 9110, 14.1.2
    [ 'bytes=0-499'                       => [ 0, 499 ] ],
    [ 'bytes=500-999'                     => [ 500, 999 ] ],
    [ 'bytes=0-0'                         => [ 0, 0 ] ],
    [ 'bytes=-500'                        => [ $length - 500, $length - 1 ] ],
    [ 'bytes=0-'                          => [ 0, $length - 1 ] ],
    [ 'bytes=9-99999999999'               => [ 9, $length - 1 ] ],
    [ 'bytes=9-99999999999999999999'      => [ 9, $length - 1 ] ],
    [ 'bytes=-99999999999999999999'       => [ 0, $length - 1 ] ],
    [ "bytes=@{[ $length - 1 ]}-"         => [ $length - 1, $length - 1 ] ],
    [ "bytes=@{[ $length - 70_000 ]}-@{[ $length - 2 ]}" => [ $length - 70_000, $length - 2 ] ],
    [ 'bytes=20000-12000000'              => [ 20_000, 12_000_000 ] ],
    # 14.1: units in any case; 5.6.1: blanks around elements of a list
    [ 'Bytes=5-9'                         => [ 5, 9 ] ],
    [ 'bytes= 5-9'                        => [ 5, 9 ] ],
    # 14.2, 15.5.17: behind the end
    [ "bytes=$length-"                    => 416 ],
    [ "bytes=$length-999999999999"        => 416 ],
    [ 'bytes=99999999999999999999-'       => 416 ],
    [ 'bytes=-0'                          => 416 ],
    # 14.2: a field that is not understood is ignored; of several parts the whole may be sent
    [ 'bytes=9-5'                         => 'whole' ],
    [ 'bytes='                            => 'whole' ],
    [ 'bytes=-'                           => 'whole' ],
    [ 'bytes=x-5'                         => 'whole' ],
    [ 'bytes=5'                           => 'whole' ],
    [ 'bytes=+5-9'                        => 'whole' ],
    [ 'bytes=5-9x'                        => 'whole' ],
    [ 'bytes 5-9'                         => 'whole' ],
    [ 'sessions=5-9'                      => 'whole' ],
    [ 'bytes=0-4,10-14'                   => 'whole' ],
);

# What is wrong with an answer.
sub fault ($response, $expected) {
    my ($status, $headers, $body) = @$response{qw(status headers body)};
    my $range = $headers->{'content-range'} // 'none';
    if ($expected eq 'whole') {
        return $status == 200 && $range eq 'none' && $body eq $whole->{body} ? '' : "$status, Content-Range $range, " . length($body) . ' bytes';
    } elsif ($expected eq '416') {
        return $status == 416 && $range eq "bytes */$length" && $headers->{'content-type'} eq 'application/problem+json' ? '' : "$status, Content-Range $range";
    }
    my ($first, $last) = @$expected;
    return "$status, Content-Range $range, Content-Length $headers->{'content-length'}"
        if $status != 206 || $range ne "bytes $first-$last/$length" || $headers->{'content-length'} != $last - $first + 1;
    return $headers->{etag} ne $tag ? 'another tag' : $body ne substr($whole->{body}, $first, $last - $first + 1) ? 'other bytes' : '';
}

subtest 'Range' => sub {
    for (@ranges) {
        my ($range, $expected) = @$_;
        is fault(get('?Limit=-1', Range => $range), $expected), '', $range;
        is fault(get('?Limit=-1', Range => $range, 'If-Range' => $tag), $expected), '', 'If-Range with its tag';
        is fault(get('?Limit=-1', Range => $range, 'If-Range' => '"other"'), 'whole'), '', 'with another';
    }
};

subtest 'If-Range by strong comparison, and no date (RFC 9110, 13.1.5)' => sub {
    for my $sent ("W/$tag", substr($tag, 0, -1), "$tag, $tag", '*', $whole->{headers}{date}, get('/6')->{headers}{date}, 'Thu, 01 Jan 2015 00:00:00 GMT') {
        is fault(get('?Limit=-1', Range => 'bytes=5-9', 'If-Range' => $sent), 'whole'), '', $sent;
    }
    is fault(get('?Limit=-1', 'If-Range' => '"other"'), 'whole'), '', 'without Range';
};

subtest 'other conditions come first (RFC 9110, 13.2.2)' => sub {
    is get('?Limit=-1', Range => 'bytes=5-9', 'If-None-Match' => $tag)->{status}, 304, 'If-None-Match';
    is get('?Limit=-1', Range => "bytes=$length-", 'If-None-Match' => $tag)->{status}, 304, 'also behind the end';
    is get('?Limit=-1', Range => 'bytes=5-9', 'If-Match' => '"other"')->{status}, 412, 'If-Match';
    is fault(get('?Limit=-1', Range => 'bytes=5-9', 'If-Match' => $tag), [ 5, 9 ]), '', 'which holds';
    is get('/99999', Range => 'bytes=5-9')->{status}, 404, 'what is not there has no parts';
    is get('?Limit=x', Range => 'bytes=5-9')->{status}, 400, 'a mistake stays one';
};

subtest 'every resource with a length' => sub {
    for my $resource ('', '?Limit=1', '/6', '/6/log', '/6/deletedItems', '?SinceUsn=0&Limit=3') {
        my $all = get($resource)->{body};
        my $part = get($resource, Range => 'bytes=3-');
        is_deeply [ @$part{qw(status body)} ], [ 206, substr $all, 3 ], "GET $resource";
    }
    my %lines = (Accept => 'application/x-ndjson');
    is get('?Limit=2', %lines, Range => 'bytes=-7')->{body}, substr(get('?Limit=2', %lines)->{body}, -7), 'lines';
    is get('?Types=None', %lines, Range => 'bytes=0-')->{status}, 200, 'nothing has no parts';
    for my $type ('text/csv', 'application/xml') {
        my $response = get('?Limit=2', Accept => $type, Range => 'bytes=0-9');
        is_deeply [ $response->{status}, $response->{headers}{'accept-ranges'} ], [ 200, undef ], "$type has no length, so it is whole";
    }
    my $head = http($httpd->port, HEAD => "$mount?Limit=-1", headers => { Range => 'bytes=5-9' });
    is_deeply [ $head->{status}, @{ $head->{headers} }{qw(content-length content-range accept-ranges)} ], [ 200, $length, undef, 'bytes' ], 'HEAD tells of the whole (RFC 9110, 14.2)';
};

# Who has half of one encoding must not get the other half of another.
subtest 'what is compressed is whole' => sub {
    for my $range ('bytes=0-9', 'bytes=1000-', "bytes=$length-") {
        my $response = get('?Limit=50', 'Accept-Encoding' => 'gzip', Range => $range);
        is_deeply [ $response->{status}, @{ $response->{headers} }{qw(content-encoding content-range accept-ranges)} ], [ 200, 'gzip', undef, undef ], $range;
    }
    my $plain = get('?Limit=50')->{headers}{etag};
    is get('?Limit=50', 'Accept-Encoding' => 'gzip', Range => 'bytes=5-9', 'If-Range' => $plain)->{status}, 200, 'also for who has a part that is not';
    is get('?Limit=50', Range => 'bytes=5-9', 'If-Range' => $plain =~ s/"$/-gzip"/r)->{status}, 200, 'and for who has one that is';
};

subtest 'MaxRanges none' => sub {
    my $other = JobSessions::Httpd->new(serves => $db, config => "MaxRanges none\n")->start;
    my $response = http($other->port, GET => "$mount/6", headers => { Range => 'bytes=5-9' });
    is_deeply [ $response->{status}, $response->{headers}{'accept-ranges'} ], [ 200, 'none' ], 'the whole';
};

subtest 'one connection goes on' => sub {
    my $connection = JobSessions::Connection->new($httpd->port);
    for my $headers ({ Range => 'bytes=100-199' }, {}, { Range => "bytes=$length-" }, { Range => 'bytes=-100' }) {
        my $response = $connection->request(GET => "$mount?Limit=-1", headers => $headers);
        ok $response->{whole}, "an answer $response->{status} is whole";
    }
};

SKIP: {
    skip 'mod_http2 does not work under prefork', 1 if $mpm eq 'prefork';
    subtest 'HTTP/2' => sub {
        for my $range (grep { $_->[0] =~ /^bytes=(?:1000-|-500|5-9|$length-|0-4,.*)$/ } @ranges) {
            my $response = http($httpd->port, GET => "$mount?Limit=-1", version => '2-prior-knowledge', headers => { Range => $range->[0], 'If-Range' => $tag });
            is $response->{version}, '2', 'HTTP/2';
            is fault($response, $range->[1]), '', $range->[0];
        }
    };
}

# ---- Clients -------------------------------------------------------------------------------------

my $folder = tempdir(CLEANUP => 1);
my @curl = (qw(curl -q --silent --show-error --noproxy * --max-time 120));

# A file with so many bytes of the document, as a download leaves it that broke off.
sub broken ($bytes) {
    spew("$folder/download", substr $whole->{body}, 0, $bytes);
    return "$folder/download";
}

subtest 'curl -C - and wget -c' => sub {
    my %clients = (
        'curl -C -' => sub ($file) { run_command([ @curl, '-C', '-', '-o', $file, "$url?Limit=-1" ]) },
        'curl -C - with If-Range' => sub ($file) { run_command([ @curl, '-C', '-', '-H', "If-Range: $tag", '-o', $file, "$url?Limit=-1" ]) },
        'wget -c' => sub ($file) { run_command([ qw(wget -q --no-proxy -c -O), $file, "$url?Limit=-1" ]) },
    );
    for my $name (sort keys %clients) {
        for my $have (0, 1, 70_000, int $length / 2, $length - 1, $length) {
            my $file = broken($have);
            my $run = $clients{$name}->($file);
            is $run->{exit}, 0, "$name from byte $have" or diag $run->{err};
            ok slurp($file) eq $whole->{body}, 'equal bytes';
        }
    }
    my $file = broken(70_000);
    my $packed = run_command([ @curl, '-C', '-', '--compressed', '-o', $file, "$url?Limit=-1" ]);
    is $packed->{exit}, 33, 'compressed: curl says that it cannot be resumed';
    is -s $file, 70_000, 'and spoils nothing';
};

subtest 'the connection really breaks' => sub {
    my $file = "$folder/download";
    unlink $file;
    my $run = run_command([ @curl, '--limit-rate', '6M', '--max-time', 1, '-o', $file, "$url?Limit=-1" ]);
    is $run->{exit}, 28, 'curl gives up';
    cmp_ok -s $file, '<', $length, 'in the middle';
    is run_command([ @curl, '-C', '-', '-o', $file, "$url?Limit=-1" ])->{exit}, 0, 'and resumes';
    ok slurp($file) eq $whole->{body}, 'equal bytes';
};

subtest 'a slow client of a part' => sub {
    my ($file, $run) = in_peace(sub {
        my $file = broken(1_000_000);
        return ($file, run_command([ @curl, '--limit-rate', '8M', '-C', '-', '-o', $file, "$url?Limit=-1" ]));
    });
    is $run->{exit}, 0, 'it is spooled' or diag $run->{err};
    ok slurp($file) eq $whole->{body}, 'equal bytes';
    ok +(wait_until { !grep { $_->{active} } readers($db) } 2), 'nobody holds a snapshot';
    my $part = in_peace(sub { run_command([ @curl, '--limit-rate', '8M', '-r', '5000000-20000000', '--write-out', '%{size_download}', '-o', '/dev/null', "$url?Limit=-1" ]) });
    like $part->{out}, qr/^15000001$/, 'a part with an end ends there';
};

subtest 'the document changes meanwhile' => sub {
    jobsessions($db, 'put', { stdin => qq({"id":"6","status":"Warning"}\n) });
    my $now = get('?Limit=-1');
    isnt $now->{headers}{etag}, $tag, 'another tag';
    my $response = get('?Limit=-1', Range => 'bytes=1000-', 'If-Range' => $tag);
    is $response->{status}, 200, 'If-Range: the whole';
    ok $response->{body} eq $now->{body}, 'as it is now';
    my $run = run_command([ @curl, '-C', '-', '-H', "If-Range: $tag", '-o', broken(70_000), "$url?Limit=-1" ]);
    is $run->{exit}, 33, 'curl says that it has to begin anew';
};

my $megabytes = quick_or_long(40, 500);
subtest "a download of $megabytes MB that breaks off twice" => sub {
    for my $from (1 .. $megabytes / 20) {
        my $more = jobsessions($db, 'import', { stdin => join "\n", map { session_of_size(200_000 + 20 * $from + $_, 1024 * 1024) } 1 .. 20 });
        is $more->{exit}, 0, 'sessions' or return diag $more->{err};
    }
    my ($all, $file) = ("$folder/all", "$folder/download");
    is in_peace(sub { run_command([ @curl, '-o', $all, "$url?Limit=-1" ]) })->{exit}, 0, 'the whole';
    cmp_ok -s $all, '>', $megabytes * 1_000_000, (-s $all) . ' bytes';
    for my $resume ([ @curl, '-C', '-', '-o', $file ], [ qw(wget -q --no-proxy -c -O), $file ]) {
        is run_command([ 'cp', $all, $file ])->{exit}, 0, 'a copy';
        truncate $file, (-s $all) / 3;
        run_command([ @curl, '-C', '-', '--limit-rate', '8M', '--max-time', 1, '-o', $file, "$url?Limit=-1" ]);
        cmp_ok -s $file, '<', -s $all, 'it breaks off again at ' . -s $file;
        is in_peace(sub { run_command([ @$resume, "$url?Limit=-1" ]) })->{exit}, 0, "$resume->[0] finishes it";
        is run_command([ 'cmp', $all, $file ])->{exit}, 0, 'equal bytes';
    }
};

done_testing;
