// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.punt;

import io.fullnat.api.Clock;
import io.fullnat.api.io.Memory;
import io.fullnat.api.io.PuntPort;
import io.fullnat.core.transmit.FaultLog;
import io.fullnat.core.transmit.LinkGate;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.agrona.BufferUtil;
import org.agrona.MutableDirectBuffer;
import org.agrona.concurrent.Agent;
import org.agrona.concurrent.MessageHandler;
import org.agrona.concurrent.UnsafeBuffer;
import org.agrona.concurrent.ringbuffer.OneToOneRingBuffer;

/// Moves frames between the workers' rings and the kernel's interfaces, those of routing protocols
/// first, and keeps the interfaces as their ports are: address, MTU, link. Each frame is a system
/// call, which no worker has to make.
///
/// Run by one thread.
public final class PuntAgent implements Agent {
    /// Frames of one kind that a worker's ring gives in one duty cycle.
    private static final int FRAMES_A_CYCLE = 64;

    /// What the kernel may send: the largest MTU with header and tag.
    private static final int LARGEST_FRAME = 16 << 10;

    private static final long INTERVAL_NS = TimeUnit.MILLISECONDS.toNanos(100);

    private final List<PuntLink> links;
    private final List<LinkGate> gates;
    private final Clock clock;
    private final FaultLog faults;
    private final MessageHandler onFrame = this::onFrame;
    private final UnsafeBuffer frame =
            new UnsafeBuffer(BufferUtil.allocateDirectAligned(LARGEST_FRAME, Long.BYTES));
    private PuntPort kernel;
    private long nextNs;

    /// An agent.
    ///
    /// @param links one or more
    /// @param gates of all ports, in order
    /// @param clock the balancer's
    /// @param faults where it is told what an interface has thrown
    public PuntAgent(List<PuntLink> links, List<LinkGate> gates, Clock clock, FaultLog faults) {
        this.links = List.copyOf(links);
        this.gates = List.copyOf(gates);
        this.clock = clock;
        this.faults = faults;
        kernel = links.getFirst().kernel();
        nextNs = clock.nanoTime();
    }

    @Override
    public int doWork() {
        long now = clock.nanoTime();
        boolean due = now - nextNs >= 0;
        if (due) {
            nextNs = now + INTERVAL_NS;
        }
        int work = 0;
        for (PuntLink link : links) {
            try {
                if (due) {
                    follow(link);
                }
                work += move(link);
            } catch (Throwable fault) {
                faults.report("the kernel's interface " + link.kernel().name(), fault);
            }
        }
        return work;
    }

    private void follow(PuntLink link) {
        boolean up = !gates.get(link.number()).isDown() && link.port().link().up();
        link.kernel().mirror(link.port().mac(), link.port().mtu(), up);
        link.listened(link.kernel().listened());
    }

    private int move(PuntLink link) {
        kernel = link.kernel();
        int moved = 0;
        for (PuntClass kind : PuntClass.values()) {
            for (int worker = 0; worker < link.workers(); worker++) {
                moved += link.toKernel(worker, kind).read(onFrame, FRAMES_A_CYCLE);
            }
        }
        return moved + fromKernel(link.fromKernel());
    }

    private void onFrame(int type, MutableDirectBuffer message, int at, int length) {
        kernel.toKernel(message.addressOffset() + at, length);
    }

    /// What finds no room stays the kernel's, which holds it back as a device's full queue would.
    private int fromKernel(OneToOneRingBuffer ring) {
        int taken = 0;
        int most = ring.maxMsgLength();
        while (taken < FRAMES_A_CYCLE && ring.capacity() - ring.size() > 2 * most) {
            int length = kernel.fromKernel(frame.addressOffset(), LARGEST_FRAME);
            if (length <= 0) {
                break;
            }
            int at = ring.tryClaim(PuntLink.FRAME, length);
            if (at >= 0) {
                Memory.copy(frame.addressOffset(), ring.buffer().addressOffset() + at, length);
                ring.commit(at);
            }
            taken++;
        }
        return taken;
    }

    @Override
    public String roleName() {
        return "fullnat-kernel";
    }
}
