// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.stack;

import static io.fullnat.core.stack.TestNetwork.LAN;
import static io.fullnat.core.stack.TestNetwork.TAGGED;
import static org.assertj.core.api.Assertions.assertThat;

import io.fullnat.api.IpAddress;
import io.fullnat.api.MacAddress;
import io.fullnat.api.io.Memory;
import io.fullnat.core.memory.Region;
import java.util.HashSet;
import java.util.HexFormat;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/// Places for neighbours, and that an index never comes to mean another one to who kept it:
/// [AdjacencyTable], and [NeighbourObserver], who reads it from another thread.
class AdjacencyTableTest {
    private final TestNetwork network = new TestNetwork();
    private final AdjacencyTable table = network.adjacencies;

    @AfterEach
    void close() {
        network.close();
    }

    private static String address(int number) {
        return "10." + (number >> 16) + "." + (number >> 8 & 255) + "." + (number & 255);
    }

    @Test
    void aNeighbourIsFoundByDeviceAndAddress() {
        int first = network.add(LAN, "10.0.1.7", false);
        int second = network.add(TAGGED, "10.0.1.7", false);

        assertThat(second).isNotEqualTo(first);
        assertThat(network.add(LAN, "10.0.1.7", false)).isEqualTo(first);
        assertThat(network.find("10.0.1.7")).isEqualTo(first);
        assertThat(network.find("10.0.1.8")).isEqualTo(AdjacencyTable.NONE);
        assertThat(network.findAgain("10.0.1.7")).as("the last one").isEqualTo(first);
        assertThat(network.findAgain("10.0.1.8")).isEqualTo(AdjacencyTable.NONE);
        assertThat(table.size()).isEqualTo(2);
    }

    /// A gateway alone: any other that is asked for must be looked up, and perhaps kept first.
    @Test
    void theGatewayThatWasTheLastToBeLookedForIsUsedAgain() {
        int gateway = network.add(LAN, "10.0.1.7", true);
        assertThat(table.useAgain(hop(0, "10.0.1.7"), 5)).isEqualTo(AdjacencyTable.NONE);
        table.keep(gateway);

        assertThat(table.useAgain(hop(0, "10.0.1.7"), 5)).isEqualTo(gateway);

        assertThat(table.used(gateway)).isEqualTo(5);
        assertThat(table.useAgain(hop(0, "10.0.1.8"), 6)).isEqualTo(AdjacencyTable.NONE);
        assertThat(table.useAgain(hop(1, "10.0.1.7"), 6)).isEqualTo(AdjacencyTable.NONE);
        assertThat(table.useAgain(hop(0, "::"), 6)).isEqualTo(AdjacencyTable.NONE);
        network.add(LAN, "10.0.1.8", true);
        assertThat(table.useAgain(hop(0, "10.0.1.7"), 6)).isEqualTo(AdjacencyTable.NONE);
        assertThat(table.used(gateway)).isEqualTo(5);
    }

    private static RouteTable.Hop hop(int device, String gateway) {
        IpAddress ip = IpAddress.parse(gateway);
        return new RouteTable.Hop(device, ip.high(), ip.low());
    }

    @Test
    void onlyTheConfiguredGetTheLastPlaces() {
        int most = AdjacencyTable.CAPACITY - AdjacencyTable.RESERVE;
        for (int i = 0; i < most; i++) {
            int index = network.add(LAN, address(i), false);
            assertThat(index).isNotEqualTo(AdjacencyTable.NONE);
            table.state(table.entry(index), AdjacencyTable.STALE);
        }
        assertThat(network.add(LAN, address(most), false)).isEqualTo(AdjacencyTable.NONE);
        Set<Integer> indexes = new HashSet<>();
        for (int i = most; i < AdjacencyTable.CAPACITY; i++) {
            indexes.add(network.add(LAN, address(i), true));
        }
        assertThat(indexes).hasSize(AdjacencyTable.RESERVE).doesNotContain(AdjacencyTable.NONE);
        assertThat(network.add(LAN, address(AdjacencyTable.CAPACITY), true))
                .isEqualTo(AdjacencyTable.NONE);
        assertThat(table.end()).isEqualTo(AdjacencyTable.CAPACITY);
    }

    /// RFC 6583: who only is looked for has a bound of its own.
    @Test
    void thoseThatAreLookedForInVainLeaveRoomForOthers() {
        int found = network.add(LAN, "2001:db8:1::f00d", false);
        table.state(table.entry(found), AdjacencyTable.REACHABLE);
        int last = AdjacencyTable.NONE;
        for (int i = 0; i < AdjacencyTable.MAX_UNRESOLVED; i++) {
            last = network.add(LAN, "2001:db8:1::1:%x".formatted(i), false);
            assertThat(last).isNotEqualTo(AdjacencyTable.NONE);
        }
        assertThat(network.add(LAN, "2001:db8:1::2", false)).isEqualTo(AdjacencyTable.NONE);
        int server = network.add(LAN, "2001:db8:1::3", true);
        assertThat(server).as("a real server").isNotEqualTo(AdjacencyTable.NONE);
        table.keep(server);
        assertThat(table.unresolved()).isEqualTo(AdjacencyTable.MAX_UNRESOLVED);
        table.state(table.entry(last), AdjacencyTable.STALE);
        assertThat(network.add(LAN, "2001:db8:1::2", false))
                .as("one was found")
                .isNotEqualTo(AdjacencyTable.NONE);
        table.remove(network.find("2001:db8:1::2"));
        table.state(table.entry(server), AdjacencyTable.REACHABLE);
        table.state(table.entry(server), AdjacencyTable.INCOMPLETE);
        assertThat(table.unresolved()).isEqualTo(AdjacencyTable.MAX_UNRESOLVED - 1);
    }

    @Test
    void aPlaceThatNobodyKeptIsFreeAtOnce() {
        int index = network.add(LAN, "10.0.1.7", false);
        table.remove(index);

        assertThat(table.isInUse(index)).isFalse();
        assertThat(network.find("10.0.1.7")).isEqualTo(AdjacencyTable.NONE);
        assertThat(network.findAgain("10.0.1.7")).isEqualTo(AdjacencyTable.NONE);
        assertThat(network.add(LAN, "10.0.1.8", false)).isEqualTo(index);
    }

    @Test
    void aPlaceThatSomebodyKeptIsGivenOutOnlyWhenNoIndexIsFollowedAnyMore() {
        int index = network.add(LAN, "10.0.1.7", false);
        table.refer(index);
        table.remove(index);
        assertThat(table.isInUse(index)).isFalse();
        assertThat(table.retired()).isOne();

        Set<Integer> others = new HashSet<>();
        for (int i = 0; i < 100; i++) {
            others.add(network.add(LAN, address(i), false));
        }
        assertThat(others).doesNotContain(index);
        table.recycle();
        assertThat(table.retired()).isZero();
        assertThat(network.add(LAN, "10.0.9.9", false)).isEqualTo(index);
        assertThat(table.isReferred(index)).as("by nobody as yet").isFalse();
    }

    @Test
    void aPacketLeavesTheFastPathUnlessItsNeighbourIsSure() {
        int index = network.add(LAN, "10.0.1.7", false);
        long entry = table.entry(index);
        for (int state :
                new int[] {
                    AdjacencyTable.INCOMPLETE,
                    AdjacencyTable.REACHABLE,
                    AdjacencyTable.PROBING,
                    AdjacencyTable.STATIC,
                    AdjacencyTable.STALE
                }) {
            table.state(entry, state);
            boolean sure = state != AdjacencyTable.INCOMPLETE && state != AdjacencyTable.STALE;
            assertThat(Memory.getInt(entry + AdjacencyTable.LONGEST))
                    .as("longest packet in state %d", state)
                    .isEqualTo(sure ? 1500 : 0);
            assertThat(AdjacencyTable.isUsable(entry))
                    .isEqualTo(state != AdjacencyTable.INCOMPLETE);
        }
    }

    @Test
    void theHeaderIsPutInFrontOfAPacket() {
        try (Region packet = Region.allocate(128, "a packet")) {
            long ip = packet.address() + 64;
            for (Device device : new Device[] {LAN, TAGGED}) {
                Memory.zero(packet.address(), 128);
                Memory.putByte(ip, 0x45);
                long l2 = AdjacencyTable.putHeader(network.adjacency(device, 1500), ip);
                byte[] bytes = Memory.toBytes(l2, (int) (ip - l2) + 1);

                String header =
                        "020000000051020000000002"
                                + (device.vlan() == 0 ? "" : "81000064")
                                + "0800";
                assertThat(HexFormat.of().formatHex(bytes)).isEqualTo(header + "45");
                assertThat(Memory.getByte(l2 - 1)).as("nothing in front").isZero();
            }
        }
    }

    @Test
    void anObserverReadsWhatIsThereAndNothingElse() {
        NeighbourObserver observer = new NeighbourObserver(table);
        assertThat(observer.end()).isZero();
        int index = network.add(LAN, "10.0.1.7", false);
        table.resolve(index, LAN, MacAddress.parse(TestNetwork.STATION).bits());
        table.state(table.entry(index), AdjacencyTable.STALE);

        assertThat(observer.end()).isOne();
        assertThat(observer.read(index)).isTrue();
        assertThat(observer.device()).isZero();
        assertThat(observer.state()).isEqualTo(AdjacencyTable.STALE);
        assertThat(new MacAddress(observer.mac())).hasToString(TestNetwork.STATION);
        table.remove(index);
        assertThat(observer.read(index)).isFalse();
    }
}
