# SPDX-License-Identifier: Apache-2.0
package JobSessions::Postgres;

use v5.36;
use File::Temp qw(tempdir);
use JobSessions::Test qw(run_command slurp spew wait_until);

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

sub in_folder ($class) {
    my $folder = tempdir('pg.XXXXXX', TMPDIR => 1, CLEANUP => 1);
    return $running{$folder} = bless { folder => $folder, owner => $$ }, $class;
}

sub new ($class) {
    my $self = $class->in_folder;
    my $folder = $self->{folder};
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

sub start ($self, $more = '') {
    must('pg_ctl', program('pg_ctl'), '-D', "$self->{folder}/data", '-w', '-l', "$self->{folder}/log",
        '-o', "-c listen_addresses= -c shared_preload_libraries=pg_stat_statements -c archive_mode=on -k $self->{folder} $more", 'start');
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

=item standby(), cut_off(), promote()

Another one, which has what this one writes; from then on no more; and it takes over.

=cut

sub copy ($self, $data, @options) {
    must('pg_basebackup', program('pg_basebackup'), '-h', $self->{folder}, '-U', 'fleet', '-D', $data, '-c', 'fast', '--no-sync', @options);
}

sub standby ($self) {
    my $standby = (ref $self)->in_folder;
    $self->copy("$standby->{folder}/data", '-R');
    $standby->start;
    return $standby;
}

sub set ($self, $setting, $value) {
    $self->rows("alter system set $setting = '$value'");
    $self->rows('select pg_reload_conf()');
}

sub cut_off ($self) {
    $self->set(primary_conninfo => '');
    wait_until { !$self->rows('select from pg_stat_wal_receiver') } 60 or die "it still has what is written\n";
}

sub promote ($self) { must('pg_ctl', program('pg_ctl'), '-D', "$self->{folder}/data", '-w', 'promote') }

=item base(), mark($name), set_back($name)

A copy of its folder; a point of its history after that; and its state of then, by that copy and what was archived since
the first call of base(), as it comes from recovery to a point in time.

=cut

sub base ($self) {
    my $folder = $self->{folder};
    mkdir "$folder/archive";
    $self->set(archive_command => "cp %p $folder/archive/%f");
    $self->copy("$folder/base", '-X', 'none');
}

sub mark ($self, $name) { $self->rows("select pg_create_restore_point('$name')") }

sub set_back ($self, $name) {
    my $folder = $self->{folder};
    $self->stop('fast');
    must('rm', 'rm', '-rf', "$folder/data");
    must('cp', 'cp', '-a', "$folder/base", "$folder/data");
    spew("$folder/data/recovery.signal", '');
    $self->start("-c restore_command='cp $folder/archive/%f %p' -c recovery_target_name=$name -c recovery_target_action=promote");
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
