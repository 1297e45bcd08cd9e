// SPDX-License-Identifier: Apache-2.0
package io.fullnat.balancer.config;

import static io.fullnat.balancer.config.YamlText.address;
import static io.fullnat.balancer.config.YamlText.quoted;

import io.fullnat.api.IpAddress;
import io.fullnat.api.IpPrefix;
import io.fullnat.api.network.AddressLifetime;
import io.fullnat.api.network.InterfaceAddress;
import io.fullnat.api.network.Neighbour;
import io.fullnat.api.network.NeighbourSettings;
import io.fullnat.api.network.PuntSettings;
import io.fullnat.api.network.ReversePath;
import io.fullnat.api.network.Route;
import io.fullnat.api.service.AccessRule;
import io.fullnat.api.service.ClientNetworks;
import io.fullnat.api.service.Clients;
import io.fullnat.api.service.LocalAddress;
import io.fullnat.api.service.RealServer;
import io.fullnat.api.service.ServicePolicy.Refusal;
import io.fullnat.api.service.VirtualService;
import io.fullnat.balancer.attribute.ServerAttributes;
import io.fullnat.balancer.attribute.ServiceAttributes;
import io.fullnat.core.BalancerBuilder;
import java.net.Inet6Address;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;

/// Writes a configuration as a file that [ConfigurationFile] reads as the same one: addresses,
/// routes, neighbours and services sorted, servers and local addresses in their order, defaults
/// left out unless they are worth seeing. For one thread, once.
public final class ConfigurationWriter {
    private final StringBuilder out = new StringBuilder();
    private final Configuration configuration;

    private ConfigurationWriter(Configuration configuration) {
        this.configuration = configuration;
    }

    /// Writes.
    ///
    /// @param configuration what to write
    /// @return YAML that ends with a line feed
    public static String write(Configuration configuration) {
        return new ConfigurationWriter(configuration).text();
    }

    private String text() {
        workers();
        memory();
        ports();
        api();
        punting();
        arp();
        network();
        if (!configuration.timeouts().byState().isEmpty()) {
            line("");
            line("timeouts:");
            TimeoutSection.lines(configuration.timeouts()).forEach(this::line);
        }
        sets();
        services();
        unusedPorts();
        events();
        log();
        return out.toString();
    }

    private void sets() {
        section("sets", configuration.sets());
        configuration
                .sets()
                .forEach(set -> SetSection.lines(set).forEach(text -> line("  " + text)));
    }

    private void unusedPorts() {
        if (configuration.unusedPorts() != Refusal.REJECT) {
            line("");
            line("unused-ports: " + configuration.unusedPorts().word());
        }
    }

    private void events() {
        if (!configuration.webhooks().isEmpty()) {
            line("");
            line("events:");
            line("  webhooks:");
            EventSection.lines(configuration.webhooks()).forEach(text -> line("    " + text));
        }
    }

    private void log() {
        LogSettings log = configuration.log();
        if (log.equals(LogSettings.DEFAULT)) {
            return;
        }
        line("");
        line("log:");
        log.level().ifPresent(level -> line("  level: " + level.word()));
        if (!log.areas().isEmpty()) {
            line("  levels:");
            log.areas().forEach((area, level) -> line("    " + area.word() + ": " + level.word()));
        }
        log.format().ifPresent(format -> line("  format: " + format.word()));
        line("  audit: " + quoted(log.audit().text()));
    }

    private void workers() {
        WorkerSettings workers = configuration.workers();
        line("workers:");
        line("  count: " + workers.count());
        if (!workers.cpus().isEmpty()) {
            line("  cpus: " + workers.cpus());
        }
        line("  connections: " + workers.connections());
        if (workers.templates() != BalancerBuilder.DEFAULT_TEMPLATES) {
            line("  templates: " + workers.templates());
        }
        workers.idle()
                .ifPresent(idle ->
                        line("  idle: " + idle.name().toLowerCase(Locale.ROOT).replace('_', '-')));
        workers.modified().ifPresent(modified -> line("  modified-connections: " + modified));
        if (!workers.clientNetworks().equals(ClientNetworks.DEFAULT)) {
            line("  client-networks: " + quoted(workers.clientNetworks().toString()));
        }
        workers.cookieSecrets()
                .ifPresent(file -> line("  cookie-secrets-file: " + quoted(file.toString())));
    }

    private void memory() {
        MemorySettings memory = configuration.memory();
        line("");
        line("memory:");
        memory.megabytes().ifPresent(megabytes -> line("  megabytes: " + megabytes));
        line("  hugepages: " + memory.hugepages().name().toLowerCase(Locale.ROOT));
        memory.buffers().ifPresent(buffers -> line("  buffers: " + buffers));
    }

    private void ports() {
        line("");
        line("ports:");
        for (PortSettings port : configuration.ports()) {
            line("  - name: " + quoted(port.name()));
            line("    device: " + quoted(port.device().text()));
            port.mtu().ifPresent(mtu -> line("    mtu: " + mtu));
            if (port.promiscuous()) {
                line("    promiscuous: true");
            }
            port.mac().ifPresent(mac -> line("    mac: " + quoted(mac)));
            if (port.reversePath() != ReversePath.OFF) {
                line("    reverse-path: " + port.reversePath().name().toLowerCase(Locale.ROOT));
            }
            port.kernel().ifPresent(kernel -> line("    kernel: " + quoted(kernel)));
        }
    }

    private void punting() {
        PuntSettings punting = configuration.punting();
        if (punting.equals(PuntSettings.DEFAULT)) {
            return;
        }
        line("");
        line("kernel-path:");
        line("  routing-rate: " + punting.routing());
        line("  host-rate: " + punting.host());
        line("  other-rate: " + punting.other());
        line("  virtual-addresses: " + (punting.virtualAddresses() ? "punt" : "keep"));
        line("  defence-tcp-drop: " + punting.dropsTcp());
        line("  defence-udp-drop: " + punting.dropsUdp());
    }

    private void arp() {
        NeighbourSettings arp = configuration.arp();
        if (arp.equals(NeighbourSettings.DEFAULT)) {
            return;
        }
        line("");
        line("arp:");
        line("  verify-moves: " + arp.verifyMoves());
        line("  defend-addresses: " + arp.defendAddresses());
    }

    private void api() {
        ApiSettings api = configuration.api();
        api.metrics()
                .ifPresent(metrics -> {
                    line("");
                    line("metrics:");
                    line("  listen: " + quoted(text(metrics.listen())));
                    files("  ", metrics);
                });
        if (new ApiSettings(api.socket(), api.tcp()).equals(ApiSettings.DEFAULT)) {
            return;
        }
        line("");
        line("api:");
        line("  socket: " + api.socket().map(YamlText::quoted).orElse("none"));
        api.tcp()
                .ifPresent(tcp -> {
                    line("  tcp:");
                    line("    listen: " + quoted(text(tcp.listen())));
                    files("    ", tcp);
                    if (tcp.tokenFile().isEmpty()) {
                        line("    token: none");
                    }
                });
    }

    private void files(String margin, ApiSettings.Tcp listener) {
        path(margin + "certificate", listener.tls().map(ApiSettings.Tls::certificate));
        path(margin + "key", listener.tls().map(ApiSettings.Tls::key));
        path(margin + "token-file", listener.tokenFile());
    }

    private void path(String key, Optional<Path> path) {
        path.ifPresent(file -> line(key + ": " + quoted(file)));
    }

    private static String text(InetSocketAddress listen) {
        String address = listen.getAddress().getHostAddress();
        String host = listen.getAddress() instanceof Inet6Address ? "[" + address + "]" : address;
        return host + ":" + listen.getPort();
    }

    private void network() {
        List<InterfaceAddress> addresses = new ArrayList<>(configuration.addresses());
        addresses.sort(Comparator.comparing(own -> own.prefix().address()));
        section("addresses", addresses);
        for (InterfaceAddress own : addresses) {
            List<Object> entry = new ArrayList<>();
            entry.addAll(List.of("address", address(own.prefix()), "device", quoted(own.device())));
            if (own.kernel()) {
                entry.addAll(List.of("kernel", "true"));
            }
            lifetime("valid-lifetime", own.lifetime().validSeconds(), entry);
            lifetime("preferred-lifetime", own.lifetime().preferredSeconds(), entry);
            line(entry(entry.toArray()));
        }
        List<Route> routes = new ArrayList<>(configuration.routes());
        routes.sort(
                Comparator.comparing((Route route) -> route.destination().address())
                        .thenComparingInt(route -> route.destination().length()));
        section("routes", routes);
        for (Route route : routes) {
            line(
                    route.gateway()
                            .map(via ->
                                    entry(
                                            "to",
                                            address(route.destination()),
                                            "via",
                                            address(via),
                                            "device",
                                            quoted(route.device())))
                            .orElseGet(() ->
                                    entry(
                                            "to",
                                            address(route.destination()),
                                            "device",
                                            quoted(route.device()))));
        }
        List<Neighbour> neighbours = new ArrayList<>(configuration.neighbours());
        neighbours.sort(Comparator.comparing(Neighbour::address).thenComparing(Neighbour::device));
        section("neighbours", neighbours);
        for (Neighbour neighbour : neighbours) {
            line(
                    entry(
                            "address",
                            address(neighbour.address()),
                            "mac",
                            quoted(neighbour.mac()),
                            "device",
                            quoted(neighbour.device())));
        }
    }

    private void section(String key, List<?> entries) {
        if (!entries.isEmpty()) {
            line("");
            line(key + ":");
        }
    }

    private static void lifetime(String key, long seconds, List<Object> entry) {
        if (seconds != AddressLifetime.INFINITY) {
            entry.addAll(List.of(key, seconds));
        }
    }

    private static String entry(Object... keysAndValues) {
        StringBuilder entry = new StringBuilder("  - {");
        for (int i = 0; i < keysAndValues.length; i += 2) {
            entry.append(i == 0 ? "" : ", ")
                    .append(keysAndValues[i])
                    .append(": ")
                    .append(keysAndValues[i + 1]);
        }
        return entry.append('}').toString();
    }

    private void services() {
        List<VirtualService> services = new ArrayList<>(configuration.services());
        services.sort(Comparator.comparing(VirtualService::key));
        section("services", services);
        Set<IpAddress> owned =
                configuration.addresses().stream()
                        .map(own -> own.prefix().address())
                        .collect(Collectors.toSet());
        String gap = "";
        for (VirtualService service : services) {
            out.append(gap);
            service(
                    service,
                    service.frontends().stream()
                            .allMatch(frontend -> owned.contains(frontend.address())));
            gap = "\n";
        }
    }

    private void service(VirtualService service, boolean owned) {
        line("  - protocol: " + service.key().protocol().name().toLowerCase(Locale.ROOT));
        line(
                service.key().isGroup()
                        ? "    group: " + quoted(service.key().group())
                        : "    address: " + quoted(service.key().name()));
        if (!owned) {
            line("    routed: true");
        }
        AttributeFields.lines(ServiceAttributes.ALL, service).forEach(text -> line("    " + text));
        rules("deny", service, AccessRule.Action.DENY);
        rules("allow", service, AccessRule.Action.ALLOW);
        if (!service.realServers().isEmpty()) {
            line("    servers:");
        }
        for (RealServer server : service.realServers()) {
            List<String> attributes = AttributeFields.fields(ServerAttributes.ALL, server);
            line(
                    "      - {address: "
                            + quoted(server.endpoint())
                            + ", "
                            + String.join(", ", attributes)
                            + "}");
        }
        line(service.localAddresses().isEmpty() ? "    locals: []" : "    locals:");
        for (LocalAddress local : service.localAddresses()) {
            line(
                    "    "
                            + entry(
                                    "address",
                                    address(local.address()),
                                    "device",
                                    quoted(local.device())));
        }
    }

    private void rules(String key, VirtualService service, AccessRule.Action action) {
        List<String> clients =
                service.accessRules().stream()
                        .filter(rule -> rule.action() == action)
                        .map(rule -> clients(rule.clients()))
                        .toList();
        if (!clients.isEmpty()) {
            line("    " + key + ": " + clients);
        }
    }

    private static String clients(Clients clients) {
        return clients instanceof Clients.Network(IpPrefix prefix)
                ? address(prefix)
                : quoted(clients);
    }

    private void line(String text) {
        out.append(text).append('\n');
    }
}
