# SPDX-License-Identifier: Apache-2.0
# The formats: which one Accept chooses, and that each says the same as the JSON.

use v5.36;
use utf8;
use Test::More;
use File::Path qw(remove_tree);
use File::Temp qw(tempdir);
use JSON::XS ();
use JobSessions::Reference qw(generated_sessions);
use JobSessions::Sessions qw(rich_sessions);
use JobSessions::Test qw(database_dir decode_json http http_all jobsessions run_command slurp spew);

my $mount = '/api/v1/jobSessions';
my $db = database_dir('lists');
my $scratch = tempdir(CLEANUP => 1);

# All that rich_sessions() has, and what a spreadsheet, CSV and XML take for their own.
my @texts = (
    '=1+1', '+1', '-1', '@SUM(A1)', "\tTab", "\rReturn", '=', "'", 'a,b', 'a"b', '""', '"', "a\nb", "a\r\nb", ' blank ', '', 'a=b', '1,5',
    '<a href="x">&amp;</a>', ']]>', "\x{fffe}\x{ffff}", "\x00\x0b\x1f", "\x7f\x{85}", "\x{1f4be}\x{10ffff}", '<?xml?>', '&#0;', ';', "\x{feff}bom",
    # what spreadsheets make something else of: pulibrary/orangelight#2695, archimatetool/archi#141, SEED-platform/seed#2562
    '9912140633506421', '74095673', '73928e03', '4e872096', '06932169358293', '9007199254740993', '1e5', '001', '00:01:10.1877340', '25:00:00', '2020-02-07', '1/2', '4-5', 'MAR1', 'TRUE', 'false', '12 %', '$5', '="x"', '" & A1 & "',
);
my $json = JSON::XS->new->utf8->canonical;
my @special = map {
    $json->encode({ id => 3000 + $_ . '', status => 'Success', backupJobInfo => { policyName => $texts[$_] },
        $texts[$_] =~ s/\x00//r => $texts[$_], restoreJobInfo => { reason => $texts[$_], items => [ { name => $texts[$_] } ] } })
} 0 .. $#texts;
my $misleading = '{"id":"4000","status":"Success","backupJobInfo.policyName":"no column","backupJobInfo":{"policyName":"yes","policyName.x":1},'
    . '"nested":{"id":"not mine"},"restoreJobInfo":{"items":[{"a":[1,"x,y"]},{}]},"xmlns":"x","1":[[],{}],"a b":{"c:d":null,"-":false}}';
remove_tree($db);
# usns of their own: one of them has the largest, after which there is none for the others
my $usn = 0;
my @rich = map { s/"usn":\K\d+/++$usn/er } rich_sessions();
my $import = jobsessions($db, 'import', { stdin => join "\n", @rich, @special, $misleading });
is $import->{exit}, 0, 'sessions with everything' or diag $import->{err};

my %types = (
    json   => 'application/json; charset=utf-8',
    csv    => 'text/csv; charset=utf-8; header=present',
    xml    => 'application/xml; charset=utf-8',
    ndjson => 'application/x-ndjson; charset=utf-8',
    sheet  => 'text/csv; charset=utf-8; header=present; profile=spreadsheet',
);

subtest 'Accept' => sub {
    my @accept = (
        [ undef,                                              'json' ],
        [ '',                                                 'json' ],
        [ '*/*',                                              'json' ],
        [ 'application/*',                                    'json' ],
        [ 'text/*',                                           'csv' ],
        [ 'TEXT/CSV',                                         'csv' ],
        [ 'application/xml',                                  'xml' ],
        [ 'application/x-ndjson',                             'ndjson' ],
        [ 'application/json; charset=utf-8',                  'json' ],
        [ 'text/csv;header=present',                          'csv' ],
        [ 'text/csv;header=present;profile=spreadsheet',      'sheet' ],
        [ 'TEXT/CSV ; Profile="Spreadsheet"',                 'sheet' ],
        [ 'text/csv;profile=spreadsheet;q=0.5, text/csv;q=0.4', 'sheet' ],
        [ 'text/csv;profile=spreadsheet;q=0.4, text/csv;q=0.5', 'csv' ],
        [ 'text/csv;profile=other',                           'csv' ],
        [ 'application/json;profile=spreadsheet',             'json' ],
        [ '*/*, text/csv;profile=spreadsheet;q=0.5',          'json' ],
        [ 'text/csv, application/json',                       'json' ],
        [ 'application/xml, text/csv',                        'csv' ],
        [ 'text/csv;q=0.9, application/json;q=0.8',           'csv' ],
        [ 'text/csv ; q=0.5 , application/xml ; q=0.501',     'xml' ],
        [ 'text/csv;q=0.001',                                 'csv' ],
        [ 'text/csv;Q=0.2, application/json;q=0.1',           'csv' ],
        [ 'application/json;q=0, */*',                        'csv' ],
        [ 'application/*;q=0.2, text/csv;q=0.1',              'json' ],
        [ 'application/*;q=1, application/json;q=0.1, application/xml;q=0.2', 'ndjson' ],
        [ '*/*;q=0.5, text/*;q=0.6',                          'csv' ],
        [ '*/*, application/json;q=0.1, text/csv;q=0.2, application/x-ndjson;q=0.3', 'xml' ],
        [ 'text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8', 'xml' ],
        [ 'text/csv;q=2, application/xml;q=0.1',              'xml' ],
        [ 'text/csv;q=, application/xml;q=0.1',               'xml' ],
        [ 'text/csv;q=0.1234, application/xml;q=0.1',         'csv' ],
        [ 'text/csv;q=-1, application/xml;q=0.1',             'xml' ],
        [ ',, ,application/xml,,',                            'xml' ],
        [ ';q=1,/,text,application/xml;q=0.1',                'xml' ],
        [ ';q=1,/,*,text,application/xml;q=0.1',              'json' ],
        [ 'application/json;q=0',                             undef ],
        [ '*/*;q=0',                                          undef ],
        [ 'text/html',                                        undef ],
        [ 'image/*, text/plain',                              undef ],
        [ 'text/csvx',                                        undef ],
        [ 'garbage',                                          undef ],
        [ 'text/csv;q=0.0, application/xml;q=0.000',          undef ],
        [ ',',                                                undef ],
    );
    for my $case (@accept) {
        my ($accept, $format) = @$case;
        my $name = 'Accept: ' . ($accept // 'none');
        # curl leaves a header with an empty value out unless it ends in a semicolon
        my %how = defined $accept && $accept eq '' ? (headers => { Accept => undef }, curl => [ '-H', 'Accept;' ]) : (headers => { Accept => $accept });
        for my $request ([ GET => "$mount?Limit=1" ], [ POST => "$mount/export" ]) {
            my $response = http('lists', @$request, %how);
            if (defined $format) {
                is_deeply [ $response->{status}, @{ $response->{headers} }{qw(content-type vary)} ], [ 200, $types{$format}, 'Accept' ], "$request->[0] $name: $format";
            } else {
                is $response->{status}, 406, "$request->[0] $name: nothing will do";
                like decode_json($response->{body})->{detail}, qr{ application/json, text/csv, application/xml, application/x-ndjson\.$}, 'names what there is';
            }
        }
    }
    my $lines = http('lists', GET => "$mount?Limit=1", headers => { Accept => undef }, curl => [ '-H', 'Accept: text/csv;q=0.1', '-H', 'Accept: application/xml;q=0.2' ]);
    is $lines->{headers}{'content-type'}, $types{xml}, 'Accept on two lines is one list';
    for my $resource ('/6', '/6/log', '/6/protectedItems') {
        my @asked = ('application/*', 'text/csv');
        for my $response (http_all(map { [ 'lists', GET => "$mount$resource", headers => { Accept => $_ } ] } @asked)) {
            is_deeply [ @{ $response->{headers} }{qw(content-type vary)} ], [ $types{json}, undef ], "$resource is JSON, whatever is asked for";
        }
    }
    my $changes = http('lists', GET => "$mount?SinceUsn=0", headers => { Accept => 'application/xml' });
    like decode_json($changes->{body})->{detail}, qr{ as application/json, application/x-ndjson\.$}, 'changes have two formats';
};

sub in_format ($type) {
    my $response = http('lists', GET => "$mount?Limit=-1", headers => { Accept => $type });
    is $response->{status}, 200, $type;
    is $response->{headers}{'content-length'} // length $response->{body}, length $response->{body}, 'Content-Length, where there is one, is true';
    my $export = http('lists', POST => "$mount/export", headers => { Accept => $type });
    my $same = $type =~ /xml/ ? sub ($body) { $body =~ s/<jobSessions[^>]*>/<jobSessions>/r } : sub ($body) { $body };
    ok $same->($export->{body}) eq $same->($response->{body}), 'the export has the same' unless $type =~ m{/json};
    return $response;
}
my $document = decode_json(in_format('application/json')->{body});
my @sessions = @{ $document->{results} };
my $encode = JSON::XS->new->canonical->allow_nonref;

subtest 'NDJSON' => sub {
    my $response = in_format('application/x-ndjson');
    is $response->{headers}{'content-length'}, length $response->{body}, 'the length is known beforehand';
    like $response->{body}, qr/\}\n\z/, 'the last line ends, too';
    my @lines = split /\n/, $response->{body};
    is scalar @lines, @sessions, 'a line a session';
    my @wrong = grep { $encode->encode(decode_json($lines[$_])) ne $encode->encode($sessions[$_]) } 0 .. $#lines;
    is_deeply \@wrong, [], 'each as in the JSON, links and all';
};

# RFC 4180 as it is written: fields with CRLF, comma or quote are quoted, nothing else stands in a record.
sub parse_csv ($bytes) {
    my (@records, @record);
    pos($bytes) = 0;
    while (pos $bytes < length $bytes) {
        if ($bytes =~ /\G"((?:[^"]|"")*)"(?=,|\r\n)/gc) {
            push @record, $1 =~ s/""/"/gr;
        } elsif ($bytes =~ /\G([^",\r\n]*)(?=,|\r\n)/gc) {
            push @record, $1;
        } else {
            die 'no field at byte ' . pos($bytes) . ': ' . substr($bytes, pos $bytes, 40) . "\n";
        }
        if ($bytes =~ /\G\r\n/gc) {
            push @records, [@record];
            @record = ();
        } else {
            $bytes =~ /\G,/gc;
        }
    }
    die "the last record does not end\n" if @record;
    return @records;
}

my @columns = qw(id type localizedType executionStartTime executionStopTime executionDuration status usn backupJobInfo.policyId
    backupJobInfo.policyName backupJobInfo.policyType backupJobInfo.protectedInstancesCount backupJobInfo.policyRemoved
    healthCheckJobInfo.policyId healthCheckJobInfo.policyName healthCheckJobInfo.checkedInstancesCount
    healthCheckJobInfo.policyRemoved restoreJobInfo.reason restoreJobInfo.items restoreJobInfo.backupPolicyDisplayName
    fileLevelRestoreJobInfo.initiator fileLevelRestoreJobInfo.reason fileLevelRestoreJobInfo.flrLink.url
    fileLevelRestoreJobInfo.flrLink.thumbprint fileLevelRestoreJobInfo.vmId fileLevelRestoreJobInfo.vmName
    fileLevelRestoreJobInfo.backupPolicyDisplayName fileLevelRestoreJobInfo.restorePointCreatedDateUtc
    fileLevelRestoreJobInfo.isFlrSessionReady fileShareFileLevelRestoreJobInfo.initiator fileShareFileLevelRestoreJobInfo.reason
    fileShareFileLevelRestoreJobInfo.flrLink.url fileShareFileLevelRestoreJobInfo.flrLink.thumbprint
    fileShareFileLevelRestoreJobInfo.fileShareId fileShareFileLevelRestoreJobInfo.fileShareName
    fileShareFileLevelRestoreJobInfo.backupPolicyDisplayName fileShareFileLevelRestoreJobInfo.restorePointCreatedDateUtc
    repositoryJobInfo.repositoryId repositoryJobInfo.repositoryUid repositoryJobInfo.repositoryName
    repositoryJobInfo.repositoryRemoved restorePointDataRetrievalJobInfo.restorePointId
    restorePointDataRetrievalJobInfo.sqlRestorePointId restorePointDataRetrievalJobInfo.cosmosDbRestorePointId
    restorePointDataRetrievalJobInfo.initiator restorePointDataRetrievalJobInfo.instanceName
    restorePointDataRetrievalJobInfo.daysToKeep restorePointDataRetrievalJobInfo.dataRetrievalPriority
    retentionJobInfo.deletedRestorePointsCount);

# What must stand in a cell for a member of a session.
sub cell_of ($session, $column) {
    my $value = $session;
    for my $name (split /\./, $column) {
        $value = ref $value eq 'HASH' ? $value->{$name} : undef;
    }
    return '' unless defined $value;
    return $value ? 'true' : 'false' if JSON::XS::is_bool($value);
    return [ $encode->encode($value) ] if ref $value eq 'ARRAY';    # any order of members will do
    my $printable = $value =~ tr/\x00-\x08\x0b\x0c\x0e-\x1f/\x{fffd}/r;
    return $value =~ /^[=+\-\@\t\r]/ && $column ne 'repositoryJobInfo.repositoryId' ? "'$printable" : $printable;
}

subtest 'CSV' => sub {
    my $response = in_format('text/csv');
    my ($header, @rows) = parse_csv($response->{body});
    is_deeply $header, \@columns, 'the columns';
    is scalar @rows, @sessions, 'a row a session';
    is_deeply [ grep { @{ $rows[$_] } != @columns } 0 .. $#rows ], [], 'as many cells in each';
    my @wrong;
    for my $row (0 .. $#rows) {
        for my $column (0 .. $#columns) {
            my $cell = $rows[$row][$column];
            utf8::decode($cell) or push @wrong, "row $row is no UTF-8";
            my $expected = cell_of($sessions[$row], $columns[$column]);
            if (ref $expected) {
                my $bytes = $cell;
                utf8::encode($bytes);
                ($cell, $expected) = ($encode->encode(decode_json($bytes)), $expected->[0]);
            }
            push @wrong, "session $sessions[$row]{id}, $columns[$column]: $cell" if $cell ne $expected;
        }
    }
    is_deeply \@wrong, [], 'each the value of the JSON' or diag "@wrong[ 0 .. ($#wrong > 5 ? 5 : $#wrong) ]";
    unlike $response->{body}, qr/(?:^|,)"?[=+\@\t]/m, 'no cell is a formula';
};

# The value of a cell for spreadsheets: a formula of one literal is what the literal says.
sub value_of ($cell) {
    return $cell =~ /^="(.*)"$/s ? $1 =~ s/""/"/gr : $cell;
}

# What a spreadsheet must find: the value itself, but for texts that can be in no formula.
sub sheet_value ($session, $column) {
    my $plain = cell_of($session, $column);
    return $plain if ref $plain || $plain =~ /[\r\n]/ || length(JSON::XS->new->utf8->allow_nonref->encode($plain)) > 255;
    return $plain =~ s/^'(?=[=+\-\@\t\r])//r;
}

# The cells that are not what they should be, once $read has made values of them. Of lists any order of members will do,
# and a spreadsheet has one kind of end of line.
sub wrong_cells ($rows, $read) {
    my @wrong;
    for my $row (0 .. $#sessions) {
        for my $column (0 .. $#columns) {
            my ($cell, $expected) = ($read->($rows->[$row][$column] // ''), sheet_value($sessions[$row], $columns[$column]));
            ($cell, $expected) = ($encode->encode(decode_json($cell)), $expected->[0]) if ref $expected;
            utf8::decode($cell);
            s/\r\n?/\n/g for $cell, $expected;
            $cell = lc $cell if $columns[$column] =~ /(?:Removed|Ready)$/;
            push @wrong, "session $sessions[$row]{id}, $columns[$column]: '$cell' and not '$expected'" if $cell ne $expected;
        }
    }
    return @wrong;
}

subtest 'CSV for a spreadsheet' => sub {
    my $response = in_format('text/csv; profile=spreadsheet');
    is $response->{headers}{'content-type'}, 'text/csv; charset=utf-8; header=present; profile=spreadsheet', 'is told';
    my $bytes = $response->{body};
    ok $bytes =~ s/^\xef\xbb\xbf//, 'begins with a byte-order mark';
    my ($header, @rows) = parse_csv($bytes);
    is_deeply $header, \@columns, 'the columns';
    my @wrong = wrong_cells(\@rows, \&value_of);
    is_deeply \@wrong, [], 'each the value of the JSON' or diag "@wrong[ 0 .. ($#wrong > 5 ? 5 : $#wrong) ]";
    is_deeply [ grep { /^[=+\-\@\t\r]/ && !/^="(?:[^"]|"")*"$/ && !/^-?\d{1,15}$/ } map { @$_ } @rows ], [], 'no formula but those of one text';
    is_deeply [ grep { /\d{16}/ && !/^[="'\[]/ && /^-?\d+$/ } map { @$_ } @rows ], [], 'no number that would be rounded';
    my ($plain, $sheet) = map { http('lists', GET => "$mount?Limit=1", headers => { Accept => $_ }) } 'text/csv', 'text/csv; profile="spreadsheet"';
    isnt $sheet->{headers}{etag}, $plain->{headers}{etag}, 'it has a tag of its own';
    unlike $plain->{body}, qr/^\xef/, 'plain CSV has no mark';
};

# LibreOffice Calc opens the file as it would for a user who only says that it is UTF-8, and saves what it has found.
subtest 'LibreOffice Calc changes no value' => sub {
    my $office = (grep { -x } map { ("$_/soffice", "$_/libreoffice") } split /:/, $ENV{PATH})[0];
    plan skip_all => 'LibreOffice is not installed (libreoffice-calc); the test before this one looks at the bytes' unless $office;
    for my $accept ('text/csv', 'text/csv; profile=spreadsheet') {
        spew("$scratch/sessions.csv", in_format($accept)->{body});
        my $convert = run_command([ $office, '--headless', "-env:UserInstallation=file://$scratch/profile",
            '--infilter=CSV:44,34,76,1', '--convert-to', 'csv:Text - txt - csv (StarCalc):44,34,76,1,,0,false,false', '--outdir', "$scratch/converted", "$scratch/sessions.csv" ]);
        my ($header, @rows) = parse_csv(slurp("$scratch/converted/sessions.csv") =~ s/(?<!\r)\n/\r\n/gr);
        is scalar @rows, scalar @sessions, "$accept: it reads as many rows" or diag $convert->{err};
        next if $accept eq 'text/csv';
        my @wrong = wrong_cells(\@rows, sub ($cell) { $cell });
        is_deeply \@wrong, [], 'each with the value of the JSON' or diag join "\n", @wrong[ 0 .. ($#wrong > 9 ? 9 : $#wrong) ];
    }
};

# The shape of a value in XML: texts joined, elements by name; a member with a name XML does not have is
# <member name="...">. From the events of a small reader that knows just what xmllint let through.
sub parse_xml ($text) {
    my @tokens = $text =~ /(<[^>]*>|[^<]+)/g;
    my @stack = ({ name => 'document', children => [], text => '' });
    for my $token (@tokens) {
        if ($token =~ m{^</}) {
            my $done = pop @stack;
            push @{ $stack[-1]{children} }, $done;
        } elsif ($token =~ /^<\?/) {
            next;
        } elsif ($token =~ /^<([\w.-]+)(.*)>$/s) {
            my ($name, $attributes) = ($1, $2);
            my ($given) = $attributes =~ / name="([^"]*)"/;
            push @stack, { name => $name eq 'member' ? unescape($given) : $name, attributes => $attributes, children => [], text => '' };
        } else {
            $stack[-1]{text} .= unescape($token);
        }
    }
    return $stack[0]{children}[0];
}

sub unescape ($text) {
    my %entities = (amp => '&', lt => '<', gt => '>', quot => '"');
    return $text =~ s/&(?:#(\d+)|(\w+));/defined $1 ? chr $1 : $entities{$2}/egr;
}

# How a JSON value must look in it.
sub as_xml ($value) {
    return join '', map { '{' . allowed($_) . '}' . as_xml($value->{$_}) } sort { allowed($a) cmp allowed($b) } keys %$value if ref $value eq 'HASH';
    return join '', map { '{item}' . as_xml($_) } @$value if ref $value eq 'ARRAY';
    return $value ? '(true)' : '(false)' if JSON::XS::is_bool($value);
    return '(null)' unless defined $value;
    return '(' . allowed($value) . ')';
}
sub allowed ($text) { return $text =~ s/[\x00-\x08\x0b\x0c\x0e-\x1f\x{fffe}\x{ffff}]/\x{fffd}/gr }

sub shape_of ($element) {
    my @children = @{ $element->{children} };
    return '(' . $element->{text} . ')' unless @children;
    my $list = !grep { $_->{name} ne 'item' } @children;
    return join '', map { "{$_->{name}}" . shape_of($_) } $list ? @children : sort { $a->{name} cmp $b->{name} } @children;
}

subtest 'XML' => sub {
    my $body = in_format('application/xml')->{body};
    spew("$scratch/sessions.xml", $body);
    my $lint = run_command([ qw(xmllint --huge --noout), "$scratch/sessions.xml" ]);
    is $lint->{exit}, 0, 'well-formed' or diag substr $lint->{err}, 0, 1000;
    utf8::decode($body) or fail 'UTF-8';
    my $root = parse_xml($body);
    is $root->{name}, 'jobSessions', 'the root';
    like $root->{attributes}, qr/^ offset="0" limit="-1" totalCount="${\scalar @sessions}"$/, 'has what the JSON has around the sessions';
    my @elements = @{ $root->{children} };
    is_deeply [ map { $_->{name} } @elements ], [ ('session') x @sessions ], 'its elements';
    my @wrong;
    for my $at (0 .. $#elements) {
        # an empty object or list, and an empty text, look the same
        my ($found, $expected) = map { s/\(\)//gr } shape_of($elements[$at]), as_xml($sessions[$at]);
        push @wrong, "$sessions[$at]{id}: $found\nexpected: $expected" if $found ne $expected;
    }
    is scalar @wrong, 0, 'each as in the JSON, links and all' or diag substr $wrong[0], 0, 2000;
};

subtest 'many, in every format' => sub {
    remove_tree($db);
    is jobsessions($db, 'import', { stdin => join "\n", generated_sessions(2000) })->{exit}, 0, 'generated sessions';
    my ($csv, $xml, $ndjson) = map { http('lists', GET => "$mount?Limit=-1&Sort=StartTimeAsc", headers => { Accept => $_ })->{body} } qw(text/csv application/xml application/x-ndjson);
    my @ids = map { decode_json($_)->{id} } split /\n/, $ndjson;
    is scalar @ids, 2000, 'lines';
    is_deeply [ map { $_->[0] } (parse_csv($csv))[ 1 .. 2000 ] ], \@ids, 'rows, in the same order';
    is_deeply [ $xml =~ /<session><id>(\d+)</g ], \@ids, 'elements, too';
};

remove_tree($db);
done_testing;
