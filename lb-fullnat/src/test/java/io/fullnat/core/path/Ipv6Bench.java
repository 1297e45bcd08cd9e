// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.path;

import static org.assertj.core.api.Assertions.assertThat;

import io.fullnat.api.MacAddress;
import io.fullnat.api.io.Memory;
import io.fullnat.api.io.PacketBurst;
import io.fullnat.core.connection.ConnectionLayout;
import io.fullnat.core.connection.ConnectionState;
import io.fullnat.core.open.OpenBench;
import io.fullnat.core.packet.PacketBuilder;
import io.fullnat.core.stack.StackContext;

/// IPv6's part of the fast path over the connection of a [PathBench], which is established, and a
/// burst for it.
final class Ipv6Bench implements AutoCloseable {
    /// Instead of a flow.
    static final long ENDED = Preparation.ENDED;

    static final long DIVERTED = Preparation.DIVERTED;

    static final long MAC = Long.reverseBytes(MacAddress.parse(PathBench.OURS).bits()) >>> 16;

    final PacketBurst burst = new PacketBurst(64);
    final Ipv6Path path;
    private final PathBench bench;
    private final WorkerBench worker;
    private final StackContext stack;

    Ipv6Bench(PathBench bench, int direction) {
        this.bench = bench;
        stack = bench.context.stack();
        worker = new WorkerBench(bench, direction);
        boolean tcp = Memory.getByte(bench.entry + ConnectionLayout.PROTOCOL) == OpenBench.TCP;
        bench.context
                .life()
                .move(bench.entry, tcp ? ConnectionState.ESTABLISHED : ConnectionState.UDP_STREAM);
        path =
                new Ipv6Path(
                        bench.context,
                        bench.bench.adjacencies,
                        worker.stages.preparation(),
                        new CrossFamily(
                                bench.context, bench.bench.adjacencies, bench.identifications),
                        new CrossingPackets(
                                bench.context, bench.bench.adjacencies, bench.identifications),
                        new MovedSegments(bench.context, bench.bench.adjacencies),
                        burst.capacity());
    }

    /// A packet that is not of IPv6.
    PacketBuilder four() {
        return PacketBuilder.ethernet(PathBench.CLIENT_MAC, PathBench.OURS)
                .ipv4("198.51.0.7", "192.0.2.1")
                .tcp(1, 2)
                .payload(new byte[60]);
    }

    /// Adds a packet to the burst.
    void add(PacketBuilder packet) {
        assertThat(packet.appendTo(bench.bench.io.buffers(), burst)).isTrue();
    }

    /// Has all of the burst looked at.
    long known() {
        return known(-1L >>> -burst.size());
    }

    /// Has some of it looked at.
    long known(long mask) {
        return path.translateKnown(burst, mask, 0, MAC, stack.generation(0), stack.nowSeconds());
    }

    boolean parseAlone() {
        return path.parseAlone(burst, 0, MAC);
    }

    /// Has all looked at, which are of IPv6.
    long alone() {
        assertThat(parseAlone()).isTrue();
        return path.translateAlone(burst, stack.generation(0), stack.nowSeconds());
    }

    long prepare(int i) {
        return path.prepareAndTranslate(burst, i, 0);
    }

    byte[] frame(int i) {
        return Memory.toBytes(burst.data(i), burst.length(i));
    }

    void clear() {
        bench.bench.io.buffers().freeAll(burst);
        burst.clear();
    }

    /// Forgets the burst, whose buffers others have.
    void gone() {
        burst.clear();
    }

    @Override
    public void close() {
        clear();
        path.close();
        worker.close();
    }
}
