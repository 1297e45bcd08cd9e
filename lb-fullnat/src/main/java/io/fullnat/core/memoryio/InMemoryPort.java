// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.memoryio;

import io.fullnat.api.MacAddress;
import io.fullnat.api.io.FlowRule;
import io.fullnat.api.io.FlowRules;
import io.fullnat.api.io.LinkState;
import io.fullnat.api.io.PacketPort;
import io.fullnat.api.io.PortCapabilities;
import io.fullnat.api.io.PortDescription;
import io.fullnat.api.io.PortQueue;
import io.fullnat.api.io.PortStatistics;
import io.fullnat.api.io.PuntPort;
import io.fullnat.api.io.ReceiveSideScaling;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.ToLongFunction;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/// One end of a [Wire].
///
/// - A frame that the far end sends arrives on the queue that a rule gives it, else on that which
///   the settings' [QueueChooser] chooses.
/// - When that queue is full the far end's transmit does not take the frame: nothing is lost
///   between good ends. On a wire with an [Impairment] it is lost and counted as missed.
/// - A frame below 14 bytes, larger than the MTU or sent while the link is down is refused
///   ([io.fullnat.api.io.Refusal]) and counted as a send error; one larger than the receiver's MTU
///   is lost and counted as a receive error there.
///
/// **Thread-safety:** as [PacketPort] says. In addition, any number of threads may send to one port
/// at once.
public final class InMemoryPort implements PacketPort {
    private static final int SPEED_MBPS = 10_000;

    private final PortSettings settings;
    private final Wire wire;
    private final InMemoryPool pool;
    private final List<InMemoryQueue> queues;
    private final RuleTable rules;
    private final @Nullable InMemoryPuntPort kernel;
    private final AtomicLong missed = new AtomicLong();
    private final AtomicLong receiveErrors = new AtomicLong();

    InMemoryPort(PortSettings settings, Wire wire, InMemoryPool pool) {
        this.settings = settings;
        this.wire = wire;
        this.pool = pool;
        queues =
                Stream.generate(() -> new InMemoryQueue(wire, pool, settings))
                        .limit(settings.queues())
                        .toList();
        String beside = settings.kernel();
        kernel = beside.isEmpty() ? null : new InMemoryPuntPort(beside);
        rules = new RuleTable(settings.name(), settings.queues(), settings.flowRules());
    }

    @Override
    public String name() {
        return settings.name();
    }

    @Override
    public MacAddress mac() {
        return settings.mac();
    }

    @Override
    public int mtu() {
        return settings.mtu();
    }

    @Override
    public int queueCount() {
        return queues.size();
    }

    @Override
    public PortQueue queue(int index) {
        return queues.get(index);
    }

    @Override
    public PortCapabilities capabilities() {
        boolean spreads = queues.size() > 1;
        return new PortCapabilities(
                queues.size(), false, false, false, false, spreads, settings.mtu());
    }

    @Override
    public Optional<ReceiveSideScaling> receiveSideScaling() {
        return settings.chooser() instanceof RssSelector(ReceiveSideScaling scaling)
                ? Optional.of(scaling)
                : Optional.empty();
    }

    @Override
    public Optional<FlowRules> flowRules() {
        return queues.size() > 1 && settings.flowRules() > 0
                ? Optional.of(rules)
                : Optional.empty();
    }

    @Override
    public Optional<PuntPort> puntPort() {
        return Optional.ofNullable(kernel);
    }

    /// The kernel's interface, for who plays the kernel.
    ///
    /// @return it
    /// @throws java.util.NoSuchElementException if the settings name none
    public InMemoryPuntPort kernel() {
        return Optional.ofNullable(kernel).orElseThrow();
    }

    /// The rules that are in place.
    ///
    /// @return a copy
    public List<FlowRule> rulesInPlace() {
        return rules.rules();
    }

    @Override
    public PortDescription description() {
        long inUse = pool.inUse();
        return new PortDescription(
                0,
                false,
                true,
                "",
                "memory",
                Map.of(
                        "mbuf-avail",
                        pool.capacity() - inUse,
                        "mbuf-inuse",
                        inUse,
                        "rx-descriptors",
                        (long) settings.queueDepth()));
    }

    @Override
    public LinkState link() {
        return wire.isLinkUp()
                ? new LinkState(true, SPEED_MBPS, true)
                : LinkState.down("the wire is cut");
    }

    @Override
    public PortStatistics statistics() {
        return new PortStatistics(
                total(InMemoryQueue::receivedPackets),
                total(InMemoryQueue::receivedBytes),
                total(InMemoryQueue::sentPackets),
                total(InMemoryQueue::sentBytes),
                missed.get(),
                receiveErrors.get(),
                total(InMemoryQueue::sendErrors),
                0);
    }

    List<InMemoryQueue> queues() {
        return queues;
    }

    /// A described buffer arrives from the far end: any sending thread.
    ///
    /// @return false if the queue is full; the buffer is still the sender's then
    boolean arrive(long buffer) {
        int length = BufferLayout.length(buffer);
        if (length > settings.maxFrameLength()) {
            receiveErrors.incrementAndGet();
            pool.free(buffer);
            return true;
        }
        int index = queues.size() == 1 ? 0 : queue(BufferLayout.dataAddress(buffer), length);
        return queues.get(index).arrive(buffer);
    }

    private int queue(long l2, int length) {
        int ruled = rules.queue(l2, length);
        return ruled == RuleTable.NONE
                ? settings.chooser().choose(l2, length, queues.size())
                : ruled;
    }

    void countMissed() {
        missed.incrementAndGet();
    }

    private long total(ToLongFunction<InMemoryQueue> count) {
        return queues.stream().mapToLong(count).sum();
    }

    @Override
    public String toString() {
        return settings.name() + " (" + settings.mac() + ")";
    }
}
