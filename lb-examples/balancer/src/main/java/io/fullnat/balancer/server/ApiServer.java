// SPDX-License-Identifier: Apache-2.0
package io.fullnat.balancer.server;

import io.fullnat.api.BalancerException;
import io.fullnat.balancer.api.Api;
import io.fullnat.balancer.api.ApiRoute.Place;
import io.fullnat.balancer.api.Router;
import io.fullnat.balancer.config.ApiSettings;
import io.fullnat.balancer.config.Configuration;
import io.fullnat.balancer.event.EventHub;
import io.fullnat.balancer.metrics.Metrics;
import io.fullnat.balancer.run.Audit;
import io.fullnat.balancer.run.CommandRunner;
import io.fullnat.balancer.run.Follower;
import io.fullnat.balancer.run.Operations;
import io.fullnat.balancer.server.Listener.Gate;
import io.fullnat.balancer.webhook.Webhooks;
import java.net.InetSocketAddress;
import java.net.UnixDomainSocketAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import javax.net.ssl.SSLContext;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// The HTTP API of a running balancer and its metrics, over a Unix socket and, if configured, TCP:
/// docs/api.md, docs/metrics.md.
///
/// Requests are answered on virtual threads of their own. A client who is slow, silent or hostile
/// delays neither others nor the balancer. Thread-safe.
public final class ApiServer implements AutoCloseable, Follower {
    private static final Logger LOG = LoggerFactory.getLogger(ApiServer.class);

    private static final String API = "api.tcp";
    private static final String METRICS = "metrics";

    private final Metrics metrics;
    private final EventHub hub;
    private final List<Listener> listeners = new ArrayList<>();
    private @Nullable SocketFile file;
    private @Nullable SocketClaim ownClaim;
    private volatile @Nullable Listener tcp;
    private volatile @Nullable Listener alone;

    private ApiServer(Metrics metrics, EventHub hub) {
        this.metrics = metrics;
        this.hub = hub;
    }

    /// Starts to answer.
    ///
    /// @param settings where
    /// @param operations what requests are about
    /// @param runner carries out command lines, which are taken over the Unix socket only
    /// @return to be closed before the balancer
    /// @throws BalancerException if a listener cannot be had, saying what to do; nothing is left
    ///   open then
    public static ApiServer start(
            ApiSettings settings, Operations operations, CommandRunner runner) {
        return start(settings, operations, runner, Limits.DEFAULT, Audit.none());
    }

    static ApiServer start(
            ApiSettings settings,
            Operations operations,
            CommandRunner runner,
            Limits limits,
            Audit audit) {
        SocketClaim claim = SocketClaim.of(settings);
        try {
            ApiServer server =
                    start(claim, settings, operations, runner, limits, audit, Webhooks.none());
            server.ownClaim = claim;
            return server;
        } catch (RuntimeException e) {
            claim.close();
            throw e;
        }
    }

    /// Starts to answer at a socket that has been claimed.
    ///
    /// @param claim of the settings' socket; stays the caller's
    /// @param settings where
    /// @param operations what requests are about
    /// @param runner carries out command lines, which are taken over the Unix socket only
    /// @param audit gets a line for each attempted change
    /// @param webhooks begin to tell what happens; stay the caller's
    /// @return to be closed before the balancer and the claim
    /// @throws BalancerException if a listener cannot be had, saying what to do; nothing is left
    ///   open then
    public static ApiServer start(
            SocketClaim claim,
            ApiSettings settings,
            Operations operations,
            CommandRunner runner,
            Audit audit,
            Webhooks webhooks) {
        return start(claim, settings, operations, runner, Limits.DEFAULT, audit, webhooks);
    }

    private static ApiServer start(
            SocketClaim claim,
            ApiSettings settings,
            Operations operations,
            CommandRunner runner,
            Limits limits,
            Audit audit,
            Webhooks webhooks) {
        Metrics metrics = Metrics.of(operations, webhooks);
        EventHub hub = EventHub.of(operations.control());
        ApiServer server = new ApiServer(metrics, hub);
        try {
            Router router = Api.router(operations, runner, metrics, hub);
            if (settings.tcp().isPresent()) {
                server.tcp = server.listen(API, settings.tcp().get(), router, limits, audit);
            }
            if (settings.metrics().isPresent()) {
                server.alone =
                        server.listen(
                                METRICS,
                                settings.metrics().get(),
                                Api.router(metrics),
                                limits,
                                audit);
            }
            if (claim.file().isPresent()) {
                server.listen(claim.file().get(), router, limits, audit);
            }
            webhooks.begin(operations.control(), hub);
            return server;
        } catch (RuntimeException e) {
            server.close();
            throw e;
        }
    }

    private void listen(SocketFile prepared, Router router, Limits limits, Audit audit) {
        try {
            listeners.add(
                    Listener.start(
                            UnixDomainSocketAddress.of(prepared.begin()),
                            new Gate(Admission.ALL, Optional.empty()),
                            Place.SOCKET,
                            router,
                            limits,
                            audit));
            prepared.publish();
            file = prepared;
        } finally {
            prepared.clean();
        }
    }

    private Listener listen(
            String key, ApiSettings.Tcp settings, Router router, Limits limits, Audit audit) {
        Admission admission = Admission.of(key, settings);
        Listener listener =
                Listener.start(
                        settings.listen(),
                        new Gate(admission, settings.tls().map(Identity::read)),
                        Place.ANY,
                        router,
                        limits,
                        audit);
        listeners.add(listener);
        InetSocketAddress address = settings.listen();
        LOG.info(
                "{} at {}://{}:{}{}",
                key.equals(API) ? "the API listens" : "metrics are served",
                settings.tls().isPresent() ? "https" : "http",
                address.getHostString(),
                listener.port(),
                admission.credential());
        return listener;
    }

    /// Reads certificates, keys and tokens again.
    @Override
    public Runnable prepare(Configuration desired) {
        Runnable ofApi = prepare(API, tcp, desired.api().tcp());
        Runnable ofMetrics = prepare(METRICS, alone, desired.api().metrics());
        return () -> {
            ofApi.run();
            ofMetrics.run();
        };
    }

    private static Runnable prepare(
            String key, @Nullable Listener listener, Optional<ApiSettings.Tcp> settings) {
        if (listener == null || settings.isEmpty()) {
            return () -> {};
        }
        Admission admission = Admission.of(key, settings.get());
        Optional<SSLContext> identity = settings.get().tls().map(Identity::read);
        return () -> listener.replace(admission, identity);
    }

    /// The port of the TCP listener.
    ///
    /// @return empty if there is none
    public OptionalInt tcpPort() {
        return port(tcp);
    }

    /// The port of the listener for metrics alone.
    ///
    /// @return empty if there is none
    public OptionalInt metricsPort() {
        return port(alone);
    }

    private static OptionalInt port(@Nullable Listener listener) {
        return listener == null ? OptionalInt.empty() : OptionalInt.of(listener.port());
    }

    /// Stops to answer, ends all connections, and removes the socket's file if it is still this
    /// server's. Idempotent.
    @Override
    public synchronized void close() {
        if (file != null) {
            file.remove();
        }
        hub.close();
        listeners.forEach(Listener::close);
        listeners.clear();
        metrics.close();
        if (ownClaim != null) {
            ownClaim.close();
        }
    }
}
