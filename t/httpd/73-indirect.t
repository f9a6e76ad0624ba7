# SPDX-License-Identifier: Apache-2.0
# Internal redirects and subrequests into a mount are asked who they are like any request: rewriting,
# DirectoryIndex, FallbackResource, type maps, error documents, server-side includes.

use v5.36;
use File::Path qw(make_path);
use MIME::Base64 qw(encode_base64);
use Test::More;
use JobSessions::Access qw(leaks resources);
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

# what leads to a mount, and the answers of closed, of guarded without and with a password, of published
my @ways = (
    [ '/rewrite/MOUNT',           '403', '401', '200, data', '200, data' ],
    [ '/rewrite-directory/MOUNT', '403', '401', '200, data', '200, data' ],
    [ '/map/MOUNT.var',           '403', '401', '200, data', '200, data' ],
    # httpd forgets the user on these ways, and nobody gets nothing
    [ '/index/MOUNT/',            '403', '401', '403',       '200, data' ],
    [ '/fallback/MOUNT/none',     '403', '401', '403',       '200, data' ],
    # an error keeps its status, whatever its document
    [ '/missing/MOUNT',           '404', '404', '404, data', '404, data' ],
);
for my $way (@ways) {
    my ($path, $closed, $guarded, $password, $published) = @$way;
    is answer($path, 'closed',    \%password), $closed,    "$path: closed: $closed";
    is answer($path, 'guarded',   {}),         $guarded,   "$path: guarded: $guarded";
    is answer($path, 'guarded',   \%password), $password,  "$path: guarded, with a password: $password";
    is answer($path, 'published', {}),         $published, "$path: published: $published";
}

sub answer ($path, $mount, $headers) {
    my $response = http('indirect', POST => $path =~ s/MOUNT/$mount/r, headers => $headers);
    return $response->{status} . (leaks($response) ? ', data' : '');
}

for my $resource (grep { $_->{method} eq 'GET' } resources()) {
    subtest "a page that includes $resource->{path}" => sub {
        my $data = $resource->{status} == 200 ? 1 : 0;
        my $mark = error_log_mark();
        is includes($resource, 'closed', \%password), 0, 'closed';
        like error_log_since($mark), qr{/closed[^:]*: no authentication module}, 'the error log says why';
        is includes($resource, 'guarded',   {}),         0,     'guarded';
        is includes($resource, 'guarded',   \%password), $data, 'guarded, with a password';
        is includes($resource, 'published', {}),         $data, 'published';
    };
}

# Whether a page shows anything of a resource it includes.
sub includes ($resource, $mount, $headers) {
    spew("$documents/page.shtml", qq(before <!--#include virtual="/$mount$resource->{path}" --> after));
    my $page = http('indirect', GET => '/page.shtml', headers => $headers);
    like $page->{body}, qr/^before .* after$/s, 'a page';
    return leaks($page) ? 1 : 0;
}

done_testing;
