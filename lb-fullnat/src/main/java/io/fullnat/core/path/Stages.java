// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.path;

import io.fullnat.core.open.ConnectionOpener;
import io.fullnat.core.open.FlowContext;
import io.fullnat.core.stack.Neighbourhood;
import io.fullnat.core.translate.Identifications;

/// The stages of the slow path that exist once for each family, made to fit each other.
final class Stages {
    private final ErrorAnswers errors;
    private final Rejection rejection;
    private final TransportInput transport;
    private final FragmentInput fragments;
    private final IcmpTranslator translator;
    private final Preparation preparation;
    private final ServerHandshakes handshakes;

    /// The stages of one family.
    ///
    /// @param worker what they share
    /// @param family whose packets they handle
    /// @param errors what they say of packets
    /// @param crossing how packets leave in the other family
    /// @param quotation how they read ICMP errors
    Stages(
            Worker worker,
            Family family,
            ErrorAnswers errors,
            Crossing crossing,
            Quotation quotation) {
        this.errors = errors;
        FlowContext context = worker.context;
        Arrivals arrivals = worker.arrivals;
        Forwarder forwarder =
                new Forwarder(
                        context,
                        family,
                        errors,
                        crossing,
                        worker.neighbourhood,
                        worker.datagrams,
                        worker.identifications);
        rejection = new Rejection(family, errors, worker.kernel);
        NoSession noSession = new NoSession(context, family, arrivals, worker.peers, rejection);
        handshakes =
                new ServerHandshakes(
                        context, family, forwarder, errors, worker.opener, worker.segments);
        SynProxyInput proxy =
                new SynProxyInput(context, family, worker.opener, rejection, handshakes);
        SessionStart sessions =
                new SessionStart(
                        context,
                        family,
                        worker.opener,
                        rejection,
                        noSession,
                        worker.datagrams,
                        proxy);
        ServerAnswers answers =
                new ServerAnswers(
                        context, family, forwarder, errors, worker.segments, worker.families);
        transport = new TransportInput(family, sessions, forwarder, handshakes, answers, proxy);
        fragments = new FragmentInput(worker, family, sessions, noSession, proxy, forwarder);
        translator = new IcmpTranslator(context, quotation, forwarder, worker.peers, arrivals);
        preparation =
                new Preparation(
                        family, arrivals, sessions, forwarder, proxy, worker.kernel, worker.end);
    }

    /// What is said about packets.
    ErrorAnswers errors() {
        return errors;
    }

    /// What clients hear that are not served.
    Rejection rejection() {
        return rejection;
    }

    /// Where TCP and UDP go.
    TransportInput transport() {
        return transport;
    }

    /// Where fragments go.
    FragmentInput fragments() {
        return fragments;
    }

    /// Where ICMP errors about connections go.
    IcmpTranslator translator() {
        return translator;
    }

    /// Where plain packets of the fast path are prepared.
    Preparation preparation() {
        return preparation;
    }

    /// Where handshakes are made for clients of the family.
    ServerHandshakes handshakes() {
        return handshakes;
    }

    /// What the stages of both families of a worker share.
    record Worker(
            FlowContext context,
            Neighbourhood neighbourhood,
            Peers peers,
            Arrivals arrivals,
            ConnectionOpener opener,
            KernelPath kernel,
            PacketEnd end,
            DatagramFlows datagrams,
            FragmentTable fragments,
            EarlyFragments early,
            Identifications identifications,
            HandshakeSegments segments,
            HandshakeFamilies families) {}
}
