# SPDX-License-Identifier: Apache-2.0
package JobSessions::Postgres;

use v5.36;
use File::Temp qw(tempdir);
use JobSessions::Test qw(run_command slurp wait_until);

=head1 NAME

JobSessions::Postgres - a PostgreSQL of the test's own, with the schema of the fleet

=head1 SYNOPSIS

    plan skip_all => 'PostgreSQL is not installed' unless JobSessions::Postgres->is_installed;
    my $postgres = JobSessions::Postgres->new;
    system 'build/jobsessions-follow', '--to', $postgres->url, ...;
    my @rows = $postgres->rows('select document from jobsessions.session');

It listens on a socket in a folder of its own, and ends with the test. The statements that it was sent are in
pg_stat_statements after C<create extension pg_stat_statements>.

=over

=item is_installed()

=item new()

=item url()

What libpq takes.

=cut

my %running;

sub program ($name) {
    my ($found) = sort { ($b =~ /(\d+)/)[0] <=> ($a =~ /(\d+)/)[0] } glob "/usr/lib/postgresql/*/bin/$name";
    return $found;
}

sub is_installed ($class) { return defined program('initdb') }

sub must ($what, @command) {
    my $run = run_command(\@command);
    $run->{exit} == 0 or die "$what: $run->{err}$run->{out}\n";
    return $run->{out};
}

sub new ($class) {
    my $folder = tempdir('pg.XXXXXX', TMPDIR => 1, CLEANUP => 1);
    my $self = $running{$folder} = bless { folder => $folder, owner => $$ }, $class;
    must('initdb', program('initdb'), '-D', "$folder/data", '-A', 'trust', '-U', 'fleet', '--no-locale', '-E', 'UTF8', '--no-sync');
    $self->start;
    must('createdb', 'psql', '-XqAt', '-h', $folder, '-U', 'fleet', '-c', 'create database fleet', 'postgres');
    must('schema.sql', 'psql', '-Xq', '-v', 'ON_ERROR_STOP=1', '--single-transaction', '-f', 'conf/fleet/schema.sql', $self->url);
    return $self;
}

sub url ($self) { return "postgresql://fleet\@/fleet?host=$self->{folder}" }

=item start(), stop($mode), crash()

C<immediate> is what a crash is; C<crash> kills the postmaster itself, whose processes end as they notice.

=cut

sub start ($self) {
    must('pg_ctl', program('pg_ctl'), '-D', "$self->{folder}/data", '-w', '-l', "$self->{folder}/log",
        '-o', "-c listen_addresses= -c shared_preload_libraries=pg_stat_statements -k $self->{folder}", 'start');
}

sub stop ($self, $mode) {
    must('pg_ctl', program('pg_ctl'), '-D', "$self->{folder}/data", '-w', '-m', $mode, 'stop');
}

sub crash ($self) {
    my ($postmaster) = slurp("$self->{folder}/data/postmaster.pid") =~ /^(\d+)$/m;
    my @all = ($postmaster, split ' ', slurp("/proc/$postmaster/task/$postmaster/children"));
    kill KILL => $postmaster;
    wait_until { !kill 0, @all } 60 or die "PostgreSQL goes on without its postmaster\n";
}

=item rows($statement)

Each row as a line, columns with C<|> between them.

=cut

sub rows ($self, $statement) {
    return split /\n/, must($statement, 'psql', '-XqAt', '-v', 'ON_ERROR_STOP=1', '-c', $statement, $self->url);
}

# Before File::Temp's, as that was loaded first: a server whose folder is gone goes on for a minute.
END {
    local $?;
    $_->{owner} == $$ and eval { $_->stop('immediate') } for values %running;
}

=back

=cut

1;
