# SPDX-License-Identifier: Apache-2.0
# Internal redirects and subrequests into a mount are asked who they are like any request: rewriting,
# DirectoryIndex, FallbackResource, type maps, error documents, server-side includes.

use v5.36;
use File::Path qw(make_path);
use MIME::Base64 qw(encode_base64);
use Test::More;
use JobSessions::Access qw(confidential leaks resources);
use JobSessions::Test qw(error_log_mark error_log_since http spew);
use JobSessions::Token qw(password);

my $documents = 't/htdocs/indirect';
for my $mount (qw(closed guarded published)) {
    make_path(map { "$documents/$_" } "index/$mount", "fallback/$mount", 'map', $mount);
    spew("$documents/map/$mount.var", "URI: ../$mount/export\nContent-Type: application/json\n\n");
    # DirectoryIndex and FallbackResource look for a file
    spew("$documents/$mount/export", 'the file');
}

my %password = (Authorization => 'Basic ' . encode_base64('console:' . password(), ''));

# what leads to the mounts MOUNT, and the answers of closed, of guarded without and with a password, of
# published
my @ways = (
    [ '/rewrite/MOUNT'           => 403, 401, 200, 200 ],
    [ '/rewrite-directory/MOUNT' => 403, 401, 200, 200 ],
    [ '/map/MOUNT.var'           => 403, 401, 200, 200 ],
    # httpd forgets the user on this way, and who is nobody gets nothing
    [ '/index/MOUNT/'            => 403, 401, 403, 200 ],
    [ '/fallback/MOUNT/none'     => 403, 401, 403, 200 ],
    # the status is that of the error, and documents are got, while the export is posted
    [ '/missing/MOUNT'           => 404, 404, 404, 404 ],
);
for my $way (@ways) {
    my ($path, $closed, $guarded, $password, $published) = @$way;
    answers($path, 'closed',    \%password, $closed);
    answers($path, 'guarded',   {},         $guarded);
    answers($path, 'guarded',   \%password, $password);
    answers($path, 'published', {},         $published);
}

subtest 'server-side includes' => sub {
    for my $resource (grep { $_->{method} eq 'GET' } resources()) {
        spew("$documents/page.shtml", qq(before <!--#include virtual="/closed$resource->{path}" --> after));
        my $mark = error_log_mark();
        my $page = http('indirect', GET => '/page.shtml', headers => \%password);
        like $page->{body}, qr/^before .* after$/s, "a page that includes $resource->{path}";
        is_deeply [ leaks($page) ], [], 'shows nothing of it';
        like error_log_since($mark), qr{/closed\Q$resource->{path}\E: no authentication module}, 'the error log says why';
    }
};

done_testing;

sub answers ($path, $mount, $headers, $status) {
    $path =~ s/MOUNT/$mount/;
    my $response = http('indirect', POST => $path, headers => $headers);
    is $response->{status}, $status, "POST $path" . (%$headers ? ' with a password' : '') . ": $status";
    is scalar(leaks($response)), $status == 200 ? scalar(confidential()) : 0, '  data';
}
