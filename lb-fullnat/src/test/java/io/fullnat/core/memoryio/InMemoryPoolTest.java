// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.memoryio;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.fullnat.api.BalancerException;
import io.fullnat.api.IpAddress;
import io.fullnat.api.ManualClock;
import io.fullnat.api.Protocol;
import io.fullnat.api.io.BufferPool;
import io.fullnat.api.io.FlowRule;
import io.fullnat.api.io.FlowRules;
import io.fullnat.core.packet.PacketBuilder;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/// Parts of in-memory ports: [InMemoryPool], [HandleQueue], [RuleTable], [ImpairedLink].
class InMemoryPoolTest {
    private static final int CAPACITY = 8;

    private final InMemoryPool pool = new InMemoryPool(CAPACITY, 1920);

    @AfterEach
    void free() {
        pool.close();
    }

    @Test
    void eachBufferIsGivenOnceAndLiesApartFromTheOthers() {
        List<Long> buffers = new ArrayList<>();
        for (int i = 0; i < CAPACITY; i++) {
            buffers.add(pool.allocate());
        }
        assertThat(buffers).doesNotHaveDuplicates().doesNotContain(0L);
        assertThat(pool.allocate()).isZero();
        assertThat(pool.inUse()).isEqualTo(CAPACITY);
        List<Long> sorted = buffers.stream().sorted().toList();
        for (int i = 1; i < CAPACITY; i++) {
            assertThat(sorted.get(i) - sorted.get(i - 1))
                    .isGreaterThanOrEqualTo(BufferPool.HEADROOM + 1920L);
        }
        pool.free(buffers.get(3));
        assertThat(pool.allocate()).isEqualTo(buffers.get(3));
    }

    @Test
    void mistakesAreAnsweredAtOnce() {
        long buffer = pool.allocate();
        long data = BufferLayout.freshData(buffer);
        pool.requireOwned(buffer, data, 1920);
        pool.requireOwned(buffer, data - BufferPool.HEADROOM, 60);

        assertThatThrownBy(() -> pool.requireOwned(buffer, data, 1921))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("1921 bytes at offset 0");
        assertThatThrownBy(() -> pool.requireOwned(buffer, data - BufferPool.HEADROOM - 1, 60))
                .isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> pool.free(buffer + 1))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("not the handle of a buffer of this pool");
        pool.free(buffer);
        assertThatThrownBy(() -> pool.free(buffer))
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("freed twice");
        assertThatThrownBy(() -> pool.requireOwned(buffer, data, 60))
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("sent after it was freed");
        assertThat(pool.inUse()).isZero();
    }

    @Test
    void aQueueIsFullAtItsCapacityAndGoesRound() {
        HandleQueue queue = new HandleQueue(4);
        assertThat(queue.poll()).isZero();
        for (int round = 0; round < 5; round++) {
            for (int i = 1; i <= 4; i++) {
                assertThat(queue.offer(10L * round + i)).isTrue();
            }
            assertThat(queue.offer(99)).isFalse();
            for (int i = 1; i <= 3; i++) {
                assertThat(queue.poll()).isEqualTo(10L * round + i);
            }
            assertThat(queue.offer(77)).as("room again").isTrue();
            assertThat(queue.poll()).isEqualTo(10L * round + 4);
            assertThat(queue.poll()).isEqualTo(77);
        }
    }

    private static FlowRule rule(Protocol protocol, int vlan, int port, int mask, int queue) {
        return new FlowRule(protocol, vlan, IpAddress.parse("10.0.0.2"), port, mask, queue);
    }

    private int queueOf(RuleTable table, PacketBuilder frame) {
        long data = BufferLayout.freshData(pool.allocate());
        return table.queue(data, frame.writeTo(data));
    }

    private static PacketBuilder to(String destination) {
        return PacketBuilder.ethernet("02:00:00:00:00:01", "02:00:00:00:00:02")
                .ipv4("10.0.0.1", destination);
    }

    @Test
    void aRuleIsAboutOneProtocolAddressVlanAndSomeBitsOfThePort() {
        RuleTable table = new RuleTable("lan", 4, 10);
        table.install(List.of(rule(Protocol.TCP, 0, 1, 3, 2), rule(Protocol.TCP, 9, 0, 0, 3)));

        assertThat(queueOf(table, to("10.0.0.2").tcp(1, 0xF5))).isEqualTo(2);
        assertThat(queueOf(table, to("10.0.0.2").tcp(1, 0xF6))).as("port").isEqualTo(-1);
        assertThat(queueOf(table, to("10.0.0.2").udp(1, 0xF5))).as("protocol").isEqualTo(-1);
        assertThat(queueOf(table, to("10.0.0.3").tcp(1, 0xF5))).as("address").isEqualTo(-1);
        assertThat(queueOf(table, to("10.0.0.2").vlan(9).tcp(1, 6))).as("VLAN").isEqualTo(3);
        assertThat(queueOf(table, to("10.0.0.2").vlan(8).tcp(1, 6))).isEqualTo(-1);
        assertThat(queueOf(table, to("10.0.0.2").icmp(8, 0, 0))).isEqualTo(-1);
    }

    @Test
    void aTableTakesAllRulesOfACallOrNone() {
        RuleTable table = new RuleTable("lan", 2, 2);
        FlowRules.Installed first = table.install(List.of(rule(Protocol.TCP, 0, 0, 0, 0)));

        assertThatThrownBy(() ->
                        table.install(
                                List.of(
                                        rule(Protocol.UDP, 0, 0, 0, 0),
                                        rule(Protocol.UDP, 0, 0, 0, 1))))
                .isInstanceOf(BalancerException.class)
                .hasMessageContaining("port lan refuses a rule: its table of 2 is full");
        assertThatThrownBy(() -> table.install(List.of(rule(Protocol.UDP, 0, 0, 0, 2))))
                .hasMessageContaining("it has no queue 2");
        assertThat(table.rules()).hasSize(1);
        // The same rule again is another one: each is removed by itself.
        FlowRules.Installed second = table.install(List.of(rule(Protocol.TCP, 0, 0, 0, 0)));
        first.remove();
        assertThat(table.rules()).hasSize(1);
        second.remove();
        assertThat(table.rules()).isEmpty();
    }

    private static final class Ends implements AutoCloseable {
        private final InMemoryIo io;
        private final FrameEnd near;
        private final FrameEnd far;

        Ends(Impairment impairment) {
            io =
                    InMemoryIo.builder()
                            .buffers(200)
                            .wire(
                                    PortSettings.of("near", "02:00:00:00:00:01"),
                                    PortSettings.of("far", "02:00:00:00:00:02"),
                                    impairment)
                            .open();
            near = new FrameEnd(io.wire("near").near(), io.buffers());
            far = new FrameEnd(io.wire("near").far(), io.buffers());
        }

        @Override
        public void close() {
            assertThat(io.buffers().inUse()).isZero();
            io.close();
        }
    }

    private static byte[] frame(int number) {
        return PacketBuilder.ethernet("02:00:00:00:00:01", "02:00:00:00:00:02")
                .type(0x88B5)
                .payload(new byte[] {(byte) number})
                .toBytes();
    }

    @Test
    void aLinkThatDelaysKeepsEachFrameForItsTimeAndReorders() {
        ManualClock clock = new ManualClock();
        try (Ends ends = new Ends(Impairment.seeded(3, clock).withDelay(1_000, 9_000))) {
            for (int i = 0; i < 50; i++) {
                ends.near.send(frame(i));
            }
            clock.advance(Duration.ofNanos(999));
            assertThat(ends.far.receiveAll()).isEmpty();
            List<Integer> numbers = new ArrayList<>();
            for (int i = 0; i < 9; i++) {
                clock.advance(Duration.ofNanos(1_000));
                ends.near.receiveAll(); // who sent looks after what is under way
                ends.far.receiveAll().forEach(bytes -> numbers.add((int) bytes[14]));
            }

            assertThat(numbers).hasSize(50).doesNotHaveDuplicates();
            assertThat(numbers).isNotEqualTo(numbers.stream().sorted().toList());
        }
    }

    @Test
    void aLinkThatLosesAndDoublesGivesEveryBufferBack() {
        ManualClock clock = new ManualClock();
        try (Ends ends = new Ends(Impairment.seeded(4, clock).withLoss(0.5).withDuplication(0.5))) {
            int[] arrived = new int[128];
            for (int i = 0; i < 100; i++) {
                ends.near.send(frame(i));
                ends.far
                        .receiveAll()
                        .forEach(bytes -> {
                            assertThat(bytes).isEqualTo(frame(bytes[14]));
                            arrived[bytes[14]]++;
                        });
            }
            assertThat(arrived).contains(0, 1, 2);
        }
    }
}
