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

/// The keys of a configuration that are read at the start only: `workers` but for the file of
/// secrets, `memory`, `ports`, `api` and `metrics` but for certificate, key and token,
/// `kernel-path`, `arp` and `unused-ports`.
final class RestartKeys {
    private final List<String> different = new ArrayList<>();

    private RestartKeys() {}

    /// Refuses a configuration that differs in one of them.
    ///
    /// @param started what the balancer was started with
    /// @param desired what it is to become
    /// @throws BalancerException [ErrorCode#UNSUPPORTED], with every key and both values
    static void check(Configuration started, Configuration desired) {
        RestartKeys keys = new RestartKeys();
        keys.compare("workers.count", started.workers().count(), desired.workers().count());
        keys.compare("workers.cpus", started.workers().cpus(), desired.workers().cpus());
        keys.compare(
                "workers.connections",
                started.workers().connections(),
                desired.workers().connections());
        keys.compare(
                "workers.templates", started.workers().templates(), desired.workers().templates());
        keys.compare("workers.idle", started.workers().idle(), desired.workers().idle());
        keys.compare(
                "workers.modified-connections",
                started.workers().modified(),
                desired.workers().modified());
        keys.compare(
                "workers.client-networks",
                started.workers().clientNetworks(),
                desired.workers().clientNetworks());
        keys.compare(
                "memory.megabytes", started.memory().megabytes(), desired.memory().megabytes());
        keys.compare(
                "memory.hugepages", started.memory().hugepages(), desired.memory().hugepages());
        keys.compare("memory.buffers", started.memory().buffers(), desired.memory().buffers());
        keys.ports(started.ports(), desired.ports());
        keys.api(started.api(), desired.api());
        keys.compare("arp.verify-moves", started.arp().verifyMoves(), desired.arp().verifyMoves());
        keys.compare(
                "arp.defend-addresses",
                started.arp().defendAddresses(),
                desired.arp().defendAddresses());
        if (!keys.different.isEmpty()) {
            throw new BalancerException(
                    ErrorCode.UNSUPPORTED,
                    keys.different.stream()
                            .map(key -> key + " needs a restart")
                            .collect(Collectors.joining("\n")));
        }
    }

    private void ports(List<PortSettings> started, List<PortSettings> desired) {
        compare("ports", names(started), names(desired));
        Map<String, PortSettings> before = new TreeMap<>();
        started.forEach(port -> before.put(port.name(), port));
        for (PortSettings port : desired) {
            PortSettings known = before.get(port.name());
            if (known != null) {
                String path = "ports[" + port.name() + "].";
                compare(path + "device", known.device(), port.device());
                compare(path + "mtu", known.mtu(), port.mtu());
                compare(path + "promiscuous", known.promiscuous(), port.promiscuous());
                compare(path + "mac", known.mac(), port.mac());
                compare(path + "reverse-path", known.reversePath(), port.reversePath());
                compare(path + "kernel", known.kernel(), port.kernel());
            }
        }
    }

    private static List<String> names(List<PortSettings> ports) {
        return ports.stream().map(PortSettings::name).sorted().toList();
    }

    private void api(ApiSettings started, ApiSettings desired) {
        compare("api.socket", started.socket(), desired.socket());
        Optional<ApiSettings.Tcp> before = started.tcp();
        Optional<ApiSettings.Tcp> after = desired.tcp();
        compare("api.tcp.listen", before.map(RestartKeys::listen), after.map(RestartKeys::listen));
        // Files with another name are read like those with other content.
        compare("api.tcp.certificate", isEncrypted(before), isEncrypted(after));
        compare(
                "metrics.listen",
                started.metrics().map(RestartKeys::listen),
                desired.metrics().map(RestartKeys::listen));
        compare(
                "metrics.certificate",
                isEncrypted(started.metrics()),
                isEncrypted(desired.metrics()));
    }

    private static String isEncrypted(Optional<ApiSettings.Tcp> tcp) {
        return tcp.flatMap(ApiSettings.Tcp::tls).isPresent() ? "given" : "(not given)";
    }

    private static String listen(ApiSettings.Tcp tcp) {
        return tcp.listen().getAddress().getHostAddress() + ":" + tcp.listen().getPort();
    }

    private void compare(String key, Object started, Object desired) {
        if (!started.equals(desired)) {
            different.add(key + ": " + text(started) + " -> " + text(desired));
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
