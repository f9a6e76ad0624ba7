# SPDX-License-Identifier: Apache-2.0
# The dates and times that languages print by their own formatters are taken, each as the moment it was: from the
# languages that this machine has, and as literals for all that the library's header lists.

use v5.36;
use Test::More;
use File::Temp qw(tempdir);
use JobSessions::Test qw(decode_json jobsessions run_command slurp spew);

my $scratch = tempdir(CLEANUP => 1);
my $db = "$scratch/db";
my $at = 1795420800;    # 2026-11-23T08:00:00Z
my $moment = '2026-11-23T08:00:00Z';

# What a date is stored as; undef: as none; or why it was refused.
sub stored ($text) {
    my $put = jobsessions($db, 'put', { stdin => qq({"status":"Success","executionStartTime":"$text"}\n) });
    return $put->{err} if $put->{exit} != 0;
    return decode_json(jobsessions($db, 'get', $put->{out} =~ s/\n//r)->{out})->{executionStartTime};
}

my @python = ('/usr/bin/python3', '-c', <<~'PYTHON', $at);
    import sys, time
    from datetime import datetime, timezone, timedelta
    at = int(sys.argv[1])
    utc = datetime.fromtimestamp(at, timezone.utc)
    there = utc.astimezone(timezone(timedelta(hours=5, minutes=30)))
    for date in utc, there:
        print(date.isoformat())
        print(date)
        print(date.isoformat(timespec='minutes'))
        print(date.isoformat(timespec='microseconds'))
        print(date.strftime('%Y-%m-%dT%H:%M:%S%z'))
    print(time.strftime('%Y-%m-%dT%H:%M:%SZ', time.gmtime(at)))
    PYTHON
my @perl = ($^X, '-MPOSIX=strftime', '-e', <<~'PERL', $at);
    print strftime('%Y-%m-%dT%H:%M:%SZ', gmtime $ARGV[0]), "\n";
    $ENV{TZ} = 'XYZ-05:30';
    POSIX::tzset();
    print strftime("%Y-%m-%d$_%H:%M:%S%z", localtime $ARGV[0]), "\n" for 'T', ' ';
    PERL
my @node = ('/usr/bin/node', '-e', <<~'NODE', $at);
    const date = new Date(1000 * process.argv[1]);
    console.log(date.toISOString());
    console.log(JSON.parse(JSON.stringify({date})).date);
    NODE
my @date = ('/bin/sh', '-c', 'for form in -Iseconds -Iminutes -Ins --rfc-3339=seconds; do TZ=XYZ-05:30 date -d "@$0" $form; done', $at);
spew("$scratch/Dates.java", <<~'JAVA');
    import java.time.*;
    public class Dates {
        public static void main(String[] arguments) {
            Instant at = Instant.ofEpochSecond(Long.parseLong(arguments[0]));
            System.out.println(at);
            System.out.println(at.atOffset(ZoneOffset.UTC));
            System.out.println(at.atOffset(ZoneOffset.ofHoursMinutes(5, 30)));
        }
    }
    JAVA
my @java = ('/usr/bin/java', "$scratch/Dates.java", $at);

for my $of ([ Python => \@python ], [ Perl => \@perl ], [ Node => \@node ], [ date => \@date ], [ Java => \@java ]) {
    my ($name, $command) = @$of;
    subtest $name => sub {
        plan skip_all => "$command->[0] is not here" if !-x $command->[0];
        my $run = run_command($command);
        plan skip_all => "$name does not run here" if $run->{exit} != 0;
        is stored($_), $moment, $_ for split /\n/, $run->{out};
    };
}

# What those print that are not here, and what the header lists beside.
my %literal = (
    '2026-11-23T08:00Z'                         => $moment,    # Java's OffsetDateTime
    '2026-11-23T13:30+05:30'                    => $moment,
    '2026-11-23T13:30:00+05:30'                 => $moment,    # Go's RFC3339
    '2026-11-23T13:30:00.000000000+05:30'       => $moment,    # Go's RFC3339Nano, zeros kept
    '2026-11-23T08:00:00.0000000Z'              => $moment,    # .NET's "o"
    '2026-11-23T08:00:00.0000000+00:00'         => $moment,
    '2026-11-23 08:00:00Z'                      => $moment,    # .NET's "u"
    '2026-11-23 08:00:00.000000+00'             => $moment,    # PostgreSQL
    '2026-11-23t08:00:00z'                      => $moment,
    '2026-11-23T08:00:00,000Z'                  => $moment,
    '2026-11-23T09:00:00+01'                    => $moment,
    '2026-11-22T24:00:00Z'                      => '2026-11-23T00:00:00Z',
    '2016-12-31T23:59:60Z'                      => '2017-01-01T00:00:00Z',
    '2026-11-23T08:00:00.123456789Z'            => '2026-11-23T08:00:00.1234567Z',
    '0001-01-01T00:00:00Z'                      => undef,      # Go's zero time
    '0001-01-01T00:00:00'                       => undef,      # .NET's DateTime.MinValue
    '0001-01-01T00:00:00.0000000'               => undef,
    '0001-01-01T00:00:00+00:00'                 => undef,      # and DateTimeOffset's
    '0001-01-01T00:00:00.0000000+01:00'         => undef,      # in Berlin
    '0001-01-01 00:00:00Z'                      => undef,
);
subtest literals => sub { is stored($_), $literal{$_}, $_ for sort keys %literal };

subtest 'what is refused' => sub {
    like stored('2026-11-23T08:00:00'), qr/has no time zone/, 'a time without a zone';
    like stored('2026-11-23T09:00:00+01:00[Europe/Berlin]'), qr/is not a date and time/, 'the name of a zone';
    like stored('2026-11-23 09:00:00 +0100'), qr/has no time zone/, 'a blank before the offset';
    like stored('2026-11-23T08:00:60Z'), qr/names a time that does not exist/, 'a leap second at another time';
    like stored('1795420800'), qr/is not a date and time/, 'seconds';
};

done_testing;
