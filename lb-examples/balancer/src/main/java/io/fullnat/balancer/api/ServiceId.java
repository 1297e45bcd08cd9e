// SPDX-License-Identifier: Apache-2.0
package io.fullnat.balancer.api;

import io.fullnat.api.IpAddress;
import io.fullnat.api.Protocol;
import io.fullnat.api.service.Frontend;
import io.fullnat.api.service.ServiceKey;
import java.util.Locale;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// The name of a service in paths: `VIP-PORT-PROTOCOL`, as in `192.168.88.1-80-tcp`, port 0 for all
/// ports; `VIP-FIRST-LAST-PROTOCOL`, as in `192.168.88.1-1000-2000-tcp`; `group:NAME-PROTOCOL`, as
/// in `group:shop-tcp`.
final class ServiceId {
    private static final Pattern FORM =
            Pattern.compile("(.+?)-([0-9]{1,5})(?:-([0-9]{1,5}))?-([A-Za-z0-9]+)");
    private static final Pattern GROUP = Pattern.compile("group:(.+)-([A-Za-z0-9]+)");
    private static final Set<String> LACKING = Set.of("sctp", "quic", "icmp");

    private ServiceId() {}

    /// Reads a name.
    ///
    /// @throws Failure if it is none
    /// @throws io.fullnat.api.BalancerException if address or port is wrong
    static ServiceKey parse(String text) {
        Matcher group = GROUP.matcher(text);
        if (group.matches()) {
            return ServiceKey.group(
                    protocol(group.group(2).toLowerCase(Locale.ROOT), text), group.group(1));
        }
        Matcher parts = FORM.matcher(text);
        if (!parts.matches()) {
            throw Failure.invalid(
                    "\""
                            + text
                            + "\" names no service; write VIP-PORT-PROTOCOL, as in"
                            + " 192.0.2.80-80-tcp");
        }
        Protocol protocol = protocol(parts.group(4).toLowerCase(Locale.ROOT), text);
        IpAddress address = IpAddress.parse(parts.group(1));
        int first = Integer.parseInt(parts.group(2));
        int last = parts.group(3) == null ? first : Integer.parseInt(parts.group(3));
        return ServiceKey.of(protocol, new Frontend(address, first, last));
    }

    private static Protocol protocol(String word, String text) {
        if (LACKING.contains(word)) {
            throw Failure.unsupported(
                    word + " of \"" + text + "\" is not balanced; only tcp and udp are");
        }
        return switch (word) {
            case "tcp" -> Protocol.TCP;
            case "udp" -> Protocol.UDP;
            default ->
                    throw Failure.invalid(
                            "\""
                                    + word
                                    + "\" of \""
                                    + text
                                    + "\" is no protocol; write tcp or udp");
        };
    }

    static String of(ServiceKey key) {
        String protocol = "-" + key.protocol().name().toLowerCase(Locale.ROOT);
        if (key.isGroup()) {
            return key.name() + protocol;
        }
        String ports =
                key.lastPort() == key.endpoint().port()
                        ? String.valueOf(key.lastPort())
                        : key.endpoint().port() + "-" + key.lastPort();
        return key.endpoint().address() + "-" + ports + protocol;
    }
}
