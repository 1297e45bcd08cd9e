// SPDX-License-Identifier: Apache-2.0
package io.fullnat.balancer.trace;

import io.fullnat.api.Endpoint;
import io.fullnat.api.FlowTuple;
import io.fullnat.api.MacAddress;
import io.fullnat.api.Protocol;
import io.fullnat.api.control.ConnectionInfo;
import io.fullnat.balancer.pcap.FrameHeaders;
import io.fullnat.core.packet.PacketBuilder;
import io.fullnat.core.packet.Tcp;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/// Gives a copy the connections that were there before, by the packets that make them: in the state
/// that they have, with the sequence numbers that the frame fits. For one thread.
final class Formers {
    /// States in which the client has sent its FIN.
    private static final Set<String> CLIENT_CLOSED = Set.of("CLOSE_WAIT", "LAST_ACK", "TIME_WAIT");

    /// States in which the server has.
    private static final Set<String> SERVER_CLOSED = Set.of("FIN_WAIT", "LAST_ACK", "TIME_WAIT");

    private static final Set<String> HALF_OPEN =
            Set.of("TCP_NONE", "SYN_RECV", "SYN_SENT", "SYNACK", "UDP_NONE", "UDP_ONEWAY");

    private final Copy copy;
    private final Optional<ConnectionInfo> own;
    private final TracedFrame client;
    private final int clientNext;
    private final int serverNext;

    /// @param frame that is to come
    /// @param client any frame of the client
    Formers(Copy copy, TracedFrame frame, TracedFrame client) {
        this.copy = copy;
        own = frame.connection();
        this.client = client;
        int ofClient = TracedFrame.CLIENT_NEXT;
        int ofServer = TracedFrame.SERVER_NEXT;
        FrameHeaders headers = frame.headers();
        if (frame.given()
                && frame.connection().isPresent()
                && headers.hasPorts()
                && headers.protocol() == FrameHeaders.TCP) {
            int l4 = headers.transport();
            int sequence = headers.word(l4 + 4);
            boolean acknowledges = (headers.at(l4 + 13) & Tcp.ACK) != 0;
            int acknowledged = headers.word(l4 + 8);
            Endpoint source = new Endpoint(headers.source(), headers.sourcePort());
            if (TracedFrame.isOfClient(source, frame.connection().get())) {
                ofClient = sequence;
                ofServer = acknowledges ? acknowledged : ofServer;
            } else {
                ofServer = sequence;
                ofClient = acknowledges ? acknowledged : ofClient;
            }
        }
        clientNext = ofClient;
        serverNext = ofServer;
    }

    /// Gives a service its connections.
    ///
    /// @return how many of them are not there then, but for the frame's own
    int begin(ServiceCopy service) {
        boolean sticky =
                service.status()
                        .map(each -> each.service().policy().persistence().isPresent())
                        .orElse(true);
        for (Former former : service.formers()) {
            if (sticky) {
                copy.forgetTemplates(former.service()); // each goes to a server of its own
            }
            copy.schedulers().overrule(former.service(), service.configured(former.server()));
            open(former);
            copy.schedulers().overrule(former.service(), null);
        }
        boolean lasts = service.counted().flatMap(Counted::template).isPresent();
        if (sticky && !service.formers().isEmpty() && !lasts) {
            service.status().ifPresent(each -> copy.forgetTemplates(each.service().key()));
        }
        return (int) service.formers().stream().filter(this::isMissing).count();
    }

    private boolean isMissing(Former former) {
        return !isOfFrame(former) && copy.connection(former.tuple()).isEmpty();
    }

    private boolean isOfFrame(Former former) {
        return own.filter(each -> each.client().equals(former.tuple().source())).isPresent();
    }

    private void open(Former former) {
        boolean tcp = former.tuple().protocol() == Protocol.TCP;
        if (!tcp) {
            openDatagrams(former);
            return;
        }
        int clientFin = CLIENT_CLOSED.contains(former.state()) ? 1 : 0;
        int serverFin = SERVER_CLOSED.contains(former.state()) ? 1 : 0;
        int clientData = clientNext - clientFin;
        int serverData = serverNext - serverFin;
        Optional<Wires.Left> begun = toServer(former, segment(former, Tcp.SYN, clientData - 1, 0));
        if (begun.isEmpty() || HALF_OPEN.contains(former.state())) {
            return;
        }
        Wires.Left there = begun.get();
        answer(there, Tcp.SYN | Tcp.ACK, serverData - 1, clientData);
        send(segment(former, Tcp.ACK, clientData, serverData));
        if (serverFin == 1) {
            answer(there, Tcp.FIN | Tcp.ACK, serverData, clientData);
        }
        if (clientFin == 1) {
            send(segment(former, Tcp.FIN | Tcp.ACK, clientData, serverNext));
        }
        if (former.state().equals("TIME_WAIT")) {
            answer(there, Tcp.ACK, serverNext, clientNext);
        }
        if (former.state().equals("TCP_CLOSE")) {
            answer(there, Tcp.RST | Tcp.ACK, serverData, clientData);
        }
    }

    private void openDatagrams(Former former) {
        Optional<Wires.Left> begun = toServer(former, datagram(former));
        if (begun.isPresent() && !HALF_OPEN.contains(former.state())) {
            Wires.Left there = begun.get();
            FrameHeaders headers = new FrameHeaders(there.bytes());
            copy.wires()
                    .send(
                            there.port(),
                            back(headers)
                                    .udp(
                                            /* sourcePort= */ headers.destinationPort(),
                                            /* destinationPort= */ headers.sourcePort())
                                    .payload("trace")
                                    .toBytes());
            copy.exchange();
        }
    }

    private PacketBuilder link() {
        FrameHeaders headers = client.headers();
        long to = copy.wires().mac(client.port()).bits();
        long from = headers.mac(6);
        PacketBuilder builder = PacketBuilder.ethernet(new MacAddress(from), new MacAddress(to));
        return headers.vlan() > 0 ? builder.vlan(headers.vlan()) : builder;
    }

    private byte[] segment(Former former, int flags, int sequence, int acknowledgement) {
        FlowTuple tuple = former.tuple();
        PacketBuilder builder = link();
        TracedFrame.ends(builder, tuple);
        return builder.tcp(tuple.source().port(), tuple.destination().port())
                .flags(flags)
                .sequence(sequence)
                .acknowledgement(acknowledgement)
                .window(65_535)
                .toBytes();
    }

    private byte[] datagram(Former former) {
        FlowTuple tuple = former.tuple();
        PacketBuilder builder = link();
        TracedFrame.ends(builder, tuple);
        return builder.udp(tuple.source().port(), tuple.destination().port())
                .payload("trace")
                .toBytes();
    }

    private List<Wires.Left> send(byte[] bytes) {
        copy.wires().send(client.port(), bytes);
        return copy.exchange();
    }

    private Optional<Wires.Left> toServer(Former former, byte[] bytes) {
        return send(bytes).stream()
                .filter(left -> {
                    FrameHeaders headers = new FrameHeaders(left.bytes());
                    return headers.isIp()
                            && headers.hasPorts()
                            && headers.destination().equals(former.server().address());
                })
                .findFirst();
    }

    private void answer(Wires.Left there, int flags, int sequence, int acknowledgement) {
        FrameHeaders headers = new FrameHeaders(there.bytes());
        copy.wires()
                .send(
                        there.port(),
                        back(headers)
                                .tcp(
                                        /* sourcePort= */ headers.destinationPort(),
                                        /* destinationPort= */ headers.sourcePort())
                                .flags(flags)
                                .sequence(sequence)
                                .acknowledgement(acknowledgement)
                                .window(65_535)
                                .toBytes());
        copy.exchange();
    }

    private static PacketBuilder back(FrameHeaders headers) {
        PacketBuilder builder =
                PacketBuilder.ethernet(
                        new MacAddress(headers.mac(0)), new MacAddress(headers.mac(6)));
        if (headers.vlan() > 0) {
            builder.vlan(headers.vlan());
        }
        if (headers.type() == FrameHeaders.TYPE_IPV4) {
            return builder.ipv4(headers.destination().toString(), headers.source().toString());
        }
        return builder.ipv6(headers.destination().toString(), headers.source().toString());
    }
}
