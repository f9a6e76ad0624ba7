# SPDX-License-Identifier: Apache-2.0
package JobSessions::Model;

use v5.36;
use Digest::SHA qw(sha1_hex);
use JSON::XS ();
use POSIX qw(floor strftime);
use Storable qw(dclone);
use Time::Local qw(timegm);

=head1 NAME

JobSessions::Model - what a database has to hold, as far as its writers know

=head1 SYNOPSIS

    my $model = JobSessions::Model->new;
    $model->put(1, { type => 'A', token => 't1' });
    my @faults = $model->faults(\%exported, \%buried);

Sessions as they are exported, but for C<usn>, C<localizedType> and C<_links>; the lists of items; the ids of what was
removed; the last id and usn. And what the database was seen to have given out under its identity, so that it shows
when something is given twice. Each write has a C<token> of its own.

=over

=item new(), copy()

An empty one; one that goes its own way, for a backup.

=cut

my $json = JSON::XS->new->utf8->canonical;

sub new ($class) {
    return bless { sessions => {}, removed => {}, items => {}, last_id => 0, last_usn => 0, usn_of => {}, seen => {} }, $class;
}

sub copy ($self) { return dclone($self) }

=item restored()

What a restore of a backup has to make of it: the same, with nothing seen of its identity, which is new.

=cut

sub restored ($self) {
    my $copy = dclone($self);
    $copy->{seen} = {};
    return $copy;
}

sub session ($self, $id) { return $self->{sessions}{$id} }
sub ids ($self) { return sort { $a <=> $b } keys %{ $self->{sessions} } }
sub removed ($self) { return sort { $a <=> $b } keys %{ $self->{removed} } }
sub last_id ($self) { return $self->{last_id} }
sub last_usn ($self) { return $self->{last_usn} }
sub items ($self, $id, $kind) { return ($self->{items}{$id} // {})->{$kind} // [] }
sub with_items ($self) { return sort { $a <=> $b } keys %{ $self->{items} } }
sub holder ($self, $token) { return grep { $self->{sessions}{$_}{token} eq $token } $self->ids }

=item put($id, $patch), take_in($id, $session, $usn), remove($id, $usn), append($id, $kind, @names)

As the store does it: take_in() is an import. Without a usn it is the next.

=cut

sub put ($self, $id, $patch) {
    my $session = $self->{sessions}{$id} //= { id => "$id" };
    for (keys %$patch) {
        if (defined $patch->{$_}) { $session->{$_} = $patch->{$_} }
        else                      { delete $session->{$_} }
    }
    derive($session);
    return $self->changed($id, undef);
}

sub take_in ($self, $id, $session, $usn = undef) {
    my $before = $self->{sessions}{$id};
    delete $self->{items}{$id} if grep { ($before->{$_} // '') ne ($session->{$_} // '') } qw(type executionStartTime);
    delete $self->{removed}{$id};
    $self->{sessions}{$id} = derive({ (map { ($_ => $session->{$_}) } grep { defined $session->{$_} } keys %$session), id => "$id" });
    return $self->changed($id, $usn);
}

sub remove ($self, $id, $usn = undef) {
    delete $_->{$id} for @$self{qw(sessions items)};
    $self->{removed}{$id} = 1;
    return $self->changed($id, $usn);
}

sub append ($self, $id, $kind, @names) { push @{ $self->{items}{$id}{$kind} }, @names }

sub changed ($self, $id, $usn) {
    $self->{last_id} = $id if $id > $self->{last_id};
    $usn //= $self->{last_usn} + 1;
    $self->{last_usn} = $usn if $usn > $self->{last_usn};
    delete $self->{usn_of}{$id};
    return $id;
}

# A stop before the start is of a clock that was set back.
sub derive ($session) {
    my ($start, $stop) = map { seconds($session->{$_}) } qw(executionStartTime executionStopTime);
    delete $session->{executionDuration};
    if (defined $start && defined $stop) {
        my $took = $stop > $start ? $stop - $start : 0;
        my $days = floor($took / 86400);
        $session->{executionDuration} = ($days ? "$days." : '') . strftime('%T', gmtime $took % 86400);
    }
    return $session;
}

sub seconds ($date) {
    return undef unless defined $date;
    my ($year, $month, $day, $hour, $minute, $second) = split /\D/, $date;
    return timegm($second, $minute, $hour, $day, $month - 1, $year);
}

=item faults(\%exported, \%buried)

What is not as it has to be, in words: of the sessions of an export, by id, and of the tombstones that somebody met
who has followed the database from its first usn.

=item tagged($etag)

The same of an entity tag: it must be another one when what it stands for is.

=back

=cut

sub faults ($self, $exported, $buried) {
    return (
        $self->content_faults($exported),
        $self->usn_faults($exported, $buried),
        (map { "session $_ was removed, and there is no tombstone" } grep { !$buried->{$_} } $self->removed),
        (map { "session $_ has a tombstone, and was not removed" } grep { !$self->{removed}{$_} } sort keys %$buried)
    );
}

sub content_faults ($self, $exported) {
    my @faults;
    for my $id (sort { $a <=> $b } keys %{ { %$exported, %{ $self->{sessions} } } }) {
        my %is = %{ $exported->{$id} // {} };
        delete @is{qw(usn localizedType _links)};
        my ($is, $should) = map { $json->encode($_ // {}) } \%is, $self->{sessions}{$id};
        push @faults, "session $id is " . substr($is, 0, 400) . ' and not ' . substr($should, 0, 400) if $is ne $should;
    }
    return @faults;
}

sub usn_faults ($self, $exported, $buried) {
    my @faults;
    my $usn_of = $self->{usn_of};
    my $seen = $self->{seen}{usns} //= {};
    for my $change (values %$exported, values %$buried) {
        my ($id, $usn) = @$change{qw(id usn)};
        my $what = "$id " . ($change->{deleted} ? 'removed' : $change->{token} // '');
        push @faults, "usn $usn was of $seen->{$usn} and is of $what" if ($seen->{$usn} //= $what) ne $what;
        push @faults, "$what had the usn $usn_of->{$id} and has $usn" if ($usn_of->{$id} //= $usn) != $usn;
        push @faults, "$what has the usn $usn, above the last, $self->{last_usn}" if $usn > $self->{last_usn};
    }
    return @faults;
}

sub tagged ($self, $etag) {
    my $content = $json->encode([ @$self{qw(sessions items removed)} ]);
    my $tags = $self->{seen}{tags} //= {};
    my $digest = sha1_hex($content);
    return ($tags->{$etag} //= $digest) eq $digest ? () : "the tag $etag was of something else";
}

1;
