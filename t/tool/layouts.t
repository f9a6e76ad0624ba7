# SPDX-License-Identifier: Apache-2.0
# Where make install lays things for the httpd of other systems, by what their apxs says. None of these systems is here:
# an apxs stands in for theirs, with what the sources of their packages configure httpd with, and the lines by which their
# httpd.conf finds its files are given to the httpd that is here.
#
#   Debian   apache2-dev 2.4.71: what apxs says
#   Fedora   httpd.spec of 2.4.52-5, its configure and %install, and the httpd.conf that comes with it
#   Alpine   aports main/apache2, alpine.layout of 2.4.37 to 2.4.49; patch 0011-httpd.conf-IncludeOptional
#   FreeBSD  ports www/apache24, patch-config.layout, README_modules.d, patch-docs__conf__httpd.conf.in, of 2.4.39 on
#   other    httpd's own config.layout, "Apache"

use v5.36;
use Test::More;
use File::Find qw(find);
use File::Temp qw(tempdir);
use JobSessions::Sanitizer qw(sanitized);
use JobSessions::Test qw(build_file run_command slurp spew);

my %systems = (
    debian => {
        apxs    => { LIBEXECDIR => '/usr/lib/apache2/modules', SYSCONFDIR => '/etc/apache2', INCLUDEDIR => '/usr/include/apache2' },
        where   => [qw(PREFIX=/usr LIBDIR=/usr/lib/x86_64-linux-gnu)],
        library => '/usr/lib/x86_64-linux-gnu',
        load    => '/etc/apache2/mods-available/jobsessions.load',
        conf    => '/etc/apache2/mods-available/jobsessions.conf',
        drop_in => '/usr/lib/systemd/system/apache2.service.d/jobsessions.conf',
        user    => 'www-data',
        enable  => 1,
        include => [ '/etc/apache2/mods-enabled/*.load', '/etc/apache2/mods-enabled/*.conf' ],
    },
    fedora => {
        apxs    => { LIBEXECDIR => '/usr/lib64/httpd/modules', SYSCONFDIR => '/etc/httpd/conf', INCLUDEDIR => '/usr/include/httpd' },
        where   => [qw(PREFIX=/usr LIBDIR=/usr/lib64)],
        library => '/usr/lib64',
        load    => '/etc/httpd/conf.modules.d/10-jobsessions.conf',
        conf    => '/etc/httpd/conf.d/jobsessions.conf',
        drop_in => '/usr/lib/systemd/system/httpd.service.d/jobsessions.conf',
        user    => 'apache',
        include => [ '/etc/httpd/conf.modules.d/*.conf', '/etc/httpd/conf.d/*.conf' ],
    },
    alpine => {
        apxs    => { LIBEXECDIR => '/usr/lib/apache2', SYSCONFDIR => '/etc/apache2', INCLUDEDIR => '/usr/include/apache2' },
        where   => [qw(PREFIX=/usr)],
        library => '/usr/lib',
        load    => '/etc/apache2/conf.d/10-jobsessions.conf',
        conf    => '/etc/apache2/conf.d/jobsessions.conf',
        user    => 'apache',
        include => ['/etc/apache2/conf.d/*.conf'],
    },
    freebsd => {
        apxs => { LIBEXECDIR => '/usr/local/libexec/apache24', SYSCONFDIR => '/usr/local/etc/apache24', INCLUDEDIR => '/usr/local/include/apache24' },
        where   => [qw(PKGCONFIGDIR=/usr/local/libdata/pkgconfig)],
        library => '/usr/local/lib',
        pc      => '/usr/local/libdata/pkgconfig',
        load    => '/usr/local/etc/apache24/modules.d/280_mod_jobsessions.conf',
        conf    => '/usr/local/etc/apache24/Includes/jobsessions.conf',
        user    => 'www',
        include => [ '/usr/local/etc/apache24/modules.d/[0-9][0-9][0-9]_*.conf', '/usr/local/etc/apache24/Includes/*.conf' ],
    },
    other => {
        apxs    => { LIBEXECDIR => '/usr/local/apache2/modules', SYSCONFDIR => '/usr/local/apache2/conf', INCLUDEDIR => '/usr/local/apache2/include' },
        where   => [],
        library => '/usr/local/lib',
        load    => '/usr/local/apache2/conf/extra/jobsessions-load.conf',
        conf    => '/usr/local/apache2/conf/extra/jobsessions.conf',
        user    => 'daemon',
        include => [ '/usr/local/apache2/conf/extra/jobsessions-load.conf', '/usr/local/apache2/conf/extra/jobsessions.conf' ],
    },
);

my $scratch = tempdir(CLEANUP => 1);
chmod 0755, $scratch;

# What is built is tested, and not built again.
sub make (@arguments) {
    delete local @ENV{qw(MAKEFLAGS MFLAGS MAKELEVEL)};
    return run_command([ qw(make -s -f Makefile.apxs), @arguments ]);
}

sub stand_in ($name, $answers) {
    my $apxs = "$scratch/apxs-$name";
    spew($apxs, join "\n", '#!/bin/sh', '[ "$1" = -q ] || exit 1', 'case "$2" in',
        (map { "$_) echo '$answers->{$_}' ;;" } sort keys %$answers), '*) exit 1 ;;', 'esac', '');
    chmod 0755, $apxs;
    return $apxs;
}

# All that is there but empty folders that are not ours.
sub left ($root) {
    my @left;
    find({ no_chdir => 1, wanted => sub { push @left, s/^\Q$root\E//r if !-d || m{/[^/]*jobsessions[^/]*\z|/apache2\.service\.d\z|/httpd\.service\.d\z} } }, $root) if -d $root;
    return sort @left;
}

# What the httpd that is here says to the files, included as the system's httpd.conf does it.
sub httpd_says ($root, $system) {
    my ($folder, $programs, $program) = map { `apxs -q $_` =~ s/\n\z//r } qw(LIBEXECDIR SBINDIR PROGNAME);
    my $include = join '', map { "IncludeOptional $root$_\n" } @{ $system->{include} };
    spew("$root/httpd.conf", "LoadModule mpm_event_module $folder/mod_mpm_event.so\nLoadModule authz_core_module $folder/mod_authz_core.so\n"
        . "ServerRoot $root\nDefaultRuntimeDir $root\nServerName localhost\nListen 127.0.0.1:1\nErrorLog $root/error_log\n$include");
    my $run = run_command([ "$programs/$program", '-f', "$root/httpd.conf", '-t', '-D', 'DUMP_MODULES' ]);
    unlink "$root/httpd.conf", "$root/error_log";
    return $run;
}

for my $name (sort keys %systems) {
    subtest $name => sub {
        my $system = $systems{$name};
        my $root = "$scratch/$name";
        my $apxs = stand_in($name, $system->{apxs});
        my @how = ("APXS=$apxs", "DESTDIR=$root", 'AS_BUILT=1', @{ $system->{where} });
        my $install = make('install', @how);
        is $install->{exit}, 0, 'install' or diag $install->{err};
        my $module = "$system->{apxs}{LIBEXECDIR}/mod_jobsessions.so";
        my $pc = $system->{pc} // "$system->{library}/pkgconfig";
        for my $file ($module, $system->{load}, $system->{conf}, "$pc/jobsessions.pc", "$system->{library}/libjobsessions.so.0", $system->{drop_in} // ()) {
            ok -f "$root$file", $file;
        }
        like slurp("$root$system->{load}"), qr/^LoadModule jobsessions_module \Q$module\E$/m, 'the module is loaded from where it lies';
        like slurp("$root$system->{conf}"), qr/user httpd runs as \($system->{user}\)/, 'the user is that of this system';
        my ($documents) = map { s{/examples/basic\.conf\z}{}r } grep { m{/examples/basic\.conf\z} } left($root);
        like slurp("$root$system->{conf}"), qr{^#.* \Q$documents\E/examples }m, 'the examples are where the configuration tells';
        my @systemd = grep { m{/systemd/|/sysusers\.d/|/tmpfiles\.d/} } left($root);
        if (defined $system->{drop_in} || $name eq 'other') {
            my ($users) = grep { m{/sysusers\.d/jobsessions\.conf\z} } @systemd;
            like slurp("$root$users"), qr/^m $system->{user} jobsessions$/m, 'which is in the group of the database';
        }
        else {
            is_deeply \@systemd, [], 'nothing of systemd\'s';
        }
        my @laid = left($root);

        # a2enmod, where there is one
        my @enabled = $system->{enable} ? map { s/-available/-enabled/r } @$system{qw(load conf)} : ();
        if (@enabled) {
            run_command([ 'mkdir', $root . $enabled[0] =~ s{/[^/]+\z}{}r ]);
            symlink '../mods-available/' . s{.*/}{}r, "$root$_" or die "$_: $!" for @enabled;
        }
        SKIP: {
            skip 'DESTDIR is not where the module will be, and no httpd has the sanitizers\' library', 3 if sanitized();
            spew("$root$system->{load}", slurp("$root$system->{load}") =~ s{\Q$module}{$root$module}r);
            my $says = httpd_says($root, $system);
            like $says->{out}, qr/^ jobsessions_module \(shared\)$/m, 'httpd finds the one file' or diag $says->{err};
            like $says->{err}, qr{JS0113: JobSessionsDatabase /var/lib/jobsessions: nobody serves it}, 'and then the other';
            is $says->{exit}, 0, 'and has nothing against them';
        }
        unlink map { "$root$_" } @enabled;

        my $uninstall = make('uninstall', @how);
        is $uninstall->{exit}, 0, 'uninstall' or diag $uninstall->{err};
        is_deeply [ left($root) ], [], 'leaves nothing';
        make('install', @how);
        is_deeply [ left($root) ], \@laid, 'the same once more';
        spew("$root$system->{conf}", "# mine\n");
        make('install', @how);
        is slurp("$root$system->{conf}"), "# mine\n", 'what was edited is kept';
        ok -f "$root$system->{conf}.new", 'and the new one beside it';
        make('uninstall', @how);
        is_deeply [ left($root) ], [ $system->{conf} . ($name eq 'debian' ? '' : '.kept') ], 'also without the module, where no httpd reads it';
    };
}

subtest 'where apxs does not tell' => sub {
    my $apxs = stand_in('suse', { LIBEXECDIR => '/usr/lib64/apache2', SYSCONFDIR => '/etc/apache2', INCLUDEDIR => '/usr/include/apache2' });
    my $root = "$scratch/suse";
    my @how = ("APXS=$apxs", "DESTDIR=$root", 'AS_BUILT=1', 'install');
    like make(@how)->{out}, qr{\Q$root\E/etc/apache2/extra/jobsessions-load\.conf and .*include them, in this order}, 'what to do is told';
    is make(@how, qw(LAYOUT=fedora CONFDIR=/srv/httpd))->{exit}, 0, 'it is told to make';
    ok -f "$root/srv/httpd/conf.modules.d/10-jobsessions.conf", 'which lays things there';
    my $wrong = make(@how, 'LAYOUT=suse');
    isnt $wrong->{exit}, 0, 'a layout that there is not';
    like $wrong->{err}, qr/LAYOUT=suse: there are debian, fedora, alpine, freebsd and other/, 'is refused with those that there are';
};

# Each command that would be run, with what somebody who makes packages says, on the command line and in the environment.
subtest 'flags' => sub {
    my $apxs = stand_in('flags', { %{ $systems{fedora}{apxs} } });
    my @flags = ('CC=clang', 'CPPFLAGS=-DONE=1', 'CFLAGS=-O1 -gdwarf-4', 'LDFLAGS=-Wl,-z,defs -L/opt/lib');
    my @dry = ('make', '-n', '-B', '-f', 'Makefile.apxs', "APXS=$apxs", qw(all build/t/support/hold_snapshots));
    for my $case ([ 'by make', [ @dry, @flags ] ], [ 'by the environment', [ 'env', @flags, grep({ !/^CC=/ } @dry), 'CC=clang' ] ]) {
        my ($name, $command) = @$case;
        delete local @ENV{qw(MAKEFLAGS MFLAGS MAKELEVEL)};
        my $run = run_command($command);
        is $run->{exit}, 0, $name or diag $run->{err};
        my @lines = grep { /(?:^| )-o build\/|\.o -o / } split /\n/, $run->{out} =~ s/\\\n\s*//gr;
        my @compile = grep { / -c / } @lines;
        my @link = grep { !/ -c / } @lines;
        cmp_ok scalar(@compile), '>', 100, 'every source';
        cmp_ok scalar(@link), '>=', 5, 'and every program and library';
        is_deeply [ grep { !/^clang / } @lines ], [], 'by this compiler';
        is_deeply [ grep { !/ -DONE=1 -O1 -gdwarf-4 / || !/ -std=gnu11 -D_GNU_SOURCE / || / -O2/ } @compile ], [], 'with these flags, and what the sources need';
        is_deeply [ grep { !/ -Wl,-z,defs -L\/opt\/lib / || !/-z,relro,-z,now/ } @link ], [], 'linked with these, and hardened';
        cmp_ok scalar(grep { m{ -isystem /usr/include/httpd } } @compile), '>', 40, 'against the headers that apxs names';
    }
};

done_testing;
