// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core;

import io.fullnat.api.control.Change;
import io.fullnat.api.network.InterfaceAddress;
import io.fullnat.api.network.Route;
import io.fullnat.api.service.VirtualService;
import io.fullnat.core.packet.PacketBuilder;
import java.util.ArrayList;
import java.util.List;

/// Which family clients speak, and which the real servers: with it go the addresses of a [Rig] and
/// of a [Topology].
enum FamilyPair {
    V4_TO_V4(Side.V4, Side.V4),
    V6_TO_V6(Side.V6, Side.V6),
    V6_TO_V4(Side.V6, Side.V4),
    V4_TO_V6(Side.V4, Side.V6);

    final Side clients;
    final Side servers;

    FamilyPair(Side clients, Side servers) {
        this.clients = clients;
        this.servers = servers;
    }

    /// The address of the services.
    String vip() {
        return clients.vip;
    }

    /// The addresses of the first and of the second real server.
    List<String> servers() {
        return servers.servers;
    }

    /// The local addresses, which are of the servers' family.
    List<String> locals() {
        return servers.locals;
    }

    /// Addresses of a balancer between clients and servers, and the way to the clients.
    List<Change> addresses() {
        return List.of(
                new Change.AddAddress(
                        InterfaceAddress.of(clients.wan + "1" + clients.prefixLength, "wan")),
                new Change.AddAddress(InterfaceAddress.of(clients.alone(clients.vip), "wan")),
                new Change.AddAddress(
                        InterfaceAddress.of(servers.lan() + servers.prefixLength, "lan")),
                new Change.AddRoute(Route.via(clients.anywhere(), clients.gateway(), "wan")));
    }

    /// The clients' gateway and the first server.
    List<Change> neighbours() {
        return List.of(
                Rig.neighbour(clients.gateway(), Rig.CLIENT_MAC, "wan"),
                Rig.neighbour(servers().getFirst(), Rig.SERVER_MAC, "lan"));
    }

    /// All of that, and services.
    List<Change> with(VirtualService... services) {
        List<Change> changes = new ArrayList<>(addresses());
        changes.addAll(neighbours());
        for (VirtualService service : services) {
            changes.add(new Change.AddService(service));
        }
        return changes;
    }

    /// What a family calls its hosts.
    enum Side {
        V4(
                "192.0.2.",
                "/24",
                "198.51.100.7",
                List.of("10.0.1.11", "10.0.2.12"),
                List.of("10.0.1.100", "10.0.1.101")) {
            @Override
            PacketBuilder packet(PacketBuilder frame, String source, String destination) {
                return frame.ipv4(source, destination);
            }

            @Override
            String stranger(int number) {
                return "203."
                        + (number >>> 16 & 0x7F)
                        + "."
                        + (number >>> 8 & 0xFF)
                        + "."
                        + (number & 0xFF);
            }
        },

        V6(
                "2001:db8:80::",
                "/64",
                "2001:db8:c::7",
                List.of("2001:db8:1::11", "2001:db8:2::12"),
                List.of("2001:db8:1::100", "2001:db8:1::101")) {
            @Override
            PacketBuilder packet(PacketBuilder frame, String source, String destination) {
                return frame.ipv6(source, destination);
            }

            @Override
            String stranger(int number) {
                return "2001:db8:bad:"
                        + Integer.toHexString(number >>> 16)
                        + "::"
                        + Integer.toHexString(number & 0xFFFF);
            }
        };

        /// The network of a rig's clients.
        final String wan;

        final String prefixLength;
        final String vip;
        final String client;

        @SuppressWarnings("ImmutableEnumChecker") // made by List.of
        private final List<String> servers;

        @SuppressWarnings("ImmutableEnumChecker") // made by List.of
        private final List<String> locals;

        Side(
                String wan,
                String prefixLength,
                String client,
                List<String> servers,
                List<String> locals) {
            this.wan = wan;
            this.prefixLength = prefixLength;
            this.client = client;
            this.servers = servers;
            this.locals = locals;
            vip = wan + "80";
        }

        String gateway() {
            return wan + "254";
        }

        /// Where all other networks are.
        String anywhere() {
            return this == V4 ? "0.0.0.0/0" : "::/0";
        }

        /// The prefix of an address alone.
        String alone(String address) {
            return address + (this == V4 ? "/32" : "/128");
        }

        /// A router's address on the network of the first server.
        String lan() {
            return this == V4 ? "10.0.1.1" : "2001:db8:1::1";
        }

        abstract PacketBuilder packet(PacketBuilder frame, String source, String destination);

        /// Makes a packet an error: nobody listens on a port.
        PacketBuilder portUnreachable(PacketBuilder packet) {
            return this == V4 ? packet.icmp(3, 3, 0) : packet.icmp(1, 4, 0);
        }

        /// One of many addresses that nobody has.
        abstract String stranger(int number);
    }
}
