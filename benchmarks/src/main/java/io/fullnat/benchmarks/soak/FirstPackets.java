// SPDX-License-Identifier: Apache-2.0
package io.fullnat.benchmarks.soak;

import io.fullnat.api.Protocol;
import io.fullnat.api.service.ServiceKey;
import io.fullnat.benchmarks.loop.PacketMaker;
import io.fullnat.core.packet.Tcp;
import java.lang.foreign.Arena;

/// The first packet of each of so many flows. The worker calls [#make(long)].
final class FirstPackets implements PacketSource {
    private final PacketMaker maker;
    private int left;
    private volatile boolean done;

    FirstPackets(Arena arena, ServiceKey service, int flows) {
        maker =
                service.protocol() == Protocol.TCP
                        ? PacketMaker.tcp(
                                arena, service.endpoint(), SoakTopology.ANSWERING, Tcp.SYN)
                        : PacketMaker.udp(arena, service.endpoint(), SoakTopology.ANSWERING);
        left = flows;
    }

    @Override
    public boolean make(long data) {
        if (left == 0) {
            done = true;
            return false;
        }
        maker.make(--left, data);
        return true;
    }

    /// Whether all have been made.
    boolean isDone() {
        return done;
    }
}
