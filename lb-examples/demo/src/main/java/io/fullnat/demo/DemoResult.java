// SPDX-License-Identifier: Apache-2.0
package io.fullnat.demo;

import io.fullnat.api.IpAddress;
import io.fullnat.api.control.BalancerStatus;
import io.fullnat.api.service.RealServerStatus;
import io.fullnat.api.service.ServiceStatus;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Predicate;
import java.util.stream.Collectors;

/// Whether all went right in a demo, and the figures by which one can tell.
///
/// @param summary lines to print
/// @param faults what went wrong, one line each; empty if nothing did
record DemoResult(List<String> summary, List<String> faults) {
    /// Connections below which shares say nothing.
    private static final long ENOUGH = 100;

    /// How far a server's share of connections may be from its weight's share.
    private static final double TOLERANCE = 0.05;

    /// One datagram in this many may be lost.
    private static final long DATAGRAMS_PER_LOSS = 1_000;

    DemoResult {
        summary = List.copyOf(summary);
        faults = List.copyOf(faults);
    }

    /// Judges a backend whose clients have stopped.
    ///
    /// @param status of when all servers had been in all the time, which shares are judged by
    /// @param serverLogs of then
    static DemoResult of(Backend backend, BalancerStatus status, List<ServerLog> serverLogs) {
        List<String> summary = new ArrayList<>();
        List<String> faults = new ArrayList<>();
        judgeTraffic(backend.traffic(), summary, faults);
        judgeShares(serverLogs, status, summary, faults);
        judgePeers(backend, summary, faults);
        return new DemoResult(summary, faults);
    }

    private static void judgeTraffic(
            List<TrafficLog> traffic, List<String> summary, List<String> faults) {
        summary.add(
                String.format(
                        Locale.ROOT,
                        "  %-28s %11s %8s %6s %9s %9s",
                        "traffic",
                        "requests",
                        "errors",
                        "lost",
                        "p50 ms",
                        "p99 ms"));
        for (TrafficLog log : traffic) {
            summary.add(
                    String.format(
                            Locale.ROOT,
                            "  %-28s %,11d %,8d %,6d %9s %9s",
                            log.name(),
                            log.requests(),
                            log.errors(),
                            log.lostCount(),
                            log.latencyMs(50),
                            log.latencyMs(99)));
            if (log.requests() == 0) {
                faults.add(log.name() + ": nothing was answered");
            }
            if (log.errors() > 0) {
                faults.add(
                        String.format(
                                Locale.ROOT,
                                "%s: %,d of %,d requests failed, the first one so: %s",
                                log.name(),
                                log.errors(),
                                log.requests(),
                                log.firstError()));
            }
            if (log.lostCount() > log.requests() / DATAGRAMS_PER_LOSS) {
                faults.add(
                        String.format(
                                Locale.ROOT,
                                "%s: %,d of %,d lost, more than 1 in %,d",
                                log.name(),
                                log.lostCount(),
                                log.requests(),
                                DATAGRAMS_PER_LOSS));
            }
        }
    }

    private static void judgeShares(
            List<ServerLog> serverLogs,
            BalancerStatus status,
            List<String> summary,
            List<String> faults) {
        summary.add("");
        summary.add(
                String.format(
                        Locale.ROOT,
                        "  %-28s %11s %12s %8s %8s",
                        "real server, all alive",
                        "requests",
                        "connections",
                        "share",
                        "weight"));
        for (ServiceStatus service : status.services()) {
            long connections = service.traffic().connections();
            long weights = service.realServers().stream().mapToLong(s -> s.server().weight()).sum();
            for (RealServerStatus server : service.realServers()) {
                double share = (double) server.traffic().connections() / Math.max(connections, 1);
                double desired = (double) server.server().weight() / Math.max(weights, 1);
                String name = service.service().key().protocol() + " " + server.server().endpoint();
                summary.add(
                        String.format(
                                Locale.ROOT,
                                "  %-28s %,11d %,12d %7.1f%% %7.1f%%",
                                name,
                                requests(serverLogs, service, server),
                                server.traffic().connections(),
                                share * 100,
                                desired * 100));
                if (connections >= weights && server.traffic().connections() == 0) {
                    faults.add(name + " was never asked");
                }
                if (connections >= ENOUGH && Math.abs(share - desired) > TOLERANCE) {
                    faults.add(
                            String.format(
                                    Locale.ROOT,
                                    "%s got %.1f%% of the connections, not about %.1f%%",
                                    name,
                                    share * 100,
                                    desired * 100));
                }
            }
        }
    }

    private static long requests(
            List<ServerLog> serverLogs, ServiceStatus service, RealServerStatus server) {
        Predicate<ServerLog> same =
                log ->
                        log.protocol() == service.service().key().protocol()
                                && log.endpoint().equals(server.server().endpoint());
        return serverLogs.stream().filter(same).mapToLong(ServerLog::requests).sum();
    }

    private static String joined(Set<String> addresses, boolean ipv6) {
        return addresses.stream()
                .filter(address -> address.contains(":") == ipv6)
                .collect(Collectors.joining(", "));
    }

    private static void judgePeers(Backend backend, List<String> summary, List<String> faults) {
        Set<String> seen =
                backend.serverLogs().stream()
                        .flatMap(log -> log.peers().stream())
                        .collect(Collectors.toCollection(TreeSet::new));
        summary.add("");
        boolean allLocal = backend.localAddresses().containsAll(seen);
        summary.add("  servers saw " + joined(seen, false));
        String overIpv6 = joined(seen, true);
        if (!overIpv6.isEmpty()) {
            summary.add("  over IPv6 " + overIpv6);
        }
        String clients =
                backend.clientAddresses().stream()
                        .map(IpAddress::toString)
                        .collect(Collectors.joining(", "));
        summary.add(
                (allLocal ? "  local addresses all, not the client " : "  the client is ")
                        + clients);
        for (ServerLog log : backend.serverLogs()) {
            for (String peer : log.peers()) {
                if (!backend.localAddresses().contains(peer)) {
                    faults.add(
                            log.protocol()
                                    + " "
                                    + log.endpoint()
                                    + " saw "
                                    + peer
                                    + ", which is no local address");
                }
            }
        }
    }
}
