# SPDX-License-Identifier: Apache-2.0
# What the README says of monitoring is so: each name of a metric exists, the rules and commands are run as written by the
# programs they are for, where those are installed.

use v5.36;
use Test::More;
use Cwd qw(getcwd);
use File::Temp qw(tempdir);
use JobSessions::Certificate qw(authority);
use JobSessions::Httpd;
use JobSessions::Metrics qw(samples);
use JobSessions::Test qw(http jobsessions run_command slurp spew);

my ($section) = slurp('README.md') =~ /^## Monitoring\n(.*?)^## /ms;
ok $section, 'the README has a section' or BAIL_OUT('of which nothing can be said');

my $scratch = tempdir(CLEANUP => 1);
my $db = "$scratch/db";
my $import = jobsessions($db, 'import', { stdin => slurp('t/data/sessions-example.ndjson') });
is $import->{exit}, 0, 'a database' or diag $import->{err};
my $httpd = JobSessions::Httpd->new(serves => $db, modules => ['authz_host'],
    config => "Define JOBSESSIONS_MONITORS 127.0.0.1\nInclude " . getcwd . "/conf/examples/monitoring.conf\n")->start;

my %series = %{ samples(http($httpd->port, GET => '/jobsessions-metrics')->{body}) };
my %names = map { s/\{.*//r => 1 } keys %series;
is_deeply [ grep { !$names{$_} } $section =~ /\b(jobsessions_\w+)/g ], [], 'each metric it names exists';
for my $matcher ($section =~ /\b(jobsessions_\w+\{[^}]*\})/g) {
    my ($name, $label, $operator, $value) = $matcher =~ /^(\w+)\{(\w+)(=~?)"(.*)"\}$/;
    $value = $operator eq '=~' ? qr/(?:$value)/ : $value =~ s/^\/var\/lib\/jobsessions$/$db/r;
    ok scalar(grep { /^\Q$name\E\{(?:.*,)?$label="$value"/ } keys %series), "$matcher finds something";
}

sub is_installed ($program) { return run_command([ 'sh', '-c', "command -v $program" ])->{exit} == 0 }

# An indented piece that begins with a line.
sub piece ($begin) {
    my ($piece) = $section =~ /^(    \Q$begin\E\n(?:    .*\n)*)/m;
    return $piece =~ s/^    //mgr;
}

# The appliance as the second of two virtual hosts, each with a certificate.
sub named_hosts () {
    my $virtual_host = sub ($name, $more) {
        authority($scratch, $name);
        return <<~CONFIG;
            <VirtualHost *>
                ServerName $name
                SSLEngine on
                SSLCertificateFile $scratch/$name.pem
                SSLCertificateKeyFile $scratch/$name.key
                $more
            </VirtualHost>
            CONFIG
    };
    my $monitors = 'Include ' . getcwd . '/conf/examples/monitoring.conf';
    return JobSessions::Httpd->new(modules => [qw(authz_host socache_shmcb ssl)], config => join '',
        "Define JOBSESSIONS_MONITORS 127.0.0.1\nJobSessionsDatabase $db\n",
        $virtual_host->('other.example', ''), $virtual_host->('appliance.example', $monitors))->start;
}

SKIP: {
    skip 'promtool is not installed', 2 unless is_installed('promtool');
    spew("$scratch/$_.yml", piece("$_:")) for qw(groups scrape_configs);
    for my $case ([ 'groups', 'rules' ], [ 'scrape_configs', 'config' ]) {
        my ($name, $kind) = @$case;
        my $check = run_command([ 'promtool', 'check', $kind, "$scratch/$name.yml" ]);
        is $check->{exit}, 0, "promtool check $kind" or diag $check->{out}, $check->{err};
    }
}

my ($health) = slurp('README.md') =~ /`HEALTHCHECK CMD (curl [^`]*)`/;
my $curl = sub { run_command([ 'sh', '-c', $health =~ s/localhost/127.0.0.1:${\$httpd->port}/r ])->{exit} };
is $curl->(), 0, $health;
rename $db, "$db.away" or die $!;
is $curl->(), 22, 'which fails where the database cannot be read';
rename "$db.away", $db or die $!;

my @commands = $section =~ /^    (check_http .*)$/mg;
is scalar @commands, 2, 'commands for Nagios';
SKIP: {
    skip 'check_http is not installed', 3 * @commands + 1 unless is_installed('check_http');
    my $ask = sub ($command) {
        return run_command([ 'sh', '-c', $command =~ s/-S --sni -H appliance\.example/-I 127.0.0.1 -p ${\$httpd->port}/r ]);
    };
    for my $command (@commands) {
        my $check = $ask->($command);
        is $check->{exit}, 0, $command or diag $check->{out};
    }
    my $named = named_hosts();
    for my $command (@commands) {
        my $check = run_command([ 'sh', '-c', $command . " -I 127.0.0.1 -p ${\$named->port}" ]);
        is $check->{exit}, 0, "$command, of a virtual host that is not the first" or diag $check->{out};
    }
    my $data = slurp("$db/data.mdb");
    open my $file, '+<:raw', "$db/data.mdb" or die $!;
    while ($data =~ /\{"id":"6",/g) { seek $file, $-[0] + 3, 0; print {$file} 'D' }
    close $file or die $!;
    is http($httpd->port, GET => '/api/v1/jobSessions/6')->{status}, 200, 'damage is met';
    is $ask->($commands[0])->{exit}, 0, 'the database can be read';
    is $ask->($commands[1])->{exit}, 2, 'but it is critical';
}

done_testing;
