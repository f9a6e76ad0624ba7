# SPDX-License-Identifier: Apache-2.0
# Rust: the module compiles without a warning and without a crate, a session lives by it, and what must not leave its
# thread does not compile.

use v5.36;
use Test::More;
use JobSessions::Bindings qw(installed lives_as_in_c needs scratch);
use JobSessions::Test qw(run_command spew);

my $rustc = '/usr/bin/rustc';
needs($rustc);

my $sources = 'mod_jobsessions/bindings/rust';
my $scratch = scratch();
my @libraries = ('-L', installed() . '/lib');

sub rustc (@arguments) {
    return run_command([ $rustc, qw(--edition 2021 -D warnings -A dead_code), @libraries, '-L', $scratch, @arguments ]);
}

my $life = rustc('-o', "$scratch/life", "$sources/life.rs");
is $life->{exit}, 0, 'rustc has no warning' or diag $life->{err};
lives_as_in_c('Rust', ["$scratch/life"]);

my $library = rustc(qw(--crate-type rlib --crate-name jobsessions -o), "$scratch/libjobsessions.rlib", "$sources/jobsessions.rs");
is $library->{exit}, 0, 'as a crate of its own' or diag $library->{err};
my @with = ('--extern', "jobsessions=$scratch/libjobsessions.rlib");
my $owners = rustc(@with, '-o', "$scratch/owns", 't/bindings/programs/owners.rs');
is $owners->{exit}, 0, 'owners.rs' or diag $owners->{err};
my $run = run_command([ 'env', "--chdir=$scratch", "$scratch/owns" ]);
is $run->{exit}, 0, 'threads, limits and drops' or diag $run->{err};

my %refused = (
    'a transaction in another thread'       => [ 'let mut t = d.begin().unwrap(); std::thread::spawn(move || t.put("{}"));', qr/cannot be sent between threads/ ],
    'a transaction that is shared'          => [ 'let t = d.begin().unwrap(); std::thread::scope(|s| { s.spawn(|| { let _ = &t; }); });', qr/cannot be shared between threads/ ],
    'a database that goes before its own'   => [ 'let t = d.begin(); drop(d); drop(t);', qr/cannot move out of `d`/ ],
    'a walk that goes on without its base'  => [ 'let s = d.sessions(&[]).unwrap(); drop(d); drop(s);', qr/cannot move out of `d`/ ],
    'a transaction that was committed'      => [ 'let mut t = d.begin().unwrap(); t.commit().unwrap(); let _ = t.put("{}");', qr/borrow of moved value|use of moved value/ ],
);
for my $what (sort keys %refused) {
    my ($body, $words) = $refused{$what}->@*;
    spew("$scratch/wrong.rs", qq[fn main() { let d = jobsessions::Database::open("x").unwrap(); $body }\n]);
    my $wrong = rustc(@with, '--emit=metadata', '-o', "$scratch/wrong.rmeta", "$scratch/wrong.rs");
    like $wrong->{err}, $words, "$what does not compile";
}

done_testing;
