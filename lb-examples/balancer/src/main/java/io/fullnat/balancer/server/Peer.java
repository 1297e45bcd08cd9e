// SPDX-License-Identifier: Apache-2.0
package io.fullnat.balancer.server;

import java.io.IOException;
import java.net.SocketAddress;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.Channel;
import java.nio.channels.SocketChannel;
import jdk.net.ExtendedSocketOptions;
import jdk.net.UnixDomainPrincipal;

/// Who is at the other end of a connection, in words for the audit log.
final class Peer {
    private Peer() {}

    /// Whom the kernel knows there: user and process of a Unix socket, address of a TCP connection.
    static String describe(Channel channel) {
        if (!(channel instanceof SocketChannel socket)) {
            return "somebody";
        }
        try {
            SocketAddress local = socket.getLocalAddress();
            return local instanceof UnixDomainSocketAddress
                    ? user(socket)
                    : String.valueOf(socket.getRemoteAddress()).substring(1);
        } catch (IOException | RuntimeException e) {
            return "somebody who has hung up";
        }
    }

    private static String user(SocketChannel socket) throws IOException {
        return PeerCredentials.of(socket)
                .map(known ->
                        "user "
                                + name(socket)
                                + " (uid "
                                + known.uid()
                                + "), process "
                                + known.pid())
                .orElseGet(() -> "user " + name(socket));
    }

    private static String name(SocketChannel socket) {
        try {
            UnixDomainPrincipal peer = socket.getOption(ExtendedSocketOptions.SO_PEERCRED);
            return peer.user().getName();
        } catch (IOException | UnsupportedOperationException e) {
            return "unknown";
        }
    }
}
