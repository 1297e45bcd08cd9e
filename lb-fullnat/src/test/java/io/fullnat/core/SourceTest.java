// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core;

import static io.fullnat.core.Rig.fromClient;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.fullnat.api.BalancerException;
import io.fullnat.api.IpPrefix;
import io.fullnat.api.control.Change;
import io.fullnat.api.counter.Counter;
import io.fullnat.api.counter.Outcome;
import io.fullnat.api.network.InterfaceAddress;
import io.fullnat.api.network.ReversePath;
import io.fullnat.core.packet.PacketBuilder;
import io.fullnat.core.packet.Tcp;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/// Sources that a packet cannot have, at all or by the device that it came by: nothing is opened,
/// answered or passed on.
class SourceTest {
    private static PacketBuilder from(String source) {
        return PacketBuilder.ethernet(Rig.CLIENT_MAC, Rig.WAN_MAC).ipv4(source, Rig.VIP);
    }

    private static List<PacketBuilder> ofEveryKind(String source) {
        byte[] quoted = fromClient().udp(1, 2).toBytes();
        return List.of(
                from(source).udp(40000, 53),
                from(source).ipOptions((byte) 7, (byte) 3, (byte) 4, (byte) 0).udp(40000, 53),
                from(source).tcp(40000, 80).flags(Tcp.SYN),
                from(source).tcp(40000, 80).flags(Tcp.ACK),
                from(source).tcp(40000, 9).flags(Tcp.SYN),
                from(source).udp(40000, 9),
                from(source).echoRequest(1, 1),
                from(source).icmp(3, 1, 0).quoting(quoted, 8));
    }

    private static void assertImpossible(Rig rig, String source) {
        long before = rig.count(Outcome.BAD_SOURCE);
        List<PacketBuilder> packets = ofEveryKind(source);
        for (PacketBuilder packet : packets) {
            assertThat(rig.clientSends(packet)).as("answers to %s", source).isEmpty();
        }
        assertThat(rig.count(Outcome.BAD_SOURCE) - before).isEqualTo(packets.size());
        assertThat(rig.count(Counter.CONNECTIONS)).isZero();
    }

    private static boolean isPossible(Rig rig, String source) {
        long before = rig.count(Counter.CONNECTIONS_CREATED);
        rig.clientSends(from(source).udp(40000, 53));
        return rig.count(Counter.CONNECTIONS_CREATED) - before == 1;
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "0.0.0.0",
                "0.1.2.3",
                "127.0.0.1",
                "224.0.0.1",
                "240.0.0.1",
                "255.255.255.255",
                Rig.VIP,
                Rig.LOCAL,
                "192.0.2.1",
                "10.0.1.1",
                "192.0.2.0",
                "192.0.2.255",
                "10.0.1.0",
                "10.0.1.255"
            })
    void whatNoHostCanHaveIsNoSource(String source) {
        try (Rig rig = new Rig().configured()) {
            assertImpossible(rig, source);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"1.0.0.0", "198.51.100.0", "198.51.100.255", "192.0.2.7", "10.0.1.7"})
    void whatSomeHostCanHaveIsOne(String source) {
        try (Rig rig = new Rig().configured()) {
            assertThat(isPossible(rig, source)).isTrue();
            assertThat(rig.count(Outcome.BAD_SOURCE)).isZero();
        }
    }

    /// RFC 3021: a network of two addresses has neither a network nor a broadcast address.
    @Test
    void onlyNetworksOfFourAndMoreAddressesHaveOnesForThemselves() {
        try (Rig rig = new Rig().configured()) {
            rig.apply(
                    new Change.AddAddress(InterfaceAddress.of("203.0.113.0/31", "wan")),
                    new Change.AddAddress(InterfaceAddress.of("203.0.113.5/30", "wan")),
                    new Change.AddAddress(InterfaceAddress.of("203.0.113.9/32", "wan")));
            rig.out();

            assertImpossible(rig, "203.0.113.0");
            assertImpossible(rig, "203.0.113.4");
            assertImpossible(rig, "203.0.113.5");
            assertImpossible(rig, "203.0.113.7");
            assertImpossible(rig, "203.0.113.9");
            for (String host : List.of("203.0.113.1", "203.0.113.6", "203.0.113.8")) {
                assertThat(isPossible(rig, host)).as(host).isTrue();
            }
        }
    }

    @Test
    void anAddressThatIsNoLongerOursIsASourceAgain() {
        try (Rig rig = new Rig().configured()) {
            rig.apply(new Change.AddAddress(InterfaceAddress.of("203.0.113.1/24", "wan")));
            rig.out();
            assertImpossible(rig, "203.0.113.255");
            assertImpossible(rig, "203.0.113.1");

            rig.apply(new Change.RemoveAddress(InterfaceAddress.of("203.0.113.1/24", "wan")));

            assertThat(isPossible(rig, "203.0.113.255")).isTrue();
            assertThat(isPossible(rig, "203.0.113.1")).isTrue();
        }
    }

    @ParameterizedTest
    @CsvSource({
        "OFF,    wan, 10.0.1.7,     true",
        "OFF,    lan, 198.51.100.7, true",
        "LOOSE,  wan, 10.0.1.7,     true",
        "LOOSE,  lan, 198.51.100.7, true",
        "STRICT, wan, 10.0.1.7,     false",
        "STRICT, lan, 198.51.100.7, false",
        "STRICT, wan, 198.51.100.7, true",
        "STRICT, lan, 10.0.1.7,     true",
    })
    void aDeviceChecksThatItLeadsBack(
            ReversePath mode, String device, String source, boolean passes) {
        try (Rig rig =
                Rig.with(options -> options.reversePath("wan", mode).reversePath("lan", mode))
                        .configured()) {
            boolean wan = device.equals("wan");
            PacketBuilder packet =
                    wan
                            ? from(source)
                            : PacketBuilder.ethernet(Rig.SERVER_MAC, Rig.LAN_MAC)
                                    .ipv4(source, Rig.VIP);
            packet.udp(40000, 53);

            List<byte[]> out = wan ? rig.clientSends(packet) : rig.serverSends(packet);

            assertThat(out).hasSize(passes ? 1 : 0);
            assertThat(rig.count(Outcome.REVERSE_PATH)).isEqualTo(passes ? 0 : 1);
            assertThat(rig.count(Counter.CONNECTIONS)).isEqualTo(passes ? 1 : 0);
        }
    }

    @Test
    void looselySomeRouteMustLeadBack() {
        try (Rig rig =
                Rig.with(options -> options.reversePath("wan", ReversePath.LOOSE)).configured()) {
            rig.apply(new Change.RemoveRoute(IpPrefix.parse("0.0.0.0/0")));

            for (PacketBuilder packet : ofEveryKind("198.51.100.7")) {
                assertThat(rig.clientSends(packet)).isEmpty();
            }
            assertThat(rig.count(Outcome.REVERSE_PATH)).isEqualTo(8);
            assertThat(isPossible(rig, "10.0.1.7")).isTrue();
        }
    }

    @Test
    void aPortsCheckHoldsForItsVlansToo() {
        try (Rig rig =
                Rig.with(options -> options.reversePath("wan", ReversePath.STRICT)).configured()) {
            rig.apply(new Change.AddAddress(InterfaceAddress.of("203.0.113.1/24", "wan.30")));
            rig.out();

            for (String source : List.of("198.51.100.7", "203.0.113.7")) {
                rig.clientSends(
                        PacketBuilder.ethernet(Rig.CLIENT_MAC, Rig.WAN_MAC)
                                .vlan(30)
                                .ipv4(source, Rig.VIP)
                                .udp(40000, 53));
            }

            assertThat(rig.count(Outcome.REVERSE_PATH)).isOne();
            assertThat(rig.count(Counter.CONNECTIONS)).isOne();
        }
    }

    @Test
    void packetsOfAConnectionAreCheckedWhenTheyComeByAnotherDevice() {
        try (Rig rig =
                Rig.with(options -> options.reversePath("lan", ReversePath.STRICT)).configured()) {
            rig.clientSends(fromClient().udp(40000, 53));
            PacketBuilder astray =
                    PacketBuilder.ethernet(Rig.SERVER_MAC, Rig.LAN_MAC)
                            .ipv4(Rig.CLIENT, Rig.VIP)
                            .udp(40000, 53);

            assertThat(rig.serverSends(astray)).isEmpty();
            assertThat(rig.clientSends(fromClient().udp(40000, 53))).hasSize(1);
            assertThat(rig.serverSends(astray)).isEmpty();

            assertThat(rig.count(Outcome.REVERSE_PATH)).isEqualTo(2);
            assertThat(rig.count(Outcome.FORWARDED_IN)).isEqualTo(2);
        }
    }

    @Test
    void aClientWithoutCheckMayMoveToAnotherDevice() {
        try (Rig rig = new Rig().configured()) {
            PacketBuilder moved =
                    PacketBuilder.ethernet(Rig.SERVER_MAC, Rig.LAN_MAC)
                            .ipv4(Rig.CLIENT, Rig.VIP)
                            .udp(40000, 53);
            Stream.of(1, 2, 3)
                    .forEach(ignored -> {
                        assertThat(rig.clientSends(fromClient().udp(40000, 53))).hasSize(1);
                        assertThat(rig.serverSends(moved)).hasSize(1);
                    });
            assertThat(rig.count(Counter.CONNECTIONS_CREATED)).isOne();
        }
    }

    @Test
    void aPortThatIsNotThereIsNamed() {
        assertThatThrownBy(
                        () -> Rig.with(options -> options.reversePath("wann", ReversePath.STRICT)))
                .isInstanceOf(BalancerException.class)
                .hasMessage("reverse path: no port \"wann\"; there are wan, lan");
    }
}
