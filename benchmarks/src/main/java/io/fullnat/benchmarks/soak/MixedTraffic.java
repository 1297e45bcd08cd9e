// SPDX-License-Identifier: Apache-2.0
package io.fullnat.benchmarks.soak;

import io.fullnat.benchmarks.loop.PacketMaker;
import io.fullnat.core.packet.Tcp;
import java.lang.foreign.Arena;

/// What clients send in a soak, mixed packet by packet:
///
/// - *steady*: datagrams of so many flows, at random, for as long as the traffic lasts;
/// - *churn*: new UDP flows of two datagrams, new TCP connections of four segments, of which every
///   other is closed and the rest are reset. Each flow's packets come some thousand flows apart,
///   then it is idle and ends;
/// - *flood*, while it is on: datagrams of new flows that nobody answers, which fill the table.
///
/// The worker calls [#make(long)]; the switches may be used by another thread.
final class MixedTraffic implements PacketSource {
    /// Of so many packets, a few are churn.
    private static final int CYCLE = 128;

    private static final int FLOOD_EACH = 4;

    /// Flows between two packets of one.
    private static final int LAG = 1000;

    private static final int UDP_PACKETS = 2;
    private static final int TCP_PACKETS = 4;

    /// Flow numbers start over after so many; the first ones have long ended.
    private static final int FLOWS = 1 << 28;

    private final PacketMaker steady;
    private final PacketMaker udp;
    private final PacketMaker[] tcp;
    private final PacketMaker reset;
    private final PacketMaker flood;
    private final int steadyFlows;
    private long random = 88_172_645_463_325_252L;
    private int position;
    private long churned;
    private long flooded;
    private long lastFlow = Long.MAX_VALUE;
    private volatile boolean flooding;
    private volatile boolean ending;
    private volatile boolean ended;

    MixedTraffic(Arena arena, int steadyFlows) {
        this.steadyFlows = steadyFlows;
        steady = PacketMaker.udp(arena, SoakTopology.STEADY.endpoint(), SoakTopology.ANSWERING);
        udp = PacketMaker.udp(arena, SoakTopology.UDP_CHURN.endpoint(), SoakTopology.ANSWERING);
        flood = PacketMaker.udp(arena, SoakTopology.FLOOD.endpoint(), SoakTopology.SILENT);
        tcp =
                new PacketMaker[] {
                    segment(arena, Tcp.SYN),
                    segment(arena, Tcp.ACK),
                    segment(arena, Tcp.ACK | Tcp.PSH),
                    segment(arena, Tcp.ACK | Tcp.FIN)
                };
        reset = segment(arena, Tcp.RST);
    }

    private static PacketMaker segment(Arena arena, int flags) {
        return PacketMaker.tcp(
                arena, SoakTopology.TCP_CHURN.endpoint(), SoakTopology.ANSWERING, flags);
    }

    /// Turns the flood on or off.
    void flood(boolean on) {
        flooding = on;
    }

    /// Begins no new flow from now on, and ends when those under way have sent all.
    void end() {
        ending = true;
    }

    boolean isEnded() {
        return ended;
    }

    @Override
    public boolean make(long data) {
        if (ended) {
            return false;
        }
        if (position == CYCLE) {
            position = 0;
            churned++;
            if (ending && !endChurn()) {
                return false;
            }
        }
        int place = position++;
        if (place < UDP_PACKETS + TCP_PACKETS && churn(place, data)) {
            return true;
        }
        if (flooding && place % FLOOD_EACH == 0) {
            flood.make((int) (flooded++ % FLOWS), data);
            return true;
        }
        steady.make(randomFlow(), data);
        return true;
    }

    /// @return false if nothing is left to be sent
    private boolean endChurn() {
        if (lastFlow == Long.MAX_VALUE) {
            lastFlow = churned;
        }
        ended = churned - lastFlow > (long) LAG * TCP_PACKETS;
        return !ended;
    }

    private boolean churn(int place, long data) {
        boolean isUdp = place < UDP_PACKETS;
        int packet = isUdp ? place : place - UDP_PACKETS;
        long flow = churned - (long) packet * LAG;
        if (flow < 0 || flow >= lastFlow) {
            return false;
        }
        int number = (int) (flow % FLOWS);
        if (isUdp) {
            udp.make(number, data);
        } else if (packet == TCP_PACKETS - 1 && flow % 2 == 0) {
            reset.make(number, data);
        } else {
            tcp[packet].make(number, data);
        }
        return true;
    }

    private int randomFlow() {
        random ^= random << 13;
        random ^= random >>> 7;
        random ^= random << 17;
        return (int) (((random >>> 33) * steadyFlows) >>> 31);
    }
}
