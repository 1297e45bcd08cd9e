// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.memoryio;

import io.fullnat.api.MacAddress;
import io.fullnat.api.io.Memory;
import io.fullnat.api.io.PortStatistics;
import io.fullnat.api.io.PuntPort;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/// The kernel's interface beside an [InMemoryPort], with a test in place of the kernel: it sends
/// and receives frames as byte arrays, and says what it listens to. Made by
/// [PortSettings#withKernel(String)].
///
/// **Thread-safety:** all methods, from any thread.
public final class InMemoryPuntPort implements PuntPort {
    private static final int MOST_WAITING = 4096;

    private final String name;
    private final Queue<byte[]> forKernel = new ConcurrentLinkedQueue<>();
    private final Queue<byte[]> ofKernel = new ConcurrentLinkedQueue<>();
    private final AtomicLong waiting = new AtomicLong();
    private final AtomicLong refused = new AtomicLong();
    private final AtomicLong given = new AtomicLong();
    private final AtomicLong givenBytes = new AtomicLong();
    private final AtomicLong taken = new AtomicLong();
    private final AtomicLong takenBytes = new AtomicLong();
    private volatile Set<MacAddress> listened = Set.of();
    private volatile @Nullable Mirrored mirrored;

    /// What the balancer has said of the port.
    ///
    /// @param mac its address
    /// @param mtu bytes
    /// @param up whether its link is up
    public record Mirrored(MacAddress mac, int mtu, boolean up) {}

    InMemoryPuntPort(String name) {
        this.name = name;
    }

    /// Sends a frame as the kernel does.
    ///
    /// @param frame all bytes but the frame check sequence
    public void send(byte[] frame) {
        ofKernel.add(frame.clone());
    }

    /// What the kernel was given since this was asked last.
    ///
    /// @return frames, in order
    public List<byte[]> receiveAll() {
        List<byte[]> frames = new ArrayList<>();
        for (byte[] frame = forKernel.poll(); frame != null; frame = forKernel.poll()) {
            frames.add(frame);
            waiting.decrementAndGet();
        }
        return frames;
    }

    /// Has the kernel listen.
    ///
    /// @param addresses of groups, and further ones of stations, instead of those before
    public void listen(Set<MacAddress> addresses) {
        listened = Set.copyOf(addresses);
    }

    /// What the interface is like.
    ///
    /// @return as the balancer has said last; null before it has
    public @Nullable Mirrored mirrored() {
        return mirrored;
    }

    @Override
    public String name() {
        return name;
    }

    @Override
    public boolean toKernel(long data, int length) {
        if (waiting.get() >= MOST_WAITING) {
            refused.incrementAndGet();
            return false;
        }
        waiting.incrementAndGet();
        forKernel.add(Memory.toBytes(data, length));
        given.incrementAndGet();
        givenBytes.addAndGet(length);
        return true;
    }

    @Override
    public int fromKernel(long data, int capacity) {
        byte[] frame = ofKernel.poll();
        if (frame == null || frame.length > capacity) {
            return 0;
        }
        Memory.fromBytes(frame, data);
        taken.incrementAndGet();
        takenBytes.addAndGet(frame.length);
        return frame.length;
    }

    @Override
    public void mirror(MacAddress mac, int mtu, boolean up) {
        mirrored = new Mirrored(mac, mtu, up);
    }

    @Override
    public Set<MacAddress> listened() {
        return listened;
    }

    @Override
    public PortStatistics statistics() {
        return new PortStatistics(
                taken.get(),
                takenBytes.get(),
                given.get(),
                givenBytes.get(),
                0,
                0,
                refused.get(),
                0);
    }
}
