// SPDX-License-Identifier: Apache-2.0
package io.fullnat.api.control;

import static java.util.Objects.requireNonNull;

import io.fullnat.api.MacAddress;
import io.fullnat.api.network.InterfaceAddress;
import io.fullnat.api.service.PortUsage;
import java.util.Optional;

/// An interface address as it is now.
///
/// @param address the address; its lifetime is what remains of it, in seconds begun
/// @param explicit whether it was added as an address; else it came with a local address, or is
///   generated
/// @param services how many services list it as a local address
/// @param ports of connections that use it as their local address
/// @param state whether it is known to be the balancer's alone
/// @param heldBy the station that has it, too, if it is [State#DUPLICATE]
/// @param generated whether it is the link-local address that a device has by its MAC address, as
///   it has other addresses or routes of IPv6 and no link-local one was added
public record AddressStatus(
        InterfaceAddress address,
        boolean explicit,
        int services,
        PortUsage ports,
        State state,
        Optional<MacAddress> heldBy,
        boolean generated) {
    /// Refuses null.
    public AddressStatus {
        requireNonNull(address, "address");
        requireNonNull(ports, "ports");
        requireNonNull(state, "state");
        requireNonNull(heldBy, "heldBy");
    }

    /// An address that is the balancer's alone.
    ///
    /// @param address the address
    /// @param explicit whether it was added as an address; else it came with a local address
    /// @param services how many services list it as a local address
    /// @param ports of connections that use it as their local address
    public AddressStatus(
            InterfaceAddress address, boolean explicit, int services, PortUsage ports) {
        this(address, explicit, services, ports, State.VALID, Optional.empty(), false);
    }

    /// Whether no service lists the address any more and it stays only for its last connections.
    ///
    /// @return true while it drains
    public boolean isDraining() {
        return !explicit && !generated && services == 0;
    }

    /// Whether its preferred lifetime has ended (RFC 4862 §5.5.4): it is answered for, but not
    /// spoken from if another address fits.
    ///
    /// @return true until it is removed, or added again
    public boolean isDeprecated() {
        return address.lifetime().preferredSeconds() == 0;
    }

    /// Live connections that use it as their local address.
    ///
    /// @return how many
    public long connections() {
        return ports.inUse();
    }

    /// Whether an address is known to be the balancer's alone (RFC 4862 §5.4). It is answered for
    /// and spoken from only if it is.
    public enum State {
        /// It is, as far as is known; always so with IPv4, of which nobody asks before.
        VALID,
        /// It is new: other stations are asked for it, for a second, once the link is up.
        TENTATIVE,
        /// Another station has it. It is asked for again every ten seconds.
        DUPLICATE
    }
}
