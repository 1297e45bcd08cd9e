// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.path;

import static io.fullnat.core.connection.ConnectionLayout.DIRECTION;
import static io.fullnat.core.connection.ConnectionLayout.INBOUND;

import io.fullnat.api.counter.Counter;
import io.fullnat.api.counter.Outcome;
import io.fullnat.api.io.Memory;
import io.fullnat.core.connection.ConnectionLayout;
import io.fullnat.core.connection.FormerStream;
import io.fullnat.core.connection.TcpMoves;
import io.fullnat.core.cookie.SynCookies;
import io.fullnat.core.open.ConnectionOpener;
import io.fullnat.core.open.FlowContext;
import io.fullnat.core.open.SynProxies;
import io.fullnat.core.packet.Ethernet;
import io.fullnat.core.packet.Ipv6;
import io.fullnat.core.packet.Tcp;
import io.fullnat.core.service.ProxiedSyns;
import io.fullnat.core.service.ServiceEntry;
import io.fullnat.core.stack.Frame;
import io.fullnat.core.stack.StackContext;
import io.fullnat.core.translate.Fragmenter;
import io.fullnat.core.transmit.Transmitter;
import org.jspecify.annotations.Nullable;

/// Where SYNs to services with a SYN proxy end, and where the acknowledgements of their answers
/// begin a connection: packets of one family that have none, or one that is over. A SYN is answered
/// in its own buffer and leaves nothing behind. For the worker's thread.
final class SynProxyInput {
    private final FlowContext context;
    private final StackContext stack;
    private final SynProxies proxies;
    private final Family family;
    private final ConnectionOpener opener;
    private final Rejection rejection;
    private final ServerHandshakes handshakes;
    private final Strays strays = new Strays();

    SynProxyInput(
            FlowContext context,
            Family family,
            ConnectionOpener opener,
            Rejection rejection,
            ServerHandshakes handshakes) {
        this.context = context;
        stack = context.stack();
        proxies = context.synProxies();
        this.family = family;
        this.opener = opener;
        this.rejection = rejection;
        this.handshakes = handshakes;
    }

    /// Whether a packet is a SYN that is answered here.
    ///
    /// @param service to which it goes
    /// @param ip its IP header
    boolean answers(ServiceEntry service, long ip) {
        ProxiedSyns proxied = service.proxiedSyns();
        return proxied != null && family.isFirst(ip) && proxies.isActive(service, proxied);
    }

    /// Whether a packet of a known connection is nothing to that: the connection is over, and its
    /// client begins another one under the same tuple, by a SYN that is answered here, or by an
    /// acknowledgement of such an answer.
    ///
    /// @param flow of the connection
    /// @param ip the packet's IP header
    boolean takes(long flow, long ip) {
        if (Memory.getByte(flow + DIRECTION) != INBOUND
                || !context.services().hasTcpPolicies()
                || !family.isTcp(ip)
                || !TcpMoves.isOver(flow)) {
            return false;
        }
        ServiceEntry service = service(ip);
        return service != null
                && (answers(service, ip) || (acknowledges(service, ip) && !isLate(flow, ip)));
    }

    private boolean isLate(long flow, long ip) {
        long bytes = context.table().shifts().inboundBytes(flow);
        return FormerStream.mayHave(flow, number(flow, ip), bytes);
    }

    /// The number of a segment as the connection's real server would get it.
    private int number(long flow, long ip) {
        int sequence = Tcp.sequence(family.transport(ip));
        return ConnectionLayout.isShifted(flow)
                ? sequence + (int) context.table().shifts().of(flow)
                : sequence;
    }

    private @Nullable ServiceEntry service(long ip) {
        return context.services()
                .find(
                        family.destinationHigh(ip),
                        family.destinationLow(ip),
                        family.destinationPort(ip),
                        family.protocol(ip));
    }

    private boolean acknowledges(ServiceEntry service, long ip) {
        ProxiedSyns proxied = service.proxiedSyns();
        if (proxied == null) {
            return false;
        }
        between(ip);
        long l4 = family.transport(ip);
        return proxies.check(l4, proxied)
                && !context.handshakes().isSpent(Tcp.acknowledgement(l4) - 1, Tcp.sequence(l4) - 1);
    }

    private void between(long ip) {
        proxies.between(
                family.sourceHigh(ip),
                family.sourceLow(ip),
                family.destinationHigh(ip),
                family.destinationLow(ip));
    }

    /// Receives a packet that is taken instead of its connection, which is over.
    ///
    /// @param frame the packet
    /// @param hash of its key
    /// @param flow of its connection
    /// @return how it ended; null if its buffer has gone its way
    @Nullable Outcome receive(Frame frame, long hash, long flow) {
        ServiceEntry service = service(frame.l3());
        if (service == null) {
            return Outcome.NO_SERVICE;
        }
        Outcome outcome = receive(frame, hash, flow, service);
        if (outcome != null) {
            context.traffic().refusals().count(service.slot(), outcome);
        }
        return outcome;
    }

    private @Nullable Outcome receive(Frame frame, long hash, long flow, ServiceEntry service) {
        if (family.hopLimit(frame.l3()) <= 1) {
            rejection.timeExceeded(frame, service);
            return Outcome.TTL_EXPIRED;
        }
        if (family.isFirst(frame.l3())) {
            Outcome limited =
                    context.trafficLimits().refusal(service, family.totalLength(frame.l3()));
            return limited == null ? answer(frame, hash, service) : limited;
        }
        if (!family.isSumRight(frame.l3())) {
            return Outcome.BAD_TCP_CHECKSUM;
        }
        context.life().end(flow);
        return begin(frame, hash, service);
    }

    /// Answers a SYN, if a connection could be opened for it now.
    ///
    /// @param frame with the SYN
    /// @param hash of its key
    /// @param service to which it goes
    /// @return how it ended; null if it was answered in its buffer
    @Nullable Outcome answer(Frame frame, long hash, ServiceEntry service) {
        long ip = frame.l3();
        ProxiedSyns proxied = service.proxiedSyns();
        if (proxied == null || Ethernet.isGroup(frame.l2())) {
            return Outcome.OTHER_HOST;
        }
        if (!family.isSumRight(ip)) {
            return Outcome.BAD_TCP_CHECKSUM;
        }
        Outcome refusal = family.refusal(opener, ip, hash, service, frame.device());
        if (refusal != null) {
            rejection.unserved(frame, service, refusal);
            return refusal;
        }
        between(ip);
        SynCookies cookies = proxies.answer(family.transport(ip), service, proxied);
        send(frame, ip, cookies, proxied);
        stack.counters().end(Outcome.SYN_ANSWERED, frame.buffer());
        return null;
    }

    /// From here on nothing of the SYN is read any more.
    private void send(Frame frame, long ip, SynCookies cookies, ProxiedSyns proxied) {
        long clientHigh = family.sourceHigh(ip);
        long clientLow = family.sourceLow(ip);
        long serviceHigh = family.destinationHigh(ip);
        long serviceLow = family.destinationLow(ip);
        int header = family.shortestHeader();
        int mtu = stack.view().device(frame.device()).mtu();
        boolean ipv6 = header == Ipv6.HEADER_LENGTH;
        int segment = cookies.write(ip + header, proxied.segmentSize(ipv6, mtu));
        family.writeAnswer(ip, serviceHigh, serviceLow, clientHigh, clientLow, segment);
        long l2 = frame.l2();
        Ethernet.destination(l2, Ethernet.source(l2));
        Ethernet.source(l2, stack.view().device(frame.device()).mac());
        int length = frame.headerLength() + header + segment;
        if (length < Fragmenter.MIN_FRAME) {
            Memory.zero(l2 + length, Fragmenter.MIN_FRAME - length);
            length = Fragmenter.MIN_FRAME;
        }
        stack.transmitter(frame.port()).add(frame.buffer(), l2, length, Transmitter.OWN);
    }

    /// Whether a packet without a connection may acknowledge a cookie.
    ///
    /// @param service to which it goes
    /// @param ip its IP header
    boolean mayAcknowledge(ServiceEntry service, long ip) {
        return service.proxiedSyns() != null && family.isTcp(ip) && family.isAcknowledgement(ip);
    }

    /// Receives a packet without a connection that may acknowledge a cookie: begins a connection if
    /// it does; resets its sender else, but for the first time.
    ///
    /// @param frame the packet
    /// @param hash of its key
    /// @param service to which it goes
    /// @return how it ended; null if its buffer has gone its way
    @Nullable Outcome acknowledge(Frame frame, long hash, ServiceEntry service) {
        if (acknowledges(service, frame.l3())) {
            return family.isSumRight(frame.l3())
                    ? begin(frame, hash, service)
                    : Outcome.BAD_TCP_CHECKSUM;
        }
        if (strays.isRepeated(hash, stack.nowNs())) {
            rejection.noConnection(frame, service.answerPort());
        }
        return Outcome.COOKIE_REFUSED;
    }

    /// Begins the connection of the cookie that was checked last.
    private @Nullable Outcome begin(Frame frame, long hash, ServiceEntry service) {
        stack.counters().count(Counter.COOKIES_ACCEPTED);
        return handshakes.begin(frame, hash, service, proxies.terms());
    }
}
