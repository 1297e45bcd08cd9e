// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.packet;

import static org.assertj.core.api.Assertions.assertThat;

import io.fullnat.api.io.Memory;
import io.fullnat.testing.Seed;
import java.util.Arrays;
import java.util.random.RandomGenerator;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class Ipv6ChainTest {
    private static final int IP = Ethernet.HEADER_LENGTH;
    private static final int RANDOM_PACKETS = 300_000;

    private final NativeMemory memory = new NativeMemory();
    private final Ipv6Chain chain = new Ipv6Chain();
    private long ip;

    @AfterEach
    void free() {
        memory.close();
    }

    @Test
    void withoutExtensionHeadersTheTransportFollowsAtOnce() {
        assertThat(walk(udp())).isEqualTo(Ipv6Chain.RIGHT);
        assertTransport(40, 17, 6);
        assertThat(chain.extensionLength()).isZero();
        assertThat(chain.isFragment()).isFalse();
        assertThat(chain.fragment()).isZero();
    }

    @Test
    void walksOverAllThatMayBeThere() {
        int verdict =
                walk(
                        udp().extension(Ipv6Extension.routerAlert())
                                .extension(Ipv6Extension.destination((byte) 4, (byte) 1, (byte) 4))
                                .extension(Ipv6Extension.routing(0, 0, "2001:db8::7"))
                                .extension(Ipv6Extension.fragment(0, false, 0x1234_5678))
                                .extension(Ipv6Extension.destination()));
        assertThat(verdict).isEqualTo(Ipv6Chain.RIGHT);
        assertTransport(40 + 8 + 8 + 24 + 8 + 8, 17, 40 + 8 + 8 + 24 + 8);
        assertThat(chain.extensionLength()).isEqualTo(56);
        assertThat(chain.hasRouterAlert()).isTrue();
        assertThat(chain.fragment()).isEqualTo(ip + 40 + 40);
        assertThat(chain.isFragment()).as("atomic").isFalse();
        assertThat(chain.identification()).isEqualTo(0x1234_5678);
    }

    @Test
    void aFirstFragmentHasItsTransportHeader() {
        PacketBuilder first = udp().extension(Ipv6Extension.fragment(0, true, 7));
        assertThat(walk(first.payload("12345678"))).isEqualTo(Ipv6Chain.RIGHT);
        assertTransport(48, 17, 40);
        assertThat(chain.isFragment()).isTrue();
        assertThat(chain.hasMoreFragments()).isTrue();
    }

    @Test
    void behindALaterFragmentThereAreNoHeaders() {
        PacketBuilder later =
                PacketBuilder.ethernet("02:00:00:00:00:0a", "02:00:00:00:00:0b")
                        .ipv6("2001:db8::a", "2001:db8::b")
                        .extension(Ipv6Extension.fragment(1232, false, 7))
                        .extension(new Ipv6Extension(60, new byte[8]))
                        .payload("abc");
        assertThat(walk(later)).isEqualTo(Ipv6Chain.RIGHT);
        assertThat(chain.protocol()).isEqualTo(60);
        assertThat(chain.transport()).isEqualTo(ip + 48);
        assertThat(chain.isFragment()).isTrue();
        assertThat(chain.fragmentOffset()).isEqualTo(1232);
    }

    @Test
    void fragmentsThatCannotBe() {
        assertProblem(
                udp().extension(Ipv6Extension.fragment(0, true, 7)).payload("123"),
                Ipv6Chain.LENGTH,
                Icmpv6.CODE_ERRONEOUS_FIELD,
                4);
        assertProblem(
                udp().extension(Ipv6Extension.fragment(65528, false, 7)).payload("123"),
                Ipv6Chain.LENGTH,
                Icmpv6.CODE_ERRONEOUS_FIELD,
                42);
        assertProblem(
                udp().extension(Ipv6Extension.fragment(0, false, 7))
                        .extension(Ipv6Extension.fragment(0, false, 7)),
                Ipv6Chain.MISPLACED,
                Icmpv6.CODE_UNKNOWN_NEXT_HEADER,
                40);
        assertProblem(
                udp().extension(Ipv6Extension.fragment(0, true, 7))
                        .extension(new Ipv6Extension(60, (byte) 0, (byte) 1, (byte) 0))
                        .payload("1"),
                Ipv6Chain.LENGTH,
                Icmpv6.CODE_ERRONEOUS_FIELD,
                4);
    }

    /// RFC 7112: the chain may not go on in another fragment.
    @Test
    void aFirstFragmentWithoutAllHeaders() {
        byte[] options = {0, 1, 1, 4, 0, 0, 0, 0};
        assertProblem(
                PacketBuilder.ethernet("02:00:00:00:00:0a", "02:00:00:00:00:0b")
                        .ipv6("2001:db8::a", "2001:db8::b")
                        .extension(Ipv6Extension.fragment(0, true, 7))
                        .extension(new Ipv6Extension(60, options)),
                Ipv6Chain.TRUNCATED,
                Icmpv6.CODE_INCOMPLETE_CHAIN,
                0);
    }

    @Test
    void hopByHopOptionsComeFirstOrNotAtAll() {
        assertProblem(
                udp().extension(Ipv6Extension.destination()).extension(Ipv6Extension.hopByHop()),
                Ipv6Chain.MISPLACED,
                Icmpv6.CODE_UNKNOWN_NEXT_HEADER,
                40);
        assertProblem(
                udp().extension(Ipv6Extension.hopByHop()).extension(Ipv6Extension.hopByHop()),
                Ipv6Chain.MISPLACED,
                Icmpv6.CODE_UNKNOWN_NEXT_HEADER,
                40);
    }

    @Test
    void packetsThatWantToGoOnAreNotOurs() {
        assertProblem(
                udp().extension(Ipv6Extension.routing(0, 1, "2001:db8::7")),
                Ipv6Chain.ROUTED,
                Icmpv6.CODE_ERRONEOUS_FIELD,
                42);
        assertProblem(
                udp().extension(Ipv6Extension.routing(4, 0)).extension(Ipv6Extension.routing(4, 0)),
                Ipv6Chain.MISPLACED,
                Icmpv6.CODE_UNKNOWN_NEXT_HEADER,
                40);
    }

    /// RFC 8200 §4.2: what is to be done with an unknown option its type says.
    @Test
    void unknownOptions() {
        assertThat(walk(udp().extension(Ipv6Extension.destination((byte) 0x3E, (byte) 0))))
                .isEqualTo(Ipv6Chain.RIGHT);
        for (Object[] row :
                new Object[][] {{0x7E, -1, 0}, {0xBE, 2, 42}, {0xFE, 2, 42}, {0xC2, 2, 42}}) {
            byte type = (byte) (int) row[0];
            assertProblem(
                    udp().extension(Ipv6Extension.hopByHop(type, (byte) 0)),
                    Ipv6Chain.OPTION,
                    (int) row[1],
                    42);
        }
    }

    @Test
    void unknownOptionsOfGroupsAreToldOfAsTheyAsk() {
        PacketBuilder group =
                PacketBuilder.ethernet("02:00:00:00:00:0a", "33:33:00:00:00:01")
                        .ipv6("2001:db8::a", "ff02::1")
                        .extension(Ipv6Extension.hopByHop((byte) 0xFE, (byte) 0));
        assertProblem(group, Ipv6Chain.OPTION, Ipv6Chain.SILENT, 42);
    }

    @Test
    void optionsBeyondTheirHeader() {
        byte pad = 1;
        assertProblem(
                udp().extension(Ipv6Extension.destination(pad, (byte) 5)),
                Ipv6Chain.LENGTH,
                Icmpv6.CODE_ERRONEOUS_FIELD,
                42);
        byte[] lastByte = {0, 0, 0, 0, 0, pad};
        assertProblem(
                udp().extension(Ipv6Extension.destination(lastByte)),
                Ipv6Chain.LENGTH,
                Icmpv6.CODE_ERRONEOUS_FIELD,
                47);
    }

    @Test
    void longChainsEnd() {
        PacketBuilder eight = udp();
        for (int i = 0; i < 8; i++) {
            eight.extension(Ipv6Extension.destination());
        }
        assertThat(walk(eight)).isEqualTo(Ipv6Chain.RIGHT);
        assertThat(walk(eight.extension(Ipv6Extension.destination())))
                .isEqualTo(Ipv6Chain.TOO_MANY);
        assertThat(walk(udp().extension(Ipv6Extension.destination(new byte[254]))))
                .as("256 bytes")
                .isEqualTo(Ipv6Chain.RIGHT);
        assertThat(walk(udp().extension(Ipv6Extension.destination(new byte[255]))))
                .as("264 bytes")
                .isEqualTo(Ipv6Chain.TOO_MANY);
    }

    @Test
    void protectedAndEmptyPayloadEndsTheChain() {
        for (int protocol : new int[] {50, 51, 59, 58, 6, 135, 139, 255}) {
            assertThat(walk(udp().protocol(protocol).extension(Ipv6Extension.destination())))
                    .isEqualTo(Ipv6Chain.RIGHT);
            assertTransport(48, protocol, 40);
        }
    }

    @Test
    void otherVersionsAreRefused() {
        assertThat(walk(udp().versionAndHeaderLength(0x45))).isEqualTo(Ipv6Chain.VERSION);
    }

    @Test
    void cutOffAnywhereItIsTruncated() {
        byte[] frame =
                udp().extension(Ipv6Extension.routerAlert())
                        .extension(Ipv6Extension.destination())
                        .toBytes();
        for (int length = IP; length < frame.length; length++) {
            assertThat(walk(Arrays.copyOf(frame, length)))
                    .as("%d bytes", length)
                    .isEqualTo(Ipv6Chain.TRUNCATED);
        }
        assertThat(walk(frame)).isEqualTo(Ipv6Chain.RIGHT);
        assertThat(walk(Arrays.copyOf(frame, frame.length + 9)))
                .as("padded")
                .isEqualTo(Ipv6Chain.RIGHT);
        assertThat(chain.transportLength()).isEqualTo(8 + 3);
    }

    /// As above, with the length in the header cut as well: headers reach beyond the packet.
    @Test
    void headersBeyondAShorterPacketAreTruncated() {
        byte[] frame = udp().extension(Ipv6Extension.destination(new byte[14])).toBytes();
        for (int length = 0; length < 16; length++) {
            long header = memory.load(Arrays.copyOf(frame, IP + 40 + length)) + IP;
            Ipv6.payloadLength(header, length);
            assertThat(chain.walk(header, 40 + length)).isEqualTo(Ipv6Chain.TRUNCATED);
        }
    }

    @Test
    void quotedPacketsMayBeCutOffBehindTheirHeaders() {
        byte[] frame =
                udp().extension(Ipv6Extension.routing(0, 1, "2001:db8::7"))
                        .extension(Ipv6Extension.fragment(0, true, 7))
                        .toBytes();
        int headers = 40 + 24 + 8;
        for (int length = 0; length < frame.length - IP; length++) {
            long header = memory.load(Arrays.copyOfRange(frame, IP, IP + length));
            int verdict = chain.walkQuoted(header, length);
            if (length < headers) {
                assertThat(verdict).isEqualTo(Ipv6Chain.TRUNCATED);
            } else {
                assertThat(verdict).isEqualTo(Ipv6Chain.RIGHT);
                assertThat(chain.protocol()).isEqualTo(17);
                assertThat(chain.transportLength()).isEqualTo(length - headers);
            }
        }
    }

    /// Whatever bytes there are: the walk ends, and what it says lies within them.
    @Test
    void randomBytesAreWalkedWithin() {
        RandomGenerator random = Seed.generator();
        int[] known = {0, 43, 44, 60, 17, 59};
        byte[] bytes = new byte[400];
        long header = memory.load(bytes);
        int right = 0;
        for (int i = 0; i < RANDOM_PACKETS; i++) {
            random.nextBytes(bytes);
            bytes[0] = 0x60;
            bytes[6] = (byte) known[random.nextInt(known.length)];
            for (int at = 40; at < bytes.length; at += 8) {
                bytes[at] = (byte) known[random.nextInt(known.length)];
                bytes[at + 1] = (byte) random.nextInt(random.nextInt(8) == 0 ? 256 : 2);
                if (random.nextBoolean()) {
                    Arrays.fill(bytes, at + 2, at + 8, (byte) 0);
                }
            }
            int length = random.nextInt(bytes.length);
            Memory.fromBytes(bytes, header);
            Ipv6.payloadLength(header, random.nextInt(Math.max(1, length - 38)));
            boolean quoted = random.nextBoolean();
            int verdict = quoted ? chain.walkQuoted(header, length) : chain.walk(header, length);
            if (verdict == Ipv6Chain.RIGHT) {
                right++;
                assertThat(chain.transport())
                        .as(Seed.message(i))
                        .isBetween(header + 40, header + length);
                assertThat(chain.transportLength()).as(Seed.message(i)).isNotNegative();
                assertThat(chain.transport() + chain.transportLength())
                        .as(Seed.message(i))
                        .isLessThanOrEqualTo(header + length);
            } else {
                assertThat(chain.problemPointer()).as(Seed.message(i)).isBetween(0, length);
            }
        }
        assertThat(right).isGreaterThan(RANDOM_PACKETS / 100);
    }

    private void assertTransport(int offset, int protocol, int pointer) {
        assertThat(chain.transport()).isEqualTo(ip + offset);
        assertThat(chain.protocol()).isEqualTo(protocol);
        assertThat(chain.protocolPointer()).isEqualTo(pointer);
        assertThat(chain.transportLength()).isEqualTo(Ipv6.totalLength(ip) - offset);
    }

    private void assertProblem(PacketBuilder packet, int verdict, int code, int pointer) {
        assertThat(walk(packet)).isEqualTo(verdict);
        assertThat(chain.problemCode()).isEqualTo(code);
        assertThat(chain.problemPointer()).isEqualTo(pointer);
    }

    private int walk(PacketBuilder packet) {
        return walk(packet.toBytes());
    }

    private int walk(byte[] frame) {
        ip = memory.load(frame) + IP;
        return chain.walk(ip, frame.length - IP);
    }

    private static PacketBuilder udp() {
        return PacketBuilder.ethernet("02:00:00:00:00:0a", "02:00:00:00:00:0b")
                .ipv6("2001:db8::a", "2001:db8::b")
                .udp(40000, 50000)
                .payload("abc");
    }
}
