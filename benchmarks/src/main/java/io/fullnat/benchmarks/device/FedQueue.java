// SPDX-License-Identifier: Apache-2.0
package io.fullnat.benchmarks.device;

import io.fullnat.api.io.BufferPool;
import io.fullnat.api.io.Memory;
import io.fullnat.api.io.PacketBurst;
import io.fullnat.api.io.PortQueue;
import io.fullnat.benchmarks.loop.PacketMaker;
import io.fullnat.core.packet.Ethernet;

/// A device's queue whose frames are made requests and answers on their way to the worker. Belongs
/// to the worker, but for [#run(boolean)].
final class FedQueue implements PortQueue {
    /// How many frames go round.
    static final int IN_FLIGHT = 512;

    private static final int VERIFY_EACH = 4096;

    private final PortQueue device;
    private final BufferPool pool;
    private final Feed feed;
    private final PacketMaker maker;
    private final int flows;
    private int nextFlow;
    private int untilVerified = VERIFY_EACH;
    private boolean filled;
    private volatile boolean running;

    /// @param device the real queue
    /// @param pool of the same worker
    /// @param feed what is done with the frames
    /// @param maker of requests and answers
    /// @param flows how many take turns
    FedQueue(PortQueue device, BufferPool pool, Feed feed, PacketMaker maker, int flows) {
        this.device = device;
        this.pool = pool;
        this.feed = feed;
        this.maker = maker;
        this.flows = flows;
        filled = feed != Feed.ROUND;
    }

    /// Lets frames through, or stops receiving.
    void run(boolean on) {
        running = on;
    }

    @Override
    public int receive(PacketBurst burst) {
        if (!running) {
            burst.clear();
            return 0;
        }
        if (!filled) {
            fill();
        }
        int count = device.receive(burst);
        for (int i = 0; i < count; i++) {
            switch (feed) {
                case FOREIGN -> Memory.putLong(burst.data(i), 0);
                case REQUESTS -> {}
                case MADE -> request(burst, i);
                case ROUND -> turn(burst, i);
            }
        }
        return count;
    }

    private void turn(PacketBurst burst, int index) {
        long data = burst.data(index);
        if (maker.isToServer(data)) {
            maker.answer(data);
        } else {
            request(burst, index);
        }
    }

    private void request(PacketBurst burst, int index) {
        int flow = nextFlow;
        nextFlow = flow + 1 < flows ? flow + 1 : 0;
        long data = burst.data(index);
        maker.make(flow, data);
        burst.set(index, data, PacketMaker.LENGTH);
    }

    private void fill() {
        filled = true;
        PacketBurst burst = new PacketBurst(IN_FLIGHT);
        while (!burst.isFull() && pool.allocate(burst)) {
            request(burst, burst.size() - 1);
        }
        int sent = device.transmit(burst);
        if (sent < IN_FLIGHT) {
            throw new IllegalStateException("the device took " + sent + " of " + IN_FLIGHT);
        }
    }

    @Override
    public int transmit(PacketBurst burst) {
        int size = burst.size();
        untilVerified -= size;
        if (untilVerified <= 0) {
            untilVerified = VERIFY_EACH;
            long frame = burst.data(size - 1);
            if (Ethernet.type(frame) == Ethernet.TYPE_IPV4) {
                PacketMaker.verify(frame);
            }
        }
        return device.transmit(burst);
    }
}
