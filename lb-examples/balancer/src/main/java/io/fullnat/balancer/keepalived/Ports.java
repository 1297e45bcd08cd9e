// SPDX-License-Identifier: Apache-2.0
package io.fullnat.balancer.keepalived;

import io.fullnat.api.BalancerException;
import io.fullnat.api.ErrorCode;
import io.fullnat.balancer.config.YamlText;
import io.fullnat.balancer.keepalived.Statement.Place;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/// The ports: what keepalived knows by the names of interfaces alone.
final class Ports {
    private static final String NAME = "[A-Za-z][A-Za-z0-9_-]{0,14}";

    private final Map<String, String> given;
    private final Set<String> names = new LinkedHashSet<>();
    private final Map<String, String> placed = new LinkedHashMap<>();
    private final Findings findings;

    /// @param given devices by the name of a port, in order
    /// @param statements of the file
    Ports(Map<String, String> given, List<Statement> statements, Groups groups, Findings findings) {
        this.given = given;
        this.findings = findings;
        names.addAll(given.keySet());
        groups.devices().forEach(device -> names.add(port(device)));
        for (Statement each : statements) {
            if (each.keyword().equals("virtual_server")) {
                each.block().stream()
                        .filter(part -> part.keyword().equals("vip_bind_dev"))
                        .flatMap(part -> part.word(1).stream())
                        .forEach(device -> names.add(port(device)));
            } else if (each.keyword().equals("vrrp_instance")) {
                virtualAddresses(each);
            }
        }
        if (names.isEmpty()) {
            throw new BalancerException(
                    ErrorCode.INVALID_ARGUMENT,
                    "the file names no interface; say --port NAME=DEVICE, as in --port outside=af_packet:eth1");
        }
        for (String name : names) {
            if (!name.matches(NAME)) {
                throw new BalancerException(
                        ErrorCode.INVALID_ARGUMENT,
                        "\""
                                + name
                                + "\" is no name of a port: a letter, then up to 14 letters, digits, - or _");
            }
        }
    }

    /// Where VRRP puts addresses.
    private void virtualAddresses(Statement instance) {
        Optional<String> own =
                instance.block().stream()
                        .filter(part -> part.keyword().equals("interface"))
                        .findFirst()
                        .flatMap(part -> part.word(1));
        for (Statement block : instance.block()) {
            if (block.keyword().startsWith("virtual_ipaddress")) {
                for (Statement entry : block.block()) {
                    int dev = entry.words().indexOf("dev");
                    Optional<String> device = dev > 0 ? entry.word(dev + 1) : own;
                    String address = entry.keyword().replaceFirst("/.*", "");
                    device.ifPresent(one -> {
                        placed.put(address, one);
                        names.add(port(one));
                    });
                }
            }
        }
    }

    /// The port of an interface, without its VLAN.
    private static String port(String device) {
        int dot = device.indexOf('.');
        return dot < 0 ? device : device.substring(0, dot);
    }

    boolean isKnown(String device) {
        return names.contains(port(device));
    }

    /// Where a virtual address is.
    ///
    /// @param bound the device that its service names
    String ofVirtual(Place place, String address, Optional<String> bound) {
        Optional<String> known = bound.or(() -> Optional.ofNullable(placed.get(address)));
        if (known.isPresent()) {
            return known.get();
        }
        String first = names.iterator().next();
        if (names.size() > 1) {
            findings.differs(
                    place,
                    address
                            + " is put on the port "
                            + first
                            + ", as the file does not say where it is");
        }
        return first;
    }

    /// Where a local address is.
    String ofLocal(Statement entry) {
        return entry.word(1).orElseGet(() -> names.iterator().next());
    }

    List<String> lines(Place place) {
        List<String> lines = new ArrayList<>();
        for (String name : names) {
            String device = given.get(name);
            if (device == null) {
                device = "af_packet:" + name;
                findings.differs(
                        place,
                        "the port "
                                + name
                                + " is the kernel's interface of that name; --port "
                                + name
                                + "=DEVICE says otherwise, for example a PCI address");
            }
            lines.add("  - {name: " + name + ", device: " + YamlText.quoted(device) + "}");
        }
        return lines;
    }
}
