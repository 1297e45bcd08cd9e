// SPDX-License-Identifier: Apache-2.0
package io.fullnat.balancer.cli.output;

import io.fullnat.api.Endpoint;
import io.fullnat.api.Protocol;
import io.fullnat.api.control.TemplateFilter;
import io.fullnat.api.health.ServerHealth.Use;
import io.fullnat.api.service.RealServer;
import io.fullnat.api.service.RealServerStatus;
import io.fullnat.api.service.ServiceKey;
import io.fullnat.api.service.ServiceStatus;
import io.fullnat.api.service.VirtualService;
import io.fullnat.balancer.attribute.Attribute;
import io.fullnat.balancer.attribute.Kind;
import io.fullnat.balancer.attribute.ServerAttributes;
import io.fullnat.balancer.attribute.ServiceAttributes;
import io.fullnat.balancer.cli.request.Request;
import io.fullnat.balancer.run.Operations;
import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// `ipvsadm -L`: services and their real servers in DPVS's columns.
///
/// @param key of one service, empty for all
/// @param columns which numbers
/// @param exact whether large counts are printed in full
/// @param sorted whether real servers come by address, else as configured
/// @param cpu whose counts: 1 is the first worker, 0 is all
/// @param json whether JSON is wanted instead
public record ServiceListing(
        Optional<ServiceKey> key,
        Columns columns,
        boolean exact,
        boolean sorted,
        int cpu,
        boolean json)
        implements Request.Listing {
    private static final List<Attribute<RealServer, ?>> OF_NO_COLUMN =
            ServerAttributes.ALL.stream()
                    .filter(attribute -> attribute.shown() != Attribute.Shown.ALWAYS)
                    .toList();

    private static final List<Attribute<RealServer, ?>> OF_NO_THRESHOLD =
            OF_NO_COLUMN.stream()
                    .filter(attribute -> !attribute.ipvsadmOption().endsWith("-threshold"))
                    .toList();

    private static final String REMOTE = "  -> RemoteAddress:Port";

    /// What is shown of each row.
    public enum Columns {
        CONNECTIONS,
        STATS,
        RATE,
        THRESHOLDS,
        PERSISTENT
    }

    @Override
    public void print(Operations operations, PrintWriter out) {
        List<ServiceStatus> services = services(operations);
        if (json) {
            ListingJson.print(out, "services", services, ServiceJson::of);
            return;
        }
        StringBuilder text = new StringBuilder();
        if (key.isEmpty()) {
            text.append("IP Virtual Server version ")
                    .append(ProductVersion.text())
                    .append(" (size=0)\n");
        }
        text.append(titles());
        Map<Endpoint, Integer> templates = new HashMap<>();
        for (ServiceStatus service : services) {
            text.append(serviceRow(service)).append('\n');
            ServiceKey owner = service.service().key();
            count(operations, service.service(), templates);
            service.realServers()
                    .forEach(server ->
                            text.append(serverRow(owner, server, templates)).append('\n'));
        }
        out.print(text);
    }

    /// Counts a service's templates by their server, if they are shown.
    private void count(
            Operations operations, VirtualService service, Map<Endpoint, Integer> templates) {
        templates.clear();
        if (columns == Columns.PERSISTENT && service.policy().persistence().isPresent()) {
            operations
                    .control()
                    .templates(
                            TemplateFilter.of(service.key()),
                            template -> templates.merge(template.server(), 1, Integer::sum) > 0);
        }
    }

    private List<ServiceStatus> services(Operations operations) {
        List<ServiceStatus> all = new ArrayList<>();
        for (ServiceStatus service : Lookup.services(operations, key, cpu)) {
            List<RealServerStatus> servers = new ArrayList<>(service.realServers());
            if (sorted) {
                servers.sort(Comparator.comparing(server -> server.server().endpoint()));
            }
            all.add(service.withRealServers(servers));
        }
        // As DPVS has it: first by family.
        all.sort(
                Comparator.comparing((ServiceStatus one) -> one.service().key().isGroup())
                        .thenComparingInt(
                                one -> one.service().key().endpoint().address().bitLength()));
        return all;
    }

    private String titles() {
        String local = Column.left("Prot LocalAddress:Port", 33);
        return switch (columns) {
            case CONNECTIONS ->
                    "Prot LocalAddress:Port Scheduler Flags\n"
                            + REMOTE
                            + "           Forward Weight ActiveConn InActConn\n";
            case STATS ->
                    local
                            + titles("Conns", "InPkts", "OutPkts", "InBytes", "OutBytes")
                            + REMOTE
                            + "\n";
            case RATE ->
                    local + titles("CPS", "InPPS", "OutPPS", "InBPS", "OutBPS") + REMOTE + "\n";
            case THRESHOLDS ->
                    local + " Uthreshold Lthreshold ActiveConn InActConn \n" + REMOTE + "\n";
            case PERSISTENT ->
                    local + " Weight    PersistConn ActiveConn InActConn \n" + REMOTE + "\n";
        };
    }

    private static String titles(String... titles) {
        StringBuilder line = new StringBuilder();
        for (String title : titles) {
            line.append(' ').append(Column.right(title, 8));
        }
        return line.append('\n').toString();
    }

    private String serviceRow(ServiceStatus status) {
        VirtualService service = status.service();
        String name = name(service.key());
        return switch (columns) {
            case STATS ->
                    Column.left(name, 33)
                            + counts(
                                    status.traffic().connections(),
                                    status.traffic().inPackets(),
                                    status.traffic().outPackets(),
                                    status.traffic().inBytes(),
                                    status.traffic().outBytes());
            case RATE ->
                    Column.left(name, 33)
                            + counts(
                                    status.rates().connections(),
                                    status.rates().inPackets(),
                                    status.rates().outPackets(),
                                    status.rates().inBytes(),
                                    status.rates().outBytes());
            case CONNECTIONS, THRESHOLDS, PERSISTENT ->
                    name + options(ServiceAttributes.ALL, service);
        };
    }

    /// What is always told, and what differs from the default, in the words of the options.
    private static <T> String options(List<Attribute<T, ?>> attributes, T owner) {
        StringBuilder text = new StringBuilder();
        for (Attribute<T, ?> attribute : attributes) {
            if (attribute.shown() == Attribute.Shown.ALWAYS) {
                text.append(' ').append(attribute.shownWords(owner));
            } else if (attribute.isSet(owner)) {
                text.append(' ').append(attribute.flag());
                if (!(attribute.kind() instanceof Kind.Switch)) {
                    text.append(' ').append(attribute.shownWords(owner));
                }
            }
        }
        return text.toString();
    }

    private String serverRow(
            ServiceKey key, RealServerStatus status, Map<Endpoint, Integer> templates) {
        String name = "  -> " + Column.left(status.server().endpoint(), 28);
        // As DPVS has it: a UDP connection is never active in a list, whatever schedulers see.
        boolean udp = key.protocol() == Protocol.UDP;
        long active = udp ? 0 : status.activeConnections();
        long all = status.activeConnections() + status.inactiveConnections();
        String connections =
                " "
                        + Column.left(active, 10)
                        + " "
                        + Column.left(all - active, 10)
                        + (isInhibited(status) ? " inhibited" : "")
                        + options(
                                columns == Columns.THRESHOLDS ? OF_NO_THRESHOLD : OF_NO_COLUMN,
                                status.server());
        return switch (columns) {
            case CONNECTIONS ->
                    name + " FullNat " + Column.left(status.server().weight(), 6) + connections;
            case STATS ->
                    name
                            + counts(
                                    status.traffic().connections(),
                                    status.traffic().inPackets(),
                                    status.traffic().outPackets(),
                                    status.traffic().inBytes(),
                                    status.traffic().outBytes());
            case RATE ->
                    name
                            + " "
                            + Column.right(status.rates().connections(), 8)
                            + " "
                            + Column.right(status.rates().inPackets(), 8)
                            + " "
                            + Column.right(status.rates().outPackets(), 8)
                            + counts(status.rates().inBytes(), status.rates().outBytes());
            case THRESHOLDS ->
                    name
                            + " "
                            + Column.left(status.server().maxConnections(), 10)
                            + " "
                            + Column.left(status.server().resumeBelow(), 10)
                            + connections;
            case PERSISTENT ->
                    name
                            + " "
                            + Column.left(status.server().weight(), 9)
                            + " "
                            + Column.left(templates.getOrDefault(status.server().endpoint(), 0), 11)
                            + connections;
        };
    }

    /// Whether it gets no connection though the operator wants it to; in DPVS's word.
    private static boolean isInhibited(RealServerStatus status) {
        return status.health().use() == Use.OUT && status.server().isWanted();
    }

    private String counts(long... counts) {
        StringBuilder line = new StringBuilder();
        for (long count : counts) {
            line.append(Column.count(count, exact));
        }
        return line.toString();
    }

    /// A service as the first column has it.
    static String name(ServiceKey key) {
        return Column.left(key.protocol(), 3) + "  " + key.name();
    }
}
