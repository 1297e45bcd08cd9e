#!/usr/bin/perl
# SPDX-License-Identifier: Apache-2.0
# Has a running balancer carry out a command line: what the client in Java does (RemoteCommands, Client), without the
# start of a JVM, which takes ten times as long as all the rest. Called by ./fullnat, as FULLNAT [--socket PATH] COMMAND
# WORD..., with the path of ./fullnat first.
#
# Until something is sent, whatever is not plain is left to the client in Java: no balancer, words that are not ASCII,
# help, --watch. So there is one text of each such complaint. From then on both clients do the same, to the byte (NativeClientTest).
#
# Only what is in Perl itself, for each module that is loaded takes as long as the rest.
use strict;

my ($fullnat, @line) = @ARGV;
my @words = @line;

# What a balancer takes as the body of a request; the head and errors of an answer are limited as well.
my $MAX_INPUT   = 1 << 20;
my $MAX_LINE    = 1024;
my $MAX_HEADERS = 100;
my $MAX_ERROR   = 65_536;

# Exit statuses: those of ErrorCode, and what shells report of a program that SIGPIPE has ended.
my ($CLOSED, $OUTPUT, $INTERNAL, $BROKEN_PIPE) = (42, 61, 70, 128 + 13);
my $EPIPE = 32;

# Runs the client in Java instead, which finds on its standard input what was read of it already.
sub leave_to_java {
    my ($read) = @_;
    if (length $read) {
        pipe my $from, my $to or die "fullnat: no pipe: $!\n";
        defined(my $child = fork) or die "fullnat: no process: $!\n";
        if (!$child) {
            close $from;
            for (my $at = 0; $at < length $read;) { $at += syswrite($to, $read, 65_536, $at) // last }
            exit 0;
        }
        open STDIN, '<&', $from or die "fullnat: no input: $!\n";
    }
    $ENV{FULLNAT_CLIENT} = 'java';
    exec '/bin/sh', $fullnat, @line or die "fullnat: cannot run $fullnat: $!\n";
}

# --- What is sent

my $socket;
if ($words[0] eq '--socket') { (undef, $socket, @words) = @words }
my $name = $words[0] =~ /^(?:ipvsadm|dpip)$/ ? $words[0] : 'fullnat';
$socket //= $ENV{FULLNAT_SOCKET} // $ENV{DPVS_IPC_FILE} // '/run/fullnat.sock';

# Help and versions need no balancer. -R alone, the usual way, reads its input; with other words the grammar decides.
my $restores = $name eq 'ipvsadm' && @words == 2 && $words[1] =~ /^(?:-R|--restore)$/;
my %not_plain = (
    ipvsadm => qr/^-[^-]*[hvR]|^--(?:help|version|restore)/,
    dpip    => qr/^-[^-]*[hV]|^--(?:help|version)$|^help$/,
    fullnat => qr/(?!)/,
);
leave_to_java() if $socket !~ /\S/ || length $socket > 107 || grep /[^ -~]/, $socket, @words;
# A listing that is repeated takes longer than a JVM to start.
leave_to_java() if grep /^--watch(?:=|\z)/, @words[1 .. $#words];
leave_to_java() if !$restores && grep /$not_plain{$name}/, @words[1 .. $#words];
leave_to_java() if $name eq 'dpip' && @words == 1;

my $input = '';
if ($restores) {
    my $read;
    1 while length $input <= $MAX_INPUT && ($read = sysread STDIN, $input, 65_536, length $input);
    leave_to_java($input) if !defined $read || length $input > $MAX_INPUT;
}

# The numbers of AF_UNIX and SOCK_STREAM on Linux, and its sockaddr_un.
my $balancer;
socket($balancer, 1, 1, 0) && connect($balancer, pack 'S a108', 1, $socket) or leave_to_java($input);

sub json_string {
    my ($text) = @_;
    $text =~ s/(["\\])/\\$1/g;
    $text =~ s/\n/\\n/g;
    $text =~ s/([\x00-\x1f])/sprintf '\\u%04x', ord $1/ge;
    return "\"$text\"";
}

# Bytes with U+FFFD for what is no UTF-8, as Java reads them.
sub utf8_of {
    my ($bytes) = @_;
    return $bytes if $bytes !~ /[\x80-\xff]/;
    my $whole = qr/[\x00-\x7f]|[\xc2-\xdf][\x80-\xbf]|\xe0[\xa0-\xbf][\x80-\xbf]|[\xe1-\xec\xee\xef][\x80-\xbf]{2}
        |\xed[\x80-\x9f][\x80-\xbf]|\xf0[\x90-\xbf][\x80-\xbf]{2}|[\xf1-\xf3][\x80-\xbf]{3}|\xf4[\x80-\x8f][\x80-\xbf]{2}/x;
    my $broken = qr/\xed[\xa0-\xbf][\x80-\xbf]|\xe0[\xa0-\xbf]|[\xe1-\xef][\x80-\xbf]
        |(?:\xf0[\x90-\xbf]|[\xf1-\xf3][\x80-\xbf]|\xf4[\x80-\x8f])[\x80-\xbf]?|./sx;
    $bytes =~ s/($whole)|$broken/$1 \/\/ "\xef\xbf\xbd"/gex;
    return $bytes;
}

my $body = '{"arguments":[' . join(',', map { json_string($_) } @words) . '],"input":' . json_string(utf8_of($input)) . '}';
my $request = "POST /v2/command HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n"
    . "Content-Type: application/json\r\nContent-Length: " . length($body) . "\r\n\r\n$body";

$SIG{PIPE} = 'IGNORE';
for (my $at = 0; $at < length $request;) { $at += syswrite($balancer, $request, 65_536, $at) // broke_off() }

# --- How it is shown

# Control and format characters, halves of pairs, separators of lines and paragraphs (the categories Cc, Cf, Cs, Zl, Zp of
# Unicode), as io.fullnat.balancer.text.Visible escapes them; without line feed and tab.
my $hidden = join '', map { my ($from, $to) = split /-/; sprintf '\x{%s}-\x{%s}', $from, $to // $from } qw(
    0-8 b-1f 7f-9f ad 600-605 61c 6dd 70f 890-891 8e2 180e 200b-200f 2028-202e 2060-2064 2066-206f d800-dfff feff
    fff9-fffb 110bd 110cd 13430-1343f 1bca0-1bca3 1d173-1d17a e0001 e0020-e007f);

# Characters as bytes of UTF-8 for a terminal.
sub visible {
    my ($text) = @_;
    return $text if $text !~ /[^\n\t -~]/;
    $text =~ s/([\x{d800}-\x{dbff}])([\x{dc00}-\x{dfff}])/
        chr 0x10000 + ((ord($1) & 0x3ff) << 10) + (ord($2) & 0x3ff)/gex;
    $text =~ s/([$hidden])/escape(ord $1)/ge;
    utf8::encode($text);
    return $text;
}

sub escape {
    my ($code) = @_;
    return '\r' if $code == 13;
    return sprintf '\u%04x', $code if $code < 0x10000;
    return sprintf '\u%04x\u%04x', 0xd7c0 + ($code >> 10), 0xdc00 + ($code & 0x3ff);
}

sub complain {
    my ($reason, $status) = @_;
    syswrite STDERR, "$name: $reason\n";
    exit $status;
}

sub broke_off {
    complain(
        "the balancer's answer broke off; what the command asked for may be done or not: look before you try again",
        $CLOSED);
}

sub show {
    my ($to, $text) = @_;
    for (my $at = 0; $at < length $text;) {
        my $written = syswrite $to, $text, length($text) - $at, $at;
        if (defined $written) { $at += $written; next }
        return if $to == \*STDERR;
        exit $BROKEN_PIPE if $! == $EPIPE;
        syswrite STDERR, "fullnat: the output could not be written: $!\n";
        exit $OUTPUT;
    }
}

# A string of JSON, at the place in the text where the last match ended. A long list is one of many megabytes; groups of
# regular expressions cost least when they are repeated a few hundred times, not thousands.
sub json_text {
    my ($json) = @_;
    $$json =~ /\G\s*"/gc or broke_off();
    my $from = pos $$json;
    1 while $$json =~ /\G(?:[^"\\\x00-\x1f]++|\\.){1,200}+/gc;
    my $text = substr $$json, $from, pos($$json) - $from;
    $$json =~ /\G"/gc or broke_off();
    if (index($text, '\\\\') < 0) {
        $text =~ s/\\n/\n/g;
        $text =~ s/\\"/"/g;
    }
    my %meaning = ('"' => '"', '\\' => '\\', '/' => '/', b => "\b", f => "\f", n => "\n", r => "\r", t => "\t");
    $text =~ s/\\(?:u([0-9a-fA-F]{4})|(.))/defined $1 ? chr hex $1 : $meaning{$2} \/\/ broke_off()/ge;
    return $text;
}

# One line of the answer: {"out":"..."}, {"err":"..."}, and {"exit":0} as the last one.
sub show_line {
    my $json = utf8_of($_[0]);
    utf8::decode($json);
    $json =~ /\G\s*\{/gc or broke_off();
    until ($json =~ /\G\s*\}/gc) {
        my $key = json_text(\$json);
        $json =~ /\G\s*:\s*/gc or broke_off();
        if    ($key eq 'out') { show(\*STDOUT, visible(json_text(\$json))) }
        elsif ($key eq 'err') { show(\*STDERR, visible(json_text(\$json))) }
        elsif ($key eq 'exit') { exit($json =~ /\G(-?[0-9]{1,9})\b/gc ? $1 : broke_off()) }
        else { $json =~ /\G("(?:[^"\\]|\\.)*"|[-+.\w]+|[\[{](?:[\s:,]*(?1))*\s*[\]}])/gc or broke_off() }
        $json =~ /\G\s*(?:,|(?=\}))/gc or broke_off();
    }
}

# --- What comes back: HTTP/1.1, as SocketExchange and ChunkedBody read it

my $buffer = '';
sub more { return sysread $balancer, $buffer, 65_536, length $buffer }

sub head_line {
    my $end;
    while (($end = index $buffer, "\n") < 0) { broke_off() if length $buffer > $MAX_LINE || !more() }
    broke_off() if $end > $MAX_LINE;
    return substr($buffer, 0, $end + 1, '') =~ s/\r?\n\z//r;
}

my ($status) = head_line() =~ /\AHTTP\/1\.[^ ]* ([0-9]{1,9})(?: .*)?\z/s or broke_off();
$status += 0;
my ($chunked, $left, $headers, $begun) = (0, 0, 0, 0);
while ((my $header = lc head_line()) ne '') {
    broke_off() if ++$headers > $MAX_HEADERS;
    if ($header =~ /\Atransfer-encoding:.*chunked\z/) { $chunked = 1 }
    elsif ($header =~ /\Acontent-length:(.*)\z/) { $left = $1 =~ /\A\s*([0-9]{1,9})\s*\z/ ? $1 : 0 }
}
# Bodies with a length are errors only.
$left = $chunked ? 0 : $left < $MAX_ERROR ? $left : $MAX_ERROR;

# The next bytes of the body; undefined at its end.
sub piece {
    if (!$left) {
        return undef if !$chunked;
        broke_off() if $begun++ && head_line() ne '';
        $left = head_line() =~ /\A([0-9a-fA-F]{1,15})(?:;.*)?\z/ ? hex $1 : broke_off();
        if (!$left) {
            1 while head_line() ne '';
            return undef;
        }
    }
    if ($buffer eq '' && !more()) { return $chunked ? broke_off() : undef }
    my $piece = substr $buffer, 0, $left, '';
    $left -= length $piece;
    return $piece;
}

my $rest = '';
while (defined(my $piece = piece())) {
    my $at = length $rest;
    $rest .= $piece;
    while ($status == 200 && ($at = index $rest, "\n", $at) >= 0) {
        show_line(substr $rest, 0, $at + 1, '');
        $at = 0;
    }
    last if $status != 200 && length $rest >= $MAX_ERROR;
}
if ($status == 200) {
    show_line($rest) if $rest ne '';
    broke_off();
}

# An error of the balancer's: its body names the exit status.
$rest = utf8_of($rest);
utf8::decode($rest);
if ($rest =~ /\A\s*\{"error":"[A-Z_]+","status":([0-9]{1,3}),"message":/gc) {
    my $exit = $1;
    my $message = visible(json_text(\$rest));
    $message =~ s/\n/\\n/g;
    $message =~ s/\t/\\t/g;
    complain($message, $exit);
}
complain("the balancer answers with the HTTP status $status; is it a balancer at all?", $INTERNAL);
