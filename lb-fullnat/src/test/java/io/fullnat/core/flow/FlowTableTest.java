// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.flow;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.fullnat.api.Endpoint;
import io.fullnat.api.FlowTuple;
import io.fullnat.api.Protocol;
import io.fullnat.api.io.Memory;
import io.fullnat.core.memory.Region;
import io.fullnat.core.packet.Ethernet;
import io.fullnat.core.packet.PacketBuilder;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/// What a flow table promises to an application that has nothing else of the engine.
class FlowTableTest {
    private static final int IDLE = 60;
    private static final FlowTuple QUESTION = tuple(1000);

    private final List<String> ended = new ArrayList<>();
    private final Flow flow = new Flow();
    private final FlowTable table =
            new FlowTable(
                    3,
                    IDLE,
                    10,
                    gone ->
                            ended.add(
                                    gone.tuple() + " " + gone.packets() + " " + gone.attachment()));

    private static FlowTuple tuple(int port) {
        return new FlowTuple(
                Protocol.UDP, Endpoint.of("192.0.2.1", port), Endpoint.of("192.0.2.2", 53));
    }

    @AfterEach
    void close() {
        table.close();
    }

    @Test
    void aFlowIsFoundByTheTuplesOfBothDirections() {
        assertThat(table.find(QUESTION, flow)).isFalse();
        assertThat(table.open(QUESTION, QUESTION.reversed(), 10, flow)).isTrue();
        flow.attachment(77);

        assertThat(table.find(QUESTION, flow)).isTrue();
        assertThat(flow.isAnswer()).isFalse();
        assertThat(flow.tuple()).isEqualTo(QUESTION);
        assertThat(table.find(QUESTION.reversed(), flow)).isTrue();
        assertThat(flow.isAnswer()).isTrue();
        assertThat(flow.tuple()).isEqualTo(QUESTION.reversed());
        assertThat(flow.opposite()).isEqualTo(QUESTION);
        assertThat(flow.attachment()).isEqualTo(77);
        assertThat(flow.openedSeconds()).isEqualTo(10);
        assertThat(table.size()).isEqualTo(1);
        assertThat(table.capacity()).isEqualTo(3);
    }

    @Test
    void eachDirectionIsCountedByItself() {
        table.open(QUESTION, QUESTION.reversed(), 10, flow);
        flow.count(100, 11);
        flow.count(50, 12);
        table.find(QUESTION.reversed(), flow);
        flow.count(7, 13);

        assertThat(flow.packets()).isEqualTo(1);
        assertThat(flow.bytes()).isEqualTo(7);
        assertThat(flow.lastSeenSeconds()).isEqualTo(13);
        table.find(QUESTION, flow);
        assertThat(flow.packets()).isEqualTo(2);
        assertThat(flow.bytes()).isEqualTo(150);
        assertThat(flow.lastSeenSeconds()).isEqualTo(12);
    }

    @Test
    void aPacketFindsAndOpensItsFlow() {
        try (Region memory = Region.allocate(128, "a test")) {
            byte[] frame =
                    PacketBuilder.ethernet("02:00:00:00:00:01", "02:00:00:00:00:02")
                            .ipv4("192.0.2.1", "192.0.2.2")
                            .udp(1000, 53)
                            .payload("12345678")
                            .toBytes();
            Memory.fromBytes(frame, memory.address());
            long ip = memory.address() + Ethernet.HEADER_LENGTH;

            assertThat(table.find(ip, flow)).isFalse();
            assertThat(table.open(ip, 10, flow)).isTrue();
            assertThat(flow.tuple()).isEqualTo(QUESTION);
            assertThat(table.find(ip, flow)).isTrue();
            assertThat(table.find(QUESTION.reversed(), flow)).isTrue();
        }
    }

    @Test
    void aSilentFlowEndsAndOneThatSpeaksDoesNot() {
        table.open(QUESTION, QUESTION.reversed(), 10, flow);
        table.open(tuple(1001), tuple(1001).reversed(), 10, flow);
        for (int second = 11; second <= 10 + IDLE; second++) {
            flow.count(1, second);
            table.expire(second, 16);
        }
        assertThat(ended).isEmpty();

        table.expire(10 + IDLE + 1, 16);

        assertThat(ended).containsExactly(QUESTION + " 0 0");
        assertThat(table.find(QUESTION, flow)).isFalse();
        assertThat(table.find(tuple(1001), flow)).isTrue();
    }

    @Test
    void aFlowCanBeRemoved() {
        table.open(QUESTION, QUESTION.reversed(), 10, flow);
        flow.count(1, 10);
        flow.attachment(5);
        table.find(QUESTION.reversed(), flow);

        table.remove(flow);

        assertThat(ended).containsExactly(QUESTION + " 1 5");
        assertThat(table.find(QUESTION, flow)).isFalse();
        assertThat(table.size()).isZero();
        table.expire(10 + 2 * IDLE, 16);
        assertThat(ended).hasSize(1);
    }

    @Test
    void aListenerThatThrowsCostsNeitherAFlowNorAnotherOnesEnd() {
        Set<FlowTuple> told = new HashSet<>();
        try (FlowTable thrown =
                new FlowTable(
                        64,
                        IDLE,
                        0,
                        gone -> {
                            told.add(gone.tuple());
                            throw new IllegalStateException(gone.tuple().source().toString());
                        })) {
            for (int port = 1; port <= 40; port++) {
                thrown.open(tuple(port), tuple(port).reversed(), 0, flow);
            }

            assertThatThrownBy(() -> thrown.expire(IDLE + 1, 64))
                    .isInstanceOf(IllegalStateException.class)
                    .hasMessageStartingWith("192.0.2.1:");
            assertThat(told).hasSize(40);
            assertThat(thrown.size()).isZero();

            thrown.open(tuple(1), tuple(1).reversed(), 0, flow);
            assertThatThrownBy(() -> thrown.remove(flow)).hasMessage("192.0.2.1:1");
            assertThat(thrown.size()).isZero();
            assertThat(thrown.expire(3 * IDLE, 64)).isZero();
        }
    }

    @Test
    void aListenerMayLookButChangeNothing() {
        List<FlowTable> self = new ArrayList<>();
        Flow other = new Flow();
        try (FlowTable strict =
                new FlowTable(
                        8,
                        IDLE,
                        0,
                        gone -> {
                            FlowTable table = self.getFirst();
                            assertThat(table.find(tuple(2), other)).isTrue();
                            table.remove(other);
                        })) {
            self.add(strict);
            strict.open(tuple(2), tuple(2).reversed(), 0, flow);
            strict.open(tuple(1), tuple(1).reversed(), 0, flow);

            assertThatThrownBy(() -> strict.remove(flow))
                    .isInstanceOf(IllegalStateException.class)
                    .hasMessage("a listener cannot change the table that tells it");
            assertThat(strict.find(tuple(1), flow)).isFalse();
            assertThat(strict.find(tuple(2), flow)).isTrue();
        }
    }

    @Test
    void aFullTableOpensNoMore() {
        for (int port = 1; port <= 3; port++) {
            assertThat(table.open(tuple(port), tuple(port).reversed(), 10, flow)).isTrue();
        }

        assertThat(table.open(tuple(4), tuple(4).reversed(), 10, flow)).isFalse();
        assertThat(table.find(tuple(4), flow)).isFalse();
    }

    @Test
    void tuplesThatCannotBeAreRefused() {
        table.open(QUESTION, QUESTION.reversed(), 10, flow);
        FlowTuple tcp =
                new FlowTuple(Protocol.TCP, QUESTION.source(), QUESTION.destination()).reversed();

        assertThatThrownBy(() -> table.open(QUESTION, tuple(2).reversed(), 10, flow))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("there is a flow " + QUESTION + " already");
        assertThatThrownBy(() -> table.open(tuple(2), QUESTION.reversed(), 10, flow))
                .hasMessage("there is a flow " + QUESTION.reversed() + " already");
        assertThatThrownBy(() -> table.open(tuple(3), tcp, 10, flow))
                .hasMessageContaining("cannot be the answers of");
        assertThatThrownBy(() -> table.open(tuple(3), tuple(3), 10, flow))
                .hasMessageContaining("cannot be the answers of");
        assertThatThrownBy(() -> new FlowTable(1, 0, 0, gone -> {}))
                .hasMessage("an idle time of 0 s");
        assertThat(table.size()).isEqualTo(1);
    }
}
