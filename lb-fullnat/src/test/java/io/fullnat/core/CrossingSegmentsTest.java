// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core;

import static org.assertj.core.api.Assertions.assertThat;

import io.fullnat.api.control.Change;
import io.fullnat.api.counter.Outcome;
import io.fullnat.api.io.Memory;
import io.fullnat.api.service.ProxyProtocol;
import io.fullnat.api.service.ServiceKey;
import io.fullnat.api.service.ServicePolicy;
import io.fullnat.api.service.SynProxy;
import io.fullnat.api.service.TcpPolicy;
import io.fullnat.core.FamilyRig.Way;
import io.fullnat.core.connection.ConnectionLayout;
import io.fullnat.core.connection.ConnectionState;
import io.fullnat.core.connection.ConnectionTable;
import io.fullnat.core.connection.SequenceShifts;
import io.fullnat.core.connection.TcpMoves;
import io.fullnat.core.packet.PacketBuilder;
import io.fullnat.core.packet.Tcp;
import io.fullnat.testing.Seed;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Queue;
import java.util.random.RandomGenerator;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// Segments between families of connections whose numbers the balancer's own features move, in
/// bursts with plain packets of all four pairs of families: each byte from the transport header on
/// is what an arithmetic of the tests' own makes of what was sent, and each frame the same as when
/// the balancer is made to look at packets one by one.
class CrossingSegmentsTest {
    private static final int CLIENT_ISN = 0x7FFF_FF00;
    private static final int SERVER_ISN = 0xFFFF_FF00;
    private static final int MOVED = 4;
    private static final int PLAIN = 2;
    private static final int ROUNDS = 6;
    private static final int BURSTS = 25;

    /// Of a server of Linux with another scale than a cookie promises.
    private static final byte[] SERVER_OPTIONS = {
        2, 4, 5, (byte) 0xB4, 4, 2, 8, 10, 127, -1, -1, -1, 1, 2, 3, 5, 1, 3, 3, 9
    };

    /// What moves numbers.
    @SuppressWarnings("ImmutableEnumChecker") // a policy does not change
    enum Mover {
        FRESH_ISN(ServicePolicy.DEFAULT.withTcp(TcpPolicy.KEEP.withFreshIsn(true))) {
            @Override
            void check(Moved moved, int header) {
                assertThat(moved).isEqualTo(Moved.numbers(moved.client(), 0));
                assertThat(moved.client()).isNotZero();
            }
        },
        PROXY(ServicePolicy.DEFAULT.withProxyProtocol(ProxyProtocol.V2)) {
            @Override
            void check(Moved moved, int header) {
                assertThat(moved).isEqualTo(Moved.numbers(header, 0));
            }
        },
        SYN_PROXY(ServicePolicy.DEFAULT.withTcp(TcpPolicy.KEEP.withSynProxy(SynProxy.ALWAYS))) {
            @Override
            void check(Moved moved, int header) {
                assertThat(moved.client()).isZero();
                checkProxied(moved);
            }
        },
        SYN_PROXY_AND_PROXY(SYN_PROXY.policy.withProxyProtocol(ProxyProtocol.V2)) {
            @Override
            void check(Moved moved, int header) {
                assertThat(moved.client()).isEqualTo(header);
                checkProxied(moved);
            }
        };

        final ServicePolicy policy;

        Mover(ServicePolicy policy) {
            this.policy = policy;
        }

        abstract void check(Moved moved, int header);

        private static void checkProxied(Moved moved) {
            assertThat(moved.server()).isNotZero();
            assertThat(moved.serverStamp()).isNotZero();
            assertThat(moved.inbound() | moved.outbound()).isNotZero();
        }
    }

    /// A connection of one of several services, and its ends, which answer as honest ones do until
    /// it is established.
    private static final class Flow {
        final Rig rig;
        final boolean clientIpv6;
        final boolean serverIpv6;
        final int service;
        final int clientPort;
        int localPort;
        Moved moved = Moved.numbers(0, 0);

        Flow(Rig rig, boolean clientIpv6, boolean serverIpv6, int service, int clientPort) {
            this.rig = rig;
            this.clientIpv6 = clientIpv6;
            this.serverIpv6 = serverIpv6;
            this.service = service;
            this.clientPort = clientPort;
        }

        private static PacketBuilder packet(
                String from, String to, boolean ipv6, String[] four, String[] six) {
            PacketBuilder frame = PacketBuilder.ethernet(from, to);
            return ipv6 ? frame.ipv6(six[0], six[1]) : frame.ipv4(four[0], four[1]);
        }

        PacketBuilder client() {
            String[] four = {Rig.CLIENT, Rig.VIP};
            String[] six = {FamilyRig.CLIENT6, FamilyRig.VIP6};
            return packet(Rig.CLIENT_MAC, Rig.WAN_MAC, clientIpv6, four, six)
                    .tcp(clientPort, service);
        }

        PacketBuilder server() {
            String[] four = {Rig.SERVER, Rig.LOCAL};
            String[] six = {FamilyRig.SERVER6, FamilyRig.LOCAL6};
            return packet(Rig.SERVER_MAC, Rig.LAN_MAC, serverIpv6, four, six)
                    .tcp(8000 + service, localPort);
        }

        /// As the server is to get it, but for its numbers.
        PacketBuilder forwarded() {
            String[] four = {Rig.LOCAL, Rig.SERVER};
            String[] six = {FamilyRig.LOCAL6, FamilyRig.SERVER6};
            return packet(Rig.LAN_MAC, Rig.SERVER_MAC, serverIpv6, four, six)
                    .tcp(localPort, 8000 + service);
        }

        /// As the client is to get it, but for its numbers.
        PacketBuilder answered() {
            String[] four = {Rig.VIP, Rig.CLIENT};
            String[] six = {FamilyRig.VIP6, FamilyRig.CLIENT6};
            return packet(Rig.WAN_MAC, Rig.CLIENT_MAC, clientIpv6, four, six)
                    .tcp(service, clientPort);
        }

        void begin() {
            PacketBuilder syn = client().flags(Tcp.SYN).sequence(CLIENT_ISN).window(1000);
            Queue<byte[]> sent =
                    new ArrayDeque<>(rig.clientSends(syn.tcpOptions(CookieClient.LINUX)));
            while (!sent.isEmpty()) {
                sent.addAll(answer(sent.remove()));
            }
        }

        private List<byte[]> answer(byte[] frame) {
            int sequence = CookieClient.number(frame, 4);
            boolean syn = (IpFrame.tcpFlags(frame) & Tcp.SYN) != 0;
            if (IpFrame.destinationPort(frame) == clientPort) {
                return syn ? rig.clientSends(acknowledgement(frame)) : List.of();
            }
            localPort = IpFrame.sourcePort(frame);
            if (syn) {
                return rig.serverSends(
                        server().flags(Tcp.SYN | Tcp.ACK)
                                .sequence(SERVER_ISN)
                                .acknowledgement(sequence + 1)
                                .window(5000)
                                .tcpOptions(SERVER_OPTIONS));
            }
            int length = ProxyProtocolTest.data(frame).length;
            return length == 0
                    ? List.of()
                    : rig.serverSends(
                            server().flags(Tcp.ACK)
                                    .sequence(SERVER_ISN + 1)
                                    .acknowledgement(sequence + length));
        }

        private PacketBuilder acknowledgement(byte[] synAck) {
            int stamp = ByteBuffer.wrap(CookieClient.options(synAck)).getInt(8);
            ByteBuffer stamps = ByteBuffer.allocate(12).put(new byte[] {1, 1, 8, 10});
            return client().flags(Tcp.ACK)
                    .sequence(CLIENT_ISN + 1)
                    .acknowledgement(CookieClient.number(synAck, 4) + 1)
                    .window(400)
                    .tcpOptions(stamps.putInt(0x0102_0305).putInt(stamp).array());
        }
    }

    /// Connections that change family, of which some have moved numbers, and plain ones that do
    /// not; first those that are moved.
    private static final class Site implements AutoCloseable {
        final FamilyRig families;
        final Rig rig;
        final ConnectionTable table;
        final List<Flow> flows = new ArrayList<>();
        final List<Long> entries = new ArrayList<>();

        Site(Way way, Mover mover) {
            families = new FamilyRig(way);
            rig = families.rig;
            table = rig.balancer.workersThemselves().getFirst().connections();
            boolean to4 = way == Way.TO_4;
            rig.apply(
                    new Change.AddService(
                            families.service(ServiceKey.tcp(vip(to4), 81), 8081)
                                    .withPolicy(mover.policy)),
                    new Change.AddService(families.service(ServiceKey.tcp(vip(to4), 82), 8082)),
                    beside(false, 83),
                    beside(true, 84));
            rig.pass(Duration.ofSeconds(1)); // local addresses are checked
            rig.pass(Duration.ofSeconds(1));
            rig.out();
            begin(to4, !to4, 81, MOVED);
            table.visit(0, Integer.MAX_VALUE, entries::add);
            int header = mover.policy.proxyProtocol() == ProxyProtocol.V2 ? to4 ? 52 : 28 : 0;
            for (Flow flow : flows) {
                long entry = entry(flow);
                flow.moved = moved(entry);
                mover.check(flow.moved, header);
                assertThat(ConnectionLayout.isCrossFamily(entry)).isTrue();
            }
            begin(to4, !to4, 82, PLAIN);
            begin(false, false, 83, PLAIN);
            begin(true, true, 84, PLAIN);
        }

        private static String vip(boolean ipv6) {
            return ipv6 ? FamilyRig.VIP6 : Rig.VIP;
        }

        /// A service that stays in its family.
        private static Change beside(boolean ipv6, int port) {
            return new Change.AddService(
                    FamilyRig.service(ServiceKey.tcp(vip(ipv6), port), 8000 + port, !ipv6));
        }

        private void begin(boolean clientIpv6, boolean serverIpv6, int service, int count) {
            for (int i = 0; i < count; i++) {
                Flow flow = new Flow(rig, clientIpv6, serverIpv6, service, 40_000 + flows.size());
                flow.begin();
                flows.add(flow);
            }
        }

        private long entry(Flow flow) {
            return entries.stream()
                    .filter(entry -> outboundPort(entry) == flow.localPort)
                    .findFirst()
                    .orElseThrow();
        }

        private static int outboundPort(long entry) {
            long ports = entry + ConnectionLayout.FLOW_LENGTH + ConnectionLayout.PORTS;
            return Memory.getNetworkShort(ports + 2);
        }

        private Moved moved(long entry) {
            SequenceShifts shifts = table.shifts();
            long numbers = shifts.of(entry);
            long stamps = shifts.stamps(entry);
            return new Moved(
                    /* client= */ (int) numbers,
                    /* server= */ -(int) (numbers >>> 32),
                    /* clientStamp= */ (int) stamps,
                    /* serverStamp= */ -(int) (stamps >>> 32),
                    /* inbound= */ shifts.window(entry),
                    /* outbound= */ shifts.window(entry + ConnectionLayout.FLOW_LENGTH));
        }

        /// Makes the balancer look at each packet of the connections whose numbers are moved.
        void careful(boolean careful) {
            for (long entry : entries) {
                ConnectionLayout.metered(entry, careful);
                TcpMoves.watch(entry, ConnectionState.ESTABLISHED);
            }
        }

        /// What comes out of a burst, and from the transport header on what is to.
        List<byte[]> burst(long seed, List<byte[]> expected) {
            RandomGenerator random = Seed.generator(seed);
            boolean inbound = random.nextBoolean();
            boolean mostlyMoved = random.nextBoolean();
            int count = 1 + random.nextInt(64);
            for (int i = 0; i < count; i++) {
                int limit = mostlyMoved && random.nextInt(8) != 0 ? MOVED : flows.size();
                Flow flow = flows.get(random.nextInt(limit));
                Segment segment = Segment.any(random);
                (inbound ? rig.client : rig.server)
                        .send(segment.write(inbound ? flow.client() : flow.server()));
                byte[] wanted =
                        segment.write(inbound ? flow.forwarded() : flow.answered()).toBytes();
                expected.add(transport((inbound ? flow.moved : flow.moved.turned()).moved(wanted)));
            }
            rig.run();
            return rig.out();
        }

        @Override
        public void close() {
            families.close();
        }
    }

    /// What either end may send.
    @SuppressWarnings("ArrayRecordComponent") // nobody compares them
    private record Segment(
            int flags, int sequence, int acknowledgement, int window, byte[] options, int length) {

        /// One without options, with timestamps, with edges of what was received out of order, one
        /// or two, at an even or an odd place, or with both.
        static Segment any(RandomGenerator random) {
            ByteBuffer options = ByteBuffer.allocate(40);
            switch (random.nextInt(8)) {
                case 0, 1 -> put(random, options, 1, 1, 8, 10);
                case 2 -> put(random, options, 1, 1, 5, 10);
                case 3 -> put(random, put(random, options, 1, 1, 5, 18));
                case 4 -> put(random, put(random, options, 1, 1, 8, 10), 1, 1, 5, 10);
                case 5 -> put(random, options, 5, 10);
                default -> {
                    // Most have none.
                }
            }
            byte[] bytes = Arrays.copyOf(options.array(), (options.position() + 3) & -4);
            return new Segment(
                    random.nextInt(3) == 0 ? Tcp.ACK | Tcp.PSH : Tcp.ACK,
                    random.nextInt(),
                    random.nextInt(),
                    random.nextInt(0x1_0000),
                    bytes,
                    random.nextInt(4) == 0 ? 0 : random.nextInt(90));
        }

        /// An option of two numbers.
        private static ByteBuffer put(RandomGenerator random, ByteBuffer options, int... start) {
            for (int octet : start) {
                options.put((byte) octet);
            }
            return options.putInt(random.nextInt()).putInt(random.nextInt());
        }

        PacketBuilder write(PacketBuilder frame) {
            return frame.flags(flags)
                    .sequence(sequence)
                    .acknowledgement(acknowledgement)
                    .window(window)
                    .tcpOptions(options)
                    .payload(new byte[length]);
        }
    }

    private static byte[] transport(byte[] frame) {
        int l4 = IpFrame.transport(frame);
        return Arrays.copyOfRange(frame, l4, l4 + IpFrame.payloadLength(frame));
    }

    private static List<byte[]> transports(List<byte[]> frames) {
        return frames.stream().map(CrossingSegmentsTest::transport).toList();
    }

    /// Checks the sum of a header of IPv4, and takes out what differs from packet to packet: what
    /// becomes IPv4 is numbered as it is translated.
    private static byte[] checkedAndUnnumbered(byte[] frame) {
        if (!IpFrame.isIpv6(frame)) {
            ByteBuffer bytes = ByteBuffer.wrap(frame);
            int sum = 0;
            for (int at = 14; at < 34; at += 2) {
                sum += bytes.getShort(at) & 0xFFFF;
            }
            assertThat((sum & 0xFFFF) + (sum >>> 16)).as("sum of a header").isEqualTo(0xFFFF);
            bytes.putShort(18, (short) 0).putShort(24, (short) 0);
        }
        return frame;
    }

    @ParameterizedTest
    @CsvSource({
        "TO_4, FRESH_ISN", "TO_6, FRESH_ISN",
        "TO_4, PROXY", "TO_6, PROXY",
        "TO_4, SYN_PROXY", "TO_6, SYN_PROXY",
        "TO_4, SYN_PROXY_AND_PROXY", "TO_6, SYN_PROXY_AND_PROXY"
    })
    void burstsLeaveAsSegmentsDoThatAreLookedAtOneByOne(Way way, Mover mover) {
        long seed = Seed.of(21L);
        RandomGenerator random = Seed.generator(seed);
        try (Site site = new Site(way, mover)) {
            for (int round = 0; round < ROUNDS; round++) {
                long[] bursts = random.longs(BURSTS).toArray();
                List<List<byte[]>> sent = new ArrayList<>();
                for (long burst : bursts) {
                    List<byte[]> expected = new ArrayList<>();
                    List<byte[]> out = site.burst(burst, expected);
                    assertThat(transports(out))
                            .as("seed %d, round %d, burst %d", seed, round, sent.size())
                            .containsExactlyElementsOf(expected);
                    out.forEach(CrossingSegmentsTest::checkedAndUnnumbered);
                    sent.add(out);
                }
                site.careful(true);
                for (int i = 0; i < BURSTS; i++) {
                    List<byte[]> out = site.burst(bursts[i], new ArrayList<>());
                    out.forEach(CrossingSegmentsTest::checkedAndUnnumbered);
                    assertThat(sent.get(i))
                            .as("seed %d, round %d, burst %d", seed, round, i)
                            .containsExactlyElementsOf(out);
                }
                site.careful(false);
            }
            assertThat(site.rig.count(Outcome.FORWARDED_IN)).isPositive();
            assertThat(site.rig.count(Outcome.FORWARDED_OUT)).isPositive();
        }
    }
}
