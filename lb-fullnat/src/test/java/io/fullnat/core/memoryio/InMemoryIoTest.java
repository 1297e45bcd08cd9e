// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.memoryio;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import io.fullnat.api.BalancerException;
import io.fullnat.api.IpAddress;
import io.fullnat.api.ManualClock;
import io.fullnat.api.Protocol;
import io.fullnat.api.io.BufferPool;
import io.fullnat.api.io.FlowRule;
import io.fullnat.api.io.FlowRules;
import io.fullnat.api.io.PacketBurst;
import io.fullnat.api.io.PacketIo;
import io.fullnat.api.io.PacketPort;
import io.fullnat.core.packet.PacketBuilder;
import io.fullnat.testing.PacketIoContract;
import io.fullnat.testing.Seed;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.NoSuchElementException;
import java.util.OptionalInt;
import java.util.Set;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;

class InMemoryIoTest {
    private static final String NEAR_MAC = "02:00:00:00:00:01";
    private static final PortSettings NEAR = PortSettings.of("near", NEAR_MAC);
    private static final PortSettings FAR = PortSettings.of("far", "02:00:00:00:00:02");

    /// A wire between two ports; the far one receives.
    abstract static class WireContract extends PacketIoContract {
        @Override
        protected PacketPort receiver(PacketIo opened) {
            return ((InMemoryIo) opened).wire("near").far();
        }

        @Override
        protected boolean setLink(boolean up) {
            ((InMemoryIo) io()).wire("near").link(up);
            return true;
        }
    }

    @Nested
    class GoodWire extends WireContract {
        @Override
        protected PacketIo open() {
            return InMemoryIo.builder().buffers(4096).wire(NEAR, FAR).open();
        }
    }

    /// Several queues and rules at the port that receives, and larger packets.
    @Nested
    class ManyQueues extends WireContract {
        @Override
        protected PacketIo open() {
            PortSettings far = FAR.withMtu(9000).withQueues(3).withFlowRules(2);
            return InMemoryIo.builder()
                    .buffers(4096)
                    .dataCapacity(10_000)
                    .wire(NEAR.withMtu(9000), far)
                    .open();
        }
    }

    /// A bad wire that does no harm keeps the contract too, queues of another depth included.
    @Nested
    class HarmlessBadWire extends WireContract {
        @Override
        protected PacketIo open() {
            return InMemoryIo.builder()
                    .buffers(4096)
                    .wire(
                            NEAR.withQueueDepth(64),
                            FAR.withQueueDepth(64),
                            Impairment.seeded(Seed.value(), new ManualClock()).withDelay(0, 0))
                    .open();
        }

        /// A medium that may lose has no way to say "not taken".
        @Override
        protected boolean losesWhatItCannotTake() {
            return true;
        }
    }

    @Test
    void whatABadWireCannotTakeIsLostAndCounted() {
        Impairment bad = Impairment.seeded(Seed.value(), new ManualClock()).withDelay(0, 0);
        PortSettings shallow = FAR.withQueueDepth(64);
        try (InMemoryIo io = InMemoryIo.builder().wire(NEAR, shallow, bad).open()) {
            FrameEnd sender = new FrameEnd(io.wire("near").near(), io.buffers());
            for (int i = 0; i < 100; i++) {
                sender.send(frame(40000));
            }
            InMemoryPort far = io.wire("near").far();
            assertThat(far.statistics().missed()).isEqualTo(36);
            assertThat(new FrameEnd(far, io.buffers()).receiveAll()).hasSize(64);
            assertThat(io.buffers().inUse()).isZero();
        }
    }

    @Test
    void aRuleDecidesOnWhichQueueAFrameArrives() {
        PortSettings near = NEAR.withQueues(4).withChooser((l2, length, queues) -> 0);
        try (InMemoryIo io = InMemoryIo.builder().wire(near.withFlowRules(2), FAR).open()) {
            InMemoryPort port = io.wire("near").near();
            FlowRules rules = port.flowRules().orElseThrow();
            IpAddress address = IpAddress.parse("10.0.0.2");
            List<FlowRule> both =
                    List.of(
                            new FlowRule(Protocol.TCP, 0, address, 2, 7, 1),
                            new FlowRule(Protocol.UDP, 5, address, 2, 7, 3));
            FlowRules.Installed installed = rules.install(both);

            assertThat(port.rulesInPlace()).isEqualTo(both);
            PacketBuilder plain = PacketBuilder.ethernet(FAR.mac().toString(), NEAR_MAC);
            PacketBuilder tagged = PacketBuilder.ethernet(FAR.mac().toString(), NEAR_MAC).vlan(5);
            assertThat(queueOf(io, plain.ipv4("10.0.0.1", "10.0.0.2").tcp(9, 8010))).isEqualTo(1);
            assertThat(queueOf(io, plain.ipv4("10.0.0.1", "10.0.0.2").tcp(9, 8011))).isZero();
            assertThat(queueOf(io, plain.ipv4("10.0.0.1", "10.0.0.3").tcp(9, 8010))).isZero();
            assertThat(queueOf(io, plain.ipv4("10.0.0.1", "10.0.0.2").udp(9, 8010))).isZero();
            assertThat(queueOf(io, tagged.ipv4("10.0.0.1", "10.0.0.2").udp(9, 8010))).isEqualTo(3);
            assertThat(queueOf(io, tagged.ipv4("10.0.0.1", "10.0.0.2").tcp(9, 8010))).isZero();

            installed.remove();
            assertThat(port.rulesInPlace()).isEmpty();
            assertThat(queueOf(io, plain.ipv4("10.0.0.1", "10.0.0.2").tcp(9, 8010))).isZero();
        }
    }

    private static int queueOf(InMemoryIo io, PacketBuilder frame) {
        new FrameEnd(io.wire("near").far(), io.buffers()).send(frame);
        PacketBurst burst = new PacketBurst(4);
        PacketPort port = io.ports().getFirst();
        for (int queue = 0; queue < port.queueCount(); queue++) {
            if (port.queue(queue).receive(burst) > 0) {
                io.buffers().freeAll(burst);
                return queue;
            }
        }
        throw new AssertionError("the frame did not arrive");
    }

    @Test
    void rulesForWhichThereIsNoRoomOrNoQueueAreRefusedAsAWhole() {
        PortSettings near = NEAR.withQueues(2).withFlowRules(1);
        try (InMemoryIo io = InMemoryIo.builder().wire(near, FAR).open()) {
            InMemoryPort port = io.wire("near").near();
            FlowRules rules = port.flowRules().orElseThrow();
            IpAddress address = IpAddress.parse("10.0.0.2");
            FlowRule first = new FlowRule(Protocol.TCP, 0, address, 0, 1, 0);
            FlowRule second = new FlowRule(Protocol.TCP, 0, address, 1, 1, 1);
            FlowRule beyond = new FlowRule(Protocol.TCP, 0, address, 1, 1, 2);

            assertThatExceptionOfType(BalancerException.class)
                    .isThrownBy(() -> rules.install(List.of(first, second)))
                    .withMessage("port near refuses a rule: its table of 1 is full");
            assertThatExceptionOfType(BalancerException.class)
                    .isThrownBy(() -> rules.install(List.of(beyond)))
                    .withMessage("port near refuses a rule: it has no queue 2");
            assertThat(port.rulesInPlace()).isEmpty();
            assertThat(io.wire("near").far().flowRules()).isEmpty();
        }
    }

    @Test
    void flowsAreSpreadOverQueuesAndEachStaysOnOne() {
        try (InMemoryIo io = InMemoryIo.builder().wire(NEAR.withQueues(4), FAR).open()) {
            FrameEnd far = new FrameEnd(io.wire("far").far(), io.buffers());
            FrameEnd near = new FrameEnd(io.wire("far").near(), io.buffers());
            int[] count = new int[4];
            for (int port = 40000; port < 40200; port++) {
                far.send(frame(port));
                far.send(frame(port).payload("other bytes"));
                int queue =
                        Integer.remainderUnsigned(
                                FlowHash.hash(0x0A000001, 0x0A000002, port, 80), 4);
                assertThat(near.receiveAll(queue)).as("port %d", port).hasSize(2);
                count[queue]++;
            }
            assertThat(Arrays.stream(count).min().orElseThrow()).isGreaterThan(20);
            assertThat(io.ports().getFirst().capabilities().receiveSideScaling()).isTrue();
        }
    }

    @Test
    void returnTrafficMayLandOnAnotherQueue() {
        Set<Boolean> same = new HashSet<>();
        for (int port = 40000; port < 40100; port++) {
            int there = FlowHash.hash(1, 2, port, 80);
            int back = FlowHash.hash(2, 1, 80, port);
            same.add(Integer.remainderUnsigned(there, 2) == Integer.remainderUnsigned(back, 2));
        }
        assertThat(same).containsExactlyInAnyOrder(true, false);
    }

    @Test
    void whatHasNoPortsArrivesOnQueueZero() {
        List<PacketBuilder> frames =
                List.of(
                        frame(40000).fragment(0, true),
                        frame(40001).fragment(80, false),
                        frame(40002).truncate(30),
                        frame(40003).versionAndHeaderLength(0x65),
                        frame(40004).vlan(7).truncate(16),
                        frame(40005).type(0x86DD),
                        PacketBuilder.ethernet("02:00:00:00:00:02", "02:00:00:00:00:01")
                                .ipv4("10.0.0.1", "10.0.0.2")
                                .echoRequest(1, 1));
        try (InMemoryIo io = InMemoryIo.builder().wire(NEAR.withQueues(4), FAR).open()) {
            FrameEnd far = new FrameEnd(io.wire("far").far(), io.buffers());
            frames.forEach(far::send);
            assertThat(new FrameEnd(io.ports().getFirst(), io.buffers()).receiveAll(0))
                    .hasSize(frames.size());
        }
    }

    @Test
    void taggedFlowsAreSpreadAsUntaggedOnes() {
        try (InMemoryIo io =
                InMemoryIo.builder().wire(NEAR.withQueues(2).withQueueDepth(64), FAR).open()) {
            FrameEnd far = new FrameEnd(io.wire("far").far(), io.buffers());
            FrameEnd near = new FrameEnd(io.ports().getFirst(), io.buffers());
            for (int port = 40000; port < 40032; port++) {
                far.send(frame(port));
                int queue = near.receiveAll(0).isEmpty() ? 1 : 0;
                near.receiveAll(1);
                far.send(frame(port).vlan(100));
                assertThat(near.receiveAll(queue)).as("port %d", port).hasSize(1);
            }
        }
    }

    @Test
    void theChooserIsPluggable() {
        PortSettings near = NEAR.withQueues(3).withChooser((_, length, count) -> length % count);
        try (InMemoryIo io = InMemoryIo.builder().wire(near, FAR).open()) {
            new FrameEnd(io.wire("far").far(), io.buffers()).send(new byte[62]);
            FrameEnd end = new FrameEnd(io.ports().getFirst(), io.buffers());
            assertThat(end.receiveAll(0)).isEmpty();
            assertThat(end.receiveAll(1)).isEmpty();
            assertThat(end.receiveAll(2)).hasSize(1);
        }
    }

    @Test
    void aBufferFreedTwiceIsFound() {
        try (InMemoryIo io = InMemoryIo.builder().wire(NEAR, FAR).open()) {
            BufferPool pool = io.buffers();
            PacketBurst burst = new PacketBurst(1);
            pool.allocate(burst);
            pool.free(burst.buffer(0));
            assertThatIllegalStateException()
                    .isThrownBy(() -> pool.free(burst.buffer(0)))
                    .withMessageContaining("freed twice");
            assertThatIllegalStateException()
                    .isThrownBy(() -> io.wire("near").near().queue(0).transmit(burst))
                    .withMessageContaining("after it was freed");
            assertThatIllegalArgumentException()
                    .isThrownBy(() -> pool.free(burst.buffer(0) + 8))
                    .withMessageContaining("not the handle");
        }
    }

    @Test
    void dataOutsideItsBufferIsFound() {
        try (InMemoryIo io = InMemoryIo.builder().wire(NEAR, FAR).open()) {
            PacketBurst burst = new PacketBurst(1);
            io.buffers().allocate(burst);
            long data = burst.data(0);
            burst.set(0, data - BufferPool.HEADROOM - 1, 100);
            assertThatIllegalArgumentException()
                    .isThrownBy(() -> io.wire("near").near().queue(0).transmit(burst))
                    .withMessageContaining("100 bytes at offset -129");
            burst.set(0, data + 1, io.buffers().dataCapacity());
            assertThatIllegalArgumentException()
                    .isThrownBy(() -> io.wire("near").near().queue(0).transmit(burst));
            io.buffers().freeAll(burst);
        }
    }

    @Test
    void framesThatCannotBeSentAreRefusedAndCounted() {
        try (InMemoryIo io = InMemoryIo.builder().wire(NEAR.withMtu(1000), FAR).open()) {
            FrameEnd near = new FrameEnd(io.wire("near").near(), io.buffers());
            near.send(new byte[1018]);
            near.send(new byte[1019]);
            near.send(new byte[13]);
            FrameEnd far = new FrameEnd(io.wire("near").far(), io.buffers());
            assertThat(far.receiveAll()).hasSize(1);
            assertThat(io.wire("near").near().statistics().sendErrors()).isEqualTo(2);
            far.send(new byte[1019]);
            assertThat(io.wire("near").near().statistics().receiveErrors()).isEqualTo(1);
            assertThat(io.buffers().inUse()).isZero();
        }
    }

    @Test
    void aQueueTellsHowManyFramesWait() {
        try (InMemoryIo io = InMemoryIo.builder().buffers(64).wire(NEAR, FAR).open()) {
            FrameEnd near = new FrameEnd(io.wire("near").near(), io.buffers());
            FrameEnd far = new FrameEnd(io.wire("near").far(), io.buffers());
            assertThat(io.wire("near").far().queue(0).waiting()).hasValue(0);
            near.send(frame(40_000));
            near.send(frame(40_001));
            assertThat(io.wire("near").far().queue(0).waiting()).hasValue(2);
            far.receiveAll();
            assertThat(io.wire("near").far().queue(0).waiting()).hasValue(0);
        }
    }

    @Test
    void nothingPassesWhileTheLinkIsDown() {
        try (InMemoryIo io = InMemoryIo.builder().wire(NEAR, FAR).open()) {
            Wire wire = io.wire("near");
            FrameEnd near = new FrameEnd(wire.near(), io.buffers());
            FrameEnd far = new FrameEnd(wire.far(), io.buffers());
            wire.link(false);
            assertThat(wire.near().link().up()).isFalse();
            near.send(frame(40000));
            assertThat(far.receiveAll()).isEmpty();
            assertThat(wire.near().statistics().sendErrors()).isEqualTo(1);
            wire.link(true);
            near.send(frame(40000));
            assertThat(far.receiveAll()).hasSize(1);
            assertThat(io.buffers().inUse()).isZero();
        }
    }

    @Test
    void aBadWireRepeatsExactlyForTheSameSeed() {
        assertThat(arrivals(Seed.value())).isEqualTo(arrivals(Seed.value()));
        assertThat(arrivals(Seed.value())).isNotEqualTo(arrivals(Seed.value() + 1));
    }

    @Test
    void aBadWireLosesDoublesAndReorders() {
        List<Integer> lengths = arrivals(Seed.value());
        assertThat(new HashSet<>(lengths)).as("some are lost").hasSizeBetween(150, 249);
        assertThat(lengths.size())
                .as("some come twice")
                .isGreaterThan(new HashSet<>(lengths).size());
        assertThat(lengths).as("some overtake").isNotEqualTo(lengths.stream().sorted().toList());
    }

    @Test
    void aDelayedFrameArrivesWhenItsTimeHasCome() {
        ManualClock clock = new ManualClock();
        Impairment delay = Impairment.seeded(Seed.value(), clock).withDelay(1000, 1000);
        try (InMemoryIo io = InMemoryIo.builder().wire(NEAR, FAR, delay).open()) {
            FrameEnd near = new FrameEnd(io.wire("near").near(), io.buffers());
            FrameEnd far = new FrameEnd(io.wire("near").far(), io.buffers());
            near.send(frame(40000));
            clock.advance(Duration.ofNanos(999));
            near.receiveAll();
            assertThat(far.receiveAll()).isEmpty();
            clock.advance(Duration.ofNanos(1));
            near.receiveAll();
            assertThat(far.receiveAll()).hasSize(1);
        }
    }

    private static List<Integer> arrivals(long seed) {
        ManualClock clock = new ManualClock();
        Impairment bad =
                Impairment.seeded(seed, clock)
                        .withLoss(0.2)
                        .withDuplication(0.2)
                        .withDelay(0, 10_000);
        List<Integer> lengths = new ArrayList<>();
        try (InMemoryIo io = InMemoryIo.builder().wire(NEAR, FAR, bad).open()) {
            FrameEnd near = new FrameEnd(io.wire("near").near(), io.buffers());
            FrameEnd far = new FrameEnd(io.wire("near").far(), io.buffers());
            for (int i = 0; i < 250; i++) {
                near.send(new byte[60 + i]);
                clock.advance(Duration.ofNanos(1000));
                far.receiveAll().forEach(frame -> lengths.add(frame.length));
            }
            clock.advance(Duration.ofNanos(10_000));
            near.receiveAll();
            far.receiveAll().forEach(frame -> lengths.add(frame.length));
            assertThat(io.buffers().inUse()).isZero();
        }
        return lengths;
    }

    @Test
    void useAfterCloseIsToldByAnException() {
        InMemoryIo io = InMemoryIo.builder().wire(NEAR, FAR).open();
        io.close();
        io.close();
        assertThatIllegalStateException()
                .isThrownBy(() -> io.ports().getFirst().queue(0).receive(new PacketBurst(1)))
                .withMessageContaining("near is closed");
    }

    @Test
    void impossibleSettingsAreRefused() {
        InMemoryIo.Builder builder = InMemoryIo.builder().wire(NEAR, FAR);
        assertThatIllegalArgumentException()
                .isThrownBy(() -> builder.wire(NEAR, FAR))
                .withMessageContaining("near");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> InMemoryIo.builder().wire(NEAR.withMtu(9000), FAR).open())
                .withMessageContaining("data capacity of 9018");
        assertThatIllegalArgumentException().isThrownBy(() -> builder.buffers(0));
        assertThatIllegalArgumentException().isThrownBy(() -> builder.dataCapacity(1517));
        assertThatIllegalArgumentException().isThrownBy(() -> NEAR.withMtu(67));
        assertThatIllegalArgumentException().isThrownBy(() -> NEAR.withQueues(0));
        assertThatIllegalArgumentException().isThrownBy(() -> NEAR.withQueueDepth(3));
        assertThatIllegalArgumentException()
                .isThrownBy(() -> PortSettings.of("a", "ff:ff:ff:ff:ff:ff"));
        Impairment good = Impairment.seeded(1, new ManualClock());
        assertThatIllegalArgumentException().isThrownBy(() -> good.withLoss(1.01));
        assertThatIllegalArgumentException().isThrownBy(() -> good.withDuplication(Double.NaN));
        assertThatIllegalArgumentException().isThrownBy(() -> good.withDelay(2, 1));
    }

    @Test
    void aCpuIsNotSilentlyIgnored() {
        try (InMemoryIo io = InMemoryIo.builder().wire(NEAR, FAR).open()) {
            assertThatExceptionOfType(BalancerException.class)
                    .isThrownBy(() -> io.attachWorker(1, OptionalInt.of(3)))
                    .withMessageContaining("worker 1 to CPU 3");
        }
    }

    @Test
    void anUnknownWireIsNamed() {
        try (InMemoryIo io = InMemoryIo.builder().wire(NEAR, FAR).open()) {
            assertThatExceptionOfType(NoSuchElementException.class)
                    .isThrownBy(() -> io.wire("eth9"))
                    .withMessageContaining("eth9");
        }
    }

    private static PacketBuilder frame(int sourcePort) {
        return PacketBuilder.ethernet("02:00:00:00:00:02", "02:00:00:00:00:01")
                .ipv4("10.0.0.1", "10.0.0.2")
                .tcp(sourcePort, 80);
    }
}
