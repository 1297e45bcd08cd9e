// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.control;

import static io.fullnat.core.control.ControlRig.LOCAL;
import static io.fullnat.core.control.ControlRig.OTHER_LOCAL;
import static io.fullnat.core.control.ControlRig.ip;
import static org.assertj.core.api.Assertions.assertThat;

import io.fullnat.api.IpAddress;
import io.fullnat.api.MacAddress;
import io.fullnat.api.control.LeftoverPolicy;
import io.fullnat.api.counter.Counter;
import io.fullnat.api.io.BufferPool;
import io.fullnat.api.io.FlowRule;
import io.fullnat.api.io.FlowRules;
import io.fullnat.api.io.LinkState;
import io.fullnat.api.io.PacketIo;
import io.fullnat.api.io.PacketPort;
import io.fullnat.api.io.PortCapabilities;
import io.fullnat.api.io.PortQueue;
import io.fullnat.api.io.PortStatistics;
import io.fullnat.core.localport.ReturnPaths;
import io.fullnat.core.memory.Region;
import io.fullnat.core.transmit.WorkerCounters;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.stream.LongStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/// A port of somebody's own whose rules fail in other ways than by refusal.
class FlowSteeringFaultTest {
    private static final DesiredTables NOTHING = DesiredTables.beginning(LeftoverPolicy.DEFAULT);
    private static final Map<IpAddress, String> BOTH =
            Map.of(ip(LOCAL), "own", ip(OTHER_LOCAL), "own");

    private final Region memory = Region.allocate(1024, "the counters of a test");
    private final WorkerCounters counters =
            new WorkerCounters(
                    new long[0],
                    LongStream.range(0, Counter.values().length)
                            .map(place -> memory.address() + place * Long.BYTES)
                            .toArray());
    private final FaultyPort port = new FaultyPort();
    private final PacketIo io = new OnePort(port);
    private final FlowSteering steering =
            new FlowSteering(io, new ReturnPaths(io.ports(), 2), new DeviceNames(io), counters);

    @AfterEach
    void free() {
        memory.close();
    }

    @Test
    void aFaultOnInstallingIsARefusal() {
        port.faulty = ip(LOCAL);

        steering.install(NOTHING, BOTH);

        assertThat(port.steered).containsExactly(ip(OTHER_LOCAL));
        assertThat(counters.get(Counter.FLOW_RULES_REFUSED)).isOne();
        assertThat(counters.get(Counter.STEERED_ADDRESSES)).isOne();
        port.faulty = null;
        steering.install(NOTHING, BOTH);
        assertThat(port.steered).as("it is not tried again").containsExactly(ip(OTHER_LOCAL));
    }

    @Test
    void aFaultOnRemovingLeavesTheOthersGone() {
        steering.install(NOTHING, BOTH);
        port.faulty = ip(LOCAL);

        steering.clear();

        assertThat(port.steered).containsExactly(ip(LOCAL));
        assertThat(counters.get(Counter.STEERED_ADDRESSES)).isZero();
    }

    private static final class FaultyPort implements PacketPort, FlowRules {
        final Set<IpAddress> steered = new HashSet<>();
        @Nullable IpAddress faulty;

        @Override
        public Optional<FlowRules> flowRules() {
            return Optional.of(this);
        }

        @Override
        public Installed install(List<FlowRule> rules) {
            IpAddress address = rules.getFirst().destination();
            requireSound(address);
            steered.add(address);
            return () -> {
                requireSound(address);
                steered.remove(address);
            };
        }

        private void requireSound(IpAddress address) {
            if (address.equals(faulty)) {
                throw new IllegalStateException("the port has a fault");
            }
        }

        @Override
        public String name() {
            return "own";
        }

        @Override
        public MacAddress mac() {
            return MacAddress.parse("02:00:00:00:00:01");
        }

        @Override
        public int mtu() {
            return 1500;
        }

        @Override
        public int queueCount() {
            return 2;
        }

        @Override
        public PortQueue queue(int index) {
            throw new UnsupportedOperationException();
        }

        @Override
        public PortCapabilities capabilities() {
            throw new UnsupportedOperationException();
        }

        @Override
        public LinkState link() {
            throw new UnsupportedOperationException();
        }

        @Override
        public PortStatistics statistics() {
            throw new UnsupportedOperationException();
        }
    }

    private record OnePort(PacketPort port) implements PacketIo {
        @Override
        public List<PacketPort> ports() {
            return List.of(port);
        }

        @Override
        public BufferPool buffers(int worker) {
            throw new UnsupportedOperationException();
        }

        @Override
        public void attachWorker(int worker, OptionalInt cpu) {
            throw new UnsupportedOperationException();
        }

        @Override
        public void detachWorker(int worker) {
            throw new UnsupportedOperationException();
        }

        @Override
        public void close() {
            throw new UnsupportedOperationException();
        }
    }
}
