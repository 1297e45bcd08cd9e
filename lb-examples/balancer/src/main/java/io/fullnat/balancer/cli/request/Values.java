// SPDX-License-Identifier: Apache-2.0
package io.fullnat.balancer.cli.request;

import io.fullnat.api.Endpoint;
import io.fullnat.api.FlowTuple;
import io.fullnat.api.IpAddress;
import io.fullnat.api.IpPrefix;
import io.fullnat.api.Protocol;
import io.fullnat.api.service.ServiceKey;
import io.fullnat.api.service.Timeouts;
import io.fullnat.balancer.attribute.Kind;
import java.util.List;
import java.util.Locale;

/// Reads the values of options: numeric addresses and ports only, for a name that resolves to
/// something else tomorrow has no place in a balancer's state.
public final class Values {
    private static final String DEVICE = "[A-Za-z0-9_:@-]{1,32}(\\.[0-9]{1,4})?";

    private Values() {}

    public static ServiceKey service(Protocol protocol, String text) {
        return new ServiceKey(protocol, endpoint(text));
    }

    public static Endpoint endpoint(String text) {
        refuseIpv6(text);
        return Endpoint.parse(text);
    }

    public static IpAddress address(String text) {
        refuseIpv6(text);
        refusePort(text);
        return IpAddress.parse(text);
    }

    public static IpPrefix prefix(String text) {
        refuseIpv6(text);
        refusePort(text);
        return IpPrefix.parse(text);
    }

    /// A real server; without a port it has the service's, as in ipvsadm(8).
    public static Endpoint server(String text, ServiceKey service) {
        refuseIpv6(text);
        return text.indexOf(':') < 0
                ? new Endpoint(IpAddress.parse(text), service.endpoint().port())
                : Endpoint.parse(text);
    }

    private static void refusePort(String text) {
        if (text.matches("[0-9.]+:[0-9]*")) {
            throw Refusal.invalid("\"" + text + "\" has a port; it takes an address, no port");
        }
    }

    private static void refuseIpv6(String text) {
        int colon = text.indexOf(':');
        if (text.startsWith("[") || (colon >= 0 && text.indexOf(':', colon + 1) >= 0)) {
            throw Refusal.unsupported(
                    "\"" + text + "\" is an IPv6 address; only IPv4 is supported");
        }
    }

    public static Protocol protocol(String text) {
        return switch (text.toLowerCase(Locale.ROOT)) {
            case "tcp" -> Protocol.TCP;
            case "udp" -> Protocol.UDP;
            case "sctp", "icmp", "icmpv6" ->
                    throw Refusal.unsupported(
                            "protocol " + text + " is not supported; there are tcp and udp");
            default -> throw Refusal.invalid("\"" + text + "\" is not a protocol: tcp or udp");
        };
    }

    public static String device(String text) {
        if (!text.matches(DEVICE)) {
            throw Refusal.invalid(
                    "\"" + text + "\" is not the name of a device (as in lan or lan.100)");
        }
        return text;
    }

    /// A decimal number without sign.
    public static int number(String what, String text, int min, int max) {
        return Kind.number(what, text, min, max);
    }

    /// An idle time in seconds; 0 means the defaults.
    public static int timeoutSeconds(String what, String text) {
        return number(what, text, 0, (int) Timeouts.MAX_SECONDS);
    }

    /// `PROTO:ADDRESS:PORT:ADDRESS:PORT`, the tuple of one direction.
    public static FlowTuple socketPair(String text) {
        if (text.indexOf('[') >= 0) {
            throw Refusal.unsupported("\"" + text + "\" is of IPv6; only IPv4 is supported");
        }
        List<String> parts = List.of(text.split(":", -1));
        if (parts.size() != 5) {
            throw Refusal.invalid(
                    "\""
                            + text
                            + "\" is not PROTO:ADDRESS:PORT:ADDRESS:PORT"
                            + " (as in tcp:192.0.2.7:40000:192.0.2.80:80)");
        }
        return new FlowTuple(
                protocol(parts.get(0)),
                new Endpoint(address(parts.get(1)), number("source port", parts.get(2), 0, 65535)),
                new Endpoint(address(parts.get(3)), number("target port", parts.get(4), 0, 65535)));
    }
}
