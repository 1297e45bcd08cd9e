// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.open;

import static io.fullnat.core.connection.ConnectionLayout.FLOW_LENGTH;
import static io.fullnat.core.connection.ConnectionLayout.INBOUND;
import static io.fullnat.core.connection.ConnectionLayout.OUTBOUND;
import static org.assertj.core.api.Assertions.assertThat;

import io.fullnat.api.counter.Outcome;
import io.fullnat.api.io.Memory;
import io.fullnat.core.connection.ConnectionKey;
import io.fullnat.core.connection.ConnectionLayout;
import io.fullnat.core.connection.ConnectionState;
import io.fullnat.core.connection.StateTable;
import io.fullnat.core.localport.PortAllocator;
import io.fullnat.core.memory.Region;
import io.fullnat.core.open.OpenBench.Families;
import io.fullnat.core.packet.Checksum;
import io.fullnat.core.service.ServerEntry;
import io.fullnat.core.service.TrafficTable;
import io.fullnat.core.stack.StackContext;
import io.fullnat.testing.Seed;
import java.util.HashSet;
import java.util.Set;
import java.util.random.RandomGenerator;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/// What a connection of FullNAT is when it has been opened, whatever the families of its client and
/// its real server: [FullNat] and, where IPv6 takes part, [WideFlows].
class FullNatTest {
    private static final int ACK = 16;

    private final OpenBench bench = new OpenBench(Seed.value(), 64);
    private final RandomGenerator random = Seed.generator();

    @AfterEach
    void close() {
        bench.close();
    }

    private static long flow(long entry, int direction) {
        return entry + (long) direction * FLOW_LENGTH;
    }

    private static int other(int direction) {
        return INBOUND + OUTBOUND - direction;
    }

    @ParameterizedTest
    @EnumSource
    void bothDirectionsAreFoundEachByTheKeyOfItsFamily(Families families) {
        long entry = bench.open(families, OpenBench.TCP, 7);

        assertThat(entry).isNotZero();
        assertThat(ConnectionLayout.isWide(entry)).isEqualTo(families.in || families.out);
        assertThat(ConnectionLayout.hasWideKey(entry, INBOUND)).isEqualTo(families.in);
        assertThat(ConnectionLayout.hasWideKey(entry, OUTBOUND)).isEqualTo(families.out);
        for (int direction : new int[] {INBOUND, OUTBOUND}) {
            assertThat(find(entry, direction)).isEqualTo(flow(entry, direction));
        }
        ServerEntry server = bench.servers[families.out ? 1 : 0];
        assertThat(ConnectionKey.sourceHigh(entry, OUTBOUND)).isEqualTo(server.high());
        assertThat(ConnectionKey.sourceLow(entry, OUTBOUND)).isEqualTo(server.low());
        assertThat(ConnectionKey.sourcePort(entry, OUTBOUND)).isEqualTo(8080);
        assertThat(ConnectionKey.destinationHigh(entry, OUTBOUND))
                .isEqualTo(server.local(0).high());
        assertThat(ConnectionKey.destinationLow(entry, OUTBOUND)).isEqualTo(server.local(0).low());
        assertThat(ConnectionKey.destinationPort(entry, OUTBOUND)).isBetween(1025, 65_535);
        assertThat(ConnectionKey.sourceLow(entry, INBOUND))
                .isEqualTo(bench.packet.clientAddressLow());
        assertThat(ConnectionKey.sourceHigh(entry, INBOUND))
                .isEqualTo(bench.packet.clientAddressHigh());
        assertThat(ConnectionKey.sourcePort(entry, INBOUND)).isEqualTo(30_007);
    }

    private long find(long entry, int direction) {
        long flow = flow(entry, direction);
        long ports = Memory.getLong(flow + ConnectionLayout.PORTS) & ConnectionLayout.KEY_MASK;
        if (ConnectionLayout.hasWideKey(entry, direction)) {
            long at = flow + ConnectionLayout.WIDE_ADDRESSES;
            return bench.context.table().wide().find(hash(at, ports), at, ports);
        }
        return bench.context.table().find(Memory.getLong(flow), ports);
    }

    private long hash(long addresses, long ports) {
        return bench.context.table().wide().hash(addresses, ports);
    }

    @ParameterizedTest
    @EnumSource
    void aFlowWritesTheReverseOfTheOtherKey(Families families) {
        long entry = bench.open(families, OpenBench.UDP, 7);
        for (int direction : new int[] {INBOUND, OUTBOUND}) {
            boolean writesWide = direction == INBOUND ? families.out : families.in;
            long flow = flow(entry, direction);
            long at =
                    flow
                            + (writesWide
                                    ? ConnectionLayout.NEW_WIDE_ADDRESSES
                                    : ConnectionLayout.NEW_ADDRESSES);
            long length = writesWide ? 16 : 4;
            long key =
                    flow(entry, other(direction))
                            + (writesWide
                                    ? ConnectionLayout.WIDE_ADDRESSES
                                    : ConnectionLayout.ADDRESSES);
            assertThat(bytes(at, length)).isEqualTo(bytes(key + length, length));
            assertThat(bytes(at + length, length)).isEqualTo(bytes(key, length));
            assertThat(Memory.getNetworkShort(flow + ConnectionLayout.NEW_PORTS))
                    .isEqualTo(ConnectionKey.destinationPort(entry, other(direction)));
            assertThat(Memory.getNetworkShort(flow + ConnectionLayout.NEW_PORTS + 2))
                    .isEqualTo(ConnectionKey.sourcePort(entry, other(direction)));
            ForwardingMode mode = bench.context.modes().of(entry);
            assertThat(mode.destinationHigh(flow))
                    .isEqualTo(ConnectionKey.sourceHigh(entry, other(direction)));
            assertThat(mode.destinationLow(flow))
                    .isEqualTo(ConnectionKey.sourceLow(entry, other(direction)));
        }
    }

    /// By the device that the routes to the server lead to, whichever the client's packet came by.
    @ParameterizedTest
    @EnumSource
    void answersAreDueFromTheServersSide(Families families) {
        long ahead = bench.open(families, OpenBench.UDP, 7);
        ServerEntry server = bench.servers[families.out ? 1 : 0];
        StackContext stack = bench.context.stack();
        long noted = ConnectionLayout.FLOW_LENGTH + ConnectionLayout.GENERATION;
        assertThat(server.nextHopDevice()).isZero();
        assertThat(Memory.getInt(ahead + noted)).isEqualTo(stack.due(0));

        server.nextHop(server.nextHop(), 1, stack.generation());
        long entry = bench.open(families, OpenBench.UDP, 8);
        assertThat(Memory.getInt(entry + noted)).isEqualTo(stack.due(1));
        assertThat(Memory.getInt(entry + ConnectionLayout.GENERATION))
                .isEqualTo(stack.generation(0));
    }

    private static byte[] bytes(long at, long length) {
        return Memory.toBytes(at, (int) length);
    }

    /// Against sums over all that a TCP checksum covers.
    @ParameterizedTest
    @EnumSource
    void theDeltaOfTheTransportChecksumIsTheDifferenceOfBothPseudoHeaders(Families families) {
        try (Region segment = Region.allocate(64, "a test")) {
            for (int client = 0; client < 50; client++) {
                long entry = bench.open(families, OpenBench.TCP, random.nextInt(1 << 16));
                for (int direction : new int[] {INBOUND, OUTBOUND}) {
                    int rest = random.nextInt(0x1_0000);
                    int before = checksum(entry, direction, segment, rest, false);
                    int after = checksum(entry, other(direction), segment, rest, true);
                    int delta =
                            Memory.getUnsignedShort(
                                    flow(entry, direction) + ConnectionLayout.L4_DELTA);
                    int less = before - delta;
                    int corrected = less + (less >> 31) & 0xFFFF;
                    assertThat(corrected % 0xFFFF)
                            .as("%s, direction %d", families, direction)
                            .isEqualTo(after % 0xFFFF);
                }
                bench.context.life().end(entry);
            }
        }
    }

    /// The checksum, as it lies in a packet, of one that has a direction's key, or its reverse.
    private static int checksum(
            long entry, int direction, Region memory, int rest, boolean reversed) {
        long flow = flow(entry, direction);
        boolean wide = ConnectionLayout.hasWideKey(entry, direction);
        int length = wide ? 32 : 8;
        long key = flow + (wide ? ConnectionLayout.WIDE_ADDRESSES : ConnectionLayout.ADDRESSES);
        long at = memory.address();
        Memory.copy(key, at, length);
        int ports = Memory.getInt(flow + ConnectionLayout.PORTS);
        Memory.putInt(at + length, reversed ? Integer.rotateLeft(ports, 16) : ports);
        Memory.putNetworkShort(at + length + 4, rest);
        int sum = Checksum.internet(at, length + 6);
        return Short.reverseBytes((short) sum) & 0xFFFF;
    }

    /// A header that is made anew needs the sum of its addresses.
    @ParameterizedTest
    @EnumSource(names = {"IPV6_TO_IPV4", "IPV4_TO_IPV6"})
    void aFlowThatMakesIpv4OfIpv6KnowsTheSumOfItsAddresses(Families families) {
        long entry = bench.open(families, OpenBench.TCP, 9);
        long flow = flow(entry, families.in ? INBOUND : OUTBOUND);

        int sum = Memory.getInt(flow + ConnectionLayout.IP_STEP) >>> 16;

        long expected = Checksum.sum(flow + ConnectionLayout.NEW_ADDRESSES, 8);
        assertThat(Short.reverseBytes((short) sum) & 0xFFFF).isEqualTo((int) expected);
    }

    @ParameterizedTest
    @EnumSource
    void eachPacketOfAConnectionOfBothFamiliesIsAnEvent(Families families) {
        long entry = bench.open(families, OpenBench.TCP, 7);
        boolean both = families.in != families.out;
        for (ConnectionState state :
                new ConnectionState[] {ConnectionState.SYN_RECV, ConnectionState.ESTABLISHED}) {
            bench.context.life().move(entry, state);
            boolean quiet = !both && state == ConnectionState.ESTABLISHED;
            for (int direction : new int[] {INBOUND, OUTBOUND}) {
                int events = Memory.getByte(flow(entry, direction) + ConnectionLayout.EVENTS);
                if (quiet || both) {
                    assertThat(StateTable.isQuiet(events, ACK)).as("%s", state).isEqualTo(quiet);
                }
            }
        }
    }

    @ParameterizedTest
    @CsvSource({"false, false", "true, true", "true, false", "false, true"})
    void aServerWithoutALocalAddressOfItsFamilyIsNotReached(boolean client, boolean ofServer) {
        bench.packet(client, OpenBench.TCP, 3);
        ServerEntry server = bench.serverWithoutLocal(ofServer);

        assertThat(bench.context.modes().of(server).open(bench.packet, bench.service, server))
                .isEqualTo(Outcome.NO_LOCAL_ADDRESS);
        assertThat(bench.context.table().size()).isZero();
    }

    @ParameterizedTest
    @EnumSource
    void whatAConnectionHasTakenIsGivenBackAtItsEnd(Families families) {
        int slot = families.out ? OpenBench.IPV6 : OpenBench.IPV4;
        long local = bench.traffic.local(slot) + TrafficTable.LOCAL_CONNECTIONS;
        long server = bench.traffic.server(slot) + TrafficTable.LIVE;
        long entry = bench.open(families, OpenBench.TCP, 7);
        assertThat(bench.allocators[slot].used()).isOne();
        assertThat(bench.allocators[1 - slot].used()).isZero();
        assertThat(Memory.getLong(local)).isOne();
        assertThat(TrafficTable.live(server)).isOne();

        bench.context.life().end(entry);

        assertThat(bench.allocators[slot].used()).isZero();
        assertThat(Memory.getLong(local)).isZero();
        assertThat(TrafficTable.live(server)).isZero();
        assertThat(bench.context.table().size()).isZero();
    }

    @ParameterizedTest
    @ValueSource(ints = {OpenBench.TCP, OpenBench.UDP})
    void connectionsOfBothFamiliesToOneServerShareItsPorts(int protocol) {
        Set<Integer> ports = new HashSet<>();
        for (int client = 0; client < 20; client++) {
            for (Families families : new Families[] {Families.IPV6, Families.IPV4_TO_IPV6}) {
                long entry = bench.open(families, protocol, client);
                ports.add(ConnectionKey.outboundDestinationPort(entry));
            }
        }
        assertThat(ports).hasSize(40);
        assertThat(bench.allocators[OpenBench.IPV6].used()).isEqualTo(40);
    }

    @ParameterizedTest
    @EnumSource
    void aFullTableRefusesAndKeepsThePort(Families families) {
        for (int client = 0; client < 64; client++) {
            long entry = bench.open(Families.values()[client % 4], OpenBench.TCP, client);
            bench.context.life().move(entry, ConnectionState.ESTABLISHED);
        }
        int slot = families.out ? OpenBench.IPV6 : OpenBench.IPV4;
        int used = bench.allocators[slot].used();
        bench.packet(families.in, OpenBench.TCP, 99);
        ServerEntry server = bench.servers[slot];

        assertThat(bench.context.modes().of(server).open(bench.packet, bench.service, server))
                .isEqualTo(Outcome.TABLE_FULL);
        assertThat(bench.allocators[slot].used()).isEqualTo(used);
    }

    @ParameterizedTest
    @EnumSource
    void aHalfOpenOneGivesWayInAFullTableWhateverItsFamily(Families families) {
        long first = bench.open(families, OpenBench.TCP, 1000);
        int stamp = Memory.getInt(first + ConnectionLayout.STAMP);
        for (int client = 1; client < 64; client++) {
            long entry = bench.open(Families.values()[client % 4], OpenBench.TCP, client);
            bench.context.life().move(entry, ConnectionState.ESTABLISHED);
        }
        Families other = Families.values()[(families.ordinal() + 2) % 4];

        assertThat(bench.open(other, OpenBench.TCP, 2000)).isNotZero();

        assertThat(bench.context.table().size()).isEqualTo(64);
        boolean used = Memory.getByte(first + ConnectionLayout.PROTOCOL) != 0;
        boolean same = used && Memory.getInt(first + ConnectionLayout.STAMP) == stamp;
        assertThat(same).as("another one may have its place").isFalse();
    }

    /// Of many local addresses few are ready, and those have no port left: the looks of one
    /// connection are bounded, not those of one try.
    @Test
    void looksAtLocalAddressesThatAreNotReadyAreBounded() {
        try (OpenBench many = new OpenBench(5, 70_000)) {
            int client = 0;
            PortAllocator used = many.allocators[OpenBench.IPV6];
            while (!many.context.ports().isPressed(used)) {
                many.open(Families.IPV6, OpenBench.UDP, client++);
            }
            int all = 20_000;
            ServerEntry server = many.serverWithFewReady(all, 200);
            many.packet(true, OpenBench.UDP, client);
            int before = server.nextLocal();

            many.context.modes().of(server).open(many.packet, many.service, server);

            assertThat(Math.floorMod(server.nextLocal() - before, all)).isBetween(200, 600);
        }
    }
}
