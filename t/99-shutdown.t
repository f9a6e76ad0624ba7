# SPDX-License-Identifier: Apache-2.0
# Runs last under every MPM: stops httpd, then looks for what went wrong unseen.

use v5.36;
use Test::More;
use JobSessions::Test qw(error_log_since stop_httpd);

ok stop_httpd(), 'httpd stops';

my $log = error_log_since(0);
like $log, qr/caught SIGTERM, shutting down/, 'in an orderly way';
my @crashes = $log =~ /^(.*exit signal (?!Killed|Terminated).*|.*(?:Sanitizer|stack smashing|corrupted).*)$/mg;
is_deeply \@crashes, [], 'no child has crashed';

done_testing;
