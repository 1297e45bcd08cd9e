// SPDX-License-Identifier: Apache-2.0
package io.fullnat.balancer.server;

import io.helidon.common.socket.SocketOptions;
import java.net.SocketOption;
import java.nio.channels.SocketChannel;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;

/// The options of accepted sockets, which the server applies first of all: the place where the
/// guard learns of a connection before a TLS handshake can hang. Thread-safe.
final class GuardedOptions implements SocketOptions {
    private final SocketOptions options = SocketOptions.create();
    private final ConnectionGuard guard;

    GuardedOptions(ConnectionGuard guard) {
        this.guard = guard;
    }

    @Override
    public void configureSocket(SocketChannel socket) {
        options.configureSocket(socket);
        guard.accepted(socket);
    }

    @Override
    public Map<SocketOption<?>, Object> socketOptions() {
        return options.socketOptions();
    }

    @Override
    public Duration connectTimeout() {
        return options.connectTimeout();
    }

    @Override
    public Duration readTimeout() {
        return options.readTimeout();
    }

    @Override
    public Optional<Integer> socketReceiveBufferSize() {
        return options.socketReceiveBufferSize();
    }

    @Override
    public Optional<Integer> socketSendBufferSize() {
        return options.socketSendBufferSize();
    }

    @Override
    public boolean socketReuseAddress() {
        return options.socketReuseAddress();
    }

    @Override
    public boolean socketKeepAlive() {
        return options.socketKeepAlive();
    }

    @Override
    public boolean tcpNoDelay() {
        return options.tcpNoDelay();
    }
}
