// SPDX-License-Identifier: Apache-2.0
package io.fullnat.balancer.cli.request;

import io.fullnat.api.Endpoint;
import io.fullnat.api.FlowTuple;
import io.fullnat.api.IpAddress;
import io.fullnat.api.IpPrefix;
import io.fullnat.api.Protocol;
import io.fullnat.api.service.Clients;
import io.fullnat.api.service.RealServer;
import io.fullnat.api.service.ServiceKey;
import io.fullnat.api.service.Timeouts;
import io.fullnat.api.set.SetType;
import io.fullnat.balancer.attribute.Kind;
import io.fullnat.balancer.text.Spelling;
import java.math.BigDecimal;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// Reads the values of options: numeric addresses and ports only, for a name that resolves to
/// something else tomorrow has no place in a balancer's state.
public final class Values {
    private static final String DEVICE = "[A-Za-z0-9_:@-]{1,32}(\\.[0-9]{1,4})?";

    private static final Pattern SOCKET_PAIR =
            Pattern.compile(
                    "([^:]*):(ADDRESS):([^:]*):(ADDRESS):([^:]*)"
                            .replace("ADDRESS", "\\[[^\\[\\]]*]|[^:\\[\\]]*"));

    private static final BigDecimal SHORTEST_INTERVAL = new BigDecimal("0.1");
    private static final BigDecimal LONGEST_INTERVAL = new BigDecimal("86400");

    private Values() {}

    public static ServiceKey service(Protocol protocol, String text) {
        return ServiceKey.parse(protocol, text);
    }

    /// A group: `NAME` or `tcp:NAME` of TCP, `udp:NAME` of UDP.
    public static ServiceKey group(String text) {
        int colon = text.indexOf(':');
        return colon < 0
                ? ServiceKey.group(Protocol.TCP, text)
                : ServiceKey.group(protocol(text.substring(0, colon)), text.substring(colon + 1));
    }

    public static Endpoint endpoint(String text) {
        return Endpoint.parse(text);
    }

    /// An address; one of IPv6 may have brackets.
    public static IpAddress address(String text) {
        refusePort(text);
        return IpAddress.parse(inBrackets(text) ? text.substring(1, text.length() - 1) : text);
    }

    public static IpPrefix prefix(String text) {
        refusePort(text);
        return IpPrefix.parse(text);
    }

    /// What the entries of a set are made of.
    public static SetType setType(String text) {
        List<String> all = Arrays.stream(SetType.values()).map(SetType::word).toList();
        return SetType.of(text)
                .orElseThrow(() ->
                        Refusal.invalid(
                                "no type of sets \""
                                        + text
                                        + "\""
                                        + Spelling.hint(text, all)
                                        + "; there are "
                                        + String.join(", ", all)));
    }

    /// Clients of a service.
    public static Clients clients(String text) {
        return text.startsWith(Clients.SET)
                ? Clients.parse(text)
                : new Clients.Network(prefix(text));
    }

    /// A real server; without a port it has the service's, as in ipvsadm(8), which for a service of
    /// several ports is the one that each client asks for.
    public static Endpoint server(String text, ServiceKey service) {
        boolean one = !service.isGroup() && service.frontend().isOnePort();
        boolean isAddress = text.indexOf(':') < 0 || inBrackets(text);
        return isAddress ? endpoint(text, one ? service.endpoint().port() : 0) : server(text);
    }

    /// A real server with its port, 0 for the one that each client asks for.
    public static Endpoint server(String text) {
        return RealServer.parseEndpoint(text);
    }

    /// An address with or without a port.
    ///
    /// @param port what an address without one has
    public static Endpoint endpoint(String text, int port) {
        boolean isAddress = text.indexOf(':') < 0 || inBrackets(text);
        return isAddress ? new Endpoint(address(text), port) : Endpoint.parse(text);
    }

    /// Whether a text is an address of IPv6 as it stands before a port.
    private static boolean inBrackets(String text) {
        return text.startsWith("[") && text.endsWith("]") && text.indexOf(':') >= 0;
    }

    private static void refusePort(String text) {
        if (text.matches("[0-9.]+:[0-9]*|\\[.*]:[0-9]*")) {
            throw Refusal.invalid("\"" + text + "\" has a port; it takes an address, no port");
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

    /// The time between two rounds of what is done again and again.
    ///
    /// @param what it is, for the message
    /// @param text a number of seconds, 0.1 to 86400
    public static Duration interval(String what, String text) {
        // Nine digits behind the point: more than a nanosecond is not told apart.
        if (text.matches("[0-9]{1,9}(\\.[0-9]{1,9})?|\\.[0-9]{1,9}")) {
            BigDecimal seconds = new BigDecimal(text);
            if (seconds.compareTo(SHORTEST_INTERVAL) >= 0
                    && seconds.compareTo(LONGEST_INTERVAL) <= 0) {
                return Duration.ofNanos(seconds.movePointRight(9).longValueExact());
            }
        }
        throw Refusal.invalid(
                what
                        + " \""
                        + text
                        + "\" is no number of seconds from "
                        + SHORTEST_INTERVAL
                        + " to "
                        + LONGEST_INTERVAL);
    }

    /// An idle time in seconds; 0 means the defaults.
    public static int timeoutSeconds(String what, String text) {
        return number(what, text, 0, (int) Timeouts.MAX_SECONDS);
    }

    /// `PROTO:ADDRESS:PORT:ADDRESS:PORT`, the tuple of one direction; addresses of IPv6 stand in
    /// brackets.
    public static FlowTuple socketPair(String text) {
        Matcher parts = SOCKET_PAIR.matcher(text);
        if (!parts.matches()) {
            throw Refusal.invalid(
                    "\""
                            + text
                            + "\" is not PROTO:ADDRESS:PORT:ADDRESS:PORT"
                            + " (as in tcp:192.0.2.7:40000:192.0.2.80:80, or"
                            + " tcp:[2001:db8::7]:40000:[2001:db8::80]:80)");
        }
        return new FlowTuple(
                protocol(parts.group(1)),
                new Endpoint(
                        address(parts.group(2)), number("source port", parts.group(3), 0, 65535)),
                new Endpoint(
                        address(parts.group(4)), number("target port", parts.group(5), 0, 65535)));
    }
}
