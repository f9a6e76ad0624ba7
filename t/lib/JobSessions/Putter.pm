# SPDX-License-Identifier: Apache-2.0
package JobSessions::Putter;

use v5.36;
use Exporter qw(import);
use IO::Select;
use IPC::Open3 qw(open3);
use POSIX ();
use JobSessions::Test qw(build_file slurp wait_until);

our @EXPORT_OK = qw(burst end_burst);

=head1 NAME

JobSessions::Putter - a worker: jobsessions put, given lines, that says the id of each when it is stored

=head1 SYNOPSIS

    my $worker = JobSessions::Putter->new($database, "$directory/err");
    my ($id) = $worker->write('{"type":"A","status":"Running"}');

=over

=item new($database, $errors, @under)

Start one; what it says of errors goes to that file. A program to run it with may follow: setpriv, say, and its arguments.

=cut

my $patience = 60;    # seconds for one id

sub new ($class, $database, $errors, @under) {
    my $tool = build_file('jobsessions');
    open my $err, '>', $errors or die "$errors: $!\n";
    # by no shell: Debian's does not start with ThreadSanitizer's runtime preloaded
    my $pid = open3(my $to, my $from, '>&' . fileno $err, @under, $tool, '-d', $database, 'put');
    binmode $_ for $to, $from;
    return bless { pid => $pid, to => $to, from => $from, read => '', errors => $errors }, $class;
}

sub pid ($self) { return $self->{pid} }
sub errors ($self) { return slurp($self->{errors}) }

=item write(@lines)

Give it lines, all at once; returns the ids.

=item send(@lines), acknowledged($count)

The same in two steps. Of one that has ended there are fewer ids than asked for.

=cut

sub write ($self, @lines) {
    $self->send(@lines);
    my @ids = $self->acknowledged(scalar @lines);
    die 'a worker ended: ' . $self->errors . "\n" if @ids < @lines;
    return @ids;
}

sub send ($self, @lines) {
    local $SIG{PIPE} = 'IGNORE';
    my $text = join '', map { "$_\n" } @lines;
    while (length $text) {
        my $written = syswrite($self->{to}, $text) // return;
        substr $text, 0, $written, '';
    }
}

sub acknowledged ($self, $count) {
    my @ids;
    while (@ids < $count) {
        if ($self->{read} =~ s/^(\d+)\n//) {
            push @ids, $1;
            next;
        }
        IO::Select->new($self->{from})->can_read($patience) or die "no id comes from a worker: " . $self->errors . "\n";
        sysread $self->{from}, $self->{read}, 65536, length $self->{read} or last;
    }
    return @ids;
}

=item kill(), end()

Kill it, so that all it has said can be read; let it end by itself, which returns its exit status.

=cut

sub kill ($self) {
    kill KILL => $self->{pid};
    waitpid $self->{pid}, 0;
}

sub end ($self) {
    close $self->{to};
    my $ended = wait_until { waitpid($self->{pid}, POSIX::WNOHANG) != 0 } $patience;
    die "a worker does not end\n" unless $ended;
    return $? & 127 ? 128 + ($? & 127) : $? >> 8;
}

=item burst($most, $line, @workers)

Have all of them write, each its next line when the last one is stored, until each has written so many or the burst is
ended; in a process of its own. C<$line> is called with a worker's number and the ids it was told in this burst,
and returns the token of the next line and the line.

=item end_burst($burst, $early)

Wait for its end, which comes now if it is to come early. Returns, for each worker, a list of C<[$token, $id]>, one
for each line in their order. The last id is undefined where the worker ended before it said it.

=back

=cut

sub burst ($most, $line, @workers) {
    my $stop = 0;
    local $SIG{TERM} = sub { $stop = 1 };
    pipe my $notes, my $noting or die "pipe: $!";
    my $pid = fork // die "fork: $!";
    if (!$pid) {
        close $notes;
        local $SIG{PIPE} = 'IGNORE';
        eval { write_in_turns($most, $line, \$stop, $noting, @workers); 1 } or print STDERR "burst: $@";
        close $noting;
        POSIX::_exit($@ ? 1 : 0);
    }
    close $noting;
    return { pid => $pid, notes => $notes, workers => scalar @workers };
}

sub write_in_turns ($most, $line, $stop, $noting, @workers) {
    my @told = map { [] } @workers;
    my @sent = (0) x @workers;
    my $give = sub ($which) {
        return 0 if $$stop || $sent[$which] == $most;
        my ($token, $text) = $line->($which, @{ $told[$which] });
        $sent[$which]++;
        syswrite $noting, "$which $token\n";
        $workers[$which]->send($text);
        return 1;
    };
    my %busy = map { ($_ => 1) } grep { $give->($_) } 0 .. $#workers;
    while (%busy) {
        my @ready = IO::Select->new(map { $workers[$_]{from} } keys %busy)->can_read($patience);
        die "no id comes from any worker\n" unless @ready || $!{EINTR};
        for my $which (grep { my $from = $workers[$_]{from}; grep { $_ == $from } @ready } keys %busy) {
            my ($id) = $workers[$which]->acknowledged(1);
            if (defined $id) {
                push @{ $told[$which] }, $id;
                syswrite $noting, "$which = $id\n";
            }
            delete $busy{$which} unless defined $id && $give->($which);
        }
    }
}

sub end_burst ($burst, $early) {
    CORE::kill TERM => $burst->{pid} if $early;
    my @wrote = map { [] } 1 .. $burst->{workers};
    while (defined(my $note = readline $burst->{notes})) {
        my ($which, $token, $id) = split ' ', $note;
        if ($token eq '=') { $wrote[$which][-1][1] = $id }
        else               { push @{ $wrote[$which] }, [ $token, undef ] }
    }
    waitpid $burst->{pid}, 0;
    die "the workers stopped to write\n" if $?;
    return @wrote;
}

1;
