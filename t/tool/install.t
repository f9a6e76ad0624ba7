# SPDX-License-Identifier: Apache-2.0
# make install lays everything where it is told, a program builds with its pkg-config file, and uninstall takes all of
# it away again; install-lib likewise, for who has neither httpd nor root.

use v5.36;
use Test::More;
use File::Find qw(find);
use File::Temp qw(tempdir);
use JobSessions::Sanitizer qw(preload);
use JobSessions::Test qw(run_command slurp spew);

my $root = tempdir(CLEANUP => 1);
my @where = ("DESTDIR=$root", qw(PREFIX=/opt/js LIBDIR=/opt/js/lib64 INCLUDEDIR=/opt/js/inc MANDIR=/opt/js/man CONFDIR=/opt/httpd));

# what is built is tested, and not built again
sub make (@targets) {
    delete local @ENV{qw(MAKEFLAGS MFLAGS MAKELEVEL)};
    return run_command([ qw(make -s -f Makefile.apxs AS_BUILT=1), @targets ]);
}

sub pkg_config ($directory) {
    local $ENV{PKG_CONFIG_PATH} = $directory;
    my $flags = run_command([qw(pkg-config --cflags --libs jobsessions)]);
    diag $flags->{err} if $flags->{exit} != 0;
    return $flags->{out};
}

sub files () {
    my @files;
    find(sub { push @files, $File::Find::name =~ s/^\Q$root\E//r if !-d }, $root);
    return sort @files;
}

my $install = make('install', @where);
is $install->{exit}, 0, 'install' or diag $install->{err};
my @files = files();
for my $file (qw(/opt/js/lib64/libjobsessions.so /opt/js/lib64/libjobsessions.so.0 /opt/js/lib64/libjobsessions.a
    /opt/js/lib64/pkgconfig/jobsessions.pc /opt/js/inc/jobsessions.h /opt/js/inc/jobsessions_read.h /opt/js/bin/jobsessions
    /opt/js/man/man1/jobsessions.1 /opt/js/man/man3/libjobsessions.3 /opt/js/man/man5/jobsessions-format.5
    /opt/js/man/man8/mod_jobsessions.8 /opt/js/share/doc/jobsessions/examples/recipes/in/restic.py
    /opt/httpd/mods-available/jobsessions.load /opt/httpd/mods-available/jobsessions.conf)) {
    ok -e "$root$file", $file;
}
is_deeply [ map { s{^/opt/js/share/jobsessions/console/}{}r } grep { m{/console/} } @files ],
    [ sort split /\n/, run_command([qw(find conf/console -type f -not -name *.png -printf), '%P\n'])->{out} ], 'the console, all of it';
is_deeply [ grep { !m{^/opt/} && !m{/mod_jobsessions\.so$} } @files ], [], 'nothing but the module is anywhere else';

my $found = slurp("$root/opt/js/lib64/pkgconfig/jobsessions.pc");
like $found, qr{^prefix=/opt/js\nlibdir=/opt/js/lib64\nincludedir=/opt/js/inc\n}, 'the pkg-config file has its variables';
{
    local $ENV{PKG_CONFIG_PATH} = "$root/opt/js/lib64/pkgconfig";
    local $ENV{PKG_CONFIG_SYSROOT_DIR} = $root;
    my $flags = run_command([qw(pkg-config --cflags --libs jobsessions)]);
    is $flags->{exit}, 0, 'pkg-config takes it' or diag $flags->{err};
    spew("$root/one.c", qq(#include <jobsessions.h>\nint main(void) { js_close(0); return 0; }\n));
    my $build = run_command([ 'cc', '-o', "$root/one", "$root/one.c", split ' ', $flags->{out} ]);
    is $build->{exit}, 0, 'and what it says builds a program' or diag $build->{err};
    local $ENV{LD_LIBRARY_PATH} = "$root/opt/js/lib64";
    local $ENV{LD_PRELOAD} = preload();
    is run_command(["$root/one"])->{exit}, 0, 'which finds the library by its soname';
    unlink "$root/one", "$root/one.c";
}

mkdir "$root/opt/httpd/mods-enabled";
spew("$root/opt/httpd/mods-enabled/jobsessions.load", '');
my $enabled = make('uninstall', @where);
isnt $enabled->{exit}, 0, 'a module that is enabled stays';
like $enabled->{err}, qr/a2dismod jobsessions/, 'and what to do is told';
is_deeply [ grep { !m{mods-enabled} } files() ], \@files, 'with all the rest';
unlink "$root/opt/httpd/mods-enabled/jobsessions.load";
spew("$root/opt/httpd/mods-available/jobsessions.conf", "# mine\n");
my $uninstall = make('uninstall', @where);
is $uninstall->{exit}, 0, 'uninstall' or diag $uninstall->{err};
is_deeply [ files() ], ['/opt/httpd/mods-available/jobsessions.conf'], 'leaves what was edited alone';

my $home = "$root/home";
my @alone = ("PREFIX=$home", 'APXS=/nowhere/apxs');
my $library = make('install-lib', @alone);
is $library->{exit}, 0, 'install-lib without httpd and root' or diag $library->{err};
like $library->{out}, qr{LD_LIBRARY_PATH=\Q$home\E/lib$}m, 'tells how programs find it where the loader does not look';
spew("$root/paths", join ' ', '-Wl,-rpath,' . "$home/lib", split ' ', pkg_config("$home/lib/pkgconfig"));
my $worker = run_command([ 'cc', '-o', "$home/worker", "$home/share/doc/jobsessions/examples/worker.c", "\@$root/paths" ]);
is $worker->{exit}, 0, 'the worker that lies beside it builds with nothing else' or diag $worker->{err};
{
    local $ENV{LD_PRELOAD} = preload();
    like run_command([ "$home/worker", '-d', "$root/db", '-s', 0 ])->{out}, qr/^session 1 has finished: Success$/m, 'and runs';
    like run_command([ "$home/bin/jobsessions", '-d', "$root/db", 'get', 1 ])->{out}, qr/"status":"Success"/, 'and the tool tells of its session';
}
unlink "$home/worker", glob("$root/db/*"), "$root/paths";
is make('uninstall-lib', @alone)->{exit}, 0, 'uninstall-lib';
is_deeply [ grep { m{^/home/} } files() ], [], 'takes all of it away';

done_testing;
