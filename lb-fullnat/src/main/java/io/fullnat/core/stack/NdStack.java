// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.stack;

import static io.fullnat.core.packet.NeighbourDiscovery.FLAG_OVERRIDE;
import static io.fullnat.core.packet.NeighbourDiscovery.FLAG_SOLICITED;
import static io.fullnat.core.packet.NeighbourDiscovery.OPTION_LENGTH;
import static io.fullnat.core.packet.NeighbourDiscovery.OPTION_NONCE;
import static io.fullnat.core.packet.NeighbourDiscovery.OPTION_SOURCE_LINK_ADDRESS;
import static io.fullnat.core.packet.NeighbourDiscovery.OPTION_TARGET_LINK_ADDRESS;
import static io.fullnat.core.stack.ArpStack.NeighbourUpdates.ANSWERED;
import static io.fullnat.core.stack.ArpStack.NeighbourUpdates.ANSWERED_MEEKLY;
import static io.fullnat.core.stack.ArpStack.NeighbourUpdates.SPOKE;
import static io.fullnat.core.stack.ArpStack.NeighbourUpdates.SPOKE_MEEKLY;

import io.fullnat.api.counter.Counter;
import io.fullnat.api.counter.Outcome;
import io.fullnat.core.address.Addresses;
import io.fullnat.core.packet.Ethernet;
import io.fullnat.core.packet.Icmpv6;
import io.fullnat.core.packet.Ipv6;
import io.fullnat.core.packet.Ipv6Chain;
import io.fullnat.core.packet.NeighbourDiscovery;

/// The messages of one worker's links over IPv6: neighbour discovery (RFC 4861) and multicast
/// listeners (RFC 3810). Answers for own addresses, hears neighbours, and other stations that claim
/// own addresses (RFC 4862 §5.4).
///
/// - Only what has come with hop limit 255 is of this link, and only options that are right are
///   read (§7.1).
/// - The key of what an advertisement says is its target, the MAC address that of its option; only
///   one that was asked for proves that the neighbour is there (§7.2.5).
/// - Routers and redirects are not listened to: routes are configured.
///
/// A message arrives at one worker; what it says about a neighbour is passed to the others.
public final class NdStack {
    private static final int SOLICITATION = Icmpv6.TYPE_NEIGHBOUR_SOLICITATION;
    private static final int ADVERTISEMENT = Icmpv6.TYPE_NEIGHBOUR_ADVERTISEMENT;
    private static final int ROUTER_SOLICITATION_LENGTH = 8;
    private static final int ROUTER_ADVERTISEMENT_LENGTH = 16;
    private static final long GROUP_HIGH = NeighbourDiscovery.LINK_GROUP_HIGH;
    private static final long ALL = NeighbourDiscovery.ALL_NODES_LOW;

    private final StackContext context;
    private final Neighbours neighbours;
    private final ArpStack.NeighbourUpdates updates;
    private final AddressDefence defence;
    private final AddressStates states;
    private final ListenerReports reports;
    private final LinkAnswers answers;

    NdStack(
            StackContext context,
            Neighbours neighbours,
            ArpStack.NeighbourUpdates updates,
            AddressDefence defence,
            AddressStates states,
            ListenerReports reports) {
        this.context = context;
        this.neighbours = neighbours;
        this.updates = updates;
        this.defence = defence;
        this.states = states;
        this.reports = reports;
        answers = new LinkAnswers(context);
    }

    /// Whether a message of ICMPv6 is one of those that [#receive] takes, whomever it is for: of
    /// neighbour discovery or of multicast listeners.
    ///
    /// @param type of the message
    /// @return false for errors, pings and all others
    public static boolean handles(int type) {
        return (type >= Icmpv6.TYPE_LISTENER_QUERY && type <= Icmpv6.TYPE_REDIRECT)
                || type == Icmpv6.TYPE_LISTENER_REPORT_2;
    }

    /// Receives a message, to a group perhaps.
    ///
    /// @param frame its packet, which stays the caller's
    /// @param chain the packet's headers, which are right; it is no fragment
    /// @return how it ended
    public Outcome receive(Frame frame, Ipv6Chain chain) {
        int type = Icmpv6.type(chain.transport());
        return switch (type) {
            case Icmpv6.TYPE_LISTENER_QUERY -> reports.query(frame, chain);
            case Icmpv6.TYPE_LISTENER_REPORT,
                    Icmpv6.TYPE_LISTENER_DONE,
                    Icmpv6.TYPE_LISTENER_REPORT_2 ->
                    isOfListener(frame.l3()) ? Outcome.DISCOVERY_IGNORED : Outcome.BAD_DISCOVERY;
            default -> discovery(frame, chain, type);
        };
    }

    /// Whether what another listener says is of this link: with hop limit 1, to a group, from a
    /// link-local address or, for want of one, from none (RFC 3590; RFC 3810 §5).
    private static boolean isOfListener(long ip) {
        long high = Ipv6.sourceHigh(ip);
        return Ipv6.hopLimit(ip) == 1
                && Addresses.isGroup(Ipv6.destinationHigh(ip))
                && (Addresses.isLinkLocal(high)
                        || Addresses.isUnspecified(high, Ipv6.sourceLow(ip)));
    }

    private Outcome discovery(Frame frame, Ipv6Chain chain, int type) {
        long ip = frame.l3();
        long icmp = chain.transport();
        if (!isRight(ip, chain, type)) {
            return Outcome.BAD_DISCOVERY;
        }
        if (!isToUs(frame)) {
            return Outcome.OTHER_HOST;
        }
        return switch (type) {
            case SOLICITATION -> solicited(frame, icmp, chain.transportLength());
            case ADVERTISEMENT -> advertised(frame, icmp, chain.transportLength());
            default -> Outcome.DISCOVERY_IGNORED;
        };
    }

    /// What all messages have in common (§6.1, §7.1, §8.1; RFC 6980: never in fragments).
    private static boolean isRight(long ip, Ipv6Chain chain, int type) {
        long icmp = chain.transport();
        int fixed =
                switch (type) {
                    case Icmpv6.TYPE_ROUTER_SOLICITATION -> ROUTER_SOLICITATION_LENGTH;
                    case Icmpv6.TYPE_ROUTER_ADVERTISEMENT -> ROUTER_ADVERTISEMENT_LENGTH;
                    case Icmpv6.TYPE_REDIRECT -> NeighbourDiscovery.REDIRECT_LENGTH;
                    default -> NeighbourDiscovery.LENGTH;
                };
        return Ipv6.hopLimit(ip) == Ipv6.MAX_HOP_LIMIT
                && chain.transportLength() >= fixed
                && Icmpv6.code(icmp) == 0
                && chain.fragment() == 0
                && NeighbourDiscovery.areOptionsRight(
                        icmp + fixed, chain.transportLength() - fixed);
    }

    private boolean isToUs(Frame frame) {
        long high = Ipv6.destinationHigh(frame.l3());
        long low = Ipv6.destinationLow(frame.l3());
        int device = frame.device();
        if (Addresses.isGroup(high)) {
            return context.view().groups().has(device, high, low);
        }
        return !Ethernet.isGroup(frame.l2()) && context.view().isOwnOf(device, high, low);
    }

    /// Whether no station of a device's link can have an address, as it is ours. Link-local ones
    /// that we have on other links may be others' on this one.
    private boolean isOwn(int device, long high, long low) {
        NetworkView view = context.view();
        return Addresses.isLinkLocal(high)
                ? view.isOwnOf(device, high, low)
                : view.isOwn(high, low);
    }

    /// A MAC address that a station can have, and that is not ours; else 0.
    private long believable(long mac) {
        boolean group = ((mac >>> 40) & 1) != 0;
        return group || context.view().isOwnMac(mac) ? 0 : mac;
    }

    /// The value of an option of eight bytes; 0 if there is none.
    private static long value(long icmp, int length, int type) {
        long options = icmp + NeighbourDiscovery.LENGTH;
        long option = NeighbourDiscovery.option(options, length - NeighbourDiscovery.LENGTH, type);
        boolean there = option != 0 && NeighbourDiscovery.optionLength(option) == OPTION_LENGTH;
        return there ? NeighbourDiscovery.optionValue(option) : 0;
    }

    /// §7.2.3, §7.2.4.
    private Outcome solicited(Frame frame, long icmp, int length) {
        long ip = frame.l3();
        int device = frame.device();
        long targetHigh = NeighbourDiscovery.targetHigh(icmp);
        long targetLow = NeighbourDiscovery.targetLow(icmp);
        long sourceHigh = Ipv6.sourceHigh(ip);
        long sourceLow = Ipv6.sourceLow(ip);
        if (Addresses.isGroup(targetHigh) || isMapped(ip, targetHigh, targetLow)) {
            return Outcome.BAD_DISCOVERY;
        }
        boolean ours = context.view().isOwnOf(device, targetHigh, targetLow);
        AddressStates.State state = states.find(device, targetHigh, targetLow);
        boolean valid = state != null && state.value() == AddressStates.VALID;
        if (Addresses.isUnspecified(sourceHigh, sourceLow)) {
            if (!isProbe(ip, icmp, length)) {
                return Outcome.BAD_DISCOVERY;
            }
            if (ours && state != null) {
                probed(frame, state, value(icmp, length, OPTION_NONCE));
            }
            return Outcome.DISCOVERY;
        }
        if (!Addresses.isUnicast(sourceHigh, sourceLow)) {
            return Outcome.BAD_SOURCE;
        }
        long from = believable(Ethernet.source(frame.l2()));
        if (from == 0) {
            return Outcome.DISCOVERY_IGNORED; // our own that came back, or nobody's
        }
        long mac = believable(value(icmp, length, OPTION_SOURCE_LINK_ADDRESS));
        if (isOwn(device, sourceHigh, sourceLow)) {
            claimed(device, sourceHigh, sourceLow, mac == 0 ? from : mac);
            return Outcome.DISCOVERY;
        }
        if (ours && valid) {
            if (mac != 0) {
                learn(SPOKE, device, sourceHigh, sourceLow, mac, true);
            }
            answer(frame, mac == 0 ? from : mac, targetHigh, targetLow);
        }
        return Outcome.DISCOVERY;
    }

    /// Whether source or target is an address of IPv4, mapped: as such neighbours of IPv4 are kept,
    /// of whom ARP alone tells.
    private static boolean isMapped(long ip, long targetHigh, long targetLow) {
        return Addresses.isIpv4(targetHigh, targetLow)
                || Addresses.isIpv4(Ipv6.sourceHigh(ip), Ipv6.sourceLow(ip));
    }

    /// Whether a question from no address is one for duplicates (§7.1.1).
    private static boolean isProbe(long ip, long icmp, int length) {
        long options = icmp + NeighbourDiscovery.LENGTH;
        int optionsLength = length - NeighbourDiscovery.LENGTH;
        long group = NeighbourDiscovery.solicitedNodeLow(NeighbourDiscovery.targetLow(icmp));
        return Ipv6.destinationHigh(ip) == GROUP_HIGH
                && Ipv6.destinationLow(ip) == group
                && NeighbourDiscovery.option(options, optionsLength, OPTION_SOURCE_LINK_ADDRESS)
                        == 0;
    }

    /// Another station wants to have an own address (RFC 4862 §5.4.3), or our own question has come
    /// back.
    private void probed(Frame frame, AddressStates.State state, long nonce) {
        NetworkView.Own own = state.own();
        if (state.isOwn(nonce)) {
            state.loop();
        } else if (state.value() == AddressStates.VALID) {
            advertise(
                    frame,
                    Ethernet.groupOf(ALL),
                    GROUP_HIGH,
                    ALL,
                    FLAG_OVERRIDE,
                    own.high(),
                    own.low());
        } else {
            refuse(state, Ethernet.source(frame.l2()));
        }
    }

    private void refuse(AddressStates.State state, long mac) {
        if (state.refuse(mac)) {
            context.counters().count(Counter.ADDRESS_CONFLICTS);
        }
    }

    /// A station speaks from an own address, or says that it is there.
    private void claimed(int device, long high, long low, long mac) {
        AddressStates.State state = states.find(device, high, low);
        if (state == null) {
            return; // one of another device
        }
        if (state.value() == AddressStates.VALID) {
            defence.claimed(context.view().device(device), high, low, mac);
        } else {
            refuse(state, mac);
        }
    }

    private void answer(Frame frame, long mac, long targetHigh, long targetLow) {
        advertise(
                frame,
                mac,
                Ipv6.sourceHigh(frame.l3()),
                Ipv6.sourceLow(frame.l3()),
                FLAG_SOLICITED | FLAG_OVERRIDE,
                targetHigh,
                targetLow);
    }

    /// Sends an advertisement of an own address, on the device where it was asked for.
    private void advertise(
            Frame frame, long mac, long high, long low, int flags, long ownHigh, long ownLow) {
        long ip = answers.startAnswer(frame);
        if (ip != 0) {
            Ethernet.destination(ip - frame.headerLength(), mac);
            NdMessages.header(ip, ownHigh, ownLow, high, low);
            long ours = context.view().device(frame.device()).mac();
            NdMessages.advertisement(ip, flags, ownHigh, ownLow, ours);
            int bytes = NdMessages.LENGTH;
            answers.send(frame.port(), ip, bytes, Counter.NEIGHBOUR_ADVERTISEMENTS);
        }
    }

    /// §7.2.5.
    private Outcome advertised(Frame frame, long icmp, int length) {
        long ip = frame.l3();
        int device = frame.device();
        long high = NeighbourDiscovery.targetHigh(icmp);
        long low = NeighbourDiscovery.targetLow(icmp);
        int flags = NeighbourDiscovery.flags(icmp);
        boolean solicited = (flags & FLAG_SOLICITED) != 0;
        if (Addresses.isGroup(high)
                || isMapped(ip, high, low)
                || (solicited && Addresses.isGroup(Ipv6.destinationHigh(ip)))) {
            return Outcome.BAD_DISCOVERY;
        }
        if (!Addresses.isUnicast(Ipv6.sourceHigh(ip), Ipv6.sourceLow(ip))) {
            return Outcome.BAD_SOURCE;
        }
        long said = value(icmp, length, OPTION_TARGET_LINK_ADDRESS);
        long mac = believable(said);
        long from = believable(Ethernet.source(frame.l2()));
        if (from == 0 || (said != 0 && mac == 0)) {
            return Outcome.DISCOVERY_IGNORED; // our own that came back, or nobody's
        }
        if (isOwn(device, high, low)) {
            claimed(device, high, low, mac == 0 ? from : mac);
            return Outcome.DISCOVERY;
        }
        boolean meek = mac != 0 && (flags & FLAG_OVERRIDE) == 0;
        if (solicited) {
            learn(meek ? ANSWERED_MEEKLY : ANSWERED, device, high, low, mac, false);
        } else if (mac != 0) {
            learn(meek ? SPOKE_MEEKLY : SPOKE, device, high, low, mac, false);
        }
        return Outcome.DISCOVERY;
    }

    private void learn(int how, int device, long high, long low, long mac, boolean mayAdd) {
        int news = neighbours.learn(how, device, high, low, mac, mayAdd);
        if (news != 0) {
            updates.learnt(news, device, high, low, mac);
        }
    }
}
