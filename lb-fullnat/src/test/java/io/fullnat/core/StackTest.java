// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core;

import static io.fullnat.core.Rig.fromClient;
import static org.assertj.core.api.Assertions.assertThat;

import io.fullnat.api.Endpoint;
import io.fullnat.api.control.Change;
import io.fullnat.api.counter.Counter;
import io.fullnat.api.counter.Outcome;
import io.fullnat.api.network.InterfaceAddress;
import io.fullnat.api.service.RealServer;
import io.fullnat.core.packet.PacketBuilder;
import io.fullnat.core.packet.Tcp;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/// The balancer as a host and router on its links: ARP, echo, ICMP errors, VLANs, fragments.
class StackTest {
    private static final String BROADCAST = "ff:ff:ff:ff:ff:ff";
    private static final String ZERO = "00:00:00:00:00:00";

    private final Rig rig = new Rig();

    @AfterEach
    void close() {
        rig.close();
    }

    private static PacketBuilder ask(String address) {
        return PacketBuilder.ethernet(Rig.CLIENT_MAC, BROADCAST)
                .arp(1, Rig.CLIENT_MAC, Rig.GATEWAY, ZERO, address);
    }

    @Test
    void answersArpForOwnAddressesOnTheirDeviceOnly() {
        rig.configured();

        assertThat(rig.clientSends(ask(Rig.VIP)))
                .singleElement()
                .satisfies(reply ->
                        assertThat(reply)
                                .startsWith(
                                        PacketBuilder.ethernet(Rig.WAN_MAC, Rig.CLIENT_MAC)
                                                .arp(
                                                        2,
                                                        Rig.WAN_MAC,
                                                        Rig.VIP,
                                                        Rig.CLIENT_MAC,
                                                        Rig.GATEWAY)
                                                .toBytes()));
        assertThat(rig.clientSends(ask(Rig.LOCAL))).isEmpty();
        assertThat(rig.clientSends(ask("192.0.2.77"))).isEmpty();
    }

    @Test
    void announcesAnAddressWhenItIsAdded() {
        rig.apply(new Change.AddAddress(InterfaceAddress.of("192.0.2.1/24", "wan")));

        List<byte[]> out = rig.out();
        assertThat(out).hasSize(1);
        assertThat(out.getFirst())
                .startsWith(
                        PacketBuilder.ethernet(Rig.WAN_MAC, BROADCAST)
                                .arp(1, Rig.WAN_MAC, "192.0.2.1", ZERO, "192.0.2.1")
                                .toBytes());
    }

    @Test
    void keepsPacketsWhileTheServerIsResolved() {
        rig.configured();
        String fresh = "10.0.1.12";
        rig.apply(
                new Change.RemoveRealServer(Rig.UDP, endpoint(Rig.SERVER, 5353)),
                new Change.AddRealServer(Rig.UDP, RealServer.of(fresh, 5353)));

        List<byte[]> asked = rig.clientSends(fromClient().udp(40000, 53).payload("one"));
        assertThat(asked).hasSize(1);
        assertThat(asked.getFirst()).startsWith(macs(BROADCAST, Rig.LAN_MAC));
        assertThat(rig.clientSends(fromClient().udp(40000, 53).payload("two"))).isEmpty();
        assertThat(rig.count(Counter.WAITING)).isEqualTo(2);
        assertThat(rig.count(Counter.NEIGHBOUR_WAITING)).isEqualTo(2);

        List<byte[]> released =
                rig.serverSends(
                        PacketBuilder.ethernet(Rig.SERVER_MAC, Rig.LAN_MAC)
                                .arp(2, Rig.SERVER_MAC, fresh, Rig.LAN_MAC, "10.0.1.1"));
        assertThat(released).hasSize(2);
        assertThat(new String(released.get(0), StandardCharsets.ISO_8859_1)).contains("one");
        assertThat(new String(released.get(1), StandardCharsets.ISO_8859_1)).contains("two");
        assertThat(rig.count(Counter.WAITING)).isZero();
        assertThat(rig.count(Counter.NEIGHBOUR_WAITING)).isZero();
    }

    @Test
    void tellsTheClientWhenTheServerDoesNotAnswerArp() {
        rig.configured();
        rig.apply(
                new Change.RemoveRealServer(Rig.UDP, endpoint(Rig.SERVER, 5353)),
                new Change.AddRealServer(Rig.UDP, RealServer.of("10.0.1.66", 5353)));

        rig.clientSends(fromClient().udp(40000, 53).payload("lost"));
        for (int tenth = 0; tenth < 50; tenth++) {
            rig.pass(Duration.ofMillis(100));
        }

        assertThat(rig.count(Outcome.NEIGHBOUR_UNREACHABLE)).isOne();
        assertThat(rig.count(Counter.ICMP_ERRORS)).isOne();
        assertThat(rig.client.receiveAll()).hasSize(1);
        rig.server.receiveAll();
    }

    @Test
    void asksANeighbourInUseAgain() {
        rig.resolved();
        rig.clientSends(fromClient().udp(40000, 53));
        for (int second = 0; second < 6; second++) {
            rig.pass(Duration.ofSeconds(1));
            assertThat(rig.server.receiveAll()).as("unused after " + second + " s").isEmpty();
        }

        List<byte[]> out = rig.clientSends(fromClient().udp(40000, 53));
        assertThat(out).as("asked by unicast, and used meanwhile").hasSize(2);
        assertThat(out)
                .allSatisfy(f -> assertThat(f).startsWith(macs(Rig.SERVER_MAC, Rig.LAN_MAC)));
        assertThat(out.getFirst()).startsWith(arp(Rig.SERVER_MAC));
        assertThat(rig.clientSends(fromClient().udp(40000, 53))).as("asked once").hasSize(1);
        rig.pass(Duration.ofSeconds(1));
        assertThat(rig.out())
                .singleElement()
                .satisfies(f -> assertThat(f).startsWith(arp(BROADCAST)));
    }

    private static byte[] arp(String destination) {
        return PacketBuilder.ethernet(Rig.LAN_MAC, destination)
                .arp(1, Rig.LAN_MAC, "10.0.1.1", ZERO, Rig.SERVER)
                .toBytes();
    }

    @Test
    void afterAVainWaitPacketsAreRefusedUntilTheNextRequestIsDue() {
        rig.configured();
        rig.apply(
                new Change.RemoveRealServer(Rig.UDP, endpoint(Rig.SERVER, 5353)),
                new Change.AddRealServer(Rig.UDP, RealServer.of("10.0.1.66", 5353)));
        int requests = 0;
        for (int tenth = 0; tenth < 300; tenth++) {
            rig.client.send(fromClient().udp(40000, 53).payload("lost"));
            rig.pass(Duration.ofMillis(100));
            requests += rig.server.receiveAll().size();
            rig.client.receiveAll();
        }

        assertThat(requests).as("requests in 30 s of silence").isBetween(7, 10);
        assertThat(rig.count(Outcome.NEIGHBOUR_UNREACHABLE)).isBetween(280L, 300L);
    }

    @Test
    void answersEchoRequestsToOwnAddresses() {
        rig.configured();

        assertThat(rig.clientSends(fromClient().echoRequest(7, 1).payload("ping")))
                .containsExactly(
                        PacketBuilder.ethernet(Rig.WAN_MAC, Rig.CLIENT_MAC)
                                .ipv4(Rig.VIP, Rig.CLIENT)
                                .echoReply(7, 1)
                                .payload("ping")
                                .toBytes());
    }

    @Test
    void saysTimeExceededAndDropsWhenTheTimeToLiveEnds() {
        rig.configured();

        byte[] packet = fromClient().timeToLive(1).udp(40000, 53).payload("old").toBytes();
        rig.client.send(packet);
        rig.run();

        assertThat(rig.count(Outcome.TTL_EXPIRED)).isOne();
        assertThat(rig.out())
                .containsExactly(
                        PacketBuilder.ethernet(Rig.WAN_MAC, Rig.CLIENT_MAC)
                                .ipv4(Rig.VIP, Rig.CLIENT)
                                .dontFragment()
                                .icmp(11, 0, 0)
                                .quoting(packet, packet.length)
                                .toBytes());
    }

    @Test
    void closedPortsAreUnreachable() {
        rig.configured();

        rig.clientSends(fromClient().udp(40000, 9));
        assertThat(rig.count(Counter.ICMP_ERRORS)).isOne();
        rig.clientSends(fromClient().tcp(40000, 9).flags(Tcp.SYN).sequence(5));
        assertThat(rig.count(Counter.TCP_RESETS)).isOne();
        assertThat(rig.count(Outcome.NO_SERVICE)).isEqualTo(2);
    }

    @Test
    void aSegmentWithoutConnectionIsReset() {
        rig.configured();

        assertThat(
                        rig.clientSends(
                                fromClient()
                                        .tcp(40000, 80)
                                        .flags(Tcp.ACK)
                                        .sequence(5)
                                        .acknowledgement(99)))
                .hasSize(1);
        assertThat(rig.count(Outcome.NO_CONNECTION)).isOne();
        assertThat(rig.count(Counter.TCP_RESETS)).isOne();
    }

    @Test
    void errorsAreRateLimited() {
        rig.configured();

        for (int i = 0; i < 500; i++) {
            rig.clientSends(fromClient().udp(40000 + i, 9));
        }

        assertThat(rig.count(Counter.ICMP_ERRORS)).as("of one network").isEqualTo(50);
        assertThat(rig.count(Counter.ERRORS_SUPPRESSED)).isEqualTo(450);
    }

    @Test
    void vlanTagsAreReadAndWritten() {
        rig.apply(
                new Change.AddAddress(InterfaceAddress.of("192.0.2.1/24", "wan.100")),
                new Change.AddAddress(InterfaceAddress.of("192.0.2.80/32", "wan.100")));
        rig.out();

        byte[] tagged =
                PacketBuilder.ethernet(Rig.CLIENT_MAC, Rig.WAN_MAC)
                        .vlan(100)
                        .ipv4("192.0.2.9", "192.0.2.1")
                        .echoRequest(1, 1)
                        .toBytes();
        rig.client.send(tagged);
        rig.run();
        assertThat(rig.out())
                .containsExactly(
                        PacketBuilder.ethernet(Rig.WAN_MAC, Rig.CLIENT_MAC)
                                .vlan(100)
                                .ipv4("192.0.2.1", "192.0.2.9")
                                .echoReply(1, 1)
                                .toBytes());
        assertThat(
                        rig.clientSends(
                                PacketBuilder.ethernet(Rig.CLIENT_MAC, Rig.WAN_MAC)
                                        .vlan(200)
                                        .ipv4("192.0.2.9", "192.0.2.1")
                                        .echoRequest(1, 1)))
                .isEmpty();
        assertThat(rig.count(Outcome.UNKNOWN_VLAN)).isOne();
    }

    @Test
    void translatesAnIcmpErrorOfTheServersSide() {
        rig.configured();
        byte[] original = fromClient().udp(40000, 53).payload("too far").toBytes();
        rig.client.send(original);
        rig.run();
        byte[] forwarded = rig.out().getFirst();

        List<byte[]> out =
                rig.serverSends(
                        PacketBuilder.ethernet(Rig.SERVER_MAC, Rig.LAN_MAC)
                                .ipv4(Rig.SERVER, Rig.LOCAL)
                                .icmp(3, 3, 0)
                                .quoting(forwarded, 15));

        byte[] quoted = fromClient().timeToLive(63).udp(40000, 53).payload("too far").toBytes();
        assertThat(out)
                .containsExactly(
                        PacketBuilder.ethernet(Rig.WAN_MAC, Rig.CLIENT_MAC)
                                .ipv4(Rig.VIP, Rig.CLIENT)
                                .timeToLive(63)
                                .icmp(3, 3, 0)
                                .quoting(quoted, 15)
                                .toBytes());
        assertThat(rig.count(Outcome.FORWARDED_ICMP)).isOne();
    }

    private static Endpoint endpoint(String address, int port) {
        return Endpoint.of(address, port);
    }

    private static byte[] macs(String destination, String source) {
        byte[] header = PacketBuilder.ethernet(source, destination).type(0x0800).toBytes();
        return Arrays.copyOf(header, 12);
    }
}
