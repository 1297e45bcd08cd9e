// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.stack;

import io.fullnat.api.counter.Counter;
import io.fullnat.api.io.Memory;
import io.fullnat.api.io.PacketBurst;
import io.fullnat.core.packet.Ethernet;
import io.fullnat.core.packet.Vlan;
import io.fullnat.core.transmit.Transmitter;

/// Frames of the balancer's own. Answers go back the way the question came: to the frame's sender,
/// on its port and VLAN, so that they need neither route nor neighbour.
final class LinkAnswers {
    /// The shortest frame without its check sequence (IEEE 802.3 §3.2.8): shorter ones are padded
    /// with zeros, so that no old bytes of the buffer leave with them.
    private static final int MIN_FRAME = 60;

    private final StackContext context;
    private final PacketBurst fresh = new PacketBurst(1);

    LinkAnswers(StackContext context) {
        this.context = context;
    }

    /// Gets a buffer with a link header towards the sender of a frame; 0 if none is left. The
    /// caller writes the packet at the address and calls [#send].
    long startAnswer(Frame frame) {
        if (!allocate()) {
            return 0;
        }
        long l2 = fresh.data(0);
        Memory.copy(frame.l2(), l2, frame.headerLength());
        Ethernet.destination(l2, Ethernet.source(frame.l2()));
        Ethernet.source(l2, context.view().device(frame.device()).mac());
        return l2 + frame.headerLength();
    }

    /// Gets a buffer with a link header to a destination; 0 if none is left.
    long start(Device device, long destination, int type) {
        if (!allocate()) {
            return 0;
        }
        long l2 = fresh.data(0);
        if (device.vlan() == 0) {
            Ethernet.writeHeader(l2, destination, device.mac(), type);
            return l2 + Ethernet.HEADER_LENGTH;
        }
        Ethernet.writeHeader(l2, destination, device.mac(), Ethernet.TYPE_VLAN);
        Vlan.control(l2, device.vlan());
        Vlan.type(l2, type);
        return l2 + Ethernet.HEADER_LENGTH + Vlan.TAG_LENGTH;
    }

    private boolean allocate() {
        fresh.clear();
        return context.allocate(fresh);
    }

    /// Sends what was started.
    void send(int port, long l3, int l3Length, Counter counter) {
        long l2 = fresh.data(0);
        int length = (int) (l3 - l2) + l3Length;
        if (length < MIN_FRAME) {
            Memory.zero(l2 + length, MIN_FRAME - length);
            length = MIN_FRAME;
        }
        context.transmitter(port).add(fresh.buffer(0), l2, length, Transmitter.OWN);
        context.counters().count(counter);
    }

    /// Turns a received frame round and sends it: source and destination exchanged.
    void sendBack(Frame frame) {
        long l2 = frame.l2();
        Ethernet.destination(l2, Ethernet.source(l2));
        Ethernet.source(l2, context.view().device(frame.device()).mac());
        context.transmitter(frame.port()).add(frame.buffer(), l2, frame.length(), Transmitter.OWN);
    }
}
