// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.memoryio;

import java.util.List;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/// A cable with a port at each end, whose packets pass by reference: a buffer received at one end
/// is the one that was sent at the other.
///
/// The near end is the one that [InMemoryIo#ports()] lists, for a balancer; the far end is for the
/// part that plays the network. Made by [InMemoryIo.Builder].
///
/// **Thread-safety:** all methods, from any thread.
public final class Wire {
    private final InMemoryPort near;
    private final InMemoryPort far;
    private final BooleanSupplier open;
    private volatile boolean linkUp = true;

    Wire(
            PortSettings near,
            PortSettings far,
            @Nullable Impairment impairment,
            InMemoryPool pool,
            BooleanSupplier open) {
        this.open = open;
        this.near = new InMemoryPort(near, this, pool);
        this.far = new InMemoryPort(far, this, pool);
        connect(this.near, this.far, far.queueDepth(), impairment, 1, pool);
        connect(this.far, this.near, near.queueDepth(), impairment, -1, pool);
    }

    private static void connect(
            InMemoryPort from,
            InMemoryPort to,
            int depth,
            @Nullable Impairment impairment,
            int direction,
            InMemoryPool pool) {
        List<InMemoryQueue> queues = from.queues();
        for (int i = 0; i < queues.size(); i++) {
            ImpairedLink line = null;
            if (impairment != null) {
                long seed = impairment.seed() + (long) direction * (i + 1);
                line = new ImpairedLink(impairment, seed, pool, to, depth);
            }
            queues.get(i).connect(to, line);
        }
    }

    /// The end that the balancer has.
    ///
    /// @return always the same port
    public InMemoryPort near() {
        return near;
    }

    /// The end that the network has.
    ///
    /// @return always the same port
    public InMemoryPort far() {
        return far;
    }

    /// Whether frames pass.
    ///
    /// @return true unless the link was taken down
    public boolean isLinkUp() {
        return linkUp;
    }

    /// Takes the link down or up again. While it is down, what either end sends is refused; frames
    /// that are in a receive queue already stay there.
    ///
    /// @param up whether frames are to pass
    public void link(boolean up) {
        linkUp = up;
    }

    void requireOpen() {
        if (!open.getAsBoolean()) {
            throw new IllegalStateException(
                    near.name() + " is closed: stop its workers and hosts before closing it");
        }
    }
}
