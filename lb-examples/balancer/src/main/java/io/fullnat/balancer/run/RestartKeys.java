// SPDX-License-Identifier: Apache-2.0
package io.fullnat.balancer.run;

import io.fullnat.api.BalancerException;
import io.fullnat.api.ErrorCode;
import io.fullnat.balancer.config.ApiSettings;
import io.fullnat.balancer.config.Configuration;
import io.fullnat.balancer.config.PortSettings;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.TreeMap;
import java.util.stream.Collectors;

/// The keys of a configuration that are read at the start only: `workers`, `memory`, `ports`, `api`
/// but for certificate, key and token, `arp` and `unused-ports`.
final class RestartKeys {
    private final List<String> different = new ArrayList<>();

    private RestartKeys() {}

    /// Refuses a configuration that differs in one of them.
    ///
    /// @param started what the balancer was started with
    /// @param wished what it is to become
    /// @throws BalancerException [ErrorCode#UNSUPPORTED], with every key and both values
    static void check(Configuration started, Configuration wished) {
        RestartKeys keys = new RestartKeys();
        keys.compare("workers.count", started.workers().count(), wished.workers().count());
        keys.compare("workers.cpus", started.workers().cpus(), wished.workers().cpus());
        keys.compare(
                "workers.connections",
                started.workers().connections(),
                wished.workers().connections());
        keys.compare("workers.idle", started.workers().idle(), wished.workers().idle());
        keys.compare("memory.megabytes", started.memory().megabytes(), wished.memory().megabytes());
        keys.compare("memory.hugepages", started.memory().hugepages(), wished.memory().hugepages());
        keys.compare("memory.buffers", started.memory().buffers(), wished.memory().buffers());
        keys.ports(started.ports(), wished.ports());
        keys.api(started.api(), wished.api());
        keys.compare("unused-ports", started.unusedPorts(), wished.unusedPorts());
        keys.compare("arp.verify-moves", started.arp().verifyMoves(), wished.arp().verifyMoves());
        keys.compare(
                "arp.defend-addresses",
                started.arp().defendAddresses(),
                wished.arp().defendAddresses());
        if (!keys.different.isEmpty()) {
            throw new BalancerException(
                    ErrorCode.UNSUPPORTED,
                    keys.different.stream()
                            .map(key -> key + " needs a restart")
                            .collect(Collectors.joining("\n")));
        }
    }

    private void ports(List<PortSettings> started, List<PortSettings> wished) {
        compare("ports", names(started), names(wished));
        Map<String, PortSettings> before = new TreeMap<>();
        started.forEach(port -> before.put(port.name(), port));
        for (PortSettings port : wished) {
            PortSettings known = before.get(port.name());
            if (known != null) {
                String path = "ports[" + port.name() + "].";
                compare(path + "device", known.device(), port.device());
                compare(path + "mtu", known.mtu(), port.mtu());
                compare(path + "promiscuous", known.promiscuous(), port.promiscuous());
                compare(path + "mac", known.mac(), port.mac());
                compare(path + "reverse-path", known.reversePath(), port.reversePath());
            }
        }
    }

    private static List<String> names(List<PortSettings> ports) {
        return ports.stream().map(PortSettings::name).sorted().toList();
    }

    private void api(ApiSettings started, ApiSettings wished) {
        compare("api.socket", started.socket(), wished.socket());
        Optional<ApiSettings.Tcp> before = started.tcp();
        Optional<ApiSettings.Tcp> after = wished.tcp();
        compare("api.tcp.listen", before.map(RestartKeys::listen), after.map(RestartKeys::listen));
        // Files with another name are read like those with other content.
        compare("api.tcp.certificate", isEncrypted(before), isEncrypted(after));
    }

    private static String isEncrypted(Optional<ApiSettings.Tcp> tcp) {
        return tcp.flatMap(ApiSettings.Tcp::tls).isPresent() ? "given" : "(not given)";
    }

    private static String listen(ApiSettings.Tcp tcp) {
        return tcp.listen().getAddress().getHostAddress() + ":" + tcp.listen().getPort();
    }

    private void compare(String key, Object started, Object wished) {
        if (!started.equals(wished)) {
            different.add(key + ": " + text(started) + " -> " + text(wished));
        }
    }

    private static String text(Object value) {
        return switch (value) {
            case Enum<?> word -> word.name().toLowerCase(Locale.ROOT).replace('_', '-');
            case Optional<?> optional -> optional.map(RestartKeys::text).orElse("(not given)");
            case OptionalInt number ->
                    number.isPresent() ? String.valueOf(number.getAsInt()) : "(not given)";
            default -> value.toString();
        };
    }
}
