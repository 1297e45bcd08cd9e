// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.punt;

import io.fullnat.api.control.LeftoverPolicy;
import io.fullnat.api.counter.Counter;
import io.fullnat.api.counter.Outcome;
import io.fullnat.api.io.Memory;
import io.fullnat.api.io.PacketBurst;
import io.fullnat.api.network.PuntSettings;
import io.fullnat.api.service.ServicePolicy.Refusal;
import io.fullnat.core.packet.Ethernet;
import io.fullnat.core.packet.Vlan;
import io.fullnat.core.stack.Frame;
import io.fullnat.core.stack.StackContext;
import io.fullnat.core.tap.Tap;
import io.fullnat.core.transmit.Transmitter;
import java.util.List;
import org.agrona.MutableDirectBuffer;
import org.agrona.concurrent.MessageHandler;
import org.agrona.concurrent.ringbuffer.OneToOneRingBuffer;
import org.jspecify.annotations.Nullable;

/// One worker's way to the kernel and back: polices what goes there, copies it, counts. The first
/// worker sends what the kernel sends, behind the packets of its own and only while these leave
/// room. For the worker's thread.
public final class PuntGate {
    /// Frames of the kernel that leave in one duty cycle, each port's.
    private static final int FRAMES_A_CYCLE = 32;

    /// The shortest frame without its check sequence (IEEE 802.3 §3.2.8).
    private static final int MIN_FRAME = 60;

    private final StackContext context;
    private final int worker;
    private final PuntLink[] links;
    private final @Nullable PuntLink[] byPort;
    private final @Nullable PuntRates[] rates;
    private final MessageHandler onFrame = this::onFrame;
    private final PacketBurst fresh = new PacketBurst(1);
    private LeftoverPolicy policy;
    private int sendingPort;
    private int sendingMost;

    /// The way of one worker.
    ///
    /// @param context the worker's
    /// @param worker its number
    /// @param links of all ports that have an interface of the kernel
    public PuntGate(StackContext context, int worker, List<PuntLink> links) {
        this.context = context;
        this.worker = worker;
        this.links = links.toArray(PuntLink[]::new);
        policy = context.view().leftovers();
        byPort = new PuntLink[1 + links.stream().mapToInt(PuntLink::number).max().orElse(-1)];
        rates = new PuntRates[byPort.length];
        for (PuntLink link : links) {
            byPort[link.number()] = link;
        }
        renewRates();
    }

    /// Takes over what becomes of packets that nothing explains. Rates that are others begin anew.
    ///
    /// @param next from the next packet on
    @SuppressWarnings("ReferenceEquality") // what was not changed is the same
    public void become(LeftoverPolicy next) {
        if (next == policy) {
            return;
        }
        boolean renewed = !next.punting().equals(policy.punting());
        policy = next;
        if (renewed) {
            renewRates();
        }
    }

    private void renewRates() {
        for (PuntLink link : links) {
            rates[link.number()] = new PuntRates(policy.punting(), link.workers());
        }
    }

    /// Whether those are answered who send to ports and protocols that nobody uses.
    ///
    /// @return as the policy says
    public boolean tellsOfUnusedPorts() {
        return policy.unusedPorts() == Refusal.REJECT;
    }

    /// Whether any port has an interface of the kernel.
    ///
    /// @return false if nothing is ever punted
    public boolean isOn() {
        return links.length > 0;
    }

    /// Whether a port has one.
    ///
    /// @param port its number
    /// @return true if frames that arrive there can be punted
    public boolean isOn(int port) {
        return port < byPort.length && byPort[port] != null;
    }

    /// Whether what nobody uses of a virtual address goes to the kernel.
    ///
    /// @return as the policy says
    public boolean puntsVirtualAddresses() {
        return policy.punting().virtualAddresses();
    }

    /// Whether what comes to an unused port of a virtual address is dropped in silence, whether any
    /// port has an interface of the kernel or none.
    ///
    /// @param tcp whether it is TCP, else UDP
    /// @return as the policy says
    public boolean drops(boolean tcp) {
        PuntSettings punting = policy.punting();
        return tcp ? punting.dropsTcp() : punting.dropsUdp();
    }

    /// Whether the kernel wants frames to an address that is neither its port's nor all stations'.
    ///
    /// @param port by which they come
    /// @param mac of a group or a station, in the low 48 bits
    /// @return true if it listens to it
    public boolean listens(int port, long mac) {
        PuntLink link = byPort[port];
        return link != null && link.listens(mac);
    }

    /// Gives a frame to the kernel.
    ///
    /// @param frame by a port for which [#isOn(int)]; stays the caller's
    /// @param kind which says its queue and its rate
    /// @return [Outcome#PUNTED], or why not
    public Outcome give(Frame frame, PuntKind kind) {
        PuntRates rate = rates[frame.port()];
        PuntLink link = byPort[frame.port()];
        if (link == null || rate == null || !rate.take(kind, context.nowNs())) {
            return Outcome.PUNT_LIMITED;
        }
        OneToOneRingBuffer ring = link.toKernel(worker, kind.queue());
        if (frame.length() > ring.maxMsgLength()) {
            return Outcome.PUNT_FULL;
        }
        int at = ring.tryClaim(PuntLink.FRAME, frame.length());
        if (at < 0) {
            return Outcome.PUNT_FULL;
        }
        Memory.copy(frame.l2(), ring.buffer().addressOffset() + at, frame.length());
        ring.commit(at);
        return Outcome.PUNTED;
    }

    /// Gives a copy to the kernel of what the balancer has heard itself.
    ///
    /// @param frame by a port for which [#isOn(int)]; stays the caller's
    /// @param kind which says its queue and its rate
    public void copy(Frame frame, PuntKind kind) {
        boolean given = give(frame, kind) == Outcome.PUNTED;
        context.counters().count(given ? Counter.PUNT_COPIES : Counter.PUNT_COPIES_LOST);
    }

    /// Takes frames of the kernel and hands them to the ports, by the one worker that does that.
    ///
    /// @return how many
    public int send() {
        int sent = 0;
        if (worker == PuntLink.SENDER) {
            for (PuntLink link : links) {
                sendingPort = link.number();
                sendingMost = longest(link);
                int room = context.transmitter(sendingPort).roomForOthers();
                sent += link.fromKernel().read(onFrame, Math.min(room, FRAMES_A_CYCLE));
            }
        }
        return sent;
    }

    private int longest(PuntLink link) {
        int frame = link.mtu() + Ethernet.HEADER_LENGTH + Vlan.TAG_LENGTH;
        return Math.min(frame, context.pool().dataCapacity());
    }

    private void onFrame(int type, MutableDirectBuffer message, int at, int length) {
        fresh.clear();
        if (length > sendingMost || !context.allocate(fresh)) {
            context.counters().count(Counter.KERNEL_FRAMES_LOST);
            return;
        }
        long data = fresh.data(0);
        Memory.copy(message.addressOffset() + at, data, length);
        int padded = length;
        if (length < MIN_FRAME) {
            Memory.zero(data + length, MIN_FRAME - length);
            padded = MIN_FRAME;
        }
        Tap tap = context.counters().tap();
        if (tap != null) {
            tap.ofKernel(fresh.buffer(0), data, padded, sendingPort);
        }
        context.transmitter(sendingPort).add(fresh.buffer(0), data, padded, Transmitter.OWN);
        context.counters().count(Counter.KERNEL_FRAMES);
    }
}
