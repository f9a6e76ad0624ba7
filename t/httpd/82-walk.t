# SPDX-License-Identifier: Apache-2.0
# A client that follows the links of the pages as they are, from the first to the last, meets every
# session once, while a worker adds new ones and updates others; and in an order by id also while
# sessions are removed and come to match or cease to.

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
    my $first = follow($middle->{_links}{prev}{href});
    is_deeply [ ids_of($first) ], [ (ids_expected())[ 0 .. 4 ] ], 'before the middle of the first page there is its beginning';
};

subtest 'places' => sub {
    my @all = ids_expected();
    my $page = follow("$here$mount?BeforeId=$all[9]&Limit=5");
    is_deeply [ ids_of($page), $page->{offset}, $page->{totalCount} ], [ @all[ 10 .. 14 ], 10, scalar @all ],
        'below an id: the offset is the number of sessions before the page';
    is_deeply follow($page->{_links}{self}{href}), $page, 'self says so again';
    is_deeply [ ids_of(follow($page->{_links}{prev}{href})) ], [ @all[ 5 .. 9 ] ], 'prev is the page before';
    is_deeply [ ids_of(follow($page->{_links}{next}{href})) ], [ @all[ 15 .. 19 ] ], 'next the one behind';
    my $up = follow("$here$mount?afterid=$all[-10]&limit=3&sort=IdAsc");
    is_deeply [ ids_of($up), $up->{offset} ], [ @all[ -11, -12, -13 ], 10 ], 'above an id, upwards';
    my $back = follow("$here$mount?AfterId=$all[3]&Limit=5");
    is_deeply [ ids_of($back), $back->{offset} ], [ @all[ 0 .. 2 ], 0 ], 'the page before a place may be short';
    is_deeply [ ids_of(follow($back->{_links}{next}{href})) ], [ @all[ 3 .. 7 ] ], 'next goes on behind it';
    is $back->{_links}{prev}, undef, 'nothing is before it';
    for my $place ([ "AfterId=$all[0]", 'next', [ @all[ 0 .. 4 ] ] ],
        [ 'BeforeId=0', 'prev', undef ], [ 'AfterId=18446744073709551615', 'next', [ @all[ 0 .. 4 ] ] ]) {
        my ($query, $way, $expected) = @$place;
        my $empty = follow("$here$mount?$query&Limit=5");
        is_deeply $empty->{results}, [], "$query: nothing";
        is_deeply [ ids_of(follow($empty->{_links}{$way}{href})) ], $expected // [ (@all)[ -@all % 5 ? -(@all % 5) : -5 .. -1 ] ],
            "but a way back";
    }
    is http('lists', GET => "$mount?$_")->{status}, 400, "$_ is refused"
        for 'BeforeId=1&AfterId=0', 'BeforeId=3&Offset=1', 'AfterId=3&Sort=UsnAsc', 'BeforeId=x', 'AfterId=', 'SinceUsn=1&BeforeId=2';
};

# Adds sessions, and updates those that are there in what no filter or order of the walks looks at,
# until told to stop; not so many that on a busy machine a walk has no end.
sub start_worker {
    my $pid = fork // die "fork: $!";
    return $pid if $pid;
    my $stopped = 0;
    $SIG{TERM} = sub { $stopped = 1 };
    open my $tool, '|-', 'exec ' . build_file('jobsessions') . " -d $db put >/dev/null" or die "put: $!";
    my %has_status = map { $_->{Id} =~ s/^0+(?=.)//r => 1 } grep { $_->{text} =~ /"status"/ } @$all;
    my @ids = grep { $has_status{$_} } ids_expected();
    my $round = 0;
    until ($stopped) {
        my $old = $ids[ $round++ % @ids ];
        my $new = $round > 500 ? '' : qq({"type":"PolicyBackup","status":"Error","executionStartTime":"2020-02-03T00:00:00Z",)
            . qq("backupJobInfo":{"policyName":"Zoo"}}\n);
        syswrite $tool, $new . qq({"id":"$old","note":"round $round"}\n);
        select undef, undef, undef, 0.002;
    }
    close $tool;
    POSIX::_exit(0);
}

my $worker;
END { local $?; kill TERM => $worker if $worker }

subtest 'while a worker writes' => sub {
    for my $walk (@walks) {
        $worker = start_worker();
        my ($query, $reference) = @$walk;
        my @before = ids_expected(%$reference);
        my %before = map { $_ => 1 } @before;
        my @ids = ids_of(walk($query));
        my %times;
        $times{$_}++ for @ids;
        is_deeply [ grep { $times{$_} > 1 } keys %times ], [], "$query: none twice";
        is_deeply [ grep { $before{$_} } @ids ], \@before, 'all that were there at the beginning, in order';
        kill TERM => $worker;
        waitpid $worker, 0;
        $worker = undef;
    }
    cmp_ok decode_json(http('lists', GET => "$mount?Limit=0")->{body})->{totalCount}, '>', @$all + 20, 'many have come';
};

sub sessions { return @{ decode_json(jobsessions($db, 'export')->{out})->{results} } }

# Between two pages some sessions go and some come to match or cease to. Returns the pages, and which sessions
# existed and matched throughout.
sub walk_and_change ($query, $status, $change) {
    my $page = decode_json(http('lists', GET => "$mount?$query")->{body});
    my %throughout = map { $_->{id} => 1 } grep {
        (!$status || ($_->{status} // '') eq $status) && ($query !~ /FromUtc/ || $_->{executionStartTime})
    } sessions();
    my @pages = ($page);
    while (my $next = $page->{_links}{next}) {
        die "the walk of $query does not end" if @pages > 2000;
        delete @throughout{ $change->() };
        push @pages, $page = follow($next->{href});
    }
    return (\%throughout, @pages);
}

subtest 'while sessions go and change' => sub {
    remove_tree($db);    # of what the worker has added there is more than is needed
    is jobsessions($db, 'import', { stdin => join "\n", @sessions })->{exit}, 0, 'the sessions anew';
    my $state = 3;
    my $chance = sub ($below) { $state = ($state * 1103515245 + 12345) & 0x7fffffff; return ($state >> 8) % $below };
    for my $walk ([ 'Limit=30' ], [ 'Limit=30&Sort=IdAsc' ], [ 'Limit=10&Status=Error', 'Error' ],
        [ 'Limit=10&Status=Error&Sort=IdAsc', 'Error' ], [ 'Limit=10&FromUtc=1990-01-01T00:00:00Z&Status=Error', 'Error' ]) {
        my ($query, $status) = @$walk;
        my @ids = map { $_->{id} } sessions();
        my $change = sub {
            my @gone = map { $ids[ $chance->(scalar @ids) ] } 1 .. 3;
            my %gone = map { $_ => 1 } @gone;
            is jobsessions($db, 'rm', '--force', keys %gone)->{exit}, 0, 'sessions are removed' or return;
            @ids = grep { !$gone{$_} } @ids;
            my @changed = map { $ids[ $chance->(scalar @ids) ] } 1 .. 6;
            my $lines = join '', map { sprintf qq({"id":"%s","status":"%s"}\n), $_, $chance->(2) ? 'Error' : 'Warning' } @changed;
            is jobsessions($db, 'put', { stdin => $lines })->{exit}, 0, 'others change' or return;
            return (@gone, $status ? @changed : ());
        };
        my ($throughout, @pages) = walk_and_change($query, $status, $change);
        cmp_ok scalar @pages, '>', 3, 'many pages';
        my %times;
        $times{$_}++ for ids_of(@pages);
        is_deeply [ grep { $times{$_} > 1 } keys %times ], [], "$query: none twice";
        is_deeply [ grep { !$times{$_} } keys %$throughout ], [], 'none missed that was there throughout';
    }
};

remove_tree($db);
done_testing;
