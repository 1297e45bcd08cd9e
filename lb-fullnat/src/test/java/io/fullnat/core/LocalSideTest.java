// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core;

import static io.fullnat.core.Rig.fromClient;
import static io.fullnat.core.Rig.fromServer;
import static org.assertj.core.api.Assertions.assertThat;

import io.fullnat.api.Endpoint;
import io.fullnat.api.IpAddress;
import io.fullnat.api.MacAddress;
import io.fullnat.api.control.Change;
import io.fullnat.api.counter.Counter;
import io.fullnat.api.counter.Outcome;
import io.fullnat.api.network.InterfaceAddress;
import io.fullnat.api.network.Neighbour;
import io.fullnat.api.service.RealServer;
import io.fullnat.core.packet.PacketBuilder;
import io.fullnat.core.packet.Tcp;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/// A local address is there for real servers, by its own device; a virtual address is there where
/// it is configured.
class LocalSideTest {
    private static final String OTHER_SERVER = "10.0.3.9";
    private static final int OTHER_VLAN = 30;

    private static PacketBuilder clientToLocal() {
        return PacketBuilder.ethernet(Rig.CLIENT_MAC, Rig.WAN_MAC).ipv4(Rig.CLIENT, Rig.LOCAL);
    }

    private static int sourcePort(byte[] frame) {
        return ((frame[34] & 0xFF) << 8) | (frame[35] & 0xFF);
    }

    private static List<PacketBuilder> strayPackets(String sender, String mac, String source) {
        List<PacketBuilder> packets = new ArrayList<>();
        for (int port : new int[] {22, 1024, 1025, 40001, 65535}) {
            packets.add(PacketBuilder.ethernet(sender, mac).ipv4(source, Rig.LOCAL).udp(53, port));
            packets.add(
                    PacketBuilder.ethernet(sender, mac)
                            .ipv4(source, Rig.LOCAL)
                            .tcp(80, port)
                            .flags(Tcp.SYN));
            packets.add(
                    PacketBuilder.ethernet(sender, mac)
                            .ipv4(source, Rig.LOCAL)
                            .tcp(80, port)
                            .flags(Tcp.ACK));
        }
        packets.add(PacketBuilder.ethernet(sender, mac).ipv4(source, Rig.LOCAL).echoRequest(1, 1));
        return packets;
    }

    @ParameterizedTest(name = "{0} workers")
    @ValueSource(ints = {1, 4})
    void aClientIsNotTakenForAServer(int workers) {
        try (Rig rig = new Rig(workers, 1024).configured()) {
            rig.clientSends(fromClient().udp(40000, 53));
            List<PacketBuilder> packets = strayPackets(Rig.CLIENT_MAC, Rig.WAN_MAC, Rig.CLIENT);

            for (PacketBuilder packet : packets) {
                assertThat(rig.clientSends(packet)).isEmpty();
            }

            assertThat(rig.count(Outcome.NOT_LOCAL)).isEqualTo(packets.size());
            assertThat(rig.count(Outcome.HANDED_OVER)).isZero();
        }
    }

    @Test
    void norIsOneWhoseAddressIsElsewhere() {
        try (Rig rig = new Rig().configured()) {
            List<PacketBuilder> packets = strayPackets(Rig.SERVER_MAC, Rig.LAN_MAC, "198.51.100.9");
            packets.removeLast(); // a ping finds the address where it is

            for (PacketBuilder packet : packets) {
                assertThat(rig.serverSends(packet)).isEmpty();
            }

            assertThat(rig.count(Outcome.NOT_LOCAL)).isEqualTo(packets.size());
        }
    }

    @Test
    void aServerWithoutConnectionIsTold() {
        try (Rig rig = new Rig().configured()) {
            for (PacketBuilder packet : strayPackets(Rig.SERVER_MAC, Rig.LAN_MAC, Rig.SERVER)) {
                assertThat(rig.serverSends(packet)).hasSize(1);
            }
            assertThat(rig.count(Outcome.NO_CONNECTION)).isEqualTo(9);
            assertThat(rig.count(Outcome.NO_SERVICE)).isEqualTo(6);
            assertThat(rig.count(Outcome.ECHO_ANSWERED)).isOne();
        }
    }

    /// With IP options a packet takes the slow path; with a tag it comes by another device of the
    /// server's own port.
    @ParameterizedTest
    @CsvSource({"wan, 0, false", "wan, 0, true", "lan, 30, false", "lan, 30, true"})
    void aForgedAnswerDoesNotReachTheClient(String port, int vlan, boolean options) {
        try (Rig rig = new Rig().configured()) {
            rig.apply(new Change.AddAddress(InterfaceAddress.of("10.0.3.1/24", "lan.30")));
            rig.out();
            int local = sourcePort(rig.clientSends(fromClient().udp(40000, 53)).getFirst());
            boolean wan = port.equals("wan");
            PacketBuilder forged =
                    PacketBuilder.ethernet(
                            wan ? Rig.CLIENT_MAC : Rig.SERVER_MAC, wan ? Rig.WAN_MAC : Rig.LAN_MAC);
            if (vlan != 0) {
                forged.vlan(vlan);
            }
            forged.ipv4(Rig.SERVER, Rig.LOCAL);
            if (options) {
                forged.ipOptions((byte) 1, (byte) 1, (byte) 1, (byte) 0);
            }
            forged.udp(5353, local).payload("forged");

            for (int round = 1; round <= 3; round++) {
                assertThat(wan ? rig.clientSends(forged) : rig.serverSends(forged)).isEmpty();
                assertThat(rig.count(Outcome.NOT_LOCAL)).isEqualTo(round);
                assertThat(rig.serverSends(fromServer().udp(5353, local))).hasSize(1);
            }
            assertThat(rig.count(Outcome.FORWARDED_OUT)).isEqualTo(3);
        }
    }

    @Test
    void anErrorFromTheClientsSideAboutAPacketToAServerIsNotBelieved() {
        try (Rig rig = new Rig().configured()) {
            byte[] sent = rig.clientSends(fromClient().udp(40000, 53)).getFirst();
            PacketBuilder error = clientToLocal().icmp(3, 4, 576).quoting(sent, 8);

            assertThat(rig.clientSends(error)).isEmpty();

            assertThat(rig.count(Outcome.NOT_LOCAL)).isOne();
        }
    }

    private static Neighbour neighbour(String address, String mac, String device) {
        return new Neighbour(IpAddress.parse(address), MacAddress.parse(mac), device);
    }

    private static PacketBuilder fromOtherServer() {
        return PacketBuilder.ethernet(Rig.SERVER_MAC, Rig.LAN_MAC)
                .vlan(OTHER_VLAN)
                .ipv4(OTHER_SERVER, Rig.LOCAL);
    }

    /// A server on another device than the local address answers by its own.
    @ParameterizedTest(name = "{0} workers")
    @ValueSource(ints = {1, 4})
    void aServerOnAnotherDeviceIsHeardThere(int workers) {
        try (Rig rig = new Rig(workers, 1024).configured()) {
            rig.apply(
                    new Change.AddAddress(InterfaceAddress.of("10.0.3.1/24", "lan.30")),
                    new Change.RemoveRealServer(Rig.UDP, Endpoint.of(Rig.SERVER, 5353)),
                    new Change.AddRealServer(Rig.UDP, RealServer.of(OTHER_SERVER, 5353)),
                    new Change.SetNeighbour(neighbour(OTHER_SERVER, Rig.SERVER_MAC, "lan.30")),
                    new Change.SetNeighbour(neighbour(Rig.GATEWAY, Rig.CLIENT_MAC, "wan")));
            rig.out();
            List<Integer> ports = new ArrayList<>();
            for (int client = 40000; client < 40020; client++) {
                byte[] sent = rig.clientSends(fromClient().udp(client, 53)).getFirst();
                ports.add(((sent[38] & 0xFF) << 8) | (sent[39] & 0xFF));
            }

            rig.apply(new Change.RemoveRealServer(Rig.UDP, Endpoint.of(OTHER_SERVER, 5353)));
            for (int port : ports) {
                assertThat(rig.serverSends(fromOtherServer().udp(5353, port))).hasSize(1);
            }

            assertThat(rig.count(Outcome.FORWARDED_OUT)).isEqualTo(20);
            assertThat(rig.serverSends(fromOtherServer().tcp(5353, 40000).flags(Tcp.ACK)))
                    .as("a reset for what belongs to no connection")
                    .hasSize(1);
        }
    }

    @ParameterizedTest
    @CsvSource({
        "wan, 192.0.2.80, true",
        "lan, 192.0.2.80, false",
        "lan, 10.0.1.100, true",
        "wan, 10.0.1.100, false",
        "wan, 192.0.2.1,  true",
        "lan, 192.0.2.1,  true",
        "wan, 10.0.1.1,   true",
    })
    void anAddressAnswersPingsWhereItIs(String device, String address, boolean answers) {
        try (Rig rig = new Rig().configured()) {
            boolean wan = device.equals("wan");
            PacketBuilder ping =
                    PacketBuilder.ethernet(
                                    wan ? Rig.CLIENT_MAC : Rig.SERVER_MAC,
                                    wan ? Rig.WAN_MAC : Rig.LAN_MAC)
                            .ipv4(wan ? Rig.CLIENT : Rig.SERVER, address)
                            .echoRequest(1, 2)
                            .payload("who");

            List<byte[]> out = wan ? rig.clientSends(ping) : rig.serverSends(ping);

            assertThat(out).hasSize(answers ? 1 : 0);
            assertThat(rig.count(Outcome.ECHO_ANSWERED)).isEqualTo(answers ? 1 : 0);
            assertThat(rig.count(Outcome.NOT_LOCAL)).isEqualTo(answers ? 0 : 1);
        }
    }

    @ParameterizedTest
    @CsvSource({
        "wan, 192.0.2.80, true",
        "lan, 192.0.2.80, false",
        "lan, 10.0.1.100, true",
        "wan, 10.0.1.100, false",
        "lan, 192.0.2.1,  false",
        "wan, 10.0.1.1,   false",
    })
    void anAddressAnswersArpWhereItIs(String device, String address, boolean answers) {
        try (Rig rig = new Rig().configured()) {
            boolean wan = device.equals("wan");
            String mac = wan ? Rig.CLIENT_MAC : Rig.SERVER_MAC;
            PacketBuilder request =
                    PacketBuilder.ethernet(mac, "ff:ff:ff:ff:ff:ff")
                            .arp(
                                    1,
                                    mac,
                                    wan ? Rig.GATEWAY : Rig.SERVER,
                                    "00:00:00:00:00:00",
                                    address);

            assertThat(wan ? rig.clientSends(request) : rig.serverSends(request))
                    .hasSize(answers ? 1 : 0);
            assertThat(rig.count(Counter.ARP_REPLIES)).isEqualTo(answers ? 1 : 0);
        }
    }
}
