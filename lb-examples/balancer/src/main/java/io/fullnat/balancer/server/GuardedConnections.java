// SPDX-License-Identifier: Apache-2.0
package io.fullnat.balancer.server;

import io.fullnat.balancer.server.GuardedSocket.Phase;
import io.helidon.common.buffers.BufferData;
import io.helidon.common.concurrency.limits.Limit;
import io.helidon.http.HttpPrologue;
import io.helidon.webserver.ConnectionContext;
import io.helidon.webserver.http1.Http1Config;
import io.helidon.webserver.http1.Http1ConnectionListener;
import io.helidon.webserver.http1.Http1ConnectionSelector;
import io.helidon.webserver.spi.ServerConnection;
import io.helidon.webserver.spi.ServerConnectionSelector;
import java.time.Duration;
import java.util.Set;

/// HTTP/1.1 over connections whose phases the guard knows. Thread-safe.
final class GuardedConnections implements ServerConnectionSelector {
    private final ConnectionGuard guard;
    private final Http1ConnectionSelector http;

    @SuppressWarnings("removal") // the library offers no other way to take requests without host
    GuardedConnections(ConnectionGuard guard, Limits limits) {
        this.guard = guard;
        http =
                Http1ConnectionSelector.builder()
                        .config(
                                Http1Config.builder()
                                        .maxPrologueLength(limits.lineBytes())
                                        .maxHeadersSize(limits.headerBytes())
                                        // HTTP/1.0 has none; the adapter looks at it.
                                        .validateRequestHostHeader(false)
                                        .addReceiveListener(new RequestLines())
                                        .buildPrototype())
                        .build();
    }

    /// Notes that a request line has come.
    private static final class RequestLines implements Http1ConnectionListener {
        @Override
        public void prologue(ConnectionContext context, HttpPrologue prologue) {
            if (GuardedSocket.CURRENT.isBound()) {
                GuardedSocket.CURRENT.get().enter(Phase.READING);
            }
        }
    }

    @Override
    public int bytesToIdentifyConnection() {
        return http.bytesToIdentifyConnection();
    }

    @Override
    public Support supports(BufferData data) {
        // Whatever it is, it is answered in HTTP: there is no other protocol here.
        return Support.SUPPORTED;
    }

    @Override
    public Set<String> supportedApplicationProtocols() {
        return http.supportedApplicationProtocols();
    }

    @Override
    public ServerConnection connection(ConnectionContext context) {
        return guard.find(context.childSocketId())
                .<ServerConnection>map(socket -> {
                    Wire wire = new Wire(context, socket);
                    return new Guarded(http.connection(wire), socket, wire);
                })
                .orElseGet(() -> http.connection(context));
    }

    /// A connection that tells its thread which one it is.
    private record Guarded(ServerConnection plain, GuardedSocket socket, Wire wire)
            implements ServerConnection {
        @Override
        public void handle(Limit limit) throws InterruptedException {
            ScopedValue.where(GuardedSocket.CURRENT, socket)
                    .where(Wire.CURRENT, wire)
                    .call(() -> {
                        plain.handle(limit);
                        return limit;
                    });
        }

        @Override
        public Duration idleTime() {
            return plain.idleTime();
        }

        @Override
        public void close(boolean interrupt) {
            plain.close(interrupt);
            if (interrupt) {
                socket.close();
            }
        }
    }
}
