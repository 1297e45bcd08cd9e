// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core;

import static io.fullnat.core.Rig.fromServer;
import static org.assertj.core.api.Assertions.assertThat;

import io.fullnat.api.counter.Counter;
import io.fullnat.core.packet.PacketBuilder;

/// Connections that use something up, each of them answered and so not to be taken away.
final class FixtureLoads {
    /// Ports of a local address towards one real server and port.
    static final int PORTS = 64_511;

    private FixtureLoads() {}

    /// Takes each port of the local address towards the UDP service's server.
    ///
    /// @param rig with room for 64,512 connections
    static void useUpPorts(Rig rig) {
        for (int i = 0; i < PORTS; i++) {
            answered(rig, "198.51.100." + (10 + (i >> 15)), 1 + (i & 0x7FFF));
        }
        assertThat(rig.count(Counter.CONNECTIONS)).isEqualTo(PORTS);
    }

    /// Fills the connection table.
    ///
    /// @param rig with room for four connections
    static void fillTable(Rig rig) {
        for (int port = 41_000; port < 41_003; port++) {
            answered(rig, Rig.CLIENT, port);
        }
    }

    private static void answered(Rig rig, String client, int port) {
        PacketBuilder datagram =
                PacketBuilder.ethernet(Rig.CLIENT_MAC, Rig.WAN_MAC)
                        .ipv4(client, Rig.VIP)
                        .udp(port, 53);
        byte[] sent = rig.clientSends(datagram).getFirst();
        int local = ((sent[34] & 0xFF) << 8) | (sent[35] & 0xFF);
        PacketBuilder answer = fromServer().udp(5353, local);
        rig.serverSends(answer);
        rig.clientSends(datagram);
        rig.serverSends(answer);
    }
}
