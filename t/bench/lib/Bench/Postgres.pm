# SPDX-License-Identifier: Apache-2.0
# A PostgreSQL of its own, on a socket in a folder of its own. It is as it comes from Debian, and waits for the disk; but for its
# buffers, of which PostgreSQL's manual (19.4.1) advises a quarter of the memory.
package Bench::Postgres;
use v5.36;
use Time::HiRes qw(sleep);

use Bench::Machine qw(slurp);
use Bench::Processes qw(start run output);

# new(FOLDER, LOG, USER): start it in a folder that is not there yet, as that user where one is named.
sub new ($class, $folder, $log, $user) {
    my ($initdb) = sort { ($b =~ /(\d+)/)[0] <=> ($a =~ /(\d+)/)[0] } glob '/usr/lib/postgresql/*/bin/initdb';
    my $self = bless { folder => $folder, as_user => [ $user ? ('runuser', '-u', $user, '--') : () ] }, $class;
    mkdir $folder;
    run('chown', "$user:", $folder) if $user;
    run($self->as_user, $initdb, '-D', "$folder/data", qw(-A trust -U fleet -E UTF8 --no-locale));
    $self->{pid} = start(user => $user, log => $log, command => [ $initdb =~ s/initdb$/postgres/r, '-D', "$folder/data", '-k', $folder,
        map { ('-c', $_) } 'listen_addresses=', 'shared_buffers=1GB' ]);
    sleep 0.1 until -e "$folder/.s.PGSQL.5432" && eval { run('psql', '-Xqc', 'select 1', $self->url); 1 } || !kill 0, $self->{pid};
    return $self;
}

sub url ($self) { return "postgresql://fleet\@/postgres?host=$self->{folder}" }

sub conninfo ($self) { return "host=$self->{folder} dbname=postgres user=fleet" }

# What goes before a command so that it runs as PostgreSQL's user.
sub as_user ($self) { return @{ $self->{as_user} } }

# What psql prints, without a heading, cells parted by |.
sub sql ($self, @statements) {
    return output('psql', '-XqAt', '-v', 'ON_ERROR_STOP=1', (map { ('-c', $_) } @statements), $self->url);
}

# Of its buffers: it takes huge pages where the system has some to give (vm.nr_hugepages; PostgreSQL's manual, 19.4.5).
sub page_kind ($self) {
    return slurp("/proc/$self->{pid}/smaps") =~ /^KernelPageSize: +(?:2048|1048576) kB/m ? 'huge pages' : 'pages of 4 KB';
}

sub stop ($self) {
    Bench::Processes::stop($self->{pid});
    run('rm', '-rf', $self->{folder});
    return;
}

1;
