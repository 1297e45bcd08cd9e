// SPDX-License-Identifier: Apache-2.0
package io.fullnat.demo;

import io.fullnat.api.control.BalancerStatus;
import io.fullnat.api.service.RealServerStatus;
import io.fullnat.api.service.ServiceKey;
import io.fullnat.api.service.ServiceStatus;
import io.fullnat.api.service.TrafficCounts;
import io.fullnat.balancer.text.Figures;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/// Services and real servers as a table, with rates since the table before. For one thread.
final class StatusTable {
    private static final String HEAD =
            row(
                    "service / server",
                    "weight",
                    "active",
                    "inact",
                    "conns",
                    "new/s",
                    "pkts/s",
                    "Mbit/s");

    private static final int NAME_COLUMNS = 28;

    private static final double MOST_WITH_FRACTION = 999.95;

    private Map<String, TrafficCounts> before = new HashMap<>();
    private long beforeNs;

    /// @param startNs when nothing had been counted yet
    StatusTable(long startNs) {
        beforeNs = startNs;
    }

    /// Draws the table.
    ///
    /// @param status of now
    /// @param nowNs when that was
    /// @return its lines
    List<String> lines(BalancerStatus status, long nowNs) {
        double seconds = Math.max(nowNs - beforeNs, 1) / 1e9;
        Map<String, TrafficCounts> now = new HashMap<>();
        List<String> lines = new ArrayList<>();
        lines.add(HEAD);
        for (ServiceStatus service : status.services()) {
            ServiceKey key = service.service().key();
            long active = 0;
            long inactive = 0;
            for (RealServerStatus server : service.realServers()) {
                active += server.activeConnections();
                inactive += server.inactiveConnections();
            }
            lines.addAll(
                    line(
                            key + " " + service.service().scheduler(),
                            "",
                            active,
                            inactive,
                            service.traffic(),
                            rate(key.toString(), service.traffic(), now),
                            seconds));
            for (RealServerStatus server : service.realServers()) {
                String name = key + " " + server.server().endpoint();
                lines.addAll(
                        line(
                                " " + server.server().endpoint(),
                                String.valueOf(server.server().weight()),
                                server.activeConnections(),
                                server.inactiveConnections(),
                                server.traffic(),
                                rate(name, server.traffic(), now),
                                seconds));
            }
        }
        before = now;
        beforeNs = nowNs;
        return lines;
    }

    private TrafficCounts rate(String name, TrafficCounts counts, Map<String, TrafficCounts> now) {
        now.put(name, counts);
        TrafficCounts then = before.getOrDefault(name, TrafficCounts.ZERO);
        return new TrafficCounts(
                counts.connections() - then.connections(),
                counts.inPackets() - then.inPackets(),
                counts.inBytes() - then.inBytes(),
                counts.outPackets() - then.outPackets(),
                counts.outBytes() - then.outBytes());
    }

    /// A name that is too long has a line of its own.
    private static List<String> line(
            String name,
            String weight,
            long active,
            long inactive,
            TrafficCounts total,
            TrafficCounts recent,
            double seconds) {
        boolean fits = name.length() <= NAME_COLUMNS;
        String figures =
                row(
                        fits ? name : "",
                        weight,
                        Figures.count(active),
                        Figures.count(inactive),
                        Figures.count(total.connections()),
                        Figures.count(Math.round(recent.connections() / seconds)),
                        Figures.count(
                                Math.round((recent.inPackets() + recent.outPackets()) / seconds)),
                        rate((recent.inBytes() + recent.outBytes()) * 8 / seconds / 1e6));
        return fits ? List.of(figures) : List.of(" " + name, figures);
    }

    private static String rate(double value) {
        return value < MOST_WITH_FRACTION
                ? String.format(Locale.ROOT, "%.1f", value)
                : Figures.count(Math.round(value));
    }

    private static String row(Object... cells) {
        return String.format(Locale.ROOT, " %-28s %6s %6s %6s %6s %6s %6s %6s", cells);
    }
}
