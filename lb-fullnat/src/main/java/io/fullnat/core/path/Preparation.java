// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.path;

import io.fullnat.api.counter.Outcome;
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
    /// by its connection's modifier; [#header()] is where it begins then.
    ///
    /// @param buffer its handle, used up if the packet ends here
    /// @param data its first byte
    /// @param length its length
    /// @param port where it came in
    /// @param device by which it came, or [NetworkView#NONE]
    /// @param ip its IP header
    /// @param hash of its key
    /// @param known its connection's flow, or 0
    /// @return the flow; [#ENDED]; or [#DIVERTED] if it is to be handled by [SlowPath#process]
    long prepare(
            long buffer,
            long data,
            int length,
            int port,
            int device,
            long ip,
            long hash,
            long known) {
        try {
            family.takePlain(ip);
            long flow = known == 0 ? family.find(ip, hash) : known;
            if (flow == 0) {
                flow = open(buffer, data, length, port, device, ip, hash);
                if (flow == ENDED) {
                    return ENDED;
                }
                if (forwarder.isFinished(flow)) {
                    return forward(buffer, flow, true);
                }
                long resolved = resolve(buffer, flow, ip, device);
                if (resolved == DIVERTED) {
                    sessions.divert(buffer, flow);
                } else if (resolved == ENDED) {
                    sessions.giveUp(flow);
                }
                return resolved;
            } else if (TransportInput.isPending(flow) || isAnother(flow, ip)) {
                return DIVERTED;
            } else if (device != NetworkView.NONE && forwarder.isFinished(flow)) {
                frame.set(buffer, data, length, port);
                frame.link(device, (int) (ip - data));
                return forward(buffer, flow, false);
            }
            return resolve(buffer, flow, ip, device);
        } catch (Throwable fault) {
            end.report(fault);
            end.end(buffer, Outcome.FAULT);
            return ENDED;
        }
    }

    /// Whether a packet of a known tuple is not, or maybe not, of the connection that has it.
    private boolean isAnother(long flow, long ip) {
        return family.isTcp(ip)
                ? SessionStart.asksAnew(family, flow, ip) || proxy.takes(flow, ip)
                : sessions.isTaken(flow, ip);
    }

    private long resolve(long buffer, long flow, long ip, int device) {
        long resolved = forwarder.resolve(flow, ip, device);
        if (resolved == ENDED) {
            end.end(buffer, forwarder.limits().refusal());
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

    /// Where the IP header is of the packet that was prepared last.
    long header() {
        return forwarder.header();
    }

    /// The second to note in the flow of the packet that was prepared last.
    int seen() {
        return forwarder.seen();
    }

    /// Opens the connection of a plain packet that has none; its flow, or [#ENDED].
    private long open(
            long buffer, long data, int length, int port, int device, long ip, long hash) {
        frame.set(buffer, data, length, port);
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
