// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.path;

import static io.fullnat.core.connection.ConnectionLayout.DIRECTION;
import static io.fullnat.core.connection.ConnectionLayout.INBOUND;

import io.fullnat.api.counter.Outcome;
import io.fullnat.api.io.Memory;
import io.fullnat.api.io.PacketBurst;
import io.fullnat.core.stack.Frame;
import io.fullnat.core.stack.NetworkView;

/// Makes packets of one family whose headers are plain ready to be translated by a flow, in their
/// place in the burst: opens their connection, looks its route up, moves its state on, as is
/// needed. For the worker's thread.
final class Preparation {
    /// Instead of a flow: the packet has come to its end.
    static final long ENDED = 0;

    /// Instead of a flow: the packet takes the whole way.
    static final long DIVERTED = -1;

    private final Family family;
    private final Arrivals arrivals;
    private final SessionStart sessions;
    private final Forwarder forwarder;
    private final SynProxyInput proxy;
    private final KernelPath kernel;
    private final PacketEnd end;
    private final Frame frame = new Frame();

    Preparation(
            Family family,
            Arrivals arrivals,
            SessionStart sessions,
            Forwarder forwarder,
            SynProxyInput proxy,
            KernelPath kernel,
            PacketEnd end) {
        this.family = family;
        this.arrivals = arrivals;
        this.sessions = sessions;
        this.forwarder = forwarder;
        this.proxy = proxy;
        this.kernel = kernel;
        this.end = end;
    }

    /// Makes a packet ready whose headers are plain and right. The packet itself is not changed but
    /// by its connection's modifier; [Forwarder#header()] is where it begins then.
    ///
    /// @param burst that it is in; its buffer is used up if the packet ends here
    /// @param i its place there
    /// @param port where it came in
    /// @param device by which it came, or [NetworkView#NONE]
    /// @param ip its IP header
    /// @param hash of its key
    /// @param known its connection's flow, or 0
    /// @return the flow; [#ENDED]; or [#DIVERTED] if it is to be handled by [SlowPath#process]
    long prepare(PacketBurst burst, int i, int port, int device, long ip, long hash, long known) {
        try {
            family.takePlain(ip);
            long flow = known == 0 ? family.find(ip, hash) : known;
            boolean opened = flow == 0;
            if (opened) {
                flow = open(burst, i, port, device, ip, hash);
                if (flow == ENDED) {
                    return ENDED;
                }
                if (forwarder.isFinished(flow)) {
                    return forward(burst.buffer(i), flow, true);
                }
            } else if (TransportInput.isPending(flow) || isAnother(flow, ip)) {
                return DIVERTED;
            } else if (device != NetworkView.NONE && forwarder.isFinished(flow)) {
                frame.set(burst.buffer(i), burst.data(i), burst.length(i), port);
                frame.link(device, (int) (ip - burst.data(i)));
                return forward(burst.buffer(i), flow, false);
            }
            long resolved = forwarder.resolve(flow, ip, device, opened);
            return resolved == flow ? flow : leave(burst.buffer(i), flow, resolved, opened);
        } catch (Throwable fault) {
            end.report(fault);
            end.end(burst.buffer(i), Outcome.FAULT);
            return ENDED;
        }
    }

    /// Whether a packet of a known tuple is not, or maybe not, of the connection that has it: one
    /// of a client.
    private boolean isAnother(long flow, long ip) {
        if (Memory.getByte(flow + DIRECTION) != INBOUND) {
            return false;
        }
        return family.isTcp(ip)
                ? SessionStart.asksAnew(family, flow, ip) || proxy.takes(flow, ip)
                : sessions.isTaken(flow, ip);
    }

    /// A packet is not to be translated here: it has ended, or takes another way.
    private long leave(long buffer, long flow, long resolved, boolean opened) {
        if (resolved == ENDED) {
            end.end(buffer, forwarder.limits().refusal());
        }
        if (opened && resolved == DIVERTED) {
            sessions.divert(buffer, flow);
        } else if (opened) {
            sessions.giveUp(flow);
        }
        return resolved;
    }

    /// Sends a packet on by itself, which is the one in the frame.
    private long forward(long buffer, long flow, boolean opened) {
        Outcome ended = forwarder.forward(frame, flow);
        if (opened && ended != null) {
            sessions.giveUp(flow);
        }
        end.end(buffer, ended == null ? null : kernel.ended(frame, ended));
        return ENDED;
    }

    /// What knows of the packet that was prepared last where its IP header is, and which second to
    /// note in its flow.
    Forwarder forwarder() {
        return forwarder;
    }

    /// Opens the connection of a plain packet that has none; its flow, or [#ENDED].
    private long open(PacketBurst burst, int i, int port, int device, long ip, long hash) {
        long buffer = burst.buffer(i);
        long data = burst.data(i);
        frame.set(buffer, data, burst.length(i), port);
        Outcome ended;
        if (device == NetworkView.NONE) {
            ended = Outcome.UNKNOWN_VLAN;
        } else {
            frame.link(device, (int) (ip - data));
            ended = arrivals.refusal(family, ip, device);
            if (ended == null) {
                long flow = sessions.open(frame, hash, 0);
                if (flow != 0) {
                    return flow;
                }
                ended = sessions.ended();
            }
        }
        end.end(buffer, ended == null ? null : kernel.ended(frame, ended));
        return ENDED;
    }
}
