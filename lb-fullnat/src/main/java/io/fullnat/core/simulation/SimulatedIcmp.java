// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.simulation;

import io.fullnat.api.Endpoint;
import io.fullnat.api.IpAddress;
import io.fullnat.api.io.Memory;
import io.fullnat.core.packet.Icmp;
import io.fullnat.core.packet.Ipv4;
import io.fullnat.core.packet.Udp;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;

/// ICMP of a [SimulatedHost], and ICMPv6: answers pings, sends pings, keeps the errors that arrive.
/// Belongs to the host's thread.
public final class SimulatedIcmp {
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
    public void ping(IpAddress destination, int identifier, int sequence, byte[] payload) {
        IcmpNumbers numbers = IcmpNumbers.of(destination);
        send(
                host.addressFor(destination),
                destination,
                numbers.echoRequest,
                0,
                identifier << 16 | sequence,
                payload);
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

    /// Says that nobody listens on a port (RFC 1122 §4.1.3.1, RFC 4443 §3.1).
    void portUnreachable(IpPacket packet) {
        IcmpNumbers numbers = IcmpNumbers.of(packet.source());
        int header = (int) (packet.transport() - packet.ip());
        int quoted = Math.min(packet.length(), numbers.quotedBytes(header));
        send(
                /* source= */ packet.destination(),
                /* destination= */ packet.source(),
                numbers.unreachable,
                numbers.portUnreachable,
                0,
                Memory.toBytes(packet.ip(), quoted));
    }

    void receive(IpPacket packet) {
        if (packet.transportLength() < Icmp.HEADER_LENGTH) {
            host.counters().malformed++;
        } else if (!packet.isChecksumRight()) {
            host.counters().badTransportChecksums++;
        } else {
            message(packet, IcmpNumbers.of(packet.source()));
        }
    }

    private void message(IpPacket packet, IcmpNumbers numbers) {
        long icmp = packet.transport();
        int type = Icmp.type(icmp);
        if (packet.isIpv6() && SimulatedDiscovery.takes(type)) {
            host.discovery().receive(packet);
        } else if (!host.hasAddress(packet.destination())) {
            host.counters().ignoredFrames++;
        } else if (type == numbers.echoRequest) {
            send(
                    /* source= */ packet.destination(),
                    /* destination= */ packet.source(),
                    numbers.echoReply,
                    0,
                    Icmp.identifier(icmp) << 16 | Icmp.sequence(icmp),
                    data(packet));
        } else if (type == numbers.echoReply) {
            replies.add(
                    new EchoReply(
                            packet.source(),
                            Icmp.identifier(icmp),
                            Icmp.sequence(icmp),
                            data(packet)));
        } else if (numbers.isError(type)) {
            error(packet, numbers);
        } else {
            host.counters().ignoredFrames++;
        }
    }

    private void send(
            IpAddress source, IpAddress destination, int type, int code, int rest, byte[] data) {
        host.send(
                host.packet(source, destination).icmp(type, code, rest).payload(data), destination);
    }

    private void error(IpPacket packet, IcmpNumbers numbers) {
        Quoted quoted = Quoted.of(packet);
        if (quoted == null) {
            host.counters().malformed++;
            return;
        }
        if (!quoted.headerRight()) {
            host.counters().badIpChecksums++;
            return;
        }
        int protocol = quoted.protocol();
        if (protocol != Ipv4.PROTOCOL_TCP && protocol != Ipv4.PROTOCOL_UDP) {
            host.counters().ignoredFrames++;
            return;
        }
        long l4 = quoted.transport();
        if (Udp.sourcePort(l4) == 0 || Udp.destinationPort(l4) == 0) {
            host.counters().malformed++;
            return;
        }
        long icmp = packet.transport();
        IcmpError error =
                new IcmpError(
                        packet.source(),
                        Icmp.type(icmp),
                        Icmp.code(icmp),
                        numbers.nextHopMtu(icmp),
                        protocol,
                        new Endpoint(quoted.source(), Udp.sourcePort(l4)),
                        new Endpoint(quoted.destination(), Udp.destinationPort(l4)));
        errors.add(error);
        if (protocol == Ipv4.PROTOCOL_TCP) {
            host.tcp().error(error);
        }
    }

    private static byte[] data(IpPacket packet) {
        return Memory.toBytes(
                packet.transport() + Icmp.HEADER_LENGTH,
                packet.transportLength() - Icmp.HEADER_LENGTH);
    }

    /// An answer to a ping.
    ///
    /// @param source who answered
    /// @param identifier of the series
    /// @param sequence within the series
    /// @param hex the data that came back, in hexadecimal digits
    public record EchoReply(IpAddress source, int identifier, int sequence, String hex) {
        private EchoReply(IpAddress source, int identifier, int sequence, byte[] data) {
            this(source, identifier, sequence, HexFormat.of().formatHex(data));
        }
    }
}
