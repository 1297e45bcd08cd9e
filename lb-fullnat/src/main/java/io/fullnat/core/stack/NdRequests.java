// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.stack;

import io.fullnat.api.counter.Counter;
import io.fullnat.core.address.Addresses;
import io.fullnat.core.packet.Ethernet;
import io.fullnat.core.packet.NeighbourDiscovery;
import org.jspecify.annotations.Nullable;

/// What one worker sends of neighbour discovery on its own account: solicitations (RFC 4861
/// §7.2.2), unsolicited advertisements (§7.2.6), and questions for duplicates (RFC 4862 §5.4.2).
final class NdRequests {
    private static final long GROUP_HIGH = NeighbourDiscovery.LINK_GROUP_HIGH;
    private static final long ALL = NeighbourDiscovery.ALL_NODES_LOW;

    private final StackContext context;
    private final AddressStates states;
    private final LinkAnswers answers;

    NdRequests(StackContext context, AddressStates states) {
        this.context = context;
        this.states = states;
        answers = new LinkAnswers(context);
    }

    /// Asks for a neighbour.
    ///
    /// @param device where it is
    /// @param destination its MAC address, or all: its solicited-node group
    /// @param high first half of its address
    /// @param low last half
    /// @return false if there is no address yet to ask from, or no buffer
    boolean ask(Device device, long destination, long high, long low) {
        NetworkView.Own own = source(device.index(), high, low);
        if (own == null || Addresses.isGroup(high)) {
            return false;
        }
        boolean known = destination != Ethernet.BROADCAST;
        long group = NeighbourDiscovery.solicitedNodeLow(low);
        long ip =
                answers.start(
                        device, known ? destination : Ethernet.groupOf(group), Ethernet.TYPE_IPV6);
        if (ip == 0) {
            return false;
        }
        NdMessages.header(
                ip, own.high(), own.low(), known ? high : GROUP_HIGH, known ? low : group);
        int option = NeighbourDiscovery.OPTION_SOURCE_LINK_ADDRESS;
        NdMessages.solicitation(ip, high, low, option, device.mac());
        answers.send(device.port(), ip, NdMessages.LENGTH, Counter.NEIGHBOUR_SOLICITATIONS);
        return true;
    }

    /// From which address one asks: one of the network of the neighbour; else the link-local one,
    /// which every neighbour can answer, and which is nobody else's, as a virtual address may be;
    /// else any.
    private NetworkView.@Nullable Own source(int device, long high, long low) {
        NetworkView view = context.view();
        NetworkView.Own near = valid(view.sourceOnNetwork(device, high, low));
        if (near != null) {
            return near;
        }
        NetworkView.Own linkLocal = valid(view.linkLocal(device));
        return linkLocal != null ? linkLocal : valid(view.sourceFor(device, high, low));
    }

    private NetworkView.@Nullable Own valid(NetworkView.@Nullable Own own) {
        boolean valid = own != null && states.isValid(own.device(), own.high(), own.low());
        return valid ? own : null;
    }

    /// Announces an own address to all, so that they believe it rather than what they knew: an
    /// advertisement that nobody asked for, with the flag "override". Nothing is sent for one that
    /// may be another's.
    ///
    /// @param device where it is
    /// @param high first half of the address
    /// @param low last half
    /// @return false if it may be another's
    boolean announce(Device device, long high, long low) {
        if (!states.isValid(device.index(), high, low)) {
            return false;
        }
        long ip = answers.start(device, Ethernet.groupOf(ALL), Ethernet.TYPE_IPV6);
        if (ip != 0) {
            NdMessages.header(ip, high, low, GROUP_HIGH, ALL);
            int flags = NeighbourDiscovery.FLAG_OVERRIDE;
            NdMessages.advertisement(ip, flags, high, low, device.mac());
            answers.send(device.port(), ip, NdMessages.LENGTH, Counter.UNSOLICITED_ADVERTISEMENTS);
        }
        return true;
    }

    /// Asks who else has an own address, from no address. Nobody hears it while the link is down.
    ///
    /// @param device where it is
    /// @param high first half of the address
    /// @param low last half
    /// @param nonce by which the question is known when it comes back
    /// @return false if it was not sent: the link is down, or there is no buffer
    boolean probeOwn(Device device, long high, long low, long nonce) {
        if (context.transmitter(device.port()).isLinkDown()) {
            return false;
        }
        long group = NeighbourDiscovery.solicitedNodeLow(low);
        long ip = answers.start(device, Ethernet.groupOf(group), Ethernet.TYPE_IPV6);
        if (ip == 0) {
            return false;
        }
        NdMessages.header(ip, 0, 0, GROUP_HIGH, group);
        NdMessages.solicitation(ip, high, low, NeighbourDiscovery.OPTION_NONCE, nonce);
        answers.send(device.port(), ip, NdMessages.LENGTH, Counter.NEIGHBOUR_SOLICITATIONS);
        return true;
    }
}
