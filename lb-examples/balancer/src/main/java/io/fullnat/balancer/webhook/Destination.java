// SPDX-License-Identifier: Apache-2.0
package io.fullnat.balancer.webhook;

import io.fullnat.api.IpAddress;
import io.fullnat.api.IpPrefix;
import io.fullnat.balancer.config.WebhookSettings;
import java.io.IOException;
import java.net.InetAddress;
import java.net.NetworkInterface;
import java.net.SocketException;
import java.net.UnknownHostException;
import java.util.List;
import java.util.function.Predicate;

/// To which address a request goes. A literal is used as it stands. A name is looked up once for
/// each request, and that goes to the address that was looked at here and nowhere else: a name
/// server that answers otherwise the next moment, or leads to services of this machine, gains
/// nothing. Immutable and thread-safe.
final class Destination {
    private final String host;
    private final List<IpPrefix> networks;
    private final Lookup lookup;
    private final Predicate<InetAddress> own;

    /// Asks for a name's addresses.
    @FunctionalInterface
    interface Lookup {
        /// Asks.
        ///
        /// @throws UnknownHostException if there are none
        InetAddress[] addresses(String name) throws UnknownHostException;
    }

    /// @param host a name, or a literal without brackets
    /// @param networks where a name's address must be; if there are none, anywhere but on this
    ///   machine and its links
    Destination(String host, List<IpPrefix> networks, Lookup lookup) {
        this(host, networks, lookup, Destination::isOfThisMachine);
    }

    /// @param own whether an address is of this machine
    Destination(String host, List<IpPrefix> networks, Lookup lookup, Predicate<InetAddress> own) {
        this.host = host;
        this.networks = networks;
        this.lookup = lookup;
        this.own = own;
    }

    /// The address for one request.
    ///
    /// @param turn how many requests have failed before: another of several addresses each time
    /// @return with the host's name, so that nobody looks up another one for it
    /// @throws IOException if there is none that may be used
    InetAddress address(int turn) throws IOException {
        if (WebhookSettings.isLiteral(host)) {
            return named(InetAddress.ofLiteral(host));
        }
        InetAddress[] found;
        try {
            found = lookup.addresses(host);
        } catch (UnknownHostException e) {
            throw new IOException("no address of " + host + " is known", e);
        }
        List<InetAddress> allowed = List.of(found).stream().filter(this::isAllowed).toList();
        if (allowed.isEmpty()) {
            throw new IOException(
                    host
                            + " leads to "
                            + (found.length == 0 ? "nowhere" : found[0].getHostAddress())
                            + ", which is "
                            + (networks.isEmpty()
                                    ? "on this machine or its link"
                                    : "outside of `networks`"));
        }
        return named(allowed.get(turn % allowed.size()));
    }

    private InetAddress named(InetAddress address) throws UnknownHostException {
        return InetAddress.getByAddress(host, address.getAddress());
    }

    private boolean isAllowed(InetAddress address) {
        if (!networks.isEmpty()) {
            IpAddress own = IpAddress.parse(address.getHostAddress().replaceFirst("%.*", ""));
            return networks.stream().anyMatch(network -> network.contains(own));
        }
        return !address.isLoopbackAddress()
                && !address.isAnyLocalAddress()
                && !address.isLinkLocalAddress()
                && !address.isMulticastAddress()
                && !own.test(address);
    }

    /// Whether an interface of this machine has it; so it is, if that cannot be found out.
    private static boolean isOfThisMachine(InetAddress address) {
        try {
            return NetworkInterface.getByInetAddress(address) != null;
        } catch (SocketException unknown) {
            return true;
        }
    }
}
