// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.punt;

import static org.assertj.core.api.Assertions.assertThat;

import io.fullnat.api.ManualClock;
import io.fullnat.api.control.LeftoverPolicy;
import io.fullnat.api.counter.Counter;
import io.fullnat.api.counter.Outcome;
import io.fullnat.api.io.Memory;
import io.fullnat.api.network.PuntSettings;
import io.fullnat.core.memoryio.InMemoryIo;
import io.fullnat.core.memoryio.PortSettings;
import io.fullnat.core.stack.Frame;
import io.fullnat.core.stack.NetworkView;
import io.fullnat.core.stack.RouteTable;
import io.fullnat.core.stack.StackContext;
import io.fullnat.core.transmit.LinkGate;
import io.fullnat.core.transmit.TestCounters;
import io.fullnat.core.transmit.Transmitter;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/// A worker's way to the kernel, without the balancer around it: [PuntGate] over a [PuntLink], and
/// [PuntAgent] at its other end.
class PuntGateTest {
    private static final int LENGTH = 1514;
    private static final int MOST = 1_000_000;

    private final TestCounters counters = new TestCounters();
    private final InMemoryIo io =
            InMemoryIo.builder()
                    .wire(
                            PortSettings.of("lan", "02:00:00:00:00:01"),
                            PortSettings.of("far", "02:00:00:00:00:02"))
                    .wire(
                            PortSettings.of("wan", "02:00:00:00:00:03").withKernel("kwan"),
                            PortSettings.of("farther", "02:00:00:00:00:04"))
                    .open();
    private final List<PuntLink> links = PuntLink.of(io, 1);
    private final long memory = Memory.allocate(LENGTH);
    private final Frame frame = new Frame();

    @AfterEach
    void close() {
        Memory.free(memory);
        counters.close();
        io.close();
    }

    private PuntGate gate(PuntSettings settings) {
        NetworkView view =
                new NetworkView(
                        List.of(),
                        Set.of(),
                        List.of(),
                        List.of(),
                        new RouteTable(List.of()),
                        List.of(),
                        0,
                        LeftoverPolicy.DEFAULT.withPunting(settings));
        StackContext context =
                new StackContext(1, io.buffers(), new Transmitter[0], counters.counters, view);
        frame.set(1, memory, LENGTH, 1);
        return new PuntGate(context, 0, links);
    }

    @Test
    void aPortWithoutAnInterfaceHasNone() {
        PuntGate gate = gate(PuntSettings.DEFAULT);
        assertThat(gate.isOn()).isTrue();
        assertThat(gate.isOn(0)).isFalse();
        assertThat(gate.isOn(1)).isTrue();
        assertThat(gate.isOn(2)).isFalse();
    }

    @Test
    void aFullQueueRefusesUntilTheKernelTakesSome() {
        PuntGate gate = gate(new PuntSettings(MOST, MOST, MOST, false));
        int given = 0;
        while (gate.give(frame, PuntKind.OTHER) == Outcome.PUNTED) {
            given++;
        }
        assertThat(given).isBetween(80, 90);
        assertThat(gate.give(frame, PuntKind.OTHER)).isEqualTo(Outcome.PUNT_FULL);
        assertThat(gate.give(frame, PuntKind.VRRP)).isEqualTo(Outcome.PUNTED);

        PuntAgent agent =
                new PuntAgent(
                        links,
                        List.of(new LinkGate(), new LinkGate()),
                        new ManualClock(),
                        counters.counters.faults());
        assertThat(agent.doWork()).isEqualTo(65);
        assertThat(gate.give(frame, PuntKind.OTHER)).isEqualTo(Outcome.PUNTED);
    }

    @Test
    void copiesThatFindNoRoomAreCounted() {
        PuntGate gate = gate(new PuntSettings(1, 1, 1, false));
        for (int i = 0; i < 24; i++) {
            gate.copy(frame, PuntKind.VRRP);
        }
        assertThat(counters.counters.get(Counter.PUNT_COPIES)).isEqualTo(4 + 16);
        assertThat(counters.counters.get(Counter.PUNT_COPIES_LOST)).isEqualTo(4);
    }
}
