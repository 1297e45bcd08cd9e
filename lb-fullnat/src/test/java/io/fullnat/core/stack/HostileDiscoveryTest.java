// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.stack;

import static io.fullnat.core.packet.NdFrames.ALL;
import static io.fullnat.core.packet.NdFrames.groupMac;
import static io.fullnat.core.packet.NdFrames.option;
import static io.fullnat.core.stack.TestNetwork.LAN;
import static io.fullnat.core.stack.TestNetwork.MAC;
import static io.fullnat.core.stack.TestNetwork.OTHER;
import static io.fullnat.core.stack.TestNetwork.STATION;
import static org.assertj.core.api.Assertions.assertThat;

import io.fullnat.api.counter.Counter;
import io.fullnat.api.counter.Outcome;
import io.fullnat.core.packet.Ipv6Extension;
import io.fullnat.core.packet.NdFrames;
import io.fullnat.core.packet.PacketBuilder;
import io.fullnat.testing.Seed;
import java.util.Arrays;
import java.util.List;
import java.util.random.RandomGenerator;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// Messages of neighbour discovery that are wrong, or lies: none changes what is known.
class HostileDiscoveryTest {
    private static final String OWN = "2001:db8:1::1";
    private static final String LOCAL = "2001:db8:1::100";
    private static final String PEER = "2001:db8:1::7";
    private static final String GATEWAY = "2001:db8:1::fe";
    private static final String LINK_LOCAL = "fe80::ff:fe00:2";
    private static final String ROUTER = "fe80::1";
    private static final String REPORTS = "ff02::16";
    private static final String MAPPED = "2001:db8:abcd:abcd:abcd:abcd:0a00:01";
    private static final int S = 0x40;
    private static final int O = 0x20;
    private static final int HOSTILE_FRAMES = 1_200_000;

    private final TestNetwork network = TestNetwork.dual();
    private long now;

    @BeforeEach
    void settle() {
        now = network.settle();
    }

    @AfterEach
    void close() {
        network.close();
    }

    @ParameterizedTest(name = "{0}")
    @CsvSource({"135, 24", "136, 24", "137, 40", "133, 8", "134, 16"})
    void whatIsNotOfThisLinkOrIsWrongIsDropped(int type, int least) {
        byte[] body = new byte[least - 8];
        byte[] target = NdFrames.solicitation(STATION, PEER, OWN).toBytes();
        System.arraycopy(target, 62, body, 0, Math.min(16, body.length));
        PacketBuilder right = message(type, body);
        assertThat(network.receive6(right)).isNotEqualTo(Outcome.BAD_DISCOVERY);
        for (int hops : new int[] {0, 1, 64, 254}) {
            assertThat(network.receive6(message(type, body).timeToLive(hops)))
                    .as("hop limit %d", hops)
                    .isEqualTo(Outcome.BAD_DISCOVERY);
        }
        PacketBuilder code = message(type, body).icmp(type, 1, 0);
        assertThat(network.receive6(code)).as("code").isEqualTo(Outcome.BAD_DISCOVERY);
        for (int length = 0; length < body.length; length++) {
            assertThat(network.receive6(message(type, Arrays.copyOf(body, length))))
                    .as("%d bytes", 8 + length)
                    .isEqualTo(Outcome.BAD_DISCOVERY);
        }
        byte[] none = Arrays.copyOf(body, body.length + 8);
        assertThat(network.receive6(message(type, none)))
                .as("an option of length 0")
                .isEqualTo(Outcome.BAD_DISCOVERY);
        none[body.length + 1] = 2;
        assertThat(network.receive6(message(type, none)))
                .as("an option beyond the end")
                .isEqualTo(Outcome.BAD_DISCOVERY);
        PacketBuilder atomic = message(type, body).extension(Ipv6Extension.fragment(0, false, 1));
        assertThat(network.receive6(atomic)).as("RFC 6980").isEqualTo(Outcome.BAD_DISCOVERY);
    }

    @Test
    void routersAndRedirectsAreNotListenedTo() {
        int[][] typesAndLengths = {{133, 0}, {134, 8}, {137, 32}};
        for (int[] each : typesAndLengths) {
            assertThat(network.receive6(message(each[0], new byte[each[1]])))
                    .isEqualTo(Outcome.DISCOVERY_IGNORED);
        }
        for (int type : new int[] {131, 132, 143}) {
            PacketBuilder report =
                    NdFrames.message(STATION, ROUTER, groupMac(REPORTS), REPORTS, type, 0)
                            .timeToLive(1)
                            .payload(new byte[32]);
            assertThat(network.receive6(report)).isEqualTo(Outcome.DISCOVERY_IGNORED);
            assertThat(network.receive6(report.timeToLive(255))).isEqualTo(Outcome.BAD_DISCOVERY);
        }
        assertThat(network.adjacencies.size()).isZero();
        assertThat(network.out()).isEmpty();
    }

    /// An address of IPv4 in the form of one of IPv6 is on no wire (RFC 4291 §2.5.5.2), but it is
    /// how neighbours of IPv4 are kept here.
    @Test
    void mappedAddressesAreNoNeighboursOfIpv6() {
        int index = network.add(LAN, "10.0.1.8", false);
        network.receive6(mapped(says(PEER, S | O, MAPPED + "08", STATION)));
        assertThat(network.state(index)).isEqualTo(AdjacencyTable.INCOMPLETE);
        network.receive6(mapped(asks(MAPPED + "07", OWN)));
        assertThat(network.find("10.0.1.7")).isEqualTo(AdjacencyTable.NONE);

        List<PacketBuilder> wrong =
                List.of(
                        asks(MAPPED + "07", OWN),
                        asks(MAPPED + "01", OWN),
                        NdFrames.solicitation(STATION, PEER, MAC, OWN, MAPPED + "01"),
                        NdFrames.solicitation(STATION, PEER, MAC, OWN, MAPPED + "07"),
                        says(MAPPED + "07", S | O, PEER, STATION),
                        says(PEER, S | O, MAPPED + "07", STATION),
                        says(PEER, O, MAPPED + "01", OTHER));
        for (PacketBuilder each : wrong) {
            assertThat(network.receive6(mapped(each))).isEqualTo(Outcome.BAD_DISCOVERY);
        }
        assertThat(network.count(Counter.ADDRESS_CONFLICTS)).isZero();
        assertThat(network.out()).isEmpty();
    }

    @Test
    void spoofedAdvertisementsPoisonNobody() {
        int index = resolved(PEER);
        for (int flags = 0; flags < 0x100; flags += 0x20) {
            for (int round = 0; round < 5; round++) {
                network.receive6(
                        NdFrames.advertisement(
                                OTHER, PEER, MAC, OWN, flags, PEER, option(2, OTHER)));
                for (byte[] asked : network.out()) {
                    assertThat(asked).as("the old one is asked").startsWith(bytes(STATION));
                    network.receive6(says(PEER, S, PEER, STATION));
                }
                now += 300;
                network.at(now);
                network.links().poll();
            }
            assertThat(network.macOf(index)).isEqualTo(STATION);
        }
        network.out();
        network.receive6(says(PEER, S | O, PEER, "33:33:00:00:00:01"));
        network.receive6(says(PEER, S | O, PEER, MAC));
        assertThat(network.macOf(index)).isEqualTo(STATION);
        assertThat(network.count(Counter.NEIGHBOUR_MOVES)).isZero();
    }

    @Test
    void hostileMessagesChangeNothingAndCostNoBuffer() {
        RandomGenerator random = Seed.generator();
        int server = resolved(GATEWAY);
        network.adjacencies.keep(server);
        int ofIpv4 = resolved("10.0.1.254");
        byte[][] seeds = seeds(random);
        HostileWire wire = new HostileWire(network);
        for (int i = 0; i < HOSTILE_FRAMES; i++) {
            byte[] frame = seeds[random.nextInt(seeds.length)].clone();
            for (int change = random.nextInt(4); change > 0; change--) {
                frame[14 + random.nextInt(frame.length - 14)] = (byte) random.nextInt(256);
            }
            int length = random.nextInt(8) == 0 ? random.nextInt(frame.length + 1) : frame.length;
            wire.receive(frame, length);
            if (i % 512 == 0) {
                now += 1;
                network.at(now);
                network.links().poll();
                network.out();
                // The gateway answers when it is asked.
                network.receive6(says(GATEWAY, S, GATEWAY, STATION));
                assertThat(network.macOf(server)).as(Seed.message(i)).isEqualTo(STATION);
            }
        }
        network.out();
        assertThat(network.io.buffers().inUse()).isZero();
        assertThat(wire.handled()).as("frames that were looked at").isGreaterThan(100_000);
        assertThat(network.find(GATEWAY)).isEqualTo(server);
        assertThat(network.macOf(ofIpv4)).isEqualTo(STATION);
    }

    /// Messages that are nearly right.
    private static byte[][] seeds(RandomGenerator random) {
        byte[][] options = {
            option(1, STATION), option(2, OTHER), option(14, STATION), {1, 0, 0, 0, 0, 0, 0, 0}
        };
        String[] targets = {OWN, LOCAL, GATEWAY, PEER, "ff02::1", "::", LINK_LOCAL, MAPPED + "fe"};
        String[] sources = {PEER, "::", ROUTER, OWN, GATEWAY, "ff02::2", MAPPED + "fe"};
        byte[][] seeds = new byte[64][];
        for (int i = 0; i < seeds.length; i++) {
            String target = targets[random.nextInt(targets.length)];
            String source = sources[random.nextInt(sources.length)];
            boolean group = random.nextBoolean();
            String to = group ? ALL : OWN;
            PacketBuilder packet =
                    i % 8 == 0
                            ? NdFrames.query(OTHER, source, random.nextInt(0x10000), "::")
                            : NdFrames.advertisement(
                                    OTHER,
                                    source,
                                    group ? groupMac(ALL) : MAC,
                                    to,
                                    random.nextInt(256),
                                    target,
                                    options[random.nextInt(options.length)]);
            seeds[i] = mapped(packet.toBytes());
            if (random.nextBoolean() && i % 8 != 0) {
                seeds[i][54] = (byte) (133 + random.nextInt(5));
            }
        }
        return seeds;
    }

    private int resolved(String address) {
        int index = network.add(LAN, address, false);
        network.learn(ArpStack.NeighbourUpdates.ANSWERED, address, STATION);
        return index;
    }

    private static PacketBuilder says(String source, int flags, String target, String mac) {
        return NdFrames.advertisement(STATION, source, MAC, OWN, flags, target, option(2, mac));
    }

    private static PacketBuilder asks(String source, String target) {
        return NdFrames.solicitation(STATION, source, target, option(1, STATION));
    }

    /// Makes addresses with [#MAPPED] in front, which packets can be built of, mapped ones.
    private static PacketBuilder mapped(PacketBuilder packet) {
        byte[] bytes = mapped(packet.toBytes());
        return PacketBuilder.ethernet(STATION, MAC)
                .type(0x86DD)
                .payload(Arrays.copyOfRange(bytes, 14, bytes.length));
    }

    private static byte[] mapped(byte[] frame) {
        byte[] prefix = Arrays.copyOfRange(asks(MAPPED + "00", OWN).toBytes(), 22, 36);
        byte[] real = new byte[prefix.length];
        real[10] = -1;
        real[11] = -1;
        real[12] = 10;
        for (int at = 14; at + prefix.length < frame.length; at++) {
            if (Arrays.equals(frame, at, at + prefix.length, prefix, 0, prefix.length)) {
                System.arraycopy(real, 0, frame, at, real.length);
            }
        }
        return frame;
    }

    private static PacketBuilder message(int type, byte[] body) {
        return NdFrames.message(STATION, ROUTER, MAC, OWN, type, 0).payload(body);
    }

    private static byte[] bytes(String mac) {
        return Arrays.copyOf(PacketBuilder.ethernet(OTHER, mac).toBytes(), 6);
    }
}
