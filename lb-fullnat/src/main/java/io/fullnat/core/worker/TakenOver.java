// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.worker;

import io.fullnat.api.counter.Counter;
import io.fullnat.api.io.PacketBurst;
import io.fullnat.core.path.FastPath;
import io.fullnat.core.path.SlowPath;
import io.fullnat.core.stack.NeighbourStack;
import io.fullnat.core.tap.Tap;
import io.fullnat.core.transmit.WorkerCounters;
import org.agrona.MutableDirectBuffer;
import org.agrona.concurrent.MessageHandler;

/// What a worker does with messages of the others: packets that are its to handle, and what they
/// have heard of neighbours. For its thread.
final class TakenOver implements MessageHandler {
    private final WorkerCounters counters;
    private final NeighbourStack links;
    private final FastPath fast;
    private final SlowPath slow;
    private final PacketBurst taken;

    TakenOver(
            WorkerCounters counters,
            NeighbourStack links,
            FastPath fast,
            SlowPath slow,
            int burstSize) {
        this.counters = counters;
        this.links = links;
        this.fast = fast;
        this.slow = slow;
        taken = new PacketBurst(burstSize);
    }

    @Override
    public void onMessage(int type, MutableDirectBuffer message, int at, int length) {
        if (type == HandOff.NEIGHBOUR) {
            links.heardElsewhere(
                    message.getInt(at + 20),
                    message.getInt(at + 16),
                    message.getLong(at),
                    message.getLong(at + 8),
                    message.getLong(at + 24));
            return;
        }
        counters.count(Counter.TAKEN_OVER, length / HandOff.PACKET_LENGTH);
        Tap tap = counters.tap();
        int burstPort = -1;
        taken.clear();
        for (int packet = at; packet < at + length; packet += HandOff.PACKET_LENGTH) {
            int port = message.getShort(packet + 20);
            int hopsDone = message.getShort(packet + 22);
            if (hopsDone > 0 || port != burstPort || taken.isFull()) {
                processTaken(burstPort);
                burstPort = port;
            }
            long buffer = message.getLong(packet);
            long data = message.getLong(packet + 8);
            int bytes = message.getInt(packet + 16);
            if (tap != null) {
                tap.received(buffer, data, bytes, port);
            }
            if (hopsDone > 0) {
                slow.process(buffer, data, bytes, 0, port, hopsDone);
            } else {
                taken.add(buffer, data, bytes, PacketBurst.IP_CHECKSUM_GOOD);
            }
        }
        processTaken(burstPort);
    }

    private void processTaken(int port) {
        if (taken.size() > 0) {
            fast.process(taken, port);
            taken.clear();
        }
    }
}
