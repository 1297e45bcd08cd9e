// SPDX-License-Identifier: Apache-2.0
package io.fullnat.benchmarks.loop;

import io.fullnat.api.Endpoint;
import io.fullnat.api.io.PacketBurst;

/// The share of the port in the figures of [CaseRun]: it makes packets, gets them back as they are,
/// turns them round and gets those back too; the balancer is left out. The clock is read once a
/// burst, as the worker does.
///
/// `java … PortAlone FLOWS ORDER ROUNDS MILLIONS [ipv6]` prints a line for each round, as [CaseRun]
/// does.
public final class PortAlone {
    private static final int BURST = 32;
    private static final int WARM_UPS = 3;

    private final LoopQueue queue = new LoopQueue(PacketBurst.IP_CHECKSUM_GOOD);
    private final PacketBurst burst = new PacketBurst(BURST);
    private final FrameMaker maker;
    private long lastNs = System.nanoTime();

    private PortAlone(boolean ipv6) {
        Endpoint service = LoopNetwork.service(ipv6);
        // What comes back still has the service's port, so that is what tells a request.
        maker =
                ipv6
                        ? PacketMaker6.udp(queue.arena(), service, service.port())
                        : PacketMaker.udp(queue.arena(), service, service.port());
    }

    /// Measures it.
    ///
    /// @param args as above
    public static void main(String[] args) {
        int flows = Integer.parseInt(args[0]);
        FlowOrder order =
                LoopCase.word(LoopCase.Order.class, args[1]) == LoopCase.Order.RANDOM
                        ? FlowOrder.random(flows)
                        : FlowOrder.inOrder(flows);
        int rounds = Integer.parseInt(args[2]);
        long requests = Long.parseLong(args[3]) * 500_000;
        PortAlone port = new PortAlone(args.length > 4 && args[4].equals("ipv6"));
        for (int round = 0; round < WARM_UPS + rounds; round++) {
            Phase phase = port.run(new Phase(port.maker, order, requests, true));
            if (phase.packets() != 2 * requests || port.queue.pool().inUse() != 0) {
                throw new IllegalStateException(phase.packets() + " packets came back");
            }
            if (round >= WARM_UPS) {
                System.out.println(CaseRun.RESULT + phase.nsPerPacket());
            }
        }
        port.queue.close();
    }

    private Phase run(Phase phase) {
        queue.run(phase);
        while (cycle()) {}
        return phase;
    }

    private boolean cycle() {
        long now = System.nanoTime();
        if (now - lastNs < 0) {
            throw new IllegalStateException("the clock ran backwards");
        }
        lastNs = now;
        return queue.receive(burst) > 0 && queue.transmit(burst) > 0;
    }
}
