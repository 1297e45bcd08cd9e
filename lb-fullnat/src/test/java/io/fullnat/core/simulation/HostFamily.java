// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.simulation;

import io.fullnat.api.Endpoint;
import io.fullnat.core.packet.PacketBuilder;

/// What the same test uses of each family.
public enum HostFamily {
    /// A client 10.0.0.1 and a server 10.0.0.2.
    IPV4("10.0.0.1", "10.0.0.2", 20) {
        @Override
        PacketBuilder ip(PacketBuilder frame, String source, String destination) {
            return frame.ipv4(source, destination);
        }

        @Override
        PacketBuilder tooBig(PacketBuilder packet, int mtu) {
            return packet.icmp(3, 4, mtu);
        }
    },

    /// A client 2001:db8::1 and a server 2001:db8::2.
    IPV6("2001:db8::1", "2001:db8::2", 40) {
        @Override
        PacketBuilder ip(PacketBuilder frame, String source, String destination) {
            return frame.ipv6(source, destination);
        }

        @Override
        PacketBuilder tooBig(PacketBuilder packet, int mtu) {
            return packet.icmp(2, 0, mtu);
        }
    };

    final String client;
    final String server;
    final int headerLength;

    HostFamily(String client, String server, int headerLength) {
        this.client = client;
        this.server = server;
        this.headerLength = headerLength;
    }

    Endpoint client(int port) {
        return Endpoint.of(client, port);
    }

    Endpoint server(int port) {
        return Endpoint.of(server, port);
    }

    abstract PacketBuilder ip(PacketBuilder frame, String source, String destination);

    abstract PacketBuilder tooBig(PacketBuilder packet, int mtu);
}
