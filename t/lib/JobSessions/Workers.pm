# SPDX-License-Identifier: Apache-2.0
package JobSessions::Workers;

use v5.36;
use File::Temp qw(tempdir);
use IPC::Open3 qw(open3);
use POSIX ();
use Time::HiRes qw(time);
use JobSessions::Test qw(build_file decode_json jobsessions slurp);

=head1 NAME

JobSessions::Workers - several workers that write and note what they were told is stored

=over

=item JobSessions::Workers->new($database, $until)

Start four, each of which writes one numbered session after the other with C<jobsessions put> until that
time. A database that is replaced is theirs to notice.

=cut

sub new ($class, $database, $until) {
    my $self = bless { notes => tempdir(CLEANUP => 1) }, $class;
    for my $worker (1 .. 4) {
        my $pid = fork // die "fork: $!";
        if (!$pid) {
            work($database, $until, $worker, "$self->{notes}/$worker");
            POSIX::_exit(0);
        }
        push @{ $self->{pids} }, $pid;
    }
    return $self;
}

sub work ($database, $until, $worker, $notes) {
    my $tool = build_file('jobsessions');
    open my $told, '>', $notes or die "$notes: $!";
    my $pid = open3(my $to, my $from, '>&STDERR', "exec '$tool' -d '$database' put 2>/dev/null");
    $to->autoflush(1);
    for (my $n = 1; time < $until; $n++) {
        print {$to} qq({"token":"$worker-$n","status":"Success"}\n);
        my $id = readline $from;
        last unless defined $id;
        print {$told} "$worker-$n $id";
    }
    close $to;
    waitpid $pid, 0;
    close $told;
    return;
}

=item $workers->told_and_lost(@databases)

Wait for their end. Returns how many sessions they were told are stored, and a list of those that are in
none of the databases under the id that was told.

=back

=cut

sub told_and_lost ($self, @databases) {
    waitpid $_, 0 for @{ $self->{pids} };
    my @told = map { split /\n/, slurp("$self->{notes}/$_") } 1 .. @{ $self->{pids} };
    my %stored = map { ("$_->{token} $_->{id}" => 1) } map { decode_json($_) } grep { /"token":/ }
        map { split /\n/, jobsessions($_, qw(export --format ndjson))->{out} } @databases;
    return (scalar @told, [ grep { !$stored{$_} } @told ]);
}

1;
