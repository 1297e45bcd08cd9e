// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.simulation;

import io.fullnat.api.Endpoint;
import io.fullnat.api.Ipv4Address;
import io.fullnat.api.io.Memory;
import io.fullnat.core.packet.Checksum;
import io.fullnat.core.packet.Icmp;
import io.fullnat.core.packet.Ipv4;
import io.fullnat.core.packet.Udp;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;

/// ICMP of a [SimulatedHost]: answers pings, sends pings, keeps the errors that arrive. Belongs to
/// the host's thread.
public final class SimulatedIcmp {
    private static final int QUOTED_BYTES = 8;
    private static final int PORTS_END = 4;

    private final SimulatedHost host;
    private final List<EchoReply> replies = new ArrayList<>();
    private final List<IcmpError> errors = new ArrayList<>();

    SimulatedIcmp(SimulatedHost host) {
        this.host = host;
    }

    /// Sends an echo request.
    ///
    /// @param destination who is to answer
    /// @param identifier of the series, 0 to 65535
    /// @param sequence within the series, 0 to 65535
    /// @param payload what is to come back
    public void ping(Ipv4Address destination, int identifier, int sequence, byte[] payload) {
        host.send(
                host.frame()
                        .ipv4(host.address(), destination)
                        .echoRequest(identifier, sequence)
                        .payload(payload),
                destination);
    }

    /// The answers to pings, in order of arrival.
    ///
    /// @return a copy
    public List<EchoReply> replies() {
        return List.copyOf(replies);
    }

    /// The errors about packets of this host, in order of arrival.
    ///
    /// @return a copy
    public List<IcmpError> errors() {
        return List.copyOf(errors);
    }

    /// Says that nobody listens on a port (RFC 1122 §4.1.3.1).
    void portUnreachable(long ip) {
        Ipv4Address sender = new Ipv4Address(Ipv4.source(ip));
        Ipv4Address own = new Ipv4Address(Ipv4.destination(ip));
        int quoted = Math.min(Ipv4.totalLength(ip), Ipv4.headerLength(ip) + QUOTED_BYTES);
        host.send(
                host.frame()
                        .ipv4(own, sender)
                        .icmp(Icmp.TYPE_DESTINATION_UNREACHABLE, Icmp.CODE_PORT_UNREACHABLE, 0)
                        .payload(Memory.toBytes(ip, quoted)),
                sender);
    }

    void receive(long ip) {
        if (Ipv4.payloadLength(ip) < Icmp.HEADER_LENGTH) {
            host.counters().malformed++;
        } else if (!Checksum.isIcmpValid(ip)) {
            host.counters().badTransportChecksums++;
        } else {
            message(ip, Ipv4.payload(ip));
        }
    }

    private void message(long ip, long icmp) {
        Ipv4Address sender = new Ipv4Address(Ipv4.source(ip));
        int type = Icmp.type(icmp);
        if (type == Icmp.TYPE_ECHO_REQUEST) {
            Ipv4Address own = new Ipv4Address(Ipv4.destination(ip));
            host.send(
                    host.frame()
                            .ipv4(own, sender)
                            .echoReply(Icmp.identifier(icmp), Icmp.sequence(icmp))
                            .payload(data(ip, icmp)),
                    sender);
        } else if (type == Icmp.TYPE_ECHO_REPLY) {
            replies.add(
                    new EchoReply(
                            sender, Icmp.identifier(icmp), Icmp.sequence(icmp), data(ip, icmp)));
        } else if (Icmp.isError(type)) {
            error(ip, icmp, sender);
        } else {
            host.counters().ignoredFrames++;
        }
    }

    private void error(long ip, long icmp, Ipv4Address reporter) {
        long quoted = icmp + Icmp.HEADER_LENGTH;
        int available = Ipv4.payloadLength(ip) - Icmp.HEADER_LENGTH;
        boolean readable =
                available >= Ipv4.MIN_HEADER_LENGTH
                        && Ipv4.version(quoted) == 4
                        && Ipv4.headerLength(quoted) >= Ipv4.MIN_HEADER_LENGTH
                        && available >= Ipv4.headerLength(quoted) + PORTS_END;
        if (!readable) {
            host.counters().malformed++;
            return;
        }
        if (!Checksum.isIpv4HeaderValid(quoted)) {
            host.counters().badIpChecksums++;
            return;
        }
        int protocol = Ipv4.protocol(quoted);
        if (protocol != Ipv4.PROTOCOL_TCP && protocol != Ipv4.PROTOCOL_UDP) {
            host.counters().ignoredFrames++;
            return;
        }
        long l4 = Ipv4.payload(quoted);
        if (Udp.sourcePort(l4) == 0 || Udp.destinationPort(l4) == 0) {
            host.counters().malformed++;
            return;
        }
        IcmpError error =
                new IcmpError(
                        reporter,
                        Icmp.type(icmp),
                        Icmp.code(icmp),
                        Icmp.nextHopMtu(icmp),
                        protocol,
                        endpoint(Ipv4.source(quoted), Udp.sourcePort(l4)),
                        endpoint(Ipv4.destination(quoted), Udp.destinationPort(l4)));
        errors.add(error);
        if (protocol == Ipv4.PROTOCOL_TCP) {
            host.tcp().error(error);
        }
    }

    private static Endpoint endpoint(int address, int port) {
        return new Endpoint(new Ipv4Address(address), port);
    }

    private static byte[] data(long ip, long icmp) {
        return Memory.toBytes(
                icmp + Icmp.HEADER_LENGTH, Ipv4.payloadLength(ip) - Icmp.HEADER_LENGTH);
    }

    /// An answer to a ping.
    ///
    /// @param source who answered
    /// @param identifier of the series
    /// @param sequence within the series
    /// @param hex the data that came back, in hexadecimal digits
    public record EchoReply(Ipv4Address source, int identifier, int sequence, String hex) {
        private EchoReply(Ipv4Address source, int identifier, int sequence, byte[] data) {
            this(source, identifier, sequence, HexFormat.of().formatHex(data));
        }
    }
}
