# SPDX-License-Identifier: Apache-2.0
# jobsessions import: an export document, or one session a line, with the ids and usns it holds.

use v5.36;
use Test::More;
use File::Temp qw(tempdir);
use IPC::Open3 qw(open3);
use JobSessions::Sessions qw(export_document plain_sessions rich_sessions session_of_size);
use JobSessions::Test qw(build_file decode_json jobsessions run_command slurp wait_until);

my $scratch = tempdir(CLEANUP => 1);
my $databases = 0;

# Import into a new database; what came of it, beside what jobsessions() returns.
sub import_new ($input) {
    my $db = "$scratch/" . ++$databases;
    my $import = jobsessions($db, 'import', { stdin => $input });
    my $export = jobsessions($db, 'export');
    return { %$import, db => $db, export => $export->{out}, ids => ids($export->{out}) };
}

sub ids ($document) {
    return join ' ', map { $_->{id} } @{ decode_json($document)->{results} };
}

my @example = split /\n/, slurp('t/data/sessions-example.ndjson');
my $example = slurp('t/data/export-example.json');
my $exported = $example =~ s{https://abc\.ukwest\.cloudapp\.azure\.com}{https://localhost}gr;

subtest 'export, import, export: identical' => sub {
    my @sessions = rich_sessions();
    my $lines = import_new(join '', map { "$_\n" } @sessions);
    is $lines->{exit}, 0, 'one session a line';
    is $lines->{err}, "jobsessions: ${\scalar @sessions} sessions imported, 0 refused\n", 'the count';
    my $document = export_document(sessions => \@sessions);
    ok $lines->{export} eq $document, 'everything a session can be comes out as it went in';

    my $again = import_new($lines->{export});
    is $again->{exit}, 0, 'the document';
    is $again->{err}, $lines->{err}, 'as many';
    ok $again->{export} eq $document, 'byte for byte';

    my $empty = import_new('');
    is $empty->{export}, export_document(sessions => []), 'an empty database as well';
    is import_new($empty->{export})->{export}, $empty->{export}, 'to the byte';
};

subtest 'the document in other shapes' => sub {
    my %shapes = (
        'one session a line'             => join("\n", @example),
        'compact'                        => $example,
        'pretty-printed'                 => run_command([qw(jq .)], $example)->{out},
        'indented by tabs, ends in CRLF' => run_command([qw(jq --tab .)], $example)->{out} =~ s/\n/\r\n/gr,
        'members sorted'                 => run_command([qw(jq -S .)], $example)->{out},
        'links before the results'       => run_command([ qw(jq -c), '{_links,results,totalCount}' ], $example)->{out},
        'nothing but results'            => run_command([ qw(jq -c), '{results}' ], $example)->{out},
        'without links'                  => run_command([ qw(jq -c), 'del(.. | ._links?)' ], $example)->{out},
        'oldest session first'           => run_command([ qw(jq -c), '.results |= reverse' ], $example)->{out},
        'blank lines around it'          => "\n \r\n\t$example\n\n",
        'unknown members'                => $example =~ s/^\{/{"note":"]}\\\\\\"{[","later":{"results":[1]},/r,
    );
    for my $shape (sort keys %shapes) {
        my $import = import_new($shapes{$shape});
        is_deeply [ @$import{qw(exit err)} ], [ 0, "jobsessions: 3 sessions imported, 0 refused\n" ], $shape;
        is $import->{export}, $exported, 'comes to the same';
    }
};

subtest 'lines' => sub {
    my $crlf = import_new(join("\r\n", '', @example, '', ''));
    is $crlf->{export}, $exported, 'CRLF and blank lines do not matter';

    my $import = import_new(qq(\n$example[0]\n{"id":"4","status":"Done"}\nnonsense\n$example[2]));
    is $import->{exit}, 1, 'refused lines';
    is $import->{ids}, '6 3', 'cost nothing but themselves';
    my @messages = split /\n/, $import->{err};
    like $messages[0], qr/^jobsessions: line 3: status: "Done" is not a status; allowed: /, 'line, member, why';
    like $messages[1], qr/^jobsessions: line 4: not JSON at byte \d+: /, 'or line and why';
    is $messages[2], 'jobsessions: 2 sessions imported, 2 refused', 'and the count';

    my $long = import_new("$example[0]\n" . ' ' x (8 * 1024 * 1024 + 1) . "\n$example[1]\n");
    is $long->{exit}, 1, 'a line of more than 8 MiB';
    is $long->{err}, "jobsessions: line 2: longer than 8388608 bytes\njobsessions: 2 sessions imported, 1 refused\n",
        'is refused';
    is $long->{ids}, '4 3', 'alone';

    my $results = '{"id":"9","usn":1,"results":[{"id":"8"}]}';
    is import_new("$results\n$example[0]\n")->{ids}, '9 3', 'a session may have a member called results';
    is import_new("$example[0]\n$results\n")->{ids}, '9 3', 'on any line';
    my $pretty = import_new(run_command([qw(jq .)], $example[0])->{out});
    is_deeply [ @$pretty{qw(exit ids)} ], [ 1, '' ], 'a session over several lines is none';
};

subtest 'ids and usns' => sub {
    my $missing = import_new(qq({"id":"5","usn":70}\n{"type":"x","status":"Error"}\n{"id":"3","status":"Success"}\n));
    is $missing->{export}, export_document(sessions => [
        '{"id":"6","type":"x","localizedType":"x","status":"Error","usn":71}', '{"id":"5","usn":70}', '{"id":"3","status":"Success","usn":72}' ]),
        'what is missing is given by the store';
    is jobsessions($missing->{db}, 'put', { stdin => '{"status":"Success"}' })->{out}, "7\n", 'which goes on from there';
    is jobsessions($missing->{db}, 'get', 7)->{out}, qq({"id":"7","status":"Success","usn":73}\n), 'with both';

    my $db = import_new(join "\n", @example)->{db};
    my $replace = jobsessions($db, 'import', '--merge', { stdin => '{"id":"4","usn":37,"status":"Failed"}' });
    is $replace->{exit}, 0, 'a session that exists';
    is $replace->{err}, "jobsessions: 1 sessions imported, 1 of them in the place of stored ones, 0 refused\n", 'is counted';
    is jobsessions($db, 'get', 4)->{out}, qq({"id":"4","status":"Failed","usn":37}\n), 'is replaced, not patched';
    my $conflict = jobsessions($db, 'import', { stdin => qq({"id":"4","usn":44}\n{"id":"8","usn":19}) });
    is $conflict->{exit}, 1, 'the usn of another session is refused';
    is $conflict->{err}, <<~'MESSAGES', 'with whose it is and what to do';
        jobsessions: line 1: usn: 44 belongs to session 6; leave it out to get a new one
        jobsessions: line 2: usn: 19 belongs to session 3; leave it out to get a new one
        jobsessions: 0 sessions imported, 2 refused
        MESSAGES
    is jobsessions($db, 'get', 4)->{out}, qq({"id":"4","status":"Failed","usn":37}\n), 'and nothing changed';
    my $wrong = jobsessions($db, 'import', { stdin => qq({"id":"1","usn":-1}\n{"id":"1","usn":"1"}\n{"id":"1","usn":1.5}) });
    is_deeply [ $wrong->{err} =~ /(usn: .*)/g ], [
        'usn: expected an integer of 0 or more, found a negative one',
        'usn: expected an integer of 0 or more, found a string',
        'usn: expected an integer of 0 or more, found a real number'
    ], 'a usn is a number';
};

subtest 'over what is there' => sub {
    my $db = import_new(join "\n", @example)->{db};
    jobsessions($db, 'log', 4, '--add', { stdin => '{"message":"why it failed"}' });
    my $again = jobsessions($db, 'import', { stdin => $exported });
    is_deeply [ @$again{qw(exit err)} ], [ 0, "jobsessions: 3 sessions imported, 3 of them in the place of stored ones, 0 refused\n" ],
        'the same sessions';
    is jobsessions($db, 'log', 4)->{out}, qq({"message":"why it failed"}\n), 'keep their logs';

    my $other = $exported =~ s/"executionStartTime":"2020-02-07T08:07:02/"executionStartTime":"2020-02-06T08:07:02/r;
    isnt $other, $exported, 'an export of another appliance';
    my $refused = jobsessions($db, 'import', { stdin => $other });
    is $refused->{exit}, 1, 'whose session 4 is another one';
    is $refused->{err}, "jobsessions: session 2 of the document: id: 4 belongs to another session here, of another type or "
        . "start time; say whether it is to be replaced (--merge), or the import is to get new ids (--new-ids)\n"
        . "jobsessions: 2 sessions imported, 2 of them in the place of stored ones, 1 refused\n", 'does not replace ours';
    is jobsessions($db, 'export')->{out}, $exported, 'nothing has changed';

    is jobsessions($db, 'import', '--merge', { stdin => $other })->{exit}, 0, '--merge replaces it';
    is jobsessions($db, 'export')->{out}, $other, 'as wanted';
    is jobsessions($db, 'log', 4)->{out}, '', 'and leaves it nothing of the log of the other';

    my $new = jobsessions($db, 'import', '--new-ids', { stdin => $exported });
    is_deeply [ @$new{qw(exit err)} ], [ 0, "jobsessions: 3 sessions imported, 0 refused\n" ], '--new-ids';
    is ids(jobsessions($db, 'export')->{out}), '9 8 7 6 4 3', 'gives them ids behind the last';
    is jobsessions($db, 'import', '--new-ids', '--merge', { stdin => '' })->{exit}, 2, 'one or the other';
    is jobsessions($db, 'verify')->{exit}, 0, 'all is sound';
};

subtest 'what an export has in the place of a damaged record' => sub {
    my $marked = $exported =~ s/\{"id":"4".*?(?=,"_links")/{"id":"4","type":"Unknown","localizedType":"Damaged Record","status":"Unknown","damaged":true  /r;
    my $import = import_new($marked);
    is_deeply [ @$import{qw(exit ids)} ], [ 1, '6 3' ], 'does not come back as a session';
    is $import->{err}, "jobsessions: session 2 of the document: session 4: it stands in the place of a damaged record, and is "
        . "left out; take the session from a backup or an earlier export\njobsessions: 2 sessions imported, 1 refused\n", 'as it says';
};

subtest 'a page of changes' => sub {
    my $db = import_new(join "\n", @example)->{db};
    my $page = '{"results":[{"id":"6","usn":45,"deleted":true},{"id":"9","usn":46,"deleted":true}]}';
    my $import = jobsessions($db, 'import', { stdin => $page });
    is $import->{exit}, 0, 'is taken as what it says' or diag $import->{err};
    is ids(jobsessions($db, 'export')->{out}), '4 3', 'what was removed is removed';
    is jobsessions($db, 'put', { stdin => '{"id":"6"}' })->{exit}, 1, 'and stays so';
    is jobsessions($db, 'put', { stdin => '{"id":"9"}' })->{exit}, 1, 'what was never here, too';
    is jobsessions($db, 'put', { stdin => '{"status":"Success"}' })->{out}, "10\n", 'its id is not given again';
    is jobsessions($db, 'get', 10)->{out}, qq({"id":"10","status":"Success","usn":47}\n), 'nor its usn';
    is jobsessions($db, 'import', { stdin => '{"id":"4","usn":3,"deleted":true}' })->{exit}, 0, 'one that is older is a removal, too';
    is jobsessions($db, 'get', 4)->{exit}, 1, 'and what it removed is gone';
    is jobsessions($db, 'import', { stdin => '{"id":"3","usn":45,"deleted":true}' })->{exit}, 0, 'so is one whose usn is that of another change';
    is ids(jobsessions($db, 'export')->{out}), '10', 'nobody else went with it';
    is jobsessions($db, 'import', { stdin => '{"deleted":true}' })->{exit}, 1, 'one of nobody is refused';
    is jobsessions($db, 'verify')->{exit}, 0, 'all is sound';
};

# What a follower has gathered in several polls, as one array: an export would be read from its end.
subtest 'changes stay in their order' => sub {
    my @changes = ('{"id":"5","status":"Running","usn":1}', '{"id":"5","status":"Success","usn":2}', '{"id":"5","usn":3,"deleted":true}');
    for my $feed ('[' . join(',', @changes) . ']', '{"database":"x","results":[' . join(', ', map { s/:true/ : true/r } @changes) . ']}', join "\n", @changes) {
        my $db = import_new($feed)->{db};
        is ids(jobsessions($db, 'export')->{out}), '', 'what was removed at last does not come back';
        my $again = jobsessions($db, 'import', { stdin => '{"id":"5","usn":3,"deleted":true}' });
        is $again->{exit}, 0, 'the removal may come twice';
        is jobsessions($db, 'put', { stdin => '{"status":"Success"}' })->{out}, "6\n", 'writing goes on';
        is jobsessions($db, 'get', 6)->{out}, qq({"id":"6","status":"Success","usn":4}\n), 'behind the last change';
        is jobsessions($db, 'verify')->{exit}, 0, 'all is sound';
    }
};

subtest 'newest first is stored oldest first' => sub {
    my $sessions = join '', map { "$_\n" } plain_sessions(20_000);
    my $db = import_new($sessions)->{db};
    my $document = jobsessions($db, 'export')->{out};
    my $again = import_new($document);
    is $again->{exit}, 0, 'an export';
    ok $again->{export} eq $document, 'comes out as it was';
    cmp_ok -s "$again->{db}/data.mdb", '<', 1.1 * -s "$db/data.mdb", 'and takes no more room than what it was made from';
};

subtest 'documents that are not whole' => sub {
    my $second = index($exported, '{"id":"4"');
    my $third = index($exported, '{"id":"3"');
    my $end = index($exported, '],"_links"');
    my %cuts = (
        'in its first bytes'        => [ 8,           '' ],
        'before the first session'  => [ index($exported, '[') + 1, '' ],
        'in a session'              => [ $second + 40, '6' ],
        'in a string of a session'  => [ $second + 9,  '6' ],
        'after a comma'             => [ $third,       '6 4' ],
        'before a comma'            => [ $third - 1,   '6 4' ],
        'before the end of results' => [ $end,         '6 4 3' ],
        'in its links'              => [ $end + 20,    '6 4 3' ],
        'before its last brace'     => [ length($exported) - 1, '6 4 3' ],
    );
    for my $where (sort keys %cuts) {
        my ($length, $kept) = @{ $cuts{$where} };
        my $import = import_new(substr $exported, 0, $length);
        is $import->{exit}, 1, "cut off $where: refused";
        is $import->{ids}, $kept, 'what came before is kept';
        like $import->{err}, qr/^jobsessions: (the document is not well formed|line 1: not JSON)/m, 'and it says so';
    }
    my $cut = import_new(substr $exported, 0, $third);
    is $cut->{err}, "jobsessions: the document is not well formed: it ends after session 2; "
        . "the sessions before that were imported\njobsessions: 2 sessions imported, 0 refused\n", 'the whole message';
};

subtest 'documents that are not right' => sub {
    my $refused = import_new($exported =~ s/"status":"Success","usn":37/"status":"Done","usn":37/r);
    is_deeply [ @$refused{qw(exit ids)} ], [ 1, '6 3' ], 'a session that is refused costs only itself';
    like $refused->{err}, qr/^jobsessions: session 2 of the document: status: "Done" is not a status; allowed: /,
        'it is named by its place';

    my $count = import_new($exported =~ s/"totalCount":3/"totalCount":5/r);
    is_deeply [ @$count{qw(exit ids)} ], [ 0, '6 4 3' ], 'a totalCount that is wrong is no reason to refuse';
    like $count->{err}, qr/^jobsessions: note: the document announces 5 sessions and holds 3$/m, 'but it is noted';
    my $long = import_new($exported =~ s/"totalCount":3/'"totalCount":' . '9' x 32/er);
    is $long->{err}, "jobsessions: 3 sessions imported, 0 refused\n", 'unless it is too long for a number';

    for my $garbage ('x', '}', ']', '{"results":[]}', '"', ',') {
        my $import = import_new("$exported\n$garbage");
        is_deeply [ @$import{qw(exit ids)} ], [ 1, '6 4 3' ], "$garbage after the end";
        like $import->{err}, qr/^jobsessions: the document is not well formed: something follows its end after session 3/,
            'is told';
    }
    my $comma = import_new($exported =~ s/\},\{"id":"3"/} {"id":"3"/r);
    is_deeply [ @$comma{qw(exit ids)} ], [ 1, '6 4' ], 'a comma is missing';
    like $comma->{err}, qr/a comma or bracket is missing after session 2/, 'where, is told';
    my $none = import_new('{"totalCount":0,"results":{"id":"1"}}');
    is_deeply [ @$none{qw(exit ids)} ], [ 1, '' ], 'results that are no array are not passed over in silence';

    my $large = import_new('{"results":[{"id":"1","usn":1},{"note":"' . 'x' x (8 * 1024 * 1024) . '"},{"id":"2","usn":2}]}');
    is_deeply [ @$large{qw(exit ids)} ], [ 1, '2 1' ], 'a session of more than 8 MiB';
    like $large->{err}, qr/^jobsessions: session 2 of the document: longer than 8388608 bytes$/m, 'is named as well';
};

subtest 'more than a commit holds' => sub {
    my @sessions = (plain_sessions(10_500), map { session_of_size($_, 1024 * 1024) } 20_001 .. 20_040);
    my $import = import_new(join "\n", @sessions);
    is $import->{err}, "jobsessions: 10540 sessions imported, 0 refused\n", 'by number and by size';
    my $document = export_document(sessions => \@sessions);
    ok $import->{export} eq $document, 'all of them';
    ok import_new($document)->{export} eq $document, 'by document, too';
};

subtest 'it waits for its input, nobody waits for it' => sub {
    my $db = import_new('')->{db};
    my $pid = open3(my $to, my $from, undef, build_file('jobsessions'), '-d', $db, 'import');
    $to->autoflush(1);
    # one more than a commit holds: when the last but one is there, the last has been read
    print {$to} map { qq({"status":"Success","number":$_}\n) } 1 .. 10_001;
    ok wait_until { jobsessions($db, 'get', 10_000)->{exit} == 0 }, 'it has read what there is';
    my $put = run_command([ 'timeout', 5, build_file('jobsessions'), '-d', $db, 'put' ],
        '{"id":"20000","status":"Success"}');
    is_deeply [ @$put{qw(exit out)} ], [ 0, "20000\n" ], 'a worker can write meanwhile';
    close $to;
    waitpid $pid, 0;
    is $?, 0, 'the import ends';
    is decode_json(jobsessions($db, 'export')->{out})->{totalCount}, 10_002, 'with all of it';
};

subtest 'no input' => sub {
    my $db = import_new('')->{db};
    for my $verb (qw(put import)) {
        my $run = run_command([ 'sh', '-c', 'exec "$0" -d "$1" "$2" </', build_file('jobsessions'), $db, $verb ]);
        is $run->{exit}, 3, "$verb: cannot be read";
        like $run->{err}, qr/^jobsessions: reading standard input: Is a directory$/m, 'as it says';
    }
};

subtest 'no database' => sub {
    my $import = jobsessions("$scratch/no/where", 'import', { stdin => '{}' });
    is $import->{exit}, 3, 'only the last component of the directory is made';
    like $import->{err}, qr{^jobsessions: \Q$scratch\E/no/where: }, 'the message names it';
};

done_testing;
