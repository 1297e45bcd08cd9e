// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core;

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
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/// Strangers who make neighbours up: they must take from nobody the room to be one.
class NeighbourFloodTest {
    private static final String BROADCAST = "ff:ff:ff:ff:ff:ff";
    private static final String ZERO = "00:00:00:00:00:00";
    private static final String OURS = "10.64.0.1";
    private static final String HONEST = "10.64.255.9";
    private static final String HONEST_MAC = "02:00:00:00:00:aa";

    private final ControlLog log = new ControlLog();
    private final Rig rig = new Rig(1, 1 << 15);

    @BeforeEach
    void configure() {
        rig.resolved();
        rig.apply(new Change.AddAddress(InterfaceAddress.of(OURS + "/16", "wan")));
        rig.pass(Duration.ofSeconds(3));
        rig.out();
    }

    @AfterEach
    void close() {
        rig.close();
        log.close();
    }

    private static String madeUp(int number) {
        return "10.64." + (1 + number / 250) + "." + (1 + number % 250);
    }

    private static PacketBuilder query(String source, String mac, int port) {
        return PacketBuilder.ethernet(mac, Rig.WAN_MAC).ipv4(source, Rig.VIP).udp(port, 53);
    }

    /// A query whose answer needs the neighbour `source`.
    private void ask(String source) {
        List<byte[]> out = rig.clientSends(query(source, Rig.CLIENT_MAC, 4000).payload("q"));
        byte[] query = out.getLast();
        int localPort = ((query[34] & 0xFF) << 8) | (query[35] & 0xFF);
        rig.serverSends(fromServer().udp(5353, localPort).payload("a"));
    }

    private void flood(int sources) {
        for (int i = 0; i < sources; i++) {
            ask(madeUp(i));
            if (i % 3 == 0) {
                rig.pass(Duration.ofMillis(1));
            }
        }
        rig.out();
    }

    /// A client on the link, as a kernel is one: asks for the virtual address, then sends.
    private void assertServed(String client, String mac) {
        rig.clientSends(PacketBuilder.ethernet(mac, BROADCAST).arp(1, mac, client, ZERO, Rig.VIP));
        List<byte[]> query = rig.clientSends(query(client, mac, 4001).payload("q"));
        byte[] sent = query.getLast();
        int localPort = ((sent[34] & 0xFF) << 8) | (sent[35] & 0xFF);
        List<byte[]> answer = rig.serverSends(fromServer().udp(5353, localPort).payload("honest"));
        assertThat(answer)
                .as("the answer to " + client)
                .anySatisfy(frame ->
                        assertThat(frame)
                                .startsWith(
                                        PacketBuilder.ethernet(Rig.WAN_MAC, mac)
                                                .type(0x0800)
                                                .toBytes()));
    }

    @Test
    void madeUpSourcesShutNoNewClientOut() {
        flood(8300);

        assertServed(HONEST, HONEST_MAC);
    }

    @Test
    void madeUpAskersShutNoNewClientOut() {
        for (int i = 0; i < 8300; i++) {
            rig.clientSends(
                    PacketBuilder.ethernet(Rig.CLIENT_MAC, BROADCAST)
                            .arp(1, Rig.CLIENT_MAC, madeUp(i), ZERO, OURS));
        }

        assertServed(HONEST, HONEST_MAC);
    }

    @Test
    void aFullTableIsToldOnceWhenItBeginsAndOnceWhenItEnds() {
        flood(9000);
        for (int second = 0; second < 60; second++) {
            rig.pass(Duration.ofSeconds(1));
        }
        rig.out();

        assertThat(log.lines())
                .hasSize(2)
                .satisfiesExactly(
                        begin ->
                                assertThat(begin)
                                        .contains("NEIGHBOURS_FULL begins: worker 0")
                                        .contains("on wan"),
                        end -> assertThat(end).contains("NEIGHBOURS_FULL ended"));
        assertThat(rig.count(Counter.NEIGHBOURS)).as("those of before").isLessThan(4);
    }

    @Test
    void aNewRealServerAndAStaticNeighbourFindRoomMeanwhile() {
        String fresh = "10.0.1.12";
        flood(9000);
        rig.apply(
                new Change.SetNeighbour(
                        new Neighbour(
                                IpAddress.parse(fresh), MacAddress.parse(Rig.SERVER_MAC), "lan")),
                new Change.RemoveRealServer(Rig.UDP, Endpoint.of(Rig.SERVER, 5353)),
                new Change.AddRealServer(Rig.UDP, RealServer.of(fresh, 5353)),
                new Change.RemoveRealServer(Rig.TCP, Endpoint.of(Rig.SERVER, 8080)),
                new Change.AddRealServer(Rig.TCP, RealServer.of("10.0.1.13", 8080)));

        assertThat(rig.clientSends(query(HONEST, HONEST_MAC, 4001).payload("q")))
                .singleElement()
                .satisfies(f -> assertThat(f).startsWith(toServer(0x0800)));
        assertThat(
                        rig.clientSends(
                                PacketBuilder.ethernet(HONEST_MAC, Rig.WAN_MAC)
                                        .ipv4(HONEST, Rig.VIP)
                                        .tcp(4002, 80)
                                        .flags(Tcp.SYN)))
                .as("the new server is asked for")
                .singleElement()
                .satisfies(f ->
                        assertThat(f)
                                .startsWith(
                                        PacketBuilder.ethernet(Rig.LAN_MAC, BROADCAST)
                                                .arp(1, Rig.LAN_MAC, "10.0.1.1", ZERO, "10.0.1.13")
                                                .toBytes()));
    }

    private static byte[] toServer(int type) {
        return PacketBuilder.ethernet(Rig.LAN_MAC, Rig.SERVER_MAC).type(type).toBytes();
    }

    @Test
    void requestsAreLimitedInRate() {
        long before = rig.count(Counter.ARP_REQUESTS);
        flood(9000);

        assertThat(rig.count(Counter.ARP_REQUESTS) - before)
                .as("requests in three seconds")
                .isBetween(1L, 4000L);
        assertThat(rig.count(Counter.ARP_REQUESTS_SUPPRESSED)).isGreaterThan(4000);
    }

    @Test
    void onlyAddressesOfTheDevicesNetworksAreLearnt() {
        int before = rig.balancer.control().neighbours().size();
        for (String stranger : List.of("172.16.0.9", "10.0.1.77", "10.64.255.255", "10.64.0.0")) {
            rig.clientSends(
                    PacketBuilder.ethernet(Rig.CLIENT_MAC, BROADCAST)
                            .arp(1, Rig.CLIENT_MAC, stranger, ZERO, OURS));
        }

        assertThat(rig.balancer.control().neighbours()).hasSize(before);
    }

    @Test
    void allIsCountedAndNothingOfOthersIsLost() {
        flood(9000);
        rig.pass(Duration.ofMinutes(5));

        assertThat(rig.count(Outcome.NEIGHBOUR_QUEUE_FULL)).as("queue full").isZero();
        assertThat(rig.count(Outcome.NEIGHBOUR_TABLE_FULL)).as("gave way").isPositive();
    }
}
