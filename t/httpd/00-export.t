# SPDX-License-Identifier: Apache-2.0
# The worked example of the document "Exporting Sessions List", byte for byte.

use v5.36;
use Test::More;
use JobSessions::Test qw(database_dir http jobsessions slurp);

my $expected = slurp('t/data/export-example.json');

my $response = http('document',
    POST    => '/api/v1/jobSessions/export',
    headers => { Host => 'abc.ukwest.cloudapp.azure.com' });

is $response->{status}, 200, 'status';
is $response->{headers}{'content-type'}, 'application/json; charset=utf-8', 'Content-Type';
is $response->{headers}{'content-length'}, length $expected, 'Content-Length';
is $response->{body}, $expected, 'body';

my $export = jobsessions(database_dir('document'), 'export', '--base-url',
    'https://abc.ukwest.cloudapp.azure.com');
is $export->{exit}, 0, 'the tool exports as well';
is $export->{out}, $expected, 'the same bytes';

done_testing;
