// SPDX-License-Identifier: Apache-2.0
package io.fullnat.balancer.server;

import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// Finds out who holds a socket that this balancer would like to have.
final class SocketOwner {
    private static final String QUESTION =
            "GET /v2/health HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n";
    private static final Pattern PID = Pattern.compile("\"pid\" ?: ?([0-9]{1,10})");
    private static final int ENOUGH_BYTES = 8192;
    private static final long PATIENCE_SECONDS = 2;

    private SocketOwner() {}

    /// Asks who listens.
    ///
    /// @return "a balancer (process 4711)", or "another program" if it does not answer as one
    static String describe(Path socket) {
        try (SocketChannel channel = SocketChannel.open(StandardProtocolFamily.UNIX)) {
            Thread watch = Thread.ofVirtual().start(() -> closeLater(channel));
            channel.connect(UnixDomainSocketAddress.of(socket));
            channel.write(ByteBuffer.wrap(QUESTION.getBytes(StandardCharsets.US_ASCII)));
            ByteBuffer answer = ByteBuffer.allocate(ENOUGH_BYTES);
            while (answer.hasRemaining() && channel.read(answer) >= 0) {
                // Until the end, or enough.
            }
            watch.interrupt();
            String text = new String(answer.array(), 0, answer.position(), StandardCharsets.UTF_8);
            Matcher pid = PID.matcher(text);
            if (pid.find()) {
                return "a balancer (process " + pid.group(1) + ")";
            }
        } catch (IOException e) {
            // The peer does not speak with us.
        }
        return "another program";
    }

    private static void closeLater(SocketChannel channel) {
        try {
            TimeUnit.SECONDS.sleep(PATIENCE_SECONDS);
            channel.close();
        } catch (InterruptedException | IOException e) {
            Thread.currentThread().interrupt();
        }
    }
}
