// SPDX-License-Identifier: Apache-2.0
package io.fullnat.balancer;

import io.fullnat.balancer.run.Termination;
import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;

/// Does what a command does that asks a running balancer, with answers of its own, so that the JVM
/// can keep in its cache what such a command reaches for. Run by `./fullnat` once after a build.
final class ClientTraining {
    private static final String OUTPUT = "{\"out\":\"one\"}\n";
    private static final String EXIT = "{\"exit\":0}\n";
    private static final String ANSWER =
            String.join(
                    "\r\n",
                    "HTTP/1.1 200 OK",
                    "Transfer-Encoding: chunked",
                    "",
                    Integer.toHexString(OUTPUT.length()),
                    OUTPUT,
                    Integer.toHexString(EXIT.length()),
                    EXIT,
                    "0",
                    "",
                    "");

    private ClientTraining() {}

    /// Runs some commands.
    ///
    /// @param arguments where to make a Unix socket
    /// @throws IOException if it cannot be made
    public static void main(String[] arguments) throws IOException {
        String socket = arguments[0];
        try (ServerSocketChannel balancer = ServerSocketChannel.open(StandardProtocolFamily.UNIX)) {
            balancer.bind(UnixDomainSocketAddress.of(Path.of(socket)));
            Thread.ofPlatform().daemon().start(() -> answer(balancer));
            Termination termination = new Termination();
            termination.install();
            Main.run(words(socket, "ipvsadm -Ln"), termination);
            Main.run(words(socket, "ipvsadm -a -t 192.0.2.1:80 -r 10.0.0.1:80 -b"), termination);
            Main.run(words(socket, "ipvsadm -R"), termination);
            Main.run(words(socket, "dpip link show"), termination);
            Main.run(words(socket, "service list"), termination);
            termination.exit(0);
        }
    }

    private static String[] words(String socket, String line) {
        return ("--socket " + socket + " " + line).split(" ");
    }

    private static void answer(ServerSocketChannel balancer) {
        while (balancer.isOpen()) {
            try (SocketChannel client = balancer.accept()) {
                // Small enough to come whole; none comes from one who only looks for a balancer.
                if (client.read(ByteBuffer.allocate(65_536)) > 0) {
                    client.write(ByteBuffer.wrap(ANSWER.getBytes(StandardCharsets.UTF_8)));
                }
            } catch (IOException e) {
                return; // the training is over
            }
        }
    }
}
