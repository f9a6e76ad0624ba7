# SPDX-License-Identifier: Apache-2.0
package JobSessions::Certificate;

use v5.36;
use Exporter qw(import);
use JobSessions::Test qw(run_command spew);

our @EXPORT_OK = qw(authority host_certificate);

=head1 NAME

JobSessions::Certificate - certificates of a test's own

=head1 SYNOPSIS

    authority($folder, 'ours');
    host_certificate($folder, 'ours', 'localhost');

Each is FOLDER/NAME.pem, and its key NAME.key.

=over

=item authority($folder, $name)

=cut

sub openssl (@arguments) {
    my $run = run_command([ 'openssl', @arguments ]);
    die "openssl @arguments: $run->{err}" if $run->{exit};
}

sub authority ($folder, $name) {
    openssl(qw(req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2), '-subj', "/CN=$name",
        '-keyout', "$folder/$name.key", '-out', "$folder/$name.pem");
}

=item host_certificate($folder, $authority, $host)

Issued by the authority for that name alone.

=cut

sub host_certificate ($folder, $authority, $host) {
    openssl(qw(req -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes), '-subj', "/CN=$host", '-keyout', "$folder/$host.key", '-out', "$folder/$host.csr");
    spew("$folder/$host.names", "subjectAltName=DNS:$host\n");
    openssl(qw(x509 -req -days 2 -CAcreateserial), '-in', "$folder/$host.csr", '-CA', "$folder/$authority.pem", '-CAkey', "$folder/$authority.key",
        '-extfile', "$folder/$host.names", '-out', "$folder/$host.pem");
}

=back

=cut

1;
