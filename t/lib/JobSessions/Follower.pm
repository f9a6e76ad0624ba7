# SPDX-License-Identifier: Apache-2.0
package JobSessions::Follower;

use v5.36;
use JobSessions::Connection;
use JobSessions::Test qw(decode_json);

=head1 NAME

JobSessions::Follower - who follows the changes of a database over HTTP, as the README says

=head1 SYNOPSIS

    my $follower = JobSessions::Follower->new($httpd->port, '/api/v1/jobSessions');
    $follower->poll(10);
    is_deeply $follower->known, \%exported;

Whatever is not as the README says dies.

=over

=item new($port, $mount)

=item poll($limit)

Ask for pages of so many changes until nothing is left. At 410 it forgets everything and begins anew.

=cut

sub new ($class, $port, $mount) {
    my $self = bless { port => $port, mount => $mount, restarts => -1 }, $class;
    $self->forget;
    return $self;
}

sub forget ($self) {
    @$self{qw(known buried last database)} = ({}, {}, 0, undef);
    $self->{restarts}++;
}

sub poll ($self, $limit) {
    my $query = $self->question($limit);
    while (defined $query) {
        my $response = JobSessions::Connection->new($self->{port})
            ->request(GET => "$self->{mount}?$query", headers => { Connection => 'close' });
        if ($response->{status} == 410) {
            die "410 to who begins anew: $response->{body}\n" if $self->{last} == 0 && !$self->{database};
            $self->forget;
            $query = $self->question($limit);
            next;
        }
        die "GET $query: $response->{status} $response->{body}\n" if $response->{status} != 200 || !$response->{whole};
        $query = $self->take_page($limit, $response);
    }
}

sub question ($self, $limit) {
    return "SinceUsn=$self->{last}&Limit=$limit" . ($self->{database} ? "&Database=$self->{database}" : '');
}

# Returns the query of the next page, undef when there is none.
sub take_page ($self, $limit, $response) {
    my $page = decode_json($response->{body});
    die "the page is of $page->{database}, its header of $response->{headers}{'jobsessions-database'}\n"
        if $response->{headers}{'jobsessions-database'} ne $page->{database};
    die "a page of $page->{database} for who follows $self->{database}\n"
        if $self->{database} && $self->{database} ne $page->{database};
    die scalar @{ $page->{results} } . " changes, and $limit were asked for\n" if @{ $page->{results} } > $limit;
    $self->{database} = $page->{database};
    $self->take($_) for @{ $page->{results} };
    my $next = $page->{_links}{next} or return undef;
    return $next->{href} =~ s/^.*\?//r;
}

sub take ($self, $change) {
    my ($id, $usn) = @$change{qw(id usn)};
    die "usn $usn comes after $self->{last}\n" unless $usn > $self->{last};
    $self->{last} = $usn;
    delete $_->{$id} for @$self{qw(known buried)};
    $self->{ $change->{deleted} ? 'buried' : 'known' }{$id} = $change;
}

=item known(), buried()

By id, the sessions it knows and the tombstones it has met.

=item last(), database(), restarts()

The last usn, of which database that is, and how often it has begun anew.

=back

=cut

sub known ($self) { return $self->{known} }
sub buried ($self) { return $self->{buried} }
sub last ($self) { return $self->{last} }
sub database ($self) { return $self->{database} }
sub restarts ($self) { return $self->{restarts} }

1;
