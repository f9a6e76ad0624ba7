# SPDX-License-Identifier: Apache-2.0
# A client that follows the links of the pages as they are, from the first to the last, meets every
# session once, while a worker adds new ones and updates others.

use v5.36;
use Test::More;
use File::Path qw(remove_tree);
use POSIX ();
use JobSessions::Reference qw(exported generated_sessions matching page results_of);
use JobSessions::Test qw(build_file database_dir decode_json http jobsessions port);

my $mount = '/api/v1/jobSessions';
my $here = 'http://127.0.0.1:' . port('lists');

my $db = database_dir('lists');
remove_tree($db);
# without the largest ids there are, above which no worker could add any
my @sessions = grep { !/"id":"\d{17,}"/ } generated_sessions(1000);
my $import = jobsessions($db, 'import', { stdin => join "\n", @sessions });
is $import->{exit}, 0, 'generated sessions' or diag $import->{err};
my $all = exported($db, $here);

# What a link leads to; it has to begin with where the server is.
sub follow ($link) {
    my $path = $link =~ s/^\Q$here\E//r;
    isnt $path, $link, "a link to this server" or return;
    my $response = http('lists', GET => $path);
    is $response->{status}, 200, $path;
    return decode_json($response->{body});
}

sub walk ($query) {
    my $page = decode_json(http('lists', GET => "$mount?$query")->{body});
    my @pages = ($page);
    while (my $next = $page->{_links}{next}) {
        die "the walk of $query does not end" if @pages > 2000;
        push @pages, $page = follow($next->{href});
    }
    return @pages;
}

sub ids_of (@pages) { return map { $_->{id} } map { @{ $_->{results} } } @pages }
sub ids_expected (%reference) { return map { $_->{Id} =~ s/^0+(?=.)//r } matching($all, %reference) }

my @walks = (
    [ 'Limit=37',                                                  {} ],
    [ 'Limit=50&Sort=IdAsc',                                       { sort => 'IdAsc' } ],
    [ 'Limit=20&Status=Error,Running&Status=Success',              { status => [qw(Error Running Success)] } ],
    [ 'limit=40&sort=starttimedesc&FromUtc=2020-02-01T00%3A00%3A00Z', { sort => 'StartTimeDesc', fromUtc => '2020-02-01T00:00:00Z' } ],
    [ 'Limit=10&Types=PolicyBackup&Filter=*o*&Sort=PolicyNameAsc', { types => ['PolicyBackup'], filter => '*o*', sort => 'PolicyNameAsc' } ],
    [ 'Limit=9&Filter=C:%5Cnew*&Sort=DurationDesc',                { filter => 'C:\\new*', sort => 'DurationDesc' } ],
    [ 'Limit=100&Filter=*%26%20more%2B&PolicyId=00000000-0000-4000-8000-000000000009&Sort=TypeDesc',
        { filter => '*& more+', policyId => '00000000-0000-4000-8000-000000000009', sort => 'TypeDesc' } ],
);

subtest 'links' => sub {
    for my $walk (@walks) {
        my ($query, $reference) = @$walk;
        my @pages = walk($query);
        my @expected = ids_expected(%$reference);
        is_deeply [ ids_of(@pages) ], \@expected, "$query: every session once";
        my ($limit) = $query =~ /limit=(\d+)/i;
        is scalar @pages, int((@expected + $limit - 1) / $limit), 'in as many pages as it takes';
        is_deeply [ grep { $_->{totalCount} != @expected } @pages ], [], 'each tells how many there are';
        is_deeply follow($pages[0]{_links}{last}{href})->{results}, $pages[-1]{results}, 'last is the last';
        is_deeply follow($pages[-1]{_links}{first}{href})->{results}, $pages[0]{results}, 'first the first';
        is_deeply follow($pages[0]{_links}{self}{href}), $pages[0], 'self itself';
        is $pages[0]{_links}{prev}, undef, 'nothing is before the first';
        is_deeply follow($pages[$_]{_links}{prev}{href})->{results}, $pages[ $_ - 1 ]{results}, "prev of page $_" for 1 .. $#pages;
    }
    is_deeply [ sort keys %{ follow("$here$mount?Limit=$_")->{_links} } ], ['self'], "all is one page: Limit=$_" for -1, 0;
    my $beyond = follow("$here$mount?Offset=100000&Limit=10");
    is_deeply [ @{$beyond->{results}} ], [], 'beyond the end there is nothing';
    is_deeply [ sort keys %{ $beyond->{_links} } ], [qw(first last prev self)], 'but links back';
    my $middle = follow("$here$mount?Offset=5&Limit=10");
    like $middle->{_links}{prev}{href}, qr/offset=0&limit=10&/, 'before the middle of the first page there is its beginning';
};

# Adds sessions, and updates those that are there in what no filter or order of the walks looks at,
# until told to stop.
sub start_worker {
    my $pid = fork // die "fork: $!";
    return $pid if $pid;
    my $stopped = 0;
    $SIG{TERM} = sub { $stopped = 1 };
    open my $tool, '|-', 'exec ' . build_file('jobsessions') . " -d $db put >/dev/null" or die "put: $!";
    my @ids = ids_expected();
    my $round = 0;
    until ($stopped) {
        my $old = $ids[ $round++ % @ids ];
        syswrite $tool, qq({"type":"PolicyBackup","status":"Error","executionStartTime":"2020-02-03T00:00:00Z",)
            . qq("backupJobInfo":{"policyName":"Zoo"}}\n{"id":"$old","note":"round $round"}\n);
        select undef, undef, undef, 0.002;
    }
    close $tool;
    POSIX::_exit(0);
}

subtest 'while a worker writes' => sub {
    my $worker = start_worker();
    for my $walk (@walks) {
        my ($query, $reference) = @$walk;
        my @before = ids_expected(%$reference);
        my %before = map { $_ => 1 } @before;
        my @ids = ids_of(walk($query));
        my %times;
        $times{$_}++ for @ids;
        is_deeply [ grep { $times{$_} > 1 } keys %times ], [], "$query: none twice";
        is_deeply [ grep { $before{$_} } @ids ], \@before, 'all that were there at the beginning, in order';
    }
    kill TERM => $worker;
    waitpid $worker, 0;
    cmp_ok decode_json(http('lists', GET => "$mount?Limit=0")->{body})->{totalCount}, '>', @$all + 20, 'many have come';
};

remove_tree($db);
done_testing;
