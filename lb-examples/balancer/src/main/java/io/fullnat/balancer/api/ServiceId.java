// SPDX-License-Identifier: Apache-2.0
package io.fullnat.balancer.api;

import io.fullnat.api.Endpoint;
import io.fullnat.api.IpAddress;
import io.fullnat.api.Protocol;
import io.fullnat.api.service.ServiceKey;
import java.util.Locale;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// The name of a service in paths: `VIP-PORT-PROTOCOL`, as in `192.168.88.1-80-tcp`.
final class ServiceId {
    private static final Pattern FORM = Pattern.compile("(.+)-([0-9]{1,5})-([A-Za-z0-9]+)");
    private static final Set<String> LACKING = Set.of("sctp", "quic", "icmp");

    private ServiceId() {}

    /// Reads a name.
    ///
    /// @throws Failure if it is none
    /// @throws io.fullnat.api.BalancerException if address or port is wrong
    static ServiceKey parse(String text) {
        Matcher parts = FORM.matcher(text);
        if (!parts.matches()) {
            throw Failure.invalid(
                    "\""
                            + text
                            + "\" names no service; write VIP-PORT-PROTOCOL, as in"
                            + " 192.0.2.80-80-tcp");
        }
        Protocol protocol = protocol(parts.group(3).toLowerCase(Locale.ROOT), text);
        IpAddress address = IpAddress.parse(parts.group(1));
        return new ServiceKey(protocol, new Endpoint(address, Integer.parseInt(parts.group(2))));
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
        return key.endpoint().address()
                + "-"
                + key.endpoint().port()
                + "-"
                + key.protocol().name().toLowerCase(Locale.ROOT);
    }
}
