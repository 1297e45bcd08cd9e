package io.fullnat.benchmarks;

import io.fullnat.api.MacAddress;
import io.fullnat.api.io.BufferPool;
import io.fullnat.api.io.LinkState;
import io.fullnat.api.io.Memory;
import io.fullnat.api.io.PacketBurst;
import io.fullnat.api.io.PacketIo;
import io.fullnat.api.io.PacketPort;
import io.fullnat.api.io.PortCapabilities;
import io.fullnat.api.io.PortQueue;
import io.fullnat.api.io.PortStatistics;
import java.lang.foreign.Arena;
import java.util.List;
import java.util.OptionalInt;

/// One port whose receive makes packets of many flows and whose transmit turns those that go to a
/// server round: the next receive hands out their answers. So a balancer sees both directions, and
/// nothing but it and the making of packets costs time.
final class GeneratingIo implements PacketIo {
    static final String MAC = "02:00:00:00:00:01";

    private static final int BUFFERS = 256;
    private static final int BUFFER_LENGTH = 2048;

    private final Arena arena = Arena.ofShared();
    private final long[] free = new long[BUFFERS];
    private int freeCount;
    private final Port port = new Port();
    private final Pool pool = new Pool();
    private final Flows flows;

    /// The order of flows.
    interface Flows {
        /// The next flow to send a packet of.
        int next();
    }

    private final byte[] template;
    private final PacketBurst answers = new PacketBurst(BUFFERS);
    private final boolean answered;
    private final BurstGaps gaps = new BurstGaps();
    private volatile boolean generating;

    GeneratingIo(byte[] template, Flows flows, boolean answered) {
        this.template = template.clone();
        this.flows = flows;
        this.answered = answered;
        long memory = arena.allocate((long) BUFFERS * BUFFER_LENGTH, 64).address();
        for (int i = 0; i < BUFFERS; i++) {
            free[freeCount++] = memory + (long) i * BUFFER_LENGTH;
        }
    }

    /// Starts to make packets: not before the balancer is configured.
    void generate(boolean on) {
        generating = on;
    }

    /// How long the worker was away between two receive calls.
    BurstGaps gaps() {
        return gaps;
    }

    @Override
    public List<PacketPort> ports() {
        return List.of(port);
    }

    @Override
    public BufferPool buffers(int worker) {
        return pool;
    }

    @Override
    public void attachWorker(int worker, OptionalInt cpu) {}

    @Override
    public void detachWorker(int worker) {}

    @Override
    public void close() {
        arena.close();
    }

    private final class Pool implements BufferPool {
        @Override
        public boolean allocate(PacketBurst burst) {
            if (freeCount == 0) {
                return false;
            }
            long buffer = free[--freeCount];
            burst.add(buffer, buffer + HEADROOM, 0, 0);
            return true;
        }

        @Override
        public void free(long buffer) {
            free[freeCount++] = buffer;
        }

        @Override
        public void freeAll(PacketBurst burst) {
            for (int i = 0; i < burst.size(); i++) {
                free(burst.buffer(i));
            }
            burst.clear();
        }

        @Override
        public int dataCapacity() {
            return BUFFER_LENGTH - HEADROOM;
        }

        @Override
        public long inUse() {
            return (long) BUFFERS - freeCount;
        }
    }

    private final class Queue implements PortQueue {
        @Override
        public int receive(PacketBurst burst) {
            burst.clear();
            gaps.mark();
            if (answers.size() > 0) {
                int count = Math.min(answers.size(), burst.capacity());
                for (int i = 0; i < count; i++) {
                    burst.add(
                            answers.buffer(i),
                            answers.data(i),
                            answers.length(i),
                            PacketBurst.IP_CHECKSUM_GOOD);
                }
                answers.removeFirst(count);
                return count;
            }
            while (generating && !burst.isFull() && freeCount > 0) {
                long buffer = free[--freeCount];
                long data = buffer + BufferPool.HEADROOM;
                Memory.fromBytes(template, data);
                int flow = flows.next();
                // Client 10.x.y.z and port of the flow.
                Memory.putNetworkInt(data + 26, 0x0A00_0000 | (flow >>> 14));
                Memory.putNetworkShort(data + 34, 1024 + (flow & 0x3FFF));
                burst.add(buffer, data, template.length, PacketBurst.IP_CHECKSUM_GOOD);
            }
            return burst.size();
        }

        @Override
        public int transmit(PacketBurst burst) {
            for (int i = 0; i < burst.size(); i++) {
                long data = burst.data(i);
                boolean toServer = Memory.getNetworkInt(data + 30) == WholeLoopBenchmark.SERVER;
                if (answered && toServer) {
                    turnRound(data);
                    answers.add(burst.buffer(i), data, burst.length(i), 0);
                } else {
                    pool.free(burst.buffer(i));
                }
            }
            return burst.size();
        }

        private static void turnRound(long data) {
            long destination = Memory.getNetworkMac(data);
            Memory.putNetworkMac(data, Memory.getNetworkMac(data + 6));
            Memory.putNetworkMac(data + 6, destination);
            Memory.putLong(data + 26, Long.rotateLeft(Memory.getLong(data + 26), 32));
            Memory.putInt(data + 34, Integer.rotateLeft(Memory.getInt(data + 34), 16));
            Memory.putByte(data + 22, 64);
        }
    }

    private final class Port implements PacketPort {
        private final PortQueue queue = new Queue();

        @Override
        public String name() {
            return "port";
        }

        @Override
        public MacAddress mac() {
            return MacAddress.parse(MAC);
        }

        @Override
        public int mtu() {
            return 1500;
        }

        @Override
        public int queueCount() {
            return 1;
        }

        @Override
        public PortQueue queue(int index) {
            return queue;
        }

        @Override
        public PortCapabilities capabilities() {
            return new PortCapabilities(1, true, false, false, false, false, 1500);
        }

        @Override
        public LinkState link() {
            return new LinkState(true, 0, true);
        }

        @Override
        public PortStatistics statistics() {
            return new PortStatistics(0, 0, 0, 0, 0, 0, 0, 0);
        }
    }
}
