// SPDX-License-Identifier: Apache-2.0
package io.fullnat.balancer.trace;

import io.fullnat.api.BalancerException;
import io.fullnat.api.Endpoint;
import io.fullnat.api.ErrorCode;
import io.fullnat.api.FlowTuple;
import io.fullnat.api.IpAddress;
import io.fullnat.api.Ipv4Address;
import io.fullnat.api.Ipv6Address;
import io.fullnat.api.MacAddress;
import io.fullnat.api.Protocol;
import io.fullnat.api.control.BalancerStatus;
import io.fullnat.api.control.ConnectionFilter;
import io.fullnat.api.control.ConnectionInfo;
import io.fullnat.api.control.Control;
import io.fullnat.api.control.NeighbourStatus;
import io.fullnat.api.io.PacketPort;
import io.fullnat.api.network.AddressKey;
import io.fullnat.balancer.pcap.FrameHeaders;
import io.fullnat.balancer.run.Operations;
import io.fullnat.core.packet.PacketBuilder;
import io.fullnat.core.packet.Tcp;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;

/// The frame whose way is to be told, and where it arrives. Immutable, as long as nobody changes
/// the bytes.
///
/// @param bytes all of it
/// @param port where it arrives, by number
/// @param given whether the frame was given; else it was made of a tuple
/// @param tuple of it, or of the packet that an ICMP error quotes; empty if it has none
/// @param connection which has that tuple
/// @param arrival where it arrives, and why there, in words
@SuppressWarnings("ArrayRecordComponent") // nobody compares them
public record TracedFrame(
        byte[] bytes,
        int port,
        boolean given,
        Optional<FlowTuple> tuple,
        Optional<ConnectionInfo> connection,
        String arrival) {
    /// What client and server of a connection that is there have sent so far, in frames that are
    /// made.
    static final int CLIENT_NEXT = 1_000_001;

    static final int SERVER_NEXT = 2_000_001;

    private static final long MADE_UP_MAC = 0x0200_00FE_0001L;
    private static final int QUOTE = 8;
    private static final int MAX_VLAN = 4094;

    /// A packet with a tuple: a SYN, a segment of the connection if there is one, or a datagram.
    ///
    /// @param operations of the balancer
    /// @param asked its source first, as it comes, or as the balancer sends it on
    /// @param device where it arrives; where the route to its source leads if not said
    /// @return a frame
    /// @throws BalancerException if the device is none, or both ends are of different families
    public static TracedFrame of(Operations operations, FlowTuple asked, Optional<String> device) {
        IpAddress given = asked.source().address();
        if (given.bitLength() != asked.destination().address().bitLength()) {
            throw new BalancerException(
                    ErrorCode.INVALID_ARGUMENT,
                    "no packet goes from "
                            + given
                            + " to "
                            + asked.destination().address()
                            + ": they are of different families");
        }
        Optional<ConnectionInfo> connection = connection(operations.control(), asked);
        FlowTuple tuple = connection.map(found -> received(asked, found)).orElse(asked);
        IpAddress from = tuple.source().address();
        BalancerStatus status = operations.control().status();
        Optional<Way> back = Way.to(from, status);
        String arrives =
                device.or(() -> back.map(Way::device))
                        .or(() -> deviceOf(tuple.destination().address(), status))
                        .orElse(operations.io().ports().getFirst().name());
        Link link = Link.of(operations, arrives);
        AddressKey hop = back.map(Way::hopKey).orElseGet(() -> AddressKey.of(from, arrives));
        MacAddress source = mac(operations, hop).orElse(madeUp());
        PacketBuilder frame = PacketBuilder.ethernet(source, link.mac);
        link.vlan.ifPresent(frame::vlan);
        ends(frame, tuple);
        if (tuple.protocol() == Protocol.TCP) {
            segment(frame, tuple, connection);
        } else {
            frame.udp(tuple.source().port(), tuple.destination().port()).payload("trace");
        }
        String why =
                device.isPresent()
                        ? ""
                        : back.isPresent()
                                ? ", where the route to its source leads"
                                : ", as no route leads to its source";
        return new TracedFrame(
                frame.toBytes(), link.port, false, Optional.of(tuple), connection, arrives + why);
    }

    /// The packet that comes for one that a connection has the balancer send.
    private static FlowTuple received(FlowTuple asked, ConnectionInfo connection) {
        if (asked.source().equals(connection.virtual())) {
            return new FlowTuple(asked.protocol(), connection.server(), connection.local());
        }
        return asked.source().equals(connection.local())
                ? new FlowTuple(asked.protocol(), connection.client(), connection.virtual())
                : asked;
    }

    private static void segment(
            PacketBuilder frame, FlowTuple tuple, Optional<ConnectionInfo> connection) {
        frame.tcp(tuple.source().port(), tuple.destination().port());
        if (connection.isEmpty()) {
            frame.flags(Tcp.SYN).sequence(CLIENT_NEXT - 1);
            return;
        }
        boolean ofClient = isOfClient(tuple.source(), connection.get());
        frame.flags(Tcp.ACK)
                .sequence(ofClient ? CLIENT_NEXT : SERVER_NEXT)
                .acknowledgement(ofClient ? SERVER_NEXT : CLIENT_NEXT);
    }

    /// Whether a packet of a connection goes to its real server.
    static boolean isOfClient(Endpoint source, ConnectionInfo connection) {
        return source.equals(connection.client()) || source.equals(connection.local());
    }

    private static MacAddress madeUp() {
        return new MacAddress(MADE_UP_MAC);
    }

    private static Optional<String> deviceOf(IpAddress own, BalancerStatus status) {
        return status.addresses().stream()
                .filter(each -> each.address().prefix().address().equals(own))
                .map(each -> each.address().device())
                .findFirst();
    }

    static void ends(PacketBuilder frame, FlowTuple tuple) {
        if (tuple.source().address() instanceof Ipv4Address from
                && tuple.destination().address() instanceof Ipv4Address to) {
            frame.ipv4(from, to);
        } else if (tuple.source().address() instanceof Ipv6Address
                && tuple.destination().address() instanceof Ipv6Address) {
            frame.ipv6(
                    tuple.source().address().toString(), tuple.destination().address().toString());
        }
    }

    private static Optional<MacAddress> mac(Operations operations, AddressKey hop) {
        return operations.control().neighbours().stream()
                .filter(each -> AddressKey.of(each.address(), each.device()).equals(hop))
                .map(NeighbourStatus::mac)
                .flatMap(Optional::stream)
                .findFirst();
    }

    /// A frame as it is.
    ///
    /// @param operations of the balancer
    /// @param bytes all of it
    /// @param device where it arrives; if not said, the port whose MAC address it bears, else where
    ///   the route to its source leads
    /// @return the frame
    /// @throws BalancerException if the device is none, or the frame is none that could arrive
    public static TracedFrame of(Operations operations, byte[] bytes, Optional<String> device) {
        FrameHeaders headers = new FrameHeaders(bytes);
        List<? extends PacketPort> ports = operations.io().ports();
        OptionalInt addressed = OptionalInt.empty();
        for (int port = 0; port < ports.size(); port++) {
            if (ports.get(port).mac().bits() == headers.mac(0) && addressed.isEmpty()) {
                addressed = OptionalInt.of(port);
            }
        }
        Optional<String> back =
                headers.isIp()
                        ? Way.to(headers.source(), operations.control().status()).map(Way::device)
                        : Optional.empty();
        int port;
        String why;
        if (device.isPresent()) {
            Link link = Link.of(operations, device.get());
            link.vlan.ifPresent(vlan -> checkTag(device.get(), vlan, headers));
            port = link.port;
            why = "";
        } else if (addressed.isPresent()) {
            port = addressed.getAsInt();
            why = ", whose MAC address it bears";
        } else {
            port = back.map(name -> Link.of(operations, name).port).orElse(0);
            why =
                    back.isPresent()
                            ? ", where the route to its source leads"
                            : ", as nothing tells where";
        }
        PacketPort at = ports.get(port);
        int longest = at.mtu() + 18;
        if (bytes.length < 14 || bytes.length > longest) {
            throw new BalancerException(
                    ErrorCode.INVALID_ARGUMENT,
                    "a frame of "
                            + bytes.length
                            + " bytes cannot arrive at "
                            + at.name()
                            + ": 14-"
                            + longest
                            + " can");
        }
        Optional<FlowTuple> tuple = tuple(headers, bytes);
        return new TracedFrame(
                bytes,
                port,
                true,
                tuple,
                tuple.flatMap(found -> connection(operations.control(), found)),
                device.orElse(at.name()) + why);
    }

    /// The connection of a tuple.
    ///
    /// @param control of the running balancer, or of a copy
    static Optional<ConnectionInfo> connection(Control control, FlowTuple tuple) {
        List<ConnectionInfo> found = new ArrayList<>();
        control.connections(
                ConnectionFilter.of(tuple),
                connection -> {
                    found.add(connection);
                    return false;
                });
        return found.stream().findFirst();
    }

    private static Optional<FlowTuple> tuple(FrameHeaders headers, byte[] bytes) {
        if (headers.isIp() && headers.hasPorts()) {
            return Optional.of(
                    new FlowTuple(
                            headers.protocol() == FrameHeaders.TCP ? Protocol.TCP : Protocol.UDP,
                            new Endpoint(headers.source(), headers.sourcePort()),
                            new Endpoint(headers.destination(), headers.destinationPort())));
        }
        return quoted(headers, bytes).flatMap(quote -> tuple(new FrameHeaders(quote), quote));
    }

    /// The packet that an ICMP error quotes, behind a header of Ethernet.
    static Optional<byte[]> quoted(FrameHeaders headers, byte[] bytes) {
        boolean icmp =
                headers.protocol() == FrameHeaders.ICMP
                        || headers.protocol() == FrameHeaders.ICMPV6;
        int from = headers.transport() + QUOTE;
        if (!icmp || headers.transport() < 0 || from >= headers.end() || !isError(headers)) {
            return Optional.empty();
        }
        ByteBuffer frame = ByteBuffer.allocate(14 + headers.end() - from);
        frame.putShort(12, (short) headers.type());
        frame.put(14, bytes, from, headers.end() - from);
        return Optional.of(frame.array());
    }

    /// A frame arrives in the VLAN that its own tag names.
    private static void checkTag(String device, int vlan, FrameHeaders headers) {
        if (headers.vlan() != vlan) {
            throw new BalancerException(
                    ErrorCode.INVALID_ARGUMENT,
                    "the frame cannot arrive at "
                            + device
                            + ": "
                            + (headers.vlan() < 0
                                    ? "it has no VLAN tag"
                                    : "its VLAN tag is " + headers.vlan()));
        }
    }

    private static boolean isError(FrameHeaders headers) {
        int type = headers.at(headers.transport());
        return headers.protocol() == FrameHeaders.ICMPV6
                ? type >= 1 && type <= 4
                : type == 3 || type == 11 || type == 12;
    }

    /// What its headers say.
    public FrameHeaders headers() {
        return new FrameHeaders(bytes);
    }

    /// All addresses that it names.
    Set<IpAddress> addresses() {
        Set<IpAddress> all = new HashSet<>();
        FrameHeaders headers = headers();
        if (headers.isIp()) {
            all.add(headers.source());
            all.add(headers.destination());
        }
        headers.target().ifPresent(all::add);
        tuple.ifPresent(found -> {
            all.add(found.source().address());
            all.add(found.destination().address());
        });
        connection.ifPresent(found -> {
            all.add(found.virtual().address());
            all.add(found.local().address());
        });
        return all;
    }

    /// Where frames of a device are.
    ///
    /// @param port by number
    /// @param vlan of the device's frames, empty without a tag
    /// @param mac the port's
    record Link(int port, Optional<Integer> vlan, MacAddress mac) {
        static Link of(Operations operations, String device) {
            List<? extends PacketPort> ports = operations.io().ports();
            int dot = device.lastIndexOf('.');
            String before = dot < 0 ? device : device.substring(0, dot);
            String behind = dot < 0 ? "" : device.substring(dot + 1);
            for (int port = 0; port < ports.size(); port++) {
                PacketPort each = ports.get(port);
                if (each.name().equals(device)) {
                    return new Link(port, Optional.empty(), each.mac());
                }
                if (each.name().equals(before) && behind.matches("[0-9]{1,4}")) {
                    int vlan = Integer.parseInt(behind);
                    if (vlan < 1 || vlan > MAX_VLAN) {
                        throw new BalancerException(
                                ErrorCode.INVALID_ARGUMENT,
                                device + ": a VLAN is a number from 1 to " + MAX_VLAN);
                    }
                    return new Link(port, Optional.of(vlan), each.mac());
                }
            }
            throw new BalancerException(
                    ErrorCode.NO_PORT,
                    "no port \""
                            + device
                            + "\"; there are "
                            + String.join(", ", ports.stream().map(PacketPort::name).toList()));
        }
    }
}
