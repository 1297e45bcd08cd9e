// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.path;

import static io.fullnat.core.packet.NeighbourDiscovery.targetHigh;
import static io.fullnat.core.packet.NeighbourDiscovery.targetLow;

import io.fullnat.api.IpAddress;
import io.fullnat.api.counter.Outcome;
import io.fullnat.core.address.Addresses;
import io.fullnat.core.open.FlowContext;
import io.fullnat.core.packet.Arp;
import io.fullnat.core.packet.Ethernet;
import io.fullnat.core.packet.Icmpv6;
import io.fullnat.core.packet.Ipv4;
import io.fullnat.core.packet.Ipv6;
import io.fullnat.core.packet.Ipv6Chain;
import io.fullnat.core.punt.PuntGate;
import io.fullnat.core.punt.PuntKind;
import io.fullnat.core.stack.Frame;
import io.fullnat.core.stack.NetworkView;
import org.jspecify.annotations.Nullable;

/// What goes to the kernel of that which arrives: decided when the balancer has found that it
/// handles a frame not, or, of ARP and neighbour discovery, when both have to hear it. Known
/// connections never come here. For the worker's thread.
///
/// - To whom: the port's own MAC address, all stations, and groups or further stations that the
///   kernel listens to. A frame that bears our own MAC address as its source has come back, and the
///   kernel must not hear itself.
/// - A local address is the balancer's alone, and so is a virtual address unless the settings say
///   otherwise. What is for an interface address and not for a service is the kernel's, and what is
///   for an address of which nothing is known.
/// - ARP requests and neighbour solicitations for interface addresses the balancer answers, for
///   both; all others may be for the kernel. Answers both may have asked for.
final class KernelPath {
    /// MAC addresses of virtual routers but for their last byte (VRRP, RFC 9568 §7.3).
    private static final long VIRTUAL_ROUTERS_4 = 0x00_00_5E_00_01L;

    private static final long VIRTUAL_ROUTERS_6 = 0x00_00_5E_00_02L;

    private final FlowContext context;
    private final PuntGate gate;
    private final PuntKinds kinds = new PuntKinds();
    private final Ipv6Chain chain = new Ipv6Chain();

    KernelPath(FlowContext context, PuntGate gate) {
        this.context = context;
        this.gate = gate;
    }

    /// Whether a packet of IP that is addressed to us and that no service uses is the kernel's:
    /// then nobody is told that it is not wanted.
    boolean takes(Frame frame) {
        return gate.isOn(frame.port()) && kind(frame) != null;
    }

    /// Whether what comes to an unused port of a virtual address is nobody's, not the kernel's
    /// either.
    ///
    /// @param tcp whether it is TCP, else UDP
    boolean drops(boolean tcp) {
        return gate.drops(tcp);
    }

    /// Whether those are answered who send to ports and protocols that nobody uses.
    boolean tellsOfUnusedPorts() {
        return gate.tellsOfUnusedPorts();
    }

    /// Whether a frame is to a virtual address by way of a virtual router that the kernel is now:
    /// it is balanced as one to the port's own address is.
    boolean isByVirtualRouter(Frame frame) {
        long mac = Ethernet.destination(frame.l2());
        return isVirtualRouter(mac)
                && gate.isOn(frame.port())
                && gate.listens(frame.port(), mac)
                && kinds.read(frame.l2(), frame.length())
                && kinds.isIp()
                && context.services().isVirtualAddress(kinds.high(), kinds.low());
    }

    private static boolean isVirtualRouter(long mac) {
        long block = mac >>> Byte.SIZE;
        return block == VIRTUAL_ROUTERS_4 || block == VIRTUAL_ROUTERS_6;
    }

    /// Whether a frame may be one that the kernel has sent, come back. Its question whether
    /// somebody has its address must find nobody, though the balancer has the same one.
    boolean hasComeBack(Frame frame) {
        return gate.isOn(frame.port()) && isOurs(frame);
    }

    /// Passes a copy on of an ARP packet, unless it asks for an address that the balancer answers
    /// for.
    ///
    /// @param frame before it is handled
    void arp(Frame frame) {
        if (!gate.isOn(frame.port()) || !isForUs(frame) || isOurs(frame)) {
            return;
        }
        long arp = frame.l3();
        boolean answered =
                frame.l3Length() >= Arp.LENGTH
                        && Arp.operation(arp) == Arp.OPERATION_REQUEST
                        && isOwnOf(frame, 0, IpAddress.mapped(Arp.targetAddress(arp)));
        if (!answered) {
            gate.copy(frame, PuntKind.ARP);
        }
    }

    /// Looks at a packet that has ended.
    ///
    /// @param outcome as the balancer sees it
    /// @return how it really ends
    Outcome ended(Frame frame, Outcome outcome) {
        if (!gate.isOn() || !gate.isOn(frame.port())) {
            return outcome;
        }
        return switch (outcome) {
            case DISCOVERY, DISCOVERY_IGNORED -> {
                heard(frame);
                yield outcome;
            }
            case UNKNOWN_ETHERTYPE,
                    UNKNOWN_VLAN,
                    UNKNOWN_PROTOCOL,
                    OTHER_HOST,
                    NO_SERVICE,
                    NOT_LOCAL ->
                    give(frame, outcome);
            case FRAGMENT -> isNothingInParts(frame) ? outcome : give(frame, outcome);
            case ICMP_IGNORED -> isOwnPing(frame) ? outcome : give(frame, outcome);
            case BAD_SOURCE -> isOfNeighbour(frame) ? give(frame, outcome) : outcome;
            default -> outcome;
        };
    }

    private Outcome give(Frame frame, Outcome otherwise) {
        PuntKind kind = kind(frame);
        return kind == null ? otherwise : gate.give(frame, kind);
    }

    /// Whether it is a ping of IPv6 that the balancer does not answer, as there are too many or the
    /// address may be another station's (RFC 4862 §5.4): the kernel must not answer it instead.
    private boolean isOwnPing(Frame frame) {
        long ip = frame.l3();
        return Ipv6.version(ip) == 6
                && chain.walk(ip, frame.l3Length()) == Ipv6Chain.RIGHT
                && chain.protocol() == Ipv6.NEXT_HEADER_ICMP
                && Icmpv6.type(chain.transport()) == Icmpv6.TYPE_ECHO_REQUEST
                && context.stack().view().isOwn(Ipv6.destinationHigh(ip), Ipv6.destinationLow(ip));
    }

    /// Whether it is a part of a packet that is not the kernel's, as the whole would not be: a ping
    /// of an address that the balancer answers for, what is for a service, or what is dropped at
    /// unused ports of virtual addresses. Parts behind the first do not say which port they are
    /// for, and are nothing without it.
    private boolean isNothingInParts(Frame frame) {
        if (!kinds.read(frame.l2(), frame.length())) {
            return false;
        }
        long high = kinds.high();
        long low = kinds.low();
        if (kinds.isPing()) {
            return context.stack().view().isOwn(high, low);
        }
        int transport = kinds.transport();
        boolean tcp = transport == Ipv4.PROTOCOL_TCP;
        return (tcp || transport == Ipv4.PROTOCOL_UDP)
                && context.services().isVirtualAddress(high, low)
                && (gate.drops(tcp)
                        || context.services().find(high, low, kinds.port(), transport) != null);
    }

    /// Whether it is a packet from another's link-local address, which is never forwarded, but by
    /// which routers speak to each other.
    private boolean isOfNeighbour(Frame frame) {
        return frame.device() != NetworkView.NONE
                && frame.l3Length() >= Ipv6.HEADER_LENGTH
                && Ipv6.version(frame.l3()) == 6
                && Addresses.isLinkLocal(Ipv6.sourceHigh(frame.l3()))
                && !isOwnOf(frame, Ipv6.sourceHigh(frame.l3()), Ipv6.sourceLow(frame.l3()));
    }

    private void heard(Frame frame) {
        PuntKind kind = isAnswered(frame) ? null : kind(frame);
        if (kind != null) {
            gate.copy(frame, kind);
        }
    }

    /// Whether it is a neighbour solicitation for an address of the balancer.
    private boolean isAnswered(Frame frame) {
        long icmp = frame.l3() + Ipv6.HEADER_LENGTH;
        return Ipv6.nextHeader(frame.l3()) == Ipv6.NEXT_HEADER_ICMP
                && Icmpv6.type(icmp) == Icmpv6.TYPE_NEIGHBOUR_SOLICITATION
                && isOwnOf(frame, targetHigh(icmp), targetLow(icmp));
    }

    private boolean isOwnOf(Frame frame, long high, long low) {
        return context.stack().view().isOwnOf(frame.device(), high, low);
    }

    /// The kind of a frame that goes to the kernel; null if it does not.
    private @Nullable PuntKind kind(Frame frame) {
        if (!isForUs(frame) || isOurs(frame)) {
            return null;
        }
        if (!kinds.read(frame.l2(), frame.length())) {
            return PuntKind.OTHER;
        }
        PuntKind routing = routing(frame.device());
        if (!kinds.isIp() || kinds.isGroup()) {
            return routing != null ? routing : notIp(frame);
        }
        if (frame.device() == NetworkView.NONE) { // a network of the kernel alone
            return routing != null ? routing : PuntKind.HOST;
        }
        long high = kinds.high();
        long low = kinds.low();
        if (context.services().isVirtualAddress(high, low)) {
            return gate.puntsVirtualAddresses() ? PuntKind.OTHER : null;
        }
        NetworkView view = context.stack().view();
        if (view.isLocalAddress(high, low)) {
            return null;
        }
        if (!isKnown(high, low)) {
            return PuntKind.OTHER;
        }
        return routing != null ? routing : PuntKind.HOST;
    }

    /// The routing protocol that speaks, if a station of the link does: anybody anywhere can send
    /// such packets to an interface address, and shares the rate of all who send there.
    private @Nullable PuntKind routing(int device) {
        PuntKind protocol = kinds.protocol();
        boolean near =
                protocol != null
                        && (kinds.isOfLink()
                                || (device != NetworkView.NONE
                                        && context.stack()
                                                .view()
                                                .isConnected(
                                                        device,
                                                        kinds.sourceHigh(),
                                                        kinds.sourceLow())));
        return near ? protocol : null;
    }

    /// Somebody listens to a group; nobody may do so to what comes to the port's own address.
    private PuntKind notIp(Frame frame) {
        return Ethernet.isGroup(frame.l2()) ? PuntKind.HOST : PuntKind.OTHER;
    }

    private boolean isKnown(long high, long low) {
        NetworkView view = context.stack().view();
        return view.isOwn(high, low)
                || view.isKernels(high, low)
                || Addresses.isLinkLocal(high); // it has one as soon as its interface is up
    }

    private boolean isForUs(Frame frame) {
        long mac = Ethernet.destination(frame.l2());
        return mac == mac(frame) || mac == Ethernet.BROADCAST || gate.listens(frame.port(), mac);
    }

    private boolean isOurs(Frame frame) {
        return Ethernet.source(frame.l2()) == mac(frame);
    }

    private long mac(Frame frame) {
        NetworkView view = context.stack().view();
        int device = view.deviceOf(frame.port(), 0);
        return device == NetworkView.NONE ? 0 : view.device(device).mac();
    }
}
