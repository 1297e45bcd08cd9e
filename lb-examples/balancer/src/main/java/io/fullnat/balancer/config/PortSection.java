// SPDX-License-Identifier: Apache-2.0
package io.fullnat.balancer.config;

import io.fullnat.api.BalancerException;
import io.fullnat.api.ErrorCode;
import io.fullnat.api.MacAddress;
import io.fullnat.api.network.PuntSettings;
import io.fullnat.api.network.ReversePath;
import io.fullnat.api.service.ClientNetworks;
import io.fullnat.core.BalancerBuilder;
import io.fullnat.core.IdleMode;
import io.fullnat.dpdk.DeviceSpec;
import io.fullnat.dpdk.Hugepages;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// Reads `ports`, `workers` and `memory`: what the packets come in by. For one thread.
final class PortSection {
    static final List<String> PORT_KEYS =
            List.of("name", "device", "mtu", "promiscuous", "mac", "reverse-path", "kernel");
    static final List<String> WORKER_KEYS =
            List.of(
                    "count",
                    "cpus",
                    "connections",
                    "templates",
                    "idle",
                    "modified-connections",
                    "client-networks",
                    "cookie-secrets-file");
    private static final Pattern LENGTHS = Pattern.compile("([0-9]{1,3}),([0-9]{1,3})");

    static final List<String> MEMORY_KEYS = List.of("megabytes", "hugepages", "buffers");

    static final List<String> KERNEL_PATH_KEYS =
            List.of(
                    "routing-rate",
                    "host-rate",
                    "other-rate",
                    "virtual-addresses",
                    "defence-tcp-drop",
                    "defence-udp-drop");

    private static final Map<String, Boolean> VIRTUAL_ADDRESSES =
            Map.of("keep", false, "punt", true);

    private static final int MAX_RATE = 10_000_000;
    private static final int MAX_CPU = 1023;
    private static final int MAX_CONNECTIONS = 1 << 26;
    private static final int MAX_TEMPLATES = 1 << 26;
    private static final int MIN_MTU = 576;
    private static final int MAX_MTU = 9600;
    private static final int MIN_MEGABYTES = 64;
    private static final int MAX_MEGABYTES = 1 << 20;
    private static final int MIN_BUFFERS = 1024;
    private static final int MAX_BUFFERS = 1 << 24;

    private static final Map<String, Hugepages> HUGEPAGES =
            Map.of(
                    "auto", Hugepages.AUTO,
                    "required", Hugepages.REQUIRED,
                    "none", Hugepages.NONE);

    private static final Map<String, ReversePath> REVERSE_PATHS =
            Map.of(
                    "off", ReversePath.OFF,
                    "loose", ReversePath.LOOSE,
                    "strict", ReversePath.STRICT);

    private static final Map<String, IdleMode> IDLE_MODES =
            Map.of(
                    "spin", IdleMode.SPIN,
                    "back-off", IdleMode.BACK_OFF,
                    "park", IdleMode.PARK);

    private final Fields file;
    private final Set<String> names = new HashSet<>();
    private final Set<String> interfaces = new HashSet<>();

    PortSection(Fields file) {
        this.file = file;
    }

    List<PortSettings> ports() {
        if (!file.has("ports")) {
            file.missing("ports");
            return List.of();
        }
        List<PortSettings> ports = file.mappings("ports", PORT_KEYS, this::port);
        if (file.size("ports") == 0) {
            file.problem("ports", "at least one port is needed");
        }
        return ports;
    }

    private Optional<PortSettings> port(Fields fields) {
        Optional<String> name = fields.required("name", Scalar.parsed(this::name));
        Optional<DeviceSpec> device = fields.required("device", Scalar.parsed(DeviceSpec::parse));
        OptionalInt mtu = number(fields, "mtu", MIN_MTU, MAX_MTU);
        boolean promiscuous = fields.optional("promiscuous", Scalar.truth()).orElse(false);
        Optional<MacAddress> mac = fields.optional("mac", Scalar.parsed(PortSection::unicast));
        ReversePath reversePath =
                fields.optional("reverse-path", Scalar.oneOf(REVERSE_PATHS))
                        .orElse(ReversePath.OFF);
        Optional<String> kernel = fields.optional("kernel", Scalar.parsed(this::interfaceName));
        if (name.isEmpty() || device.isEmpty()) {
            return Optional.empty();
        }
        return Optional.of(
                new PortSettings(
                        name.get(), device.get(), mtu, promiscuous, mac, reversePath, kernel));
    }

    private String name(String text) {
        if (!text.matches("[A-Za-z][A-Za-z0-9_-]{0,14}")) {
            throw wrong(
                    "\""
                            + text
                            + "\" is no port name: a letter, then up to 14 letters, digits,"
                            + " \"-\" or \"_\"");
        }
        if (!names.add(text)) {
            throw wrong("there are two ports \"" + text + "\"");
        }
        return text;
    }

    private String interfaceName(String text) {
        if (!text.matches("[A-Za-z0-9][A-Za-z0-9._-]{0,14}")) {
            throw wrong(
                    "\""
                            + text
                            + "\" is no name of an interface of the kernel: a letter or digit, then up"
                            + " to 14 letters, digits, \".\", \"_\" or \"-\"");
        }
        if (!interfaces.add(text)) {
            throw wrong("two ports cannot share the kernel's interface \"" + text + "\"");
        }
        return text;
    }

    /// How much goes to the kernel: `kernel-path`.
    PuntSettings punting() {
        PuntSettings standard = PuntSettings.DEFAULT;
        Optional<Fields> section = file.mapping("kernel-path", KERNEL_PATH_KEYS);
        if (section.isEmpty()) {
            return standard;
        }
        Fields fields = section.get();
        return new PuntSettings(
                rate(fields, "routing-rate", standard.routing()),
                rate(fields, "host-rate", standard.host()),
                rate(fields, "other-rate", standard.other()),
                fields.optional("virtual-addresses", Scalar.oneOf(VIRTUAL_ADDRESSES))
                        .orElse(standard.virtualAddresses()),
                fields.optional("defence-tcp-drop", Scalar.truth()).orElse(standard.dropsTcp()),
                fields.optional("defence-udp-drop", Scalar.truth()).orElse(standard.dropsUdp()));
    }

    private static int rate(Fields fields, String key, int standard) {
        return fields.optional(key, Scalar.number(1, MAX_RATE)).orElse(standard);
    }

    static MacAddress unicast(String text) {
        MacAddress mac = MacAddress.parse(text);
        if (mac.isGroup() || mac.bits() == 0) {
            throw wrong("MAC address " + mac + " is not that of one host");
        }
        return mac;
    }

    WorkerSettings workers() {
        WorkerSettings standard = WorkerSettings.DEFAULT;
        Optional<Fields> section = file.mapping("workers", WORKER_KEYS);
        if (section.isEmpty()) {
            return standard;
        }
        Fields fields = section.get();
        int count =
                fields.optional("count", Scalar.number(1, BalancerBuilder.MAX_WORKERS))
                        .orElse(standard.count());
        List<Integer> cpus = fields.scalars("cpus", Scalar.number(0, MAX_CPU));
        int connections =
                fields.optional("connections", Scalar.number(1, MAX_CONNECTIONS))
                        .orElse(standard.connections());
        if (fields.has("cpus") && fields.size("cpus") != count) {
            fields.problem(
                    "cpus", fields.size("cpus") + " CPUs for " + count + " workers; give each one");
        } else if (new HashSet<>(cpus).size() != cpus.size()) {
            fields.problem("cpus", "a CPU is there twice; two workers on one would halve both");
        }
        return new WorkerSettings(
                count,
                cpus,
                connections,
                fields.optional("templates", Scalar.number(1, MAX_TEMPLATES))
                        .orElse(standard.templates()),
                fields.optional("idle", Scalar.oneOf(IDLE_MODES)),
                fields.optional("modified-connections", Scalar.number(1, MAX_CONNECTIONS)),
                fields.optional("client-networks", Scalar.parsed(PortSection::clientNetworks))
                        .orElse(standard.clientNetworks()),
                fields.optional("cookie-secrets-file", Scalar.parsed(ApiSection::path)));
    }

    private static ClientNetworks clientNetworks(String text) {
        Matcher lengths = LENGTHS.matcher(text);
        if (!lengths.matches()) {
            throw wrong(
                    "\""
                            + text
                            + "\" is not two lengths of prefixes, of IPv4 and of IPv6, as in"
                            + " \"24,64\"");
        }
        return new ClientNetworks(
                Integer.parseInt(lengths.group(1)), Integer.parseInt(lengths.group(2)));
    }

    MemorySettings memory() {
        Optional<Fields> section = file.mapping("memory", MEMORY_KEYS);
        if (section.isEmpty()) {
            return MemorySettings.DEFAULT;
        }
        Fields fields = section.get();
        return new MemorySettings(
                number(fields, "megabytes", MIN_MEGABYTES, MAX_MEGABYTES),
                fields.optional("hugepages", Scalar.oneOf(HUGEPAGES))
                        .orElse(MemorySettings.DEFAULT.hugepages()),
                number(fields, "buffers", MIN_BUFFERS, MAX_BUFFERS));
    }

    private static OptionalInt number(Fields fields, String key, int min, int max) {
        Optional<Integer> value = fields.optional(key, Scalar.number(min, max));
        return value.isPresent() ? OptionalInt.of(value.get()) : OptionalInt.empty();
    }

    private static BalancerException wrong(String message) {
        return new BalancerException(ErrorCode.INVALID_CONFIGURATION, message);
    }
}
