# SPDX-License-Identifier: Apache-2.0
# What the figures were measured on.
package Bench::Machine;
use v5.36;
use Exporter qw(import);
our @EXPORT_OK = qw(machine versions slurp);

sub slurp ($path) {
    open my $file, '<:raw', $path or return '';
    local $/ = undef;
    return readline($file) // '';
}

sub machine () {
    my $cpu = slurp('/proc/cpuinfo');
    my $processors = () = $cpu =~ /^processor\b/mg;
    my ($model) = $cpu =~ /^model name\s*:\s*(.*?)\s*$/m;
    my ($memory) = slurp('/proc/meminfo') =~ /^MemTotal:\s*(\d+)/m;
    my ($load) = slurp('/proc/loadavg') =~ /^(\S+)/;
    my ($system) = slurp('/etc/os-release') =~ /^PRETTY_NAME="(.*)"/m;
    chomp(my $kernel = slurp('/proc/sys/kernel/osrelease'));
    return {
        cpu => $model // 'unknown', processors => $processors, memory_gib => int($memory / 2**20 + 0.5),
        system => $system // 'unknown', kernel => $kernel, load_at_start => $load,
    };
}

# Debian's version of everything that takes part.
sub versions (@packages) {
    my %versions;
    open my $query, '-|', 'dpkg-query', '-W', '-f', '${Package} ${Version}\n', @packages or die $!;
    while (readline $query) {
        my ($package, $version) = split;
        $versions{$package} = $version if defined $version;
    }
    close $query;
    return \%versions;
}

1;
