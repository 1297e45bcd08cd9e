// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.flow;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.fullnat.api.Endpoint;
import io.fullnat.api.FlowTuple;
import io.fullnat.api.Protocol;
import io.fullnat.api.io.Memory;
import io.fullnat.core.memory.Region;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.ValueSource;

/// What a flow table promises to an application that has nothing else of the engine.
@ParameterizedClass(name = "over {0}")
@ValueSource(strings = {"192.0.2.", "2001:db8::"})
class FlowTableTest {
    private static final int IDLE = 60;

    private final String network;
    private final FlowTuple question;

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

    FlowTableTest(String network) {
        this.network = network;
        question = tuple(1000);
    }

    private FlowTuple tuple(int port) {
        return new FlowTuple(
                Protocol.UDP, Endpoint.of(network + 1, port), Endpoint.of(network + 2, 53));
    }

    private boolean isIpv6() {
        return network.contains(":");
    }

    @AfterEach
    void close() {
        table.close();
    }

    @Test
    void aFlowIsFoundByTheTuplesOfBothDirections() {
        assertThat(table.find(question, flow)).isFalse();
        assertThat(table.open(question, question.reversed(), 10, flow)).isTrue();
        flow.attachment(77);

        assertThat(table.find(question, flow)).isTrue();
        assertThat(flow.isAnswer()).isFalse();
        assertThat(flow.tuple()).isEqualTo(question);
        assertThat(table.find(question.reversed(), flow)).isTrue();
        assertThat(flow.isAnswer()).isTrue();
        assertThat(flow.tuple()).isEqualTo(question.reversed());
        assertThat(flow.opposite()).isEqualTo(question);
        assertThat(flow.attachment()).isEqualTo(77);
        assertThat(flow.openedSeconds()).isEqualTo(10);
        assertThat(table.size()).isEqualTo(1);
        assertThat(table.capacity()).isEqualTo(3);
    }

    @Test
    void eachDirectionIsCountedByItself() {
        table.open(question, question.reversed(), 10, flow);
        flow.count(100, 11);
        flow.count(50, 12);
        table.find(question.reversed(), flow);
        flow.count(7, 13);

        assertThat(flow.packets()).isEqualTo(1);
        assertThat(flow.bytes()).isEqualTo(7);
        assertThat(flow.lastSeenSeconds()).isEqualTo(13);
        table.find(question, flow);
        assertThat(flow.packets()).isEqualTo(2);
        assertThat(flow.bytes()).isEqualTo(150);
        assertThat(flow.lastSeenSeconds()).isEqualTo(12);
    }

    @Test
    void aPacketFindsAndOpensItsFlow() {
        try (Region memory = Region.allocate(128, "a test")) {
            long ip = memory.address();
            packet(ip, 0);

            assertThat(table.find(ip, flow)).isFalse();
            assertThat(table.open(ip, 10, flow)).isTrue();
            assertThat(flow.tuple()).isEqualTo(question);
            assertThat(table.find(ip, flow)).isTrue();
            assertThat(table.find(question.reversed(), flow)).isTrue();
        }
    }

    /// Writes the headers of the question's packet, with some bytes of options or extension
    /// headers.
    ///
    /// @return where its UDP header is
    private long packet(long ip, int options) {
        long udp = ip + (isIpv6() ? 40 : 20) + options;
        if (isIpv6()) {
            Memory.putByte(ip, 0x60);
            Memory.putByte(ip + 6, options == 0 ? 17 : 60);
            for (int address = 0; address < 2; address++) {
                Memory.putNetworkInt(ip + 8 + 16L * address, 0x2001_0DB8);
                Memory.putByte(ip + 23 + 16L * address, 1 + address);
            }
        } else {
            Memory.putByte(ip, 0x45 + options / 4);
            Memory.putByte(ip + 9, 17);
            Memory.putNetworkInt(ip + 12, 0xC000_0201);
            Memory.putNetworkInt(ip + 16, 0xC000_0202);
        }
        Memory.putNetworkShort(udp, 1000);
        Memory.putNetworkShort(udp + 2, 53);
        return udp;
    }

    @Test
    void aPacketWithOptionsOrExtensionHeadersHasTheSameFlow() {
        try (Region memory = Region.allocate(128, "a test")) {
            long ip = memory.address();
            long udp = packet(ip, 16);

            assertThat(table.find(ip, udp, Protocol.UDP, flow)).isFalse();
            assertThat(table.open(ip, udp, Protocol.UDP, 10, flow)).isTrue();
            assertThat(flow.tuple()).isEqualTo(question);
            assertThat(table.find(ip, udp, Protocol.UDP, flow)).isTrue();
            assertThat(table.find(ip, udp, Protocol.TCP, flow)).isFalse();
            assertThat(table.find(question.reversed(), flow)).isTrue();
        }
    }

    @Test
    void theAnswersMayBeOfTheOtherFamily() {
        FlowTuple answers =
                new FlowTuple(
                        Protocol.UDP,
                        Endpoint.of(isIpv6() ? "10.0.0.1" : "2001:db8::5", 53),
                        Endpoint.of(isIpv6() ? "10.0.0.2" : "2001:db8::6", 2000));
        assertThat(table.open(question, answers, 10, flow)).isTrue();

        assertThat(table.find(answers, flow)).isTrue();
        assertThat(flow.isAnswer()).isTrue();
        assertThat(flow.tuple()).isEqualTo(answers);
        assertThat(flow.opposite()).isEqualTo(question);
    }

    @Test
    void aSilentFlowEndsAndOneThatSpeaksDoesNot() {
        table.open(question, question.reversed(), 10, flow);
        table.open(tuple(1001), tuple(1001).reversed(), 10, flow);
        for (int second = 11; second <= 10 + IDLE; second++) {
            flow.count(1, second);
            table.expire(second, 16);
        }
        assertThat(ended).isEmpty();

        table.expire(10 + IDLE + 1, 16);

        assertThat(ended).containsExactly(question + " 0 0");
        assertThat(table.find(question, flow)).isFalse();
        assertThat(table.find(tuple(1001), flow)).isTrue();
    }

    @Test
    void aFlowCanBeRemoved() {
        table.open(question, question.reversed(), 10, flow);
        flow.count(1, 10);
        flow.attachment(5);
        table.find(question.reversed(), flow);

        table.remove(flow);

        assertThat(ended).containsExactly(question + " 1 5");
        assertThat(table.find(question, flow)).isFalse();
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
                    .hasMessageStartingWith(Endpoint.of(network + 1, 1).toString().substring(0, 9));
            assertThat(told).hasSize(40);
            assertThat(thrown.size()).isZero();

            thrown.open(tuple(1), tuple(1).reversed(), 0, flow);
            assertThatThrownBy(() -> thrown.remove(flow))
                    .hasMessage(Endpoint.of(network + 1, 1).toString());
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
        table.open(question, question.reversed(), 10, flow);
        FlowTuple tcp =
                new FlowTuple(Protocol.TCP, question.source(), question.destination()).reversed();

        assertThatThrownBy(() -> table.open(question, tuple(2).reversed(), 10, flow))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("there is a flow " + question + " already");
        assertThatThrownBy(() -> table.open(tuple(2), question.reversed(), 10, flow))
                .hasMessage("there is a flow " + question.reversed() + " already");
        assertThatThrownBy(() -> table.open(tuple(3), tcp, 10, flow))
                .hasMessageContaining("cannot be the answers of");
        assertThatThrownBy(() -> table.open(tuple(3), tuple(3), 10, flow))
                .hasMessageContaining("cannot be the answers of");
        FlowTuple mixed =
                new FlowTuple(
                        Protocol.UDP, Endpoint.of("10.0.0.1", 1), Endpoint.of("2001:db8::1", 2));
        assertThatThrownBy(() -> table.find(mixed, flow))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage(
                        "10.0.0.1 and 2001:db8::1 are of different families: no packet has both");
        assertThatThrownBy(() -> new FlowTable(1, 0, 0, gone -> {}))
                .hasMessage("an idle time of 0 s");
        assertThat(table.size()).isEqualTo(1);
    }
}
