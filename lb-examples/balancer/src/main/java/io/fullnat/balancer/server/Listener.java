// SPDX-License-Identifier: Apache-2.0
package io.fullnat.balancer.server;

import io.fullnat.api.BalancerException;
import io.fullnat.api.ErrorCode;
import io.fullnat.balancer.api.ApiRoute.Place;
import io.fullnat.balancer.api.Router;
import io.fullnat.balancer.run.Audit;
import io.fullnat.balancer.text.Reason;
import io.helidon.common.tls.Tls;
import io.helidon.http.DirectHandler.EventType;
import io.helidon.http.HeaderValues;
import io.helidon.webserver.WebServer;
import io.helidon.webserver.http.DirectHandlers;
import io.helidon.webserver.http.HttpRouting;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.net.StandardSocketOptions;
import java.nio.channels.ServerSocketChannel;
import java.time.Duration;
import java.util.Optional;
import javax.net.ssl.SSLContext;

/// One address at which the API is served. Thread-safe.
final class Listener implements AutoCloseable {
    private static final Duration GRACE = Duration.ofMillis(200);

    private final WebServer server;
    private final ConnectionGuard guard;
    private final Gate gate;

    private Listener(WebServer server, ConnectionGuard guard, Gate gate) {
        this.server = server;
        this.guard = guard;
        this.gate = gate;
    }

    /// What a listener can be given anew while it listens: who is let in, and as whom it is known.
    /// Thread-safe.
    static final class Gate {
        private final Optional<ReplaceableContext> tls;
        private volatile Admission admission;

        /// @param tls empty for plain HTTP
        Gate(Admission admission, Optional<SSLContext> tls) {
            this.admission = admission;
            this.tls = tls.map(ReplaceableContext::new);
        }

        Admission admission() {
            return admission;
        }

        private void replace(Admission next, Optional<SSLContext> identity) {
            admission = next.at(admission);
            tls.ifPresent(context -> identity.ifPresent(context::replace));
        }
    }

    /// Uses others from the next request and the next handshake on. Connections go on.
    ///
    /// @param tls is not looked at by a listener of plain HTTP
    void replace(Admission admission, Optional<SSLContext> tls) {
        gate.replace(admission, tls);
    }

    /// Starts to listen.
    ///
    /// @throws BalancerException if the address cannot be had
    static Listener start(
            SocketAddress address,
            Gate gate,
            Place place,
            Router router,
            Limits limits,
            Audit audit) {
        HelidonLog.quieten();
        tryToBind(address);
        ConnectionGuard guard = new ConnectionGuard(limits, System::nanoTime).start();
        HttpAdapter adapter = new HttpAdapter(router, gate::admission, place, limits, audit);
        WebServer server =
                WebServer.builder()
                        .bindAddress(address)
                        .shutdownHook(false)
                        .shutdownGracePeriod(GRACE)
                        .protocolsDiscoverServices(false)
                        .addConnectionSelector(new GuardedConnections(guard, limits))
                        .connectionOptions(new GuardedOptions(guard))
                        // More than the guard lets in: while it makes room, the next can be taken.
                        .maxTcpConnections(2 * limits.connections())
                        .maxPayloadSize(limits.bodyBytes())
                        .idleConnectionTimeout(Duration.ofDays(1)) // the guard's affair
                        .directHandlers(refusals())
                        .tls(
                                gate.tls
                                        .map(context -> tls(context.asContext()))
                                        .orElseGet(Listener::plain))
                        .routing((HttpRouting.Builder routing) -> routing.any(adapter))
                        .build();
        server.start();
        if (!server.isRunning()) {
            guard.close();
            throw cannotListen(address, new IOException("it was taken just now"));
        }
        return new Listener(server, guard, gate);
    }

    private static Tls tls(SSLContext context) {
        return Tls.builder().sslContext(context).build();
    }

    private static Tls plain() {
        return Tls.builder().enabled(false).build();
    }

    private static DirectHandlers refusals() {
        DirectHandlers.Builder handlers = DirectHandlers.builder();
        for (EventType type : EventType.values()) {
            handlers.addHandler(
                    type,
                    (request, event, status, headers, message) ->
                            HttpAdapter.refused(
                                    status,
                                    headers.set(HeaderValues.CONNECTION_CLOSE),
                                    message == null ? "" : message));
        }
        return handlers.build();
    }

    /// Finds out why an address cannot be had, which the server underneath keeps to itself.
    private static void tryToBind(SocketAddress address) {
        if (address instanceof InetSocketAddress) {
            try (ServerSocketChannel channel = ServerSocketChannel.open()) {
                channel.setOption(StandardSocketOptions.SO_REUSEADDR, true);
                channel.bind(address);
            } catch (IOException e) {
                throw cannotListen(address, e);
            }
        }
    }

    private static BalancerException cannotListen(SocketAddress address, IOException cause) {
        String reason = Reason.of(cause);
        ErrorCode code = ErrorCode.ADDRESS_IN_USE;
        if (reason.contains("Permission denied")) {
            code = ErrorCode.PERMISSION;
        } else if (reason.contains("Cannot assign")) {
            code = ErrorCode.NO_ADDRESS;
        }
        return new BalancerException(
                code,
                "cannot listen at "
                        + text(address)
                        + " for the API: "
                        + reason
                        + "; configure another address under the key api, or stop who has it",
                cause);
    }

    private static String text(SocketAddress address) {
        // As it is written in a file, without the name that Java puts before it.
        return address instanceof InetSocketAddress inet
                ? inet.getAddress().getHostAddress() + ":" + inet.getPort()
                : address.toString();
    }

    /// The port of a TCP listener.
    int port() {
        return server.port();
    }

    /// The connections of this listener.
    ConnectionGuard guard() {
        return guard;
    }

    /// Ends all connections and stops to listen.
    @Override
    public void close() {
        guard.close();
        server.stop();
    }
}
