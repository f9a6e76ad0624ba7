#!/usr/bin/perl
# SPDX-License-Identifier: Apache-2.0
#
# t/lint/layers.pl includes            who may include whom, by the table below
# t/lint/layers.pl circles OBJECT...   units that need each other, by their includes and by what the linker
#                                      would resolve; a unit is a .c and its .h
#
# Run from the top of the checkout. Prints each finding on a line; exit status 1 when there is one.

use v5.36;

my $source = 'mod_jobsessions';

# Folders below mod_jobsessions and the ones they may include from, beside themselves. A file that lies right
# in store/, module/ or tool/ is in the folder of that name.
my %may_include = (
    'store/base'     => [],
    'store/format'   => [qw(store/base)],
    'store/lmdb'     => [qw(store/base)],
    'store/database' => [qw(store/base store/format store/lmdb)],
    'store/stop'     => [qw(store/base store/format store/database)],
    'store/write'    => [qw(store/base store/format store/lmdb store/database store/stop)],
    'store/read'     => [qw(store/base store/format store/lmdb store/database)],
    'store/render'   => [qw(store/base store/format)],
    'store/salvage'  => [qw(store/base store/format store/lmdb store/database)],
    'store'          => [qw(store/base store/format store/lmdb store/database)],    # verify.c

    'module/server'    => [],
    'module/sql'       => [],
    'module/request'   => [qw(module/server module/sql)],
    'module/response'  => [qw(module/server module/request)],
    'module/resources' => [qw(module/server module/sql module/request module/response)],
    'module/monitor'   => [qw(module/server module/sql module/request module/response)],
    'module'           => [qw(module/server module/request module/response module/resources module/monitor)],

    'tool/base'   => [],
    'tool/input'  => [qw(tool/base)],
    'tool/output' => [qw(tool/base)],
    'tool/write'  => [qw(tool/base tool/input)],
    'tool/place'  => [qw(tool/base)],
    'tool/read'   => [qw(tool/base tool/output)],
    'tool/follow' => [qw(tool/base)],
    'tool/check'  => [qw(tool/base tool/output)],
    'tool/verbs'  => [qw(tool/base tool/check tool/follow tool/input tool/output tool/place tool/read tool/write)],
    'tool'        => [qw(tool/base tool/output tool/verbs)],
    'fleet'       => [qw(tool/base)],
    'worker'      => [],
    'bindings/node' => [],
);

# The library's headers, for everybody; and for workers the first alone.
my @public = qw(store/jobsessions.h store/jobsessions_read.h);

# Headers of others, and the folders that may know them.
my @foreign = (
    [ qr/^lmdb\.h$/,     qr{^store/(?:lmdb|database|write|read|salvage)$|^store$} ],
    [ qr/^(?:libpq-fe\.h|curl\b.*)$/, qr{^fleet$} ],
    [ qr/^(?:zlib|isa-l)\.h$/, qr{^module/response$} ],
    [ qr/^(?:apr_dbd|mod_dbd)\.h$/, qr{^module/sql$} ],
    [ qr/^jansson\.h$/,  qr{^store/write$|^module/request$} ],
    [ qr/^(?:httpd|http_\w+|ap_\w+|apr\w*|util_filter|mod_core|mod_status|scoreboard|mpm_common)\.h$/, qr{^module\b} ],
);

my @findings;

sub files { return grep { -f } map { glob "$source/$_" } qw(*/*.[ch] */*/*.[ch]) }

sub folder_of ($file) { return $file =~ s{^\Q$source\E/}{}r =~ s{/[^/]*$}{}r }

sub includes_of ($file) {
    open my $handle, '<', $file or die "$file: $!\n";
    return map { /^\s*#\s*include\s+[<"]([^>"]+)[>"]/ ? $1 : () } <$handle>;
}

# Where an include of ours lies, as "store/base/text.h"; undef: it is not ours.
sub resolve ($file, $name) {
    my ($part) = folder_of($file) =~ m{^(\w+)};
    for my $candidate ("$part/$name", ($part eq 'fleet' ? "tool/$name" : ()), "store/$name") {
        return $candidate if -f "$source/$candidate";
    }
    return;
}

sub check_include ($file, $name) {
    my $folder = folder_of($file);
    my $target = resolve($file, $name);
    if (!defined $target) {
        for (@foreign) {
            my ($header, $folders) = @$_;
            push @findings, "$file: $name is not for $folder" if $name =~ $header && $folder !~ $folders;
        }
        return;
    }
    return if grep { $_ eq $target } @public;
    my $from = $target =~ s{/[^/]*$}{}r;
    my $allowed = $may_include{$folder} or die "$folder: t/lint/layers.pl does not know this folder\n";
    push @findings, "$file: $folder may not include from $from ($name)"
        unless grep { $_ eq $from } $folder, @$allowed;
}

sub check_includes { for my $file (files()) { check_include($file, $_) for includes_of($file) } }

# ---- Circles ----

sub unit_of ($file) { return $file =~ s{^(?:build/obj|\Q$source\E)/}{}r =~ s/\.\w+$//r }

sub edges_of_includes {
    my %edges;
    for my $file (files()) {
        for (includes_of($file)) {
            my $target = resolve($file, $_) // next;
            $edges{ unit_of($file) }{ unit_of($target) } = 1;
        }
    }
    return \%edges;
}

sub symbols ($object, $option) {
    open my $nm, '-|', 'nm', '-P', $option, $object or die "nm: $!\n";
    my @names = map { (split ' ')[0] } <$nm>;
    close $nm or die "nm $object failed\n";
    return @names;
}

# The entrance of a program, and the record by which httpd and all of a module's units know the module.
my %of_nobody = map { $_ => 1 } qw(main jobsessions_module);

sub edges_of_symbols (@objects) {
    my (%owner, %edges);
    for my $object (@objects) { $owner{$_} = unit_of($object) for grep { !$of_nobody{$_} } symbols($object, '--defined-only') }
    for my $object (@objects) {
        for (symbols($object, '--undefined-only')) { $edges{ unit_of($object) }{ $owner{$_} } = 1 if $owner{$_} }
    }
    return \%edges;
}

# One circle, as a list of units, or nothing.
sub find_circle ($edges) {
    my (%state, @path);
    my $visit;
    $visit = sub ($unit) {
        $state{$unit} = 'open';
        push @path, $unit;
        for my $next (sort keys %{ $edges->{$unit} // {} }) {
            next if $next eq $unit || ($state{$next} // '') eq 'done';
            if (($state{$next} // '') eq 'open') {
                shift @path while $path[0] ne $next;
                return [ @path, $next ];
            }
            my $found = $visit->($next);
            return $found if $found;
        }
        pop @path;
        $state{$unit} = 'done';
        return;
    };
    for my $unit (sort keys %$edges) {
        next if $state{$unit};
        my $found = $visit->($unit);
        return @$found if $found;
    }
    return;
}

# The first circle, the first one that is left without that, and so on.
sub check_circles ($what, $edges) {
    while (my @circle = find_circle($edges)) {
        push @findings, "circle by $what: " . join ' -> ', @circle;
        delete $edges->{ $circle[-2] }{ $circle[-1] };
    }
}

my ($what, @objects) = @ARGV;
if (($what // '') eq 'includes' && !@objects) {
    check_includes();
} elsif (($what // '') eq 'circles' && @objects) {
    check_circles(includes => edges_of_includes());
    check_circles(symbols  => edges_of_symbols(@objects));
} else {
    die "usage: t/lint/layers.pl includes | circles OBJECT...\n";
}
say for @findings;
exit(@findings ? 1 : 0);
