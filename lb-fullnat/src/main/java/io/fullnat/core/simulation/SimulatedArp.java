// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.simulation;

import io.fullnat.api.IpAddress;
import io.fullnat.api.Ipv4Address;
import io.fullnat.api.MacAddress;
import io.fullnat.core.packet.Arp;

/// ARP of a host (RFC 826): answers, learns and asks.
final class SimulatedArp {
    private static final MacAddress UNKNOWN = new MacAddress(0);

    private final SimulatedHost host;
    private final NeighbourCache neighbours;
    private final Outbox outbox;

    SimulatedArp(SimulatedHost host, NeighbourCache neighbours, Outbox outbox) {
        this.host = host;
        this.neighbours = neighbours;
        this.outbox = outbox;
    }

    void announce(IpAddress own) {
        outbox.add(packet(Arp.OPERATION_REQUEST, own, MacAddress.BROADCAST, UNKNOWN, own));
    }

    void ask(IpAddress address) {
        outbox.add(
                packet(
                        Arp.OPERATION_REQUEST,
                        host.addressFor(address),
                        MacAddress.BROADCAST,
                        UNKNOWN,
                        address));
    }

    void receive(long arp) {
        Ipv4Address asked = new Ipv4Address(Arp.targetAddress(arp));
        Ipv4Address asker = new Ipv4Address(Arp.senderAddress(arp));
        MacAddress askerMac = new MacAddress(Arp.senderMac(arp));
        boolean forUs = host.hasAddress(asked);
        if (!asker.equals(Ipv4Address.ANY) && (forUs || neighbours.find(asker).isPresent())) {
            neighbours.learn(asker, askerMac);
        }
        if (forUs && Arp.operation(arp) == Arp.OPERATION_REQUEST) {
            outbox.add(packet(Arp.OPERATION_REPLY, asked, askerMac, askerMac, asker));
        }
    }

    private byte[] packet(
            int operation,
            IpAddress sender,
            MacAddress receiver,
            MacAddress targetMac,
            IpAddress target) {
        byte[] frame =
                host.frame()
                        .arp(
                                operation,
                                host.mac().toString(),
                                sender.toString(),
                                targetMac.toString(),
                                target.toString())
                        .toBytes();
        return NeighbourCache.addressed(frame, receiver);
    }
}
