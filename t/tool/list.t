# SPDX-License-Identifier: Apache-2.0
# jobsessions list: the API's filters as options, a table for people, lines of JSON for programs.

use v5.36;
use Test::More;
use File::Temp qw(tempdir);
use POSIX qw(strftime);
use JobSessions::Test qw(build_file decode_json jobsessions make_database on_terminal run_command);

my $scratch = tempdir(CLEANUP => 1);
my $db = "$scratch/db";

sub ids (@arguments) {
    my $run = jobsessions($db, 'list', '--json', @arguments);
    is $run->{exit}, 0, "list @arguments" or diag $run->{err};
    return join ' ', map { decode_json($_)->{id} } split /\n/, $run->{out};
}

my $uuid = '0123abcd-0123-0123-0123-0123456789ab';
my $old = '2020-02-07T08:44:41.5Z';
my $yesterday = strftime('%Y-%m-%dT%H:%M:%SZ', gmtime(time - 86_400));
my $put = jobsessions($db, 'put', { stdin => join '', map { "$_\n" }
    qq({"type":"PolicyBackup","status":"Success","executionStartTime":"$old","executionStopTime":"2020-02-07T08:45:00Z","backupJobInfo":{"policyName":"Gold 1","policyId":"$uuid"}}),
    qq({"type":"PolicyBackup","status":"Failed","executionStartTime":"$old","backupJobInfo":{"policyName":"Gold 2"}}),
    qq({"type":"Retention","status":"Running","executionStartTime":"$yesterday"}),
    qq({"type":"RestoreVms","status":"Warning"}) });
is $put->{exit}, 0, 'four sessions' or diag $put->{err};

is ids(), '4 3 2 1', 'newest first';
is ids('--status', 'failed'), '2', 'a status in any case';
is ids('--status', 'Failed, success'), '2 1', 'with commas and blanks between';
is ids('--status', 'Failed', '--status', 'Success'), '2 1', 'or repeated';
is ids('--status', ''), '4 3 2 1', 'an empty value is no condition, as in the API';
is ids('--type', 'policybackup,Retention'), '3 2 1', 'types';
is ids('--type', 'Nonsense'), '', 'a type that there is not';
is ids('--policy', $uuid), '1', 'a policy by its uuid';
is ids('--policy', 'Gold*'), '2 1', 'by a pattern of its name';
is ids('--since', 'yesterday'), '3', 'since yesterday';
is ids('--since', '2d'), '3', 'for two days';
is ids('--until', '1w'), '2 1', 'until a week ago';
is ids('--since', '2020-02-07', '--until', '2020-02-08', '--status', 'Success'), '1', 'all of it must hold';
is ids('--limit', 3), '4 3 2', 'a limit';
is ids('--limit', 0), '', 'of none';

my $table = jobsessions($db, 'list')->{out};
is $table, <<"END", 'the table: whole seconds, no colour, all of a text where it does not go to a terminal';
ID        STATUS        TYPE              START                 DURATION    POLICY
4         Warning       RestoreVms                                          
3         Running       Retention         $yesterday              
2         Failed        PolicyBackup      2020-02-07T08:44:41Z              Gold 2
1         Success       PolicyBackup      2020-02-07T08:44:41Z  00:00:18    Gold 1
END

# a policy's name is somebody else's text: a terminal must not obey it
my $rude = "$scratch/rude";
jobsessions($rude, 'put', { stdin => qq({"status":"Success","backupJobInfo":{"policyName":"a\\u001b[2Jb\\nc\xc2\x9bd\xc3\xa9"}}\n) });
like jobsessions($rude, 'list')->{out}, qr/  a\?\[2Jb\?c\?d\xc3\xa9\n\z/, 'control characters are not passed on';

sub list_on_terminal ($columns, %environment) {
    local @ENV{ 'TERM', keys %environment } = ('xterm', values %environment);
    my $tool = build_file('jobsessions');
    return on_terminal("stty cols $columns; '$tool' -d '$db' list")->{out} =~ s/\r//gr;
}
SKIP: {
    skip 'no script(1)', 3 if run_command([qw(sh -c), 'command -v script'])->{exit};
    my $narrow = list_on_terminal(40);
    is_deeply [ grep { length > 40 } split /\n/, $narrow =~ s/\e\[\d*m//gr ], [], 'the table fits the terminal';
    like $narrow, qr/\e\[31mFailed\e\[0m/, 'in colours';
    unlike list_on_terminal(80, NO_COLOR => 1), qr/\e/, 'but not with NO_COLOR';
}

# more than two pages, while sessions go and come
my $many = "$scratch/many";
jobsessions($many, 'put', { stdin => qq({"status":"Success"}\n) x 20_500 });
my @ids = map { /^(\d+)/ } split /\n/, jobsessions($many, 'list')->{out};
is_deeply \@ids, [ reverse 1 .. 20_500 ], 'pages follow each other';
is scalar(split /\n/, jobsessions($many, 'list', '--json', '--limit', 10_200)->{out}), 10_200, 'up to the limit';

for ([ '--since', 'soon' ], [ '--since', '12x' ], [ '--limit', '-1' ], [ '--status', 'Fine' ]) {
    my $run = jobsessions($db, 'list', @$_);
    is_deeply [ @$run{qw(exit out)} ], [ 2, '' ], "list @$_";
    like $run->{err}, qr/^jobsessions: \Q@$_\E: .*\w/, 'is refused, and told how to write it';
}
is jobsessions("$scratch/none", 'list')->{exit}, 3, 'no database';
like jobsessions($db, 'list', '--help')->{out}, qr/^usage: jobsessions -d DIR list .*^example: .*^exit status: /ms, 'its help';

done_testing;
