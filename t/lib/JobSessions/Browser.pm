# SPDX-License-Identifier: Apache-2.0
package JobSessions::Browser;

use v5.36;
use Carp qw(croak);
use File::Temp qw(tempdir);
use IO::Select;
use JSON::XS ();
use MIME::Base64 qw(decode_base64);
use POSIX ();
use Time::HiRes qw(sleep time);
use JobSessions::Test qw(slurp spew wait_until);

=head1 NAME

JobSessions::Browser - headless Chromium, driven through the DevTools protocol

=head1 SYNOPSIS

    my $browser = JobSessions::Browser->new;
    $browser->go("http://127.0.0.1:$port/");
    $browser->type('#token', $token);
    $browser->click('form button');
    ok $browser->sees('document.querySelectorAll("tr").length > 3'), 'rows';

Messages go through two pipes, as C<--remote-debugging-pipe> has it: nothing but Chromium and Perl is needed.

=over

=item new(width => 1280, height => 900, zone => $name, switches => [...])

Starts Chromium with a profile of its own and one page. C<zone> is the viewer's time zone.

=cut

my $json = JSON::XS->new->utf8->allow_nonref;

my $program = 'chromium';

# Nothing that asks the machine for more than a page needs: a sandbox, shared memory, a keyring, a bus, the network.
my @automated = qw(--headless --remote-debugging-pipe --no-sandbox --disable-gpu --disable-dev-shm-usage --no-first-run
    --ignore-certificate-errors --no-proxy-server --password-store=basic --disable-breakpad --disable-component-update
    --disable-background-networking --disable-extensions --disable-sync --metrics-recording-only);

sub new ($class, %options) {
    my $directory = tempdir();    # Chromium's processes may outlive it by a moment, and t/run removes all of it
    my $self = bless { directory => $directory, next => 1, events => [], buffer => '' }, $class;
    pipe my $commands, $self->{to} or croak "pipe: $!";
    pipe $self->{from}, my $answers or croak "pipe: $!";
    $self->{pid} = fork // croak "fork: $!";
    if (!$self->{pid}) {
        POSIX::dup2(fileno $commands, 13) && POSIX::dup2(fileno $answers, 14) or POSIX::_exit(126);
        POSIX::dup2(13, 3) && POSIX::dup2(14, 4) or POSIX::_exit(126);
        local $ENV{LD_PRELOAD} = '';    # a sanitizer's runtime is httpd's
        local $ENV{TZ} = $options{zone} // 'UTC';
        local $ENV{LC_ALL} = 'C.UTF-8';    # else names of downloads have no other letters than ASCII's
        open STDERR, '>>', "$directory/log";
        exec $program, @automated, "--user-data-dir=$directory/profile", @{ $options{switches} // [] }, 'about:blank'
            or POSIX::_exit(127);
    }
    close $commands;
    close $answers;    # else nobody is told that Chromium has ended
    $self->{to}->autoflush;
    $self->attach(%options);
    return $self;
}

sub attach ($self, %options) {
    my $target;
    wait_until {
        ($target) = grep { $_->{type} eq 'page' } @{ $self->call('Target.getTargets')->{targetInfos} };
    } 60 or croak 'Chromium has no page. ' . $self->last_words;
    $self->{session} = $self->call('Target.attachToTarget', { targetId => $target->{targetId}, flatten => JSON::XS::true })->{sessionId};
    mkdir "$self->{directory}/downloads";
    $self->call("$_.enable") for qw(Page Runtime Log Network);
    $self->call('Browser.setDownloadBehavior', { behavior => 'allow', downloadPath => "$self->{directory}/downloads", eventsEnabled => JSON::XS::true });
    $self->size($options{width} // 1280, $options{height} // 900);
}

=item trouble($url)

Whether Chromium can be driven on this machine at all: an empty text when a page was loaded from there and looked at, else
what stood in the way, with the last that Chromium said. A test that needs a browser is skipped with it. Where the whole
browser can't be driven, its headless shell, which has no windows, is taken for all that follows.

=cut

sub trouble ($class, $url) {
    my @said;
    for my $candidate (qw(chromium chromium-headless-shell)) {
        $program = $candidate;
        my $browser;
        return '' if eval {
            $browser = $class->new;
            $browser->go($url);
            $browser->value('document.body.innerText');
            1;
        };
        push @said, "$program: " . $@ =~ s/ at \S+ line .*//sr;
    }
    return "no browser can be driven: " . join '; ', map { s/\s+/ /gr } @said;
}

=item call($method, { parameters })

One command of the protocol; dies when Chromium refuses it. What Chromium tells meanwhile is kept for C<events>.

=cut

sub call ($self, $method, $parameters = {}) {
    my $id = $self->{next}++;
    my $message = { id => $id, method => $method, params => $parameters };
    $message->{sessionId} = $self->{session} if $self->{session} && $method !~ /^(?:Target|Browser)\./;
    local $SIG{PIPE} = 'IGNORE';
    print { $self->{to} } $json->encode($message), "\0" or croak "Chromium is gone: $!. " . $self->last_words;
    while (1) {
        my $answer = $self->receive(60) // croak "$method: no answer. " . $self->last_words;
        if (($answer->{id} // 0) == $id) {
            croak "$method: $answer->{error}{message}" if $answer->{error};
            return $answer->{result};
        }
        push @{ $self->{events} }, $answer if $answer->{method};
    }
}

sub last_words ($self) { return substr slurp("$self->{directory}/log"), -600 }

sub receive ($self, $seconds) {
    while ($self->{buffer} !~ /\0/) {
        IO::Select->new($self->{from})->can_read($seconds) or return undef;
        sysread $self->{from}, $self->{buffer}, 65536, length $self->{buffer} or return undef;
    }
    $self->{buffer} =~ s/^([^\0]*)\0//;
    my $message = $json->decode($1);
    $self->pretend($message->{params}) if ($message->{method} // '') eq 'Fetch.requestPaused';
    return $message;
}

=item events($method)

The parameters of the events of that name since it was last asked for them.

=cut

sub events ($self, $method) {
    while (my $event = $self->receive(0)) { push @{ $self->{events} }, $event }
    my @found = map { $_->{params} } grep { $_->{method} eq $method } @{ $self->{events} };
    $self->{events} = [ grep { $_->{method} ne $method } @{ $self->{events} } ];
    return @found;
}

=item answer($pattern, { METHOD => [ $status, { headers } ] })

Requests whose address has the pattern (C<*> stands for any text) get no further than the browser, which answers itself.
For resources that no server here has.

=cut

sub answer ($self, $pattern, $answers) {
    $self->{answers} = $answers;
    $self->call('Fetch.enable', { patterns => [ { urlPattern => $pattern } ] });
}

sub pretend ($self, $paused) {
    my ($status, $headers) = @{ $self->{answers}{ $paused->{request}{method} } };
    my %answer = (requestId => $paused->{requestId}, responseCode => $status, responseHeaders => [ map { { name => $_, value => $headers->{$_} } } sort keys %$headers ]);
    print { $self->{to} } $json->encode({ id => $self->{next}++, sessionId => $self->{session}, method => 'Fetch.fulfillRequest', params => \%answer }), "\0";
}

=item value($script)

What an expression in the page comes to, promises included. Dies of an exception.

=cut

sub value ($self, $script) {
    my $result = $self->call('Runtime.evaluate', { expression => $script, awaitPromise => JSON::XS::true, returnByValue => JSON::XS::true });
    croak "$script: $result->{exceptionDetails}{exception}{description}" if $result->{exceptionDetails};
    return $result->{result}{value};
}

=item sees($script, $seconds), text($selector)

Waits until an expression is true, 20 seconds unless told; the text of the first element of a selector.

=cut

sub sees ($self, $script, $seconds = 20) {
    return wait_until { sleep 0.05; $self->value("!!($script)") } $seconds;
}

sub text ($self, $selector) {
    return $self->value("document.querySelector(${\$json->encode($selector)})?.innerText ?? ''");
}

=item go($url), click($selector), type($selector, $text), key($name, $code), size($width, $height)

What a person does: an address, a click on an element, text into a field, a key, another window.

=cut

sub go ($self, $url) {
    my $answer = $self->call('Page.navigate', { url => $url });
    croak "$url: $answer->{errorText}" if $answer->{errorText};
    $self->sees('document.readyState === "complete"');
}

sub click ($self, $selector) {
    $self->value("document.querySelector(${\$json->encode($selector)}).click()");
}

sub type ($self, $selector, $text) {
    $self->value("document.querySelector(${\$json->encode($selector)}).focus()");
    $self->call('Input.insertText', { text => $text });
}

sub key ($self, $name, $code, $text = undef) {
    my %key = (key => $name, code => $name, windowsVirtualKeyCode => $code);
    $self->call('Input.dispatchKeyEvent', { type => 'keyDown', %key, defined $text ? (text => $text) : () });
    $self->call('Input.dispatchKeyEvent', { type => 'keyUp', %key });
}

sub size ($self, $width, $height) {
    $self->call('Emulation.setDeviceMetricsOverride', { width => 0 + $width, height => 0 + $height, deviceScaleFactor => 1, mobile => JSON::XS::false });
}

=item prefers(name => $value, ...)

Media features such as C<prefers-color-scheme>.

=cut

sub prefers ($self, %features) {
    $self->call('Emulation.setEmulatedMedia', { features => [ map { { name => $_, value => $features{$_} } } sort keys %features ] });
}

=item download($name)

Waits until a download has ended, and returns the bytes of the file that has this name.

=item screenshot($file)

A PNG of what the window shows.

=cut

sub download ($self, $name) {
    my $file = "$self->{directory}/downloads/$name";
    my ($guid, %completed);
    wait_until {
        $self->value('1');
        # one that ended is told more than once: this is about the one that began last
        $guid = $_->{guid} for grep { $_->{suggestedFilename} eq $name } $self->events('Browser.downloadWillBegin');
        $completed{ $_->{guid} } = 1 for grep { $_->{state} eq 'completed' } $self->events('Browser.downloadProgress');
        defined $guid && $completed{$guid};
    } 20 or return undef;
    my $bytes = slurp($file);
    unlink $file;
    return $bytes;
}

sub screenshot ($self, $file) {
    spew($file, decode_base64($self->call('Page.captureScreenshot', { format => 'png' })->{data}));
}

sub DESTROY ($self) {
    local ($?, $!);
    return unless $self->{pid};
    kill TERM => $self->{pid};
    wait_until { waitpid($self->{pid}, POSIX::WNOHANG()) } 10 or kill(KILL => $self->{pid}) && waitpid $self->{pid}, 0;
}

=back

=cut

1;
