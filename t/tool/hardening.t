# SPDX-License-Identifier: Apache-2.0
# What the compiler and the linker put into our files, and who may open those the tool makes.

use v5.36;
use Test::More;
use File::Temp qw(tempdir);
use JobSessions::Sanitizer qw(sanitized);
use JobSessions::Test qw(build_file jobsessions run_command);

sub output_of (@command) {
    my $run = run_command(\@command);
    is $run->{exit}, 0, "@command[0, 1]" or BAIL_OUT($run->{err});
    return $run->{out};
}

my @programs = qw(jobsessions worker);
my @libraries = qw(mod_jobsessions.so libjobsessions.so);

for my $name (@programs, @libraries) {
    subtest $name => sub {
        my $file = build_file($name);
        my $segments = output_of('readelf', '-lW', $file);
        my $dynamic = output_of('readelf', '-dW', $file);
        my %imports = map { s/@.*//r => 1 } map { (split)[-1] } split /\n/, output_of('nm', '-D', '--undefined-only', $file);

        like $segments, qr/^\s*GNU_STACK.*\sRW\s/m, 'no executable stack';
        like $segments, qr/^\s*GNU_RELRO\s/m, 'what the loader has filled in becomes read-only,';
        like $dynamic, qr/\(FLAGS\).*BIND_NOW|\(FLAGS_1\).*\bNOW\b/, 'all of it, before the first instruction';
        unlike $segments, qr/^\s*LOAD.*\sRWE\s/m, 'nothing is writable and executable';
        unlike $dynamic, qr/\(TEXTREL\)|\(RPATH\)|\(RUNPATH\)/, 'no code that must be written to, no path to libraries of somebody else';
        like $dynamic, qr/\(FLAGS_1\).*\bPIE\b/, 'loaded anywhere' if grep { $_ eq $name } @programs;

        ok $imports{__stack_chk_fail}, 'stacks are guarded';
        SKIP: {
            skip 'sanitizers know the plain calls only', 1 if sanitized();
            ok scalar(grep { /_chk$/ } keys %imports), 'calls that fill buffers are checked: ' . join ' ', sort grep { /_chk$/ } keys %imports;
        }
        is_deeply [ grep { $imports{$_} } qw(gets strcpy strcat sprintf vsprintf stpcpy tmpnam mktemp tempnam system popen) ], [],
            'and none is made that does not know how much room there is, or runs a shell';
    };
}

my @of_the_module = map { s/@.*//r } map { (split)[-1] } split /\n/, output_of('nm', '-D', '--undefined-only', build_file('mod_jobsessions.so'));
is_deeply [ grep { /^(?:exec|posix_spawn|fork|vfork|system|popen|dlopen|socket|connect|bind|getaddrinfo|apr_proc_create|apr_dso_load|apr_socket_(?:create|connect|bind))/ } @of_the_module ], [],
    'the module runs no program and connects to nobody';

subtest 'large frames are probed page by page' => sub {
    my ($machine) = output_of('uname', '-m') =~ /(\w+)/;
    plan skip_all => "the instruction is x86_64's, this is $machine" if $machine ne 'x86_64';
    for my $name (@programs, @libraries) {
        like output_of('objdump', '-d', build_file($name)), qr/\bor[bql]?\s+\$0x0,(?:0x[0-9a-f]+)?\(%rsp\)/, $name;
    }
};

my ($module, $library) = map { [ map { (split)[-1] } split /\n/, output_of('nm', '-D', '--defined-only', build_file($_)) ] } @libraries;
is_deeply $module, ['jobsessions_module'], 'the module shows httpd its module record and nothing else';
is_deeply [ grep { !/^js_/ } @$library ], ['JOBSESSIONS_0'], 'the library has no name without js_, but for the version they are under';

# ---- File modes ----------------------------------------------------------------------------------

my $scratch = tempdir(CLEANUP => 1);

sub mode_of ($file) { return sprintf '%04o', (stat $file)[2] & 07777 }

# The tool under a umask.
sub under ($umask, @arguments) {
    my $before = umask oct $umask;
    my $run = jobsessions(@arguments);
    umask $before;
    return $run;
}

# Who comes first makes the files, and must not keep those out who share them.
my ($of_directory, $of_files) = qw(2770 0660);
for my $umask (qw(0000 0002 0022 0027 0077)) {
    for my $verb ('put', 'import') {
        my $db = "$scratch/$verb-$umask";
        is under($umask, $db, $verb, { stdin => '{"status":"Success","type":"x"}' })->{exit}, 0, "$verb under umask $umask";
        is_deeply [ map { mode_of($_) } $db, "$db/data.mdb", "$db/lock.mdb" ], [ $of_directory, $of_files, $of_files ], 'lets its group in, and nobody else';
        under('0000', $db, $_, { stdin => '{"status":"Success","type":"x"}' }) for 'put', 'export';
        is_deeply [ map { mode_of($_) } $db, "$db/data.mdb", "$db/lock.mdb" ], [ $of_directory, $of_files, $of_files ], 'which stays so';
    }
}

subtest 'as the README sets it up' => sub {
    my $db = "$scratch/documented";
    is under('0027', $db, 'put', { stdin => '{"status":"Success","type":"x"}' })->{exit}, 0, 'a worker makes the database';
    chmod 02750, $db;
    chmod 0640, "$db/data.mdb";
    is under('0027', $db, $_, { stdin => '{"status":"Success","type":"x"}' })->{exit}, 0, $_ for 'put', 'export', 'verify';
    is_deeply [ map { mode_of($_) } $db, "$db/data.mdb", "$db/lock.mdb" ], [qw(2750 0640 0660)], 'workers leave it so';

    plan skip_all => 'root may write everything' if $> == 0;
    # who reads has no right to write to data.mdb, or to the directory
    chmod 0440, "$db/data.mdb";
    chmod 0550, $db;
    is jobsessions($db, $_)->{exit}, 0, "a reader's $_" for 'export', 'verify';
    my $put = jobsessions($db, 'put', { stdin => '{"status":"Success","type":"x"}' });
    is $put->{exit}, 3, 'cannot write';
    like $put->{err}, qr/\Q$db\E: .*no permission/, 'and is told so';
    chmod 0750, $db;
    chmod 0640, "$db/data.mdb";

    # a reader that comes first after a restart
    unlink "$db/lock.mdb";
    is under('0077', $db, 'export')->{exit}, 0, 'a reader makes a lock file';
    is mode_of("$db/lock.mdb"), '0660', 'that lets those in who may use data.mdb, whatever its umask';
};

done_testing;
