// SPDX-License-Identifier: Apache-2.0
package io.fullnat.balancer.config;

import io.fullnat.api.BalancerException;
import io.fullnat.api.ErrorCode;
import io.fullnat.api.network.InterfaceAddress;
import io.fullnat.api.network.Neighbour;
import io.fullnat.api.network.Route;
import io.fullnat.api.service.ServicePolicy.Refusal;
import io.fullnat.api.service.VirtualService;
import io.fullnat.api.set.IpSet;
import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.CharsetDecoder;
import java.nio.charset.CoderResult;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// Reads the balancer's configuration file (docs/configuration.md). Nothing is started or changed.
public final class ConfigurationFile {
    static final List<String> KEYS =
            List.of(
                    "workers",
                    "memory",
                    "ports",
                    "api",
                    "metrics",
                    "events",
                    "kernel-path",
                    "arp",
                    "addresses",
                    "routes",
                    "neighbours",
                    "timeouts",
                    "sets",
                    "services",
                    "unused-ports",
                    "log");

    /// The longest file: some 200,000 services with two real servers each.
    private static final int MAX_BYTES = 64 << 20;

    private ConfigurationFile() {}

    /// Reads a file.
    ///
    /// @param file in YAML
    /// @return the configuration
    /// @throws BalancerException [ErrorCode#INVALID_CONFIGURATION], with every problem as a line
    ///   `FILE:LINE: reason`, `FILE: reason` of the file as a whole; [ErrorCode#INVALID_ARGUMENT]
    ///   if it cannot be read
    public static Configuration read(Path file) {
        List<byte[]> bytes =
                BoundedFile.pieces(file, MAX_BYTES, "a configuration", ErrorCode.INVALID_ARGUMENT);
        try {
            return parse(file.toString(), text(bytes));
        } catch (CharacterCodingException e) {
            throw new BalancerException(
                    ErrorCode.INVALID_CONFIGURATION, file + ":1: the file is not UTF-8 text", e);
        } catch (OutOfMemoryError e) {
            throw new BalancerException(
                    ErrorCode.INVALID_CONFIGURATION,
                    file
                            + " has "
                            + bytes.stream().mapToLong(piece -> piece.length).sum()
                            + " bytes, too much for the memory of this process ("
                            + (Runtime.getRuntime().maxMemory() >> 20)
                            + " MiB); FULLNAT_JAVA_OPTIONS=-Xmx2g gives it more",
                    e);
        }
    }

    /// A character may begin in one piece and end in the next.
    private static List<String> text(List<byte[]> utf8) throws CharacterCodingException {
        CharsetDecoder decoder = StandardCharsets.UTF_8.newDecoder();
        List<String> text = new ArrayList<>();
        byte[] begun = {};
        for (int i = 0; i < utf8.size(); i++) {
            ByteBuffer bytes = ByteBuffer.allocate(begun.length + utf8.get(i).length);
            bytes.put(begun).put(utf8.get(i)).flip();
            CharBuffer chars = CharBuffer.allocate(bytes.remaining());
            CoderResult result = decoder.decode(bytes, chars, i == utf8.size() - 1);
            if (result.isError()) {
                result.throwException();
            }
            text.add(chars.flip().toString());
            begun = new byte[bytes.remaining()];
            bytes.get(begun);
        }
        return text;
    }

    /// Reads text.
    ///
    /// @param name of the file, for messages
    /// @param yaml its text
    /// @return the configuration
    /// @throws BalancerException [ErrorCode#INVALID_CONFIGURATION], as [#read(Path)]
    public static Configuration parse(String name, String yaml) {
        return parse(name, List.of(yaml));
    }

    private static Configuration parse(String name, List<String> yaml) {
        Problems problems = new Problems(name);
        Optional<Configuration> configuration = parse(yaml, false, problems);
        if (problems.isOfWhole()) {
            throw problems.asException();
        }
        if (configuration.isEmpty() || !problems.isEmpty()) {
            // Lines are wanted now, and cost more than the rest: they are not looked for before.
            problems = new Problems(name);
            parse(yaml, true, problems);
            throw problems.asException();
        }
        return configuration.get();
    }

    private static Optional<Configuration> parse(
            List<String> yaml, boolean lines, Problems problems) {
        try {
            Optional<YamlNode> root = YamlReader.parse(yaml, lines, problems);
            if (root.isEmpty() && problems.isEmpty()) {
                problems.add(1, "the file is empty; known keys: " + String.join(", ", KEYS));
            }
            return root.flatMap(node -> Fields.of(node, problems, KEYS))
                    .map(ConfigurationFile::read);
        } catch (Problems.FullException e) {
            return Optional.empty();
        }
    }

    private static Configuration read(Fields file) {
        PortSection section = new PortSection(file);
        List<PortSettings> ports = section.ports();
        Devices devices =
                new Devices(
                        ports.stream().map(PortSettings::name).toList(),
                        file.size("ports") == ports.size());
        AddressCheck check = new AddressCheck();
        NetworkSection network = new NetworkSection(file, devices, check);
        List<InterfaceAddress> addresses = network.addresses();
        List<Route> routes = network.routes(addresses);
        List<Neighbour> neighbours = network.neighbours();
        List<VirtualService> services =
                new ServiceSection(file, devices, addresses, check).services();
        Map<String, Integer> mtus = new HashMap<>();
        ports.forEach(port -> port.mtu().ifPresent(mtu -> mtus.put(port.name(), mtu)));
        check.kernels(ports, addresses);
        check.check(mtus, addresses, routes, neighbours, services);
        List<IpSet> sets = new SetSection().sets(file);
        if (file.size("sets") == sets.size()) {
            check.sets(services, sets);
        }
        return new Configuration(
                section.workers(),
                section.memory(),
                ports,
                new ApiSection(file).settings(),
                section.punting(),
                network.arp(),
                addresses,
                routes,
                neighbours,
                TimeoutSection.read(file),
                services,
                file.optional("unused-ports", Scalar.oneOf(ServiceSection.REFUSALS))
                        .orElse(Refusal.REJECT),
                LogSection.settings(file),
                sets,
                EventSection.webhooks(file));
    }
}
