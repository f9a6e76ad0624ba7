# SPDX-License-Identifier: Apache-2.0
# A data.mdb damaged at random: no child of httpd ends, and a client gets a valid document of the length
# that was announced, or sees that what it got is not whole, or gets an error.

use v5.36;
use Test::More;
use File::Path qw(remove_tree);
use File::Temp qw(tempdir);
use JobSessions::Connection;
use JobSessions::Damage qw(cases damage first_of make_subject seed);
use JobSessions::Httpd;
use JobSessions::Test qw(decode_json jobsessions quick_or_long spew);

my @cases = cases(quick_or_long(60, 2000));    # under each of three MPMs, and 4,000 of the tool: 10,000
my $seed = seed();
diag "JOBSESSIONS_SEED=$seed" if $ENV{JOBSESSIONS_LONG};

my $folder = tempdir(CLEANUP => 1);
my $db = "$folder/db";
my $subject = make_subject("$folder/subject");

my $httpd = JobSessions::Httpd->new(serves => $db, config => <<~CONFIG)->start;
    JobSessionsBaseURL https://localhost
    KeepAlive On
    MaxKeepAliveRequests 0
    CONFIG
my $connection = JobSessions::Connection->new($httpd->port);

# Every way there is to read.
my $mount = '/api/v1/jobSessions';
my @requests = (
    [ POST => "$mount/export" ],
    [ POST => "$mount/export", body => '{"status":["Success"]}' ],
    (map { [ POST => "$mount/export", headers => { Accept => $_ } ] } qw(text/csv application/xml application/x-ndjson)),
    [ GET => $mount ],
    [ GET => "$mount?Offset=3&Limit=7" ],
    [ GET => "$mount?Sort=PolicyNameAsc&Limit=20" ],
    [ GET => "$mount?Sort=TypeDesc&Offset=5" ],
    [ GET => "$mount?FromUtc=2020-02-07T08:00:10Z&ToUtc=2020-02-07T08:00:40Z" ],
    [ GET => "$mount?Types=RestoreVms,SqlBackup" ],
    [ GET => "$mount?Filter=policy*5*" ],
    [ GET => "$mount?SinceUsn=0&Limit=-1" ],
    [ GET => "$mount/7" ],
    [ GET => "$mount/58" ],
    [ GET => "$mount/61" ],
    [ GET => "$mount/7/log" ],
    [ GET => "$mount/7/protectedItems?NameSearchPattern=*1*" ],
);
sub name_of ($request) { return join ' ', @$request[ 0, 1 ], map { ref ? %$_ : $_ } @$request[ 2 .. $#$request ] }
sub ask ($request) { return $connection->request(@$request) }

# A directory is replaced by another; httpd notices.
sub put_in_place ($bytes) {
    mkdir "$db.new" or die "$db.new: $!";
    spew("$db.new/data.mdb", $bytes);
    rename $db, "$db.old" if -e $db;
    rename "$db.new", $db or die "$db: $!";
    remove_tree("$db.old");
}

put_in_place($subject->{data});
my %whole;
for (@requests) {
    my $response = ask($_);
    my $name = name_of($_);
    is $response->{status}, $_->[1] =~ /61$/ ? 404 : 200, $name;
    $whole{$name} = $response->{body};
}
is $whole{"POST $mount/export"}, jobsessions($db, 'export')->{out}, 'the document is the one of the tool';

# What is wrong with an answer, if anything.
sub fault_of ($request, $response, $count) {
    my ($name, $type) = (name_of($request), $response->{headers}{'content-type'} // '');
    return 'no answer' if $response->{status} == 0;
    unless ($response->{whole}) {
        $$count{broken}++;
        return $response->{status} == 200 ? () : "a $response->{status} that is broken off";
    }
    if ($response->{status} != 200) {
        $$count{error}++ if $response->{status} == 503;
        my $problem = $type eq 'application/problem+json' ? eval { decode_json($response->{body}) } : undef;
        return 'an error that is no problem document' unless $problem && $problem->{status} == $response->{status};
        return $response->{status} == 503 || ($response->{status} == 404 && $request->[1] =~ m{/\d+}) ? () : "status $response->{status}";
    }
    if ($response->{body} eq $whole{$name}) {
        $$count{whole}++;
        return;
    }
    $$count{different}++;
    if ($type =~ /^application\/json/) {
        my $document = eval { decode_json($response->{body}) } or return 'not JSON';
        return 'totalCount is wrong' if $request->[1] eq "$mount/export" && $document->{totalCount} != @{ $document->{results} };
    } elsif ($type =~ /ndjson/) {
        return 'a line is not JSON' if grep { !eval { decode_json($_) } } split /\n/, $response->{body};
    } elsif ($type =~ /xml/) {
        return 'XML without its end' unless $response->{body} =~ m{</\w+>\s*\z};
    }
    # without a filter what differs can only be placeholders: the seals tell. But of the removed session,
    # whose record may still lie in the unused part of its page.
    return 'another document, and nothing in it says so'
        if $request->[1] =~ m{/(?:export|7|58)$} && !$request->[2] && $response->{body} !~ /"status":"Unknown"/;
    return;
}

my (%count, @faults);
my $asked = 0;
for my $case (@cases) {
    my ($bytes, $what) = damage($subject, $seed, $case);
    put_in_place($bytes);
    my @statuses;
    for my $request (@requests) {
        my $response = ask($request);
        $asked++;
        push @faults, map { "$what: " . name_of($request) . ": $_" } fault_of($request, $response, \%count);
        # where the file cannot even be opened, three answers will do: it takes its time to say so
        push @statuses, $response->{status};
        last if "@statuses" eq '503 503 503';
    }
}
diag join '; ', map { "$_ $count{$_}" } sort keys %count if $ENV{JOBSESSIONS_LONG};
is first_of(@faults), '', @cases . " damages, seed $seed, $asked requests: valid and whole, seen to be broken off, or an error";
unlike $httpd->error_log, qr/exit signal|Segmentation|Bus error/, 'no child ended';
like $httpd->error_log, qr/jobsessions:error/, 'the log tells of damage';

put_in_place($subject->{data});
ok !grep({ ask($_)->{body} ne $whole{ name_of($_) } && $_->[1] !~ /61$/ } @requests), 'a sound database in its place is served whole';
done_testing;
