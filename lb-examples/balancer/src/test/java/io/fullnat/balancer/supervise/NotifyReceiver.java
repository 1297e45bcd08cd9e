// SPDX-License-Identifier: Apache-2.0
package io.fullnat.balancer.supervise;

import java.io.BufferedReader;
import java.io.IOException;

/// A service manager's datagram socket, which the JDK does not have: a small program listens and
/// prints what comes.
final class NotifyReceiver implements AutoCloseable {
    private static final String PROGRAM =
            """
            use Socket;
            socket my $s, AF_UNIX, SOCK_DGRAM, 0 or die "no socket: $!";
            bind($s, pack 'S a*', AF_UNIX, $ARGV[0] =~ s/^@/\\0/r)
                or die "no socket: $!";
            $| = 1;
            print "listening\\n";
            while (defined recv $s, my $message, 4096, 0) { print $message =~ s/\\n/|/gr, "\\n" }
            """;

    private final Process process;
    private final BufferedReader output;

    /// @param name a path, or a name with `@` in front
    NotifyReceiver(String name) throws IOException {
        process =
                new ProcessBuilder("/usr/bin/perl", "-e", PROGRAM, name)
                        .redirectErrorStream(true)
                        .start();
        output = process.inputReader();
        String first = next();
        if (!first.equals("listening")) {
            throw new IOException(first);
        }
    }

    /// The next message, its lines parted by `|`.
    String next() throws IOException {
        String line = output.readLine();
        if (line == null) {
            throw new IOException("the receiver has ended");
        }
        return line;
    }

    @Override
    public void close() {
        process.destroyForcibly();
    }
}
