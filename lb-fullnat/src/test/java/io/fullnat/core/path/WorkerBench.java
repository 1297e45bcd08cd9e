// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.path;

import io.fullnat.core.open.ConnectionOpener;
import io.fullnat.core.open.FlowContext;
import io.fullnat.core.punt.PuntBench;

/// All stages of the family in which packets of one direction come, around the connection of a
/// [PathBench], as [SlowPath] fits them together. The port has an interface of the kernel beside
/// it.
final class WorkerBench implements AutoCloseable {
    final PuntBench punts;
    final KernelPath kernel;
    final FragmentTable table;
    final EarlyFragments early;
    final Stages stages;

    WorkerBench(PathBench bench, int direction) {
        FlowContext context = bench.context;
        PacketEnd end = new PacketEnd(context.stack());
        punts = new PuntBench(bench.bench.io, context.stack());
        kernel = new KernelPath(context, punts.gate());
        table = new FragmentTable(context.stack(), context.table());
        early = new EarlyFragments(context.stack(), table, end);
        HandshakeFamilies handshakes =
                new HandshakeFamilies(context, end, (buffer, data, length, port) -> {});
        Stages.Worker worker =
                new Stages.Worker(
                        context,
                        bench.bench.neighbourhood,
                        bench.peers,
                        bench.arrivals,
                        new ConnectionOpener(context, null),
                        kernel,
                        end,
                        new DatagramFlows(),
                        table,
                        early,
                        bench.identifications,
                        new HandshakeSegments(context.stack()),
                        handshakes);
        stages =
                new Stages(
                        worker,
                        bench.family(direction),
                        bench.errors,
                        bench.crossing(direction),
                        bench.quotation(direction));
        handshakes.set(stages.handshakes(), stages.handshakes());
    }

    @Override
    public void close() {
        early.discard();
        stages.handshakes().close();
        table.close();
    }
}
