// SPDX-License-Identifier: Apache-2.0
package io.fullnat.balancer.capture;

import io.fullnat.api.BalancerException;
import io.fullnat.api.Endpoint;
import io.fullnat.api.ErrorCode;
import io.fullnat.api.FlowTuple;
import io.fullnat.api.IpPrefix;
import io.fullnat.api.Protocol;
import io.fullnat.api.control.ConnectionFilter;
import io.fullnat.api.control.ConnectionInfo;
import io.fullnat.api.control.Control;
import io.fullnat.balancer.cli.request.Refusal;
import io.fullnat.balancer.cli.request.Values;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/// A connection as somebody names it: by its tuple, or by its client alone, which is then looked
/// for among those that are there. Immutable and thread-safe.
///
/// @param tuple as the client or the server sees it; empty if only the client is named
/// @param protocol of the client's connection; empty for any
/// @param client address and port
public record NamedConnection(
        Optional<FlowTuple> tuple, Optional<Protocol> protocol, Endpoint client) {
    private static final int MOST_NAMED = 5;
    private static final String END = "(\\[[0-9A-Fa-f:.]+\\]:[0-9]+|[0-9.]+:[0-9]+)";

    /// As `connection list` prints it: worker, protocol, time left, state, and four ends.
    private static final Pattern LISTED =
            Pattern.compile(
                    "\\[[0-9]+\\](tcp|udp) +[0-9]+s +\\S+ +%1$s +%1$s +%1$s +%1$s".formatted(END));

    private static final Pattern CLIENT = Pattern.compile("(?:(tcp|udp):)?" + END);

    /// One with a tuple.
    ///
    /// @param tuple of it
    /// @return a name
    public static NamedConnection of(FlowTuple tuple) {
        return new NamedConnection(
                Optional.of(tuple), Optional.of(tuple.protocol()), tuple.source());
    }

    /// Reads a name.
    ///
    /// @param text `PROTO:ADDRESS:PORT:ADDRESS:PORT`, a line of `connection list`, or
    ///   `[PROTO:]ADDRESS:PORT` of a client
    /// @return what it names
    /// @throws BalancerException [ErrorCode#INVALID_ARGUMENT] if it is none of them
    public static NamedConnection parse(String text) {
        Matcher listed = LISTED.matcher(text.strip());
        if (listed.matches()) {
            return of(
                    new FlowTuple(
                            Values.protocol(listed.group(1)),
                            Values.endpoint(listed.group(2)),
                            Values.endpoint(listed.group(3))));
        }
        Matcher client = CLIENT.matcher(text);
        if (client.matches()) {
            return new NamedConnection(
                    Optional.empty(),
                    Optional.ofNullable(client.group(1)).map(Values::protocol),
                    Values.endpoint(client.group(2)));
        }
        if (text.contains(" ")) {
            throw Refusal.invalid("\"" + text + "\" is no line of \"fullnat connection list\"");
        }
        return of(Values.socketPair(text));
    }

    /// The connection's tuple, as its client sees it if it is looked for.
    ///
    /// @param control knows the connections that are there
    /// @return of one connection
    /// @throws BalancerException [ErrorCode#NO_CONNECTION] if the client named alone has none,
    ///   [ErrorCode#INVALID_ARGUMENT] if it has several
    FlowTuple in(Control control) {
        return tuple.orElseGet(() -> find(control));
    }

    private FlowTuple find(Control control) {
        List<FlowTuple> found = new ArrayList<>();
        IpPrefix alone = new IpPrefix(client.address(), client.address().bitLength());
        control.connections(
                ConnectionFilter.ALL.withClients(alone),
                connection -> {
                    if (isMeant(connection)) {
                        found.add(
                                new FlowTuple(
                                        connection.protocol(),
                                        connection.client(),
                                        connection.virtual()));
                    }
                    return found.size() <= MOST_NAMED;
                });
        if (found.isEmpty()) {
            throw new BalancerException(
                    ErrorCode.NO_CONNECTION,
                    "no connection of client "
                            + this
                            + "; one that is still to come is captured by its tuple,"
                            + " PROTO:ADDRESS:PORT:ADDRESS:PORT, or with --client");
        }
        if (found.size() > 1) {
            throw Refusal.invalid(
                    "client "
                            + this
                            + " has several connections; name one by its tuple: "
                            + found.stream()
                                    .limit(MOST_NAMED)
                                    .map(NamedConnection::text)
                                    .collect(Collectors.joining(", "))
                            + (found.size() > MOST_NAMED ? " ..." : ""));
        }
        return found.getFirst();
    }

    private boolean isMeant(ConnectionInfo connection) {
        return connection.client().equals(client)
                && protocol.map(wanted -> wanted == connection.protocol()).orElse(true);
    }

    private static String text(FlowTuple tuple) {
        return name(tuple.protocol()) + ":" + tuple.source() + ":" + tuple.destination();
    }

    private static String name(Protocol protocol) {
        return protocol.name().toLowerCase(Locale.ROOT);
    }

    /// The words that [#parse] reads.
    @Override
    public String toString() {
        return tuple.map(NamedConnection::text)
                .orElse(protocol.map(each -> name(each) + ":").orElse("") + client);
    }
}
