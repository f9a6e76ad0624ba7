# SPDX-License-Identifier: Apache-2.0
# A long random history of one database: four workers write, sessions are removed and imported, the database is backed
# up, restored, compacted, moved and touched, clocks are set, and whoever is at it is killed. After each step a follower
# has what is exported, that is what a model says, the summary and the policies are what it comes to, and no id and no usn
# was given twice. JOBSESSIONS_SEED plays a
# history again (but for the moments of kills), JOBSESSIONS_STEPS makes it longer or shorter. Run by root, root's files
# and runs of the tool come between those of the others.

use v5.36;
use Test::More;
use File::Glob qw(bsd_glob);
use File::Path qw(remove_tree);
use File::Temp ();
use POSIX qw(strftime);
use Time::HiRes qw(sleep time);
use JSON::XS ();
use JobSessions::Connection;
use JobSessions::Counts qw(count_faults);
use JobSessions::Damage qw(seed);
use JobSessions::Follower;
use JobSessions::Httpd;
use JobSessions::Model;
use JobSessions::Putter qw(burst end_burst);
use JobSessions::Sanitizer qw(patience preload);
use JobSessions::Sessions qw(item_lists);
use JobSessions::Test qw(build_file decode_json quick_or_long run_command slurp spew test_vars wait_until);

my ($mpm) = test_vars('t_logs') =~ /-(\w+)$/;
my $steps = $ENV{JOBSESSIONS_STEPS} // quick_or_long(300, $mpm eq 'event' ? 10_000 : 2_500);
my $seed = seed();
my $mount = '/api/v1/jobSessions';
my @lists = ('log', item_lists());
my @types = qw(PolicyBackup ManualSnapshot RestoreVms Retention);
my @ends = qw(Success Warning Failed Canceled);
my $many = 120;    # sessions at a time

my $directory = File::Temp->newdir;
my ($db, $step_file) = map { "$directory/$_" } qw(db step);
my $tool = build_file('jobsessions');
my $json = JSON::XS->new->utf8->canonical;

# A generator of our own, which each step seeds anew: File::Temp draws names with rand().
my $state = 0;

sub random ($below) {
    use integer;
    $state = ($state * 25_214_903_917 + 11) & (1 << 48) - 1;
    return ($state >> 17) % $below;
}

sub one_of (@list) { return @list ? $list[ random(scalar @list) ] : undef }

# ---- Who takes part --------------------------------------------------------------------------------

my $clock = 0;    # seconds that everybody's is ahead

sub set_clock ($seconds) {
    $clock = $seconds;
    spew("$step_file.new", $seconds);
    rename "$step_file.new", $step_file or die "$step_file: $!\n";
}

sub date () { return strftime('%Y-%m-%dT%H:%M:%SZ', gmtime(time + $clock)) }

my @as_worker = $> == 0 ? qw(setpriv --reuid=www-data --regid=www-data --clear-groups) : ();
if (@as_worker) {
    my (undef, undef, $user, $group) = getpwnam 'www-data' or die "no www-data\n";
    chown $user, $group, "$directory" or die "$directory: $!\n";
}
my %clocks = (LD_PRELOAD => preload(build_file('t/support/stepped_clock.so')), STEPPED_CLOCK => $step_file);

# By whom: backups are root's, where there is one, and what else is for who may write the database anybody's.
sub tool_on ($database, $verb, @arguments) {
    my $anybody = $database eq $db && $verb !~ /^(?:backup|restore)$/ && random(2);
    return ($anybody ? @as_worker : (), $tool, '-d', $database, $verb, @arguments);
}

sub jobsessions ($database, @arguments) {
    my $options = ref $arguments[-1] ? pop @arguments : {};
    local @ENV{ keys %clocks } = values %clocks;
    return run_command([ tool_on($database, @arguments) ], $options->{stdin} // '');
}

sub done ($run, $what) {
    die "$what: exit $run->{exit}: $run->{err}\n" if $run->{exit} != 0;
    return $run;
}

sub tool_does (@arguments) { return done(jobsessions($db, @arguments), join ' ', grep { !ref } @arguments) }

my $started = 0;

sub start_worker () {
    local @ENV{ keys %clocks } = values %clocks;
    return JobSessions::Putter->new($db, "$directory/worker-" . ++$started, @as_worker);
}

sub end_worker ($worker) {
    my $exit = $worker->end;
    my @unexpected = grep { !/^jobsessions: (?:\Q$db\E: the database was replaced; going on with the one that is in place|line \d+: .*)$/ }
        split /\n/, $worker->errors;
    die "a worker ended with $exit: @unexpected\n" if @unexpected || $exit != ($worker->errors =~ /^jobsessions: line/m ? 1 : 0);
    unlink $worker->{errors};
}

set_clock(0);
mkdir $db or die $!;
chmod 02770, $db or die $!;
chown((stat "$directory")[ 4, 5 ], $db);
my @workers = map { start_worker() } 1 .. 4;
END { local $?; $_->kill for grep { $_ && !$_->{ended} } @workers }
$workers[0]->write('{"token":"first","status":"Running"}');

my $user = @as_worker ? "User www-data\nGroup www-data\n" : '';
my $httpd = JobSessions::Httpd->new(serves => $db, config => $user, env => { %clocks, LD_PRELOAD => build_file('t/support/stepped_clock.so') });
chmod 0755, $httpd->directory if @as_worker;
$httpd->start;
my $follower = JobSessions::Follower->new($httpd->port, $mount);

sub request ($method, $path) {
    my $response = JobSessions::Connection->new($httpd->port)->request($method => "$mount$path", headers => { Connection => 'close' });
    die "$method $path: $response->{status} $response->{body}\n" if $response->{status} != 200 || !$response->{whole};
    return $response;
}

# Sessions by id, as httpd exports them or the tool does.
sub by_id ($document) {
    my $export = decode_json($document);
    my @ids = map { $_->{id} } @{ $export->{results} };
    die "the export announces $export->{totalCount} sessions and has " . @ids . "\n" if $export->{totalCount} != @ids;
    die "ids in the order @ids\n" if "@ids" ne join ' ', sort { $b <=> $a } @ids;
    return { map { $_->{id} => $_ } @{ $export->{results} } };
}

sub exported () { return by_id(request(POST => '/export')->{body}) }
sub exported_of ($database) { return by_id(done(jobsessions($database, 'export'), "export of $database")->{out}) }
sub database () { return decode_json(request(GET => '?SinceUsn=0&Limit=0')->{body})->{database} }

# ---- What is known ---------------------------------------------------------------------------------

my $model = JobSessions::Model->new;
$model->put(1, { token => 'first', status => 'Running' });
my @backups;         # each a source for restore, and the model of it
my $copy;            # of the directory, for a move: its path, model, database and branch
my $branch = 0;      # how often a copy has taken the place: usns and all have gone back then
my $anew = 0;        # how often the follower has to have begun anew
my $suspect = 0;     # whether to verify after this step
my ($step, $token_number, %took, %times, @story) = (0, 0);

sub token () { return "t$step-" . $token_number++ }

sub new_session () {
    my %session = (type => one_of(@types), status => 'Running', executionStartTime => date(), token => token());
    $session{text} = 'x' x random(6000) if random(12) == 0;
    $session{backupJobInfo} = { policyName => "policy " . random(5), protectedInstancesCount => random(100) } if random(3) == 0;
    return \%session;
}

sub update () {
    my %patch = (token => token());
    $patch{status} = one_of(@ends), $patch{executionStopTime} = date() if random(2);
    $patch{executionStopTime} = undef if random(10) == 0;
    $patch{type} = one_of(@types) if random(10) == 0;
    $patch{text} = random(2) ? undef : 'y' x random(3000) if random(6) == 0;
    return \%patch;
}

sub line ($id, $members) { return $json->encode({ %$members, defined $id ? (id => "$id") : () }) }

sub some_id () { return one_of($model->ids) }

# ---- Bursts ----------------------------------------------------------------------------------------

# A token of a burst says what its line was: n: a new session; u7: an update of session 7.
sub of_burst ($token) {
    my ($id) = $token =~ /-u(\d+)$/;
    return ($id, { token => $token, defined $id ? (status => 'Success') : (type => 'Burst', status => 'Running') });
}

# All workers write, each to sessions of its own, while something is done, and the follower follows.
sub in_burst ($new_alone, $do) {
    my $most = $do ? 60 : 3 + random(8);
    my @ids = $model->ids;
    my $burst = burst($most, sub ($which, @told) {
        my @own = (@told, grep { $_ % @workers == $which } @ids);
        my $kind = $new_alone || !@own || random(4) == 0 ? 'n' : 'u' . one_of(@own);
        my $token = "b$step-$which-" . ++$token_number . "-$kind";
        return ($token, line(of_burst($token)));
    }, @workers);
    if ($do) {
        sleep random(8) / 1000;
        my $done = eval { $do->(); $follower->poll(10 + random(40)) if random(2); 1 };
        my $error = $@;
        $done or do { end_burst($burst, 1); die $error };
    }
    $token_number += 10_000;
    return end_burst($burst, !!$do);
}

# Put into a model what workers have written: [$token, $id] for each of them. What was acknowledged must be in $is, the
# sessions; of what was not it tells.
sub settle ($what, $is, @wrote) {
    my %holders;
    push @{ $holders{ $_->{token} // '' } }, $_->{id} for values %$is;
    my @new;
    for my $write (map { @$_ } @wrote) {
        my ($token, $id) = @$write;
        my ($updated, $members) = of_burst($token);
        my @holders = sort { $a <=> $b } @{ $holders{$token} // [] };
        if (defined $updated) {
            die "an update of session $updated was acknowledged as of $id\n" if defined $id && $id != $updated;
            next if !defined $id && !@holders;
            $what->put($updated, $members);
        } else {
            die "$token was acknowledged as $id, which is not there\n" if defined $id && !$is->{$id};
            push @holders, $id if defined $id && !grep { $_ == $id } @holders;    # it was updated since
            die "$token was written once and is @holders\n" if @holders > 1;
            push @new, @holders;
            $what->put($_, $members) for @holders;
        }
    }
    my $first = $what->last_id - @new + 1;
    die "new ids were @new\n" if "@{[ sort { $a <=> $b } @new ]}" ne "@{[ $first .. $what->last_id ]}";
}

# What of it a backup has: of each worker all up to some moment.
sub part_of ($is, @wrote) {
    my %tokens = map { ($_->{token} // '' => 1) } values %$is;
    return map {
        my @of_one = @$_;
        pop @of_one while @of_one && !$tokens{ $of_one[-1][0] };
        \@of_one
    } @wrote;
}

# Workers wrote new sessions while another database took the place: what is not in that is in the old one, and came
# before what is.
sub settle_over_restore ($what, $old, @wrote) {
    my $is = exported();
    my $was = exported_of($old);
    my $has = sub ($sessions, $token, $id) { return ($sessions->{$id}{token} // '') eq $token };
    for my $of_one (@wrote) {
        while (@$of_one && defined $of_one->[0][1] && !$has->($is, @{ $of_one->[0] })) {
            my ($token, $id) = @{ shift @$of_one };
            die "$token was acknowledged as $id and is in neither database\n" unless $has->($was, $token, $id);
        }
    }
    settle($what, $is, @wrote);
}

# ---- Steps -----------------------------------------------------------------------------------------

sub create () {
    my $session = new_session();
    my ($id) = one_of(@workers)->write(line(undef, $session));
    given($id);
    $model->put($id, $session);
    return "session $id";
}

sub given ($id) {
    my $next = $model->last_id + 1;
    die "a new session got the id $id, not $next\n" if $id != $next;
    return $id;
}

sub change () {
    my ($id, $patch) = (some_id(), update());
    my ($told) = one_of(@workers)->write(line($id, $patch));
    die "an update of session $id was acknowledged as of $told\n" if $told != $id;
    $model->put($id, $patch);
    return "session $id";
}

sub batch () {
    my @lines = map { random(3) ? [ some_id(), update() ] : [ undef, new_session() ] } 0 .. random(12);
    my @told = one_of(@workers)->write(map { line(@$_) } @lines);
    for (@lines) {
        my ($id, $members) = @$_;
        my $told = shift @told;
        given($told) unless defined $id;
        die "session $id was acknowledged as $told\n" if defined $id && $id != $told;
        $model->put($told, $members);
    }
    return scalar @lines . ' lines';
}

sub refused () {
    my @removed = $model->removed;
    my $bad = one_of('no JSON', '{"status":"Nonsense"}', '{"id":"-1"}', @removed ? line(one_of(@removed), update()) : '[]');
    my $session = new_session();
    my ($id) = do {
        my $worker = one_of(@workers);
        $worker->send($bad, line(undef, $session));
        $worker->acknowledged(1);
    };
    given($id // die "nothing was stored after $bad\n");
    $model->put($id, $session);
    return $bad;
}

sub take_out () {
    my @ids = $model->ids;
    my $count = @ids > $many ? @ids / 3 : 1 + random(3);
    my %chosen = map { one_of(@ids) => 1 } 1 .. $count;
    my @chosen = sort { $a <=> $b } keys %chosen;
    my $force = random(2) || @chosen > 3;
    my $run = jobsessions($db, 'rm', $force ? '--force' : (), @chosen);
    my @go = grep { $force || ($model->session($_)->{status} // '') ne 'Running' } @chosen;
    die "rm @chosen: exit $run->{exit}: $run->{err}\n" if $run->{exit} != (@go == @chosen ? 0 : 1);
    $model->remove($_) for @go;
    return "@go";
}

# Old is what began an hour ago by the clock of now; a clock that was set since may have made it so, or young again.
# Who writes meanwhile has new sessions alone, which run.
sub prune () {
    my $bound = time + $clock - 3600;
    my %start = map { $_ => JobSessions::Model::seconds($model->session($_)->{executionStartTime}) // $bound + 3600 } $model->ids;
    return 'not now' if grep { abs($_ - $bound) < 60 } values %start;
    my @old = sort { $a <=> $b } grep { $start{$_} <= $bound } keys %start;
    my $types = random(3) ? undef : one_of(@types);
    my @go = grep {
        my $session = $model->session($_);
        ($session->{status} // '') ne 'Running' && (!defined $types || ($session->{type} // '') eq $types)
    } @old;
    my @arguments = ('prune', '--older-than', '1h', defined $types ? ('--type', $types) : ());
    my @wrote = random(2) ? in_burst(1, sub { tool_does(@arguments) }) : ();
    tool_does(@arguments) unless @wrote;
    $model->remove($_) for @go;
    settle($model, exported(), @wrote) if @wrote;
    return "@go, meanwhile " . sum(@wrote) . ' lines';
}

sub start_process () {
    my $pid = fork // die "fork: $!";
    exec 'sleep', 1000 or POSIX::_exit(1) if !$pid;
    return $pid;
}

sub end_process ($pid) {
    kill KILL => $pid;
    waitpid $pid, 0;
}

# Sessions of a process that is killed are swept, once, by sweeps that are killed, too; those of one that lives are left.
# They have no start, so that no duration follows.
sub sweep_up () {
    my ($gone, $lives) = map { start_process() } 1 .. 2;
    my %of = ($gone => [], $lives => []);
    for (0 .. random(4)) {
        my ($pid, $session) = (one_of($gone, $lives), new_session());
        delete $session->{executionStartTime};
        chomp(my $id = tool_does('put', '--worker', $pid, { stdin => line(undef, $session) })->{out});
        $model->put(given($id), $session);
        push @{ $of{$pid} }, $id;
    }
    end_process($gone);
    my $sweep = sub { kill_soon('sweep') for 1 .. random(3); tool_does('sweep') };
    my @wrote = random(2) ? in_burst(1, $sweep) : ();
    $sweep->() unless @wrote;
    end_process($lives);
    my $is = exported();
    swept($_, $is->{$_}, $gone) for @{ $of{$gone} };
    settle($model, $is, @wrote);
    for my $id (@{ $of{$lives} }) {
        die "session $id is $is->{$id}{status}, and its worker lived\n" if $is->{$id}{status} ne 'Running';
        tool_does('put', { stdin => line($id, { status => 'Success' }) });
        $model->put($id, { status => 'Success' });
    }
    return "@{ $of{$gone} }, not @{ $of{$lives} }, meanwhile " . sum(@wrote) . ' lines';
}

# What has become of one.
sub swept ($id, $session, $process) {
    my @said = map { $_->{message} } @{ decode_json(request(GET => "/$id/log?Limit=-1")->{body})->{log} };
    die "session $id is $session->{status}, and its log is @said\n"
        if $session->{status} ne 'Failed' || @said != 1 || $said[0] !~ /^Swept as Failed: process $process has ended; /;
    $model->put($id, { status => 'Failed', executionStopTime => $session->{executionStopTime} });
    $model->append($id, 'log', @said);
}

sub bring_in () {
    my %kinds = (
        same    => sub { my $id = some_id(); ($id, { %{ new_session() }, same_as($id) }) },
        another => sub { (some_id(), { %{ new_session() }, type => 'Imported' }) },
        gap     => sub { ($model->last_id + 1 + random(3), new_session()) },
        again   => sub { (one_of($model->removed) // $model->last_id + 1, new_session()) },
    );
    my $kind = one_of(sort(keys %kinds), 'new ids', 'deleted');
    if ($kind eq 'new ids') {
        my $session = new_session();
        tool_does('import', '--new-ids', { stdin => line(some_id(), $session) });
        $model->put($model->last_id + 1, $session);
        return $kind;
    }
    my $usn = $model->last_usn + 1 + random(4);
    if ($kind eq 'deleted') {
        my $id = one_of(some_id(), one_of($model->removed) // (), $model->last_id + 1);
        tool_does('import', { stdin => line($id, { usn => $usn, deleted => JSON::XS::true }) });
        $model->remove($id, $usn);
        return "$kind $id";
    }
    my ($id, $session) = $kinds{$kind}->();
    my $with_usn = random(2);
    tool_does('import', '--merge', { stdin => line($id, { %$session, $with_usn ? (usn => $usn) : () }) });
    $model->take_in($id, $session, $with_usn ? $usn : undef);
    return "$kind: $id";
}

# The members by which an import knows a session, also where it has none of them.
sub same_as ($id) { return map { ($_ => $model->session($id)->{$_} // undef) } qw(type executionStartTime) }

sub append () {
    my ($id, $list) = (one_of(some_id(), $model->with_items), one_of(@lists));
    my @names = map { token() } 0 .. random(4);
    my $member = $list eq 'log' ? 'message' : 'name';
    tool_does($list eq 'log' ? ('log', $id) : ('items', $id, $list), '--add', { stdin => join '', map { qq({"$member":"$_"}\n) } @names });
    $model->append($id, $list, @names);
    return "$list of $id";
}

sub all_write () {
    my @wrote = in_burst(0, random(2) ? sub { $follower->poll(1 + random(10)) for 1 .. 3 } : undef);
    settle($model, exported(), @wrote);
    return sum(@wrote) . ' lines';
}

sub sum (@wrote) { return scalar map { @$_ } @wrote }

sub timed ($verb, @arguments) {
    my $begin = time;
    my $run = tool_does($verb, @arguments);
    $took{$verb} = time - $begin;
    return $run;
}

sub back_up () {
    my $to = "$directory/backup-$step";
    my $as_file = random(3) == 0;
    my $make = sub {
        return timed('backup', $to) unless $as_file;
        spew($to, tool_does('backup', '--stdout')->{out});
    };
    my $of = $model->copy;
    my @wrote;
    if (random(2)) {
        @wrote = in_burst(0, $make);
        settle($model, exported(), @wrote);
        my $is = exported_of($as_file ? unpacked($to) : $to);
        my @part = part_of($is, @wrote);
        settle($of, $is, @part);
        my @faults = $of->content_faults($is);
        die "the backup: @faults\n" if @faults;
        unlink "$to/lock.mdb" if random(2);
        drop("$to.unpacked");
    } else {
        $make->();
    }
    keep_backup($to, $of);
    return ($as_file ? 'to a file' : 'to a directory') . ', meanwhile ' . sum(@wrote) . ' lines';
}

sub unpacked ($file) {
    mkdir "$file.unpacked" or die $!;
    spew("$file.unpacked/data.mdb", slurp($file));
    return "$file.unpacked";
}

sub drop (@paths) { remove_tree(@paths) }

sub keep_backup ($path, $of) {
    push @backups, { path => $path, model => $of };
    drop((shift @backups)->{path}) if @backups > 4;
}

sub source_of ($backup) {
    my $path = $backup->{path};
    my $file = -d $path ? "$path/data.mdb" : $path;
    return (one_of($path, $file)) if random(3);
    return ('-', { stdin => slurp($file) });
}

sub put_back () {
    my $backup = one_of(@backups) // return create();
    my @source = source_of($backup);
    my $to = $backup->{model}->restored;
    my $was = $model;
    my @wrote = random(3) == 0 ? in_burst(1, sub { timed('restore', @source) }) : ();
    timed('restore', @source) unless @wrote;
    my ($old, @others) = bsd_glob("$db.before-restore-*");
    die "what was in place is @{[ $old // 'nowhere' ]} @others\n" if !$old || @others;
    settle_over_restore($to, $old, @wrote) if @wrote;
    $model = $to;
    replaced();
    put_aside($old, @wrote ? undef : $was);
    return "$backup->{path} as $source[0], meanwhile " . sum(@wrote) . ' lines';
}

sub replaced () {
    $anew++;
    $suspect = 1;
}

# It may be restored again.
sub put_aside ($old, $of) {
    return drop($old) if !$of || random(3);
    rename $old, "$directory/old-$step" or die $!;
    keep_backup("$directory/old-$step", $of);
}

sub through_a_pipe () {
    local $ENV{STEPPED_CLOCK} = $step_file;
    my $script = 'export LD_PRELOAD="$2"; "$0" -d "$1" backup --stdout | "$0" -d "$1" restore -';
    done(run_command([ 'bash', '-o', 'pipefail', '-c', $script, $tool, $db, $clocks{LD_PRELOAD} ]), 'a pipe');
    drop(bsd_glob("$db.before-restore-*"));
    $model = $model->restored;
    replaced();
    return '';
}

sub compact () {
    my @wrote = random(2) ? in_burst(0, sub { timed('compact') }) : ();
    timed('compact') unless @wrote;
    settle($model, exported(), @wrote);
    $suspect = 1;
    return 'meanwhile ' . sum(@wrote) . ' lines';
}

# Copied while nobody writes, and some time later the copy is in the place.
sub move () {
    my $path = "$directory/copy";
    if (!$copy) {
        done(run_command([ 'cp', '-a', $db, $path ]), 'cp');
        unlink "$path/lock.mdb" if random(3) == 0;
        $copy = { model => $model->copy, database => $follower->database, branch => $branch };
        return 'a copy is made';
    }
    # that a copy has taken the place shows when its last usn is below that which the follower has; two copies have
    # usns in common that are of different changes
    my $shows = $copy->{database} ne $follower->database || $copy->{model}->last_usn < $model->last_usn;
    my $same = $copy->{database} eq $follower->database && $copy->{branch} == $branch;
    if (!$shows && !$same) {
        drop($path);
        $copy = undef;
        return 'the copy is of no use';
    }
    rename $db, "$db.away" or die $!;
    rename $path, $db or die $!;
    drop("$db.away");
    $model = $copy->{model};
    $copy = undef;
    $branch++;
    $suspect = 1;
    $anew++ if $shows;
    return 'the copy is in the place';
}

sub touch () {
    my @files = map { "$db$_" } '', '/data.mdb', '/lock.mdb';
    my %ways = (
        times   => sub { utime((map { time - random(100_000) } 1, 2), one_of(@files)) or die $! },
        look    => sub { tool_does(one_of(qw(verify export))) },
        link    => sub {
            symlink $db, "$db-link" or die $!;
            done(jobsessions("$db-link", 'verify'), 'verify by a link');
            unlink "$db-link";
        },
        modes   => sub {
            chmod one_of(02750, 02770, 02771), $db or die $!;
            chmod one_of(0660, 0664), $_ or die $! for @files[ 1, 2 ];
        },
        umask   => sub {
            my $before = umask 077;
            my $session = new_session();
            my ($id) = tool_does('put', { stdin => line(undef, $session) })->{out} =~ /^(\d+)\n$/;
            umask $before;
            $model->put(given($id), $session);
        },
        reader  => sub { run_command([ 'mdb_stat', '-ef', $db ]) },
        stopped => sub { kill STOP => map { $_->pid } @workers; tool_does('verify'); kill CONT => map { $_->pid } @workers },
    );
    $ways{owner} = sub {
        my $file = one_of(@files);
        my @owner = (stat $file)[ 4, 5 ];
        chown 0, 0, $file or die $!;
        done(run_command([ $tool, '-d', $db, 'verify' ]), 'verify by root');
        chown @owner, $file or die $!;
    } if @as_worker;
    my $way = one_of(sort keys %ways);
    $ways{$way}->();
    return $way;
}

sub set_clocks () {
    set_clock(one_of(0, one_of(1, -1) * one_of(1, 30, 3600, 7200, 86_400) * (1 + random(30))));
    return "by $clock s";
}

sub change_shift () {
    my $which = random(scalar @workers);
    end_worker($workers[$which]);
    $workers[$which] = start_worker();
    return "worker $which";
}

# What a worker had committed when it was killed, and could not say any more, may show to readers only when the next
# writer has come; this one writes nothing.
sub next_writer () {
    my $run = jobsessions($db, 'rm', '18446744073709551615');
    die "rm of no session: exit $run->{exit}: $run->{err}\n" if $run->{exit} != 1;
}

sub kill_worker () {
    my $which = random(scalar @workers);
    my @wrote = in_burst(0, sub { sleep random(15) / 1000; $workers[$which]->kill; sleep random(10) / 1000 });
    unlink $workers[$which]{errors};
    $workers[$which] = start_worker();
    next_writer();
    settle($model, exported(), @wrote);
    $suspect = 1;
    return "worker $which, meanwhile " . sum(@wrote) . ' lines';
}

# Many lines in one transaction: what was stored of them are the first.
sub kill_in_batch () {
    my $which = random(scalar @workers);
    my @tokens = map { "b$step-$which-" . ++$token_number . '-n' } 1 .. 40;
    $workers[$which]->send(map { line(of_burst($_)) } @tokens);
    sleep random(40) / 10_000;
    $workers[$which]->kill;
    my @told = $workers[$which]->acknowledged(scalar @tokens);
    unlink $workers[$which]{errors};
    $workers[$which] = start_worker();
    next_writer();
    my $is = exported();
    my ($part) = part_of($is, [ map { [ $tokens[$_], $told[$_] ] } 0 .. $#tokens ]);
    die scalar @told . ' were acknowledged, and ' . @$part . " are there\n" if @$part < @told;
    settle($model, $is, $part);
    $suspect = 1;
    return "worker $which: " . @told . ' acknowledged, ' . @$part . ' stored';
}

sub kill_tool () {
    my $verb = one_of(qw(backup restore compact));
    my $backup = one_of(@backups);
    $verb = 'compact' if $verb eq 'restore' && !$backup;
    my $to = "$directory/backup-$step";
    my ($source) = $verb eq 'restore' ? one_of($backup->{path}, -d $backup->{path} ? "$backup->{path}/data.mdb" : ()) : ();
    my $was = database();
    my $kill = sub { kill_soon($verb, $verb eq 'backup' ? $to : $verb eq 'restore' ? $source : ()) };
    my @wrote = random(2) ? in_burst($verb eq 'restore', $kill) : ();
    $kill->() unless @wrote;

    my @left = bsd_glob("$db.new-*");
    my ($old, @others) = grep { -e "$_/data.mdb" } bsd_glob("$db.before-restore-*"), @left;
    die "left are $old @others\n" if @others;
    my $became = database();
    $suspect = 1;
    if ($verb eq 'restore' && $became ne $was) {
        my $restored = $backup->{model}->restored;
        die "the old database is nowhere\n" unless $old;
        settle_over_restore($restored, $old, @wrote);
        my @faults = @wrote ? () : $model->content_faults(exported_of($old));
        die "the old database: @faults\n" if @faults;
        $model = $restored;
        replaced();
    } else {
        die "the database became $became\n" if $became ne $was;
        settle($model, exported(), @wrote);
    }
    if (-e $to) {
        done(jobsessions($to, 'verify'), 'verify of the backup');
        my @faults = @wrote ? () : $model->content_faults(exported_of($to));
        die "the backup: @faults\n" if @faults;
    }
    drop(@left, bsd_glob("$db.before-restore-*"), bsd_glob("$to*"));
    return "$verb: " . ($became ne $was ? 'done' : 'not done') . (@left ? ', something left' : '') . ', meanwhile ' . sum(@wrote) . ' lines';
}

# At some moment of what it takes, or just after.
sub kill_soon ($verb, @arguments) {
    my @command = tool_on($db, $verb, @arguments);
    my $pid = fork // die "fork: $!";
    if (!$pid) {
        open STDERR, '>', "$directory/killed" or POSIX::_exit(1);
        @ENV{ keys %clocks } = values %clocks;
        exec @command or POSIX::_exit(1);
    }
    sleep random(1100) / 1000 * ($took{$verb} // 0.03);
    kill KILL => $pid;
    waitpid $pid, 0;
    die "$verb @arguments: " . slurp("$directory/killed") . "\n" if $? >> 8;
}

# Children come and go.
sub restart_httpd () {
    my %before = map { $_ => 1 } $httpd->children;
    $httpd->restart;
    wait_until { grep { !$before{$_} } $httpd->children } 30 * patience() or die "no other children come\n";
    return '';
}

sub kill_child () {
    my $one = one_of(sort $httpd->children);
    kill KILL => $one;
    wait_until { !grep { $_ == $one } $httpd->children } or die "a child does not go\n";
    return '';
}

# How often, and what.
my @kinds = (
    [ 110, create => \&create ],
    [ 110, update => \&change ],
    [ 50, batch => \&batch ],
    [ 30, 'a refused line' => \&refused ],
    [ 80, rm => \&take_out ],
    [ 40, prune => \&prune ],
    [ 40, sweep => \&sweep_up ],
    [ 80, import => \&bring_in ],
    [ 80, 'log and items' => \&append ],
    [ 50, 'a burst' => \&all_write ],
    [ 50, backup => \&back_up ],
    [ 50, restore => \&put_back ],
    [ 15, 'backup --stdout | restore -' => \&through_a_pipe ],
    [ 40, compact => \&compact ],
    [ 50, rename => \&move ],
    [ 60, touch => \&touch ],
    [ 40, 'the clock is set' => \&set_clocks ],
    [ 20, 'a worker ends, another one starts' => \&change_shift ],
    [ 40, 'a worker is killed' => \&kill_worker ],
    [ 30, 'a worker is killed in a batch' => \&kill_in_batch ],
    [ 60, 'the tool is killed' => \&kill_tool ],
    [ 5, 'httpd restarts' => \&restart_httpd ],
    [ 5, 'a child of httpd is killed' => \&kill_child ],
);

# ---- Checks ----------------------------------------------------------------------------------------

sub encoded ($sessions) { return $json->encode($sessions) }

sub check () {
    $follower->poll((1 + random(8)) * ($follower->last == 0 || random(2) ? 40 : 1));
    my $exported = exported();
    if (encoded($follower->known) ne encoded($exported)) {
        is_deeply $follower->known, $exported, 'the follower has what is exported';
        die "the follower has something else than is exported\n";
    }
    my @faults = $model->faults($exported, $follower->buried);
    push @faults, count_faults([ values %$exported ], sub ($path) { decode_json(request(GET => $path)->{body}) }, time + $clock, 'http://127.0.0.1:' . $httpd->port . $mount);
    push @faults, "the follower is at usn @{[ $follower->last ]} and not @{[ $model->last_usn ]}" if $follower->last != $model->last_usn;
    push @faults, "the follower has begun anew @{[ $follower->restarts ]} times and not $anew" if $follower->restarts != $anew;
    push @faults, $model->tagged(request(GET => '?Limit=0')->{headers}{etag});
    push @faults, map { item_faults($_, one_of(@lists)) } one_of($model->ids), one_of($model->with_items) // ();
    my @beside = bsd_glob("$db.*");
    push @faults, "there are @beside beside it" if @beside;
    tool_does('verify') if $suspect || $step % 10 == 0;
    $suspect = 0;
    die map { "$_\n" } @faults if @faults;
}

sub item_faults ($id, $list) {
    my $page = decode_json(request(GET => "/$id/$list?Limit=-1")->{body});
    my @is = map { $_->{message} // $_->{name} } @{ $page->{ $list eq 'log' ? 'log' : 'results' } };
    my @should = @{ $model->items($id, $list) };
    return "@is" eq "@should" ? () : "$list of $id is @is and not @should";
}

sub take_step () {
    $state = $seed * 100_003 + $step;
    random(1) for 1 .. 8;    # neighbours part
    my $sum = 0;
    $sum += $_->[0] for @kinds;
    my $draw = random($sum);
    my ($kind) = grep { ($draw -= $_->[0]) < 0 } @kinds;
    my $sessions = () = $model->ids;
    $kind = $kinds[4] if $sessions > 2 * $many;
    $kind = $kinds[0] if $sessions < 5;
    my (undef, $name, $do) = @$kind;
    push @story, "$step: $name";
    shift @story if @story > 15;
    $times{$name}++;
    $story[-1] .= ': ' . $do->();
    check();
}

my $begun = time;
my $went = eval {
    check();
    while ($step < $steps) {
        $step++;
        take_step();
        note sprintf '%d steps, %d s', $step, time - $begun if $step % 500 == 0;
    }
    end_worker($_), $_->{ended} = 1 for @workers;
    1;
};
ok $went, "$step steps of seed $seed" or do {
    $directory->unlink_on_destroy(0);
    diag join "\n", "JOBSESSIONS_SEED=$seed, in $directory:", @story, $@;
};
note join ', ', map { "$times{$_} × $_" } sort keys %times;
my $verify = jobsessions($db, 'verify');
is $verify->{out}, "$db: no faults\n", 'verify finds nothing' or diag $verify->{err};
# a child may start just when the directory is moved
my $complaint = qr/exit signal (?!Killed)|still did not exit|jobsessions:(?:warn|error|crit|alert|emerg)/;
my @complaints = grep { /$complaint/ && !/JS0114/ } split /\n/, $httpd->error_log;
is_deeply \@complaints, [], 'nor does the error log complain';
ok $httpd->stop, 'httpd ends';
done_testing;
