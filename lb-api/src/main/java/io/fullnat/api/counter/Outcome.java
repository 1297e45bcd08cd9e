// SPDX-License-Identifier: Apache-2.0
package io.fullnat.api.counter;

/// How a packet ended. Each packet that a worker receives ends in exactly one of these, so their
/// sum over all workers, [#HANDED_OVER] left out, is the number of packets received, but for those
/// still waiting for a neighbour, for their first fragment or in a transmit queue
/// ([Counter#WAITING]).
public enum Outcome {
    /// Translated and sent to a real server.
    FORWARDED_IN(Kind.FORWARDED, "translated and sent to a real server"),
    /// Translated and sent to a client.
    FORWARDED_OUT(Kind.FORWARDED, "translated and sent to a client"),
    /// An ICMP error about a connection, translated and sent on.
    FORWARDED_ICMP(Kind.FORWARDED, "an ICMP error about a connection, translated and sent on"),
    /// An ARP packet that was understood.
    ARP(Kind.CONSUMED, "an ARP packet that was understood"),
    /// A message of neighbour discovery, or a query for multicast listeners, that was understood.
    DISCOVERY(Kind.CONSUMED, "a message of IPv6 neighbour discovery that was understood"),
    /// A message of neighbour discovery that is not for us: of routers, or of other listeners.
    DISCOVERY_IGNORED(
            Kind.CONSUMED,
            "a message of IPv6 routers, redirects or other multicast listeners, not obeyed"),
    /// An ICMP echo request to an own address, answered.
    ECHO_ANSWERED(Kind.CONSUMED, "an ICMP echo request to an own address, answered"),
    /// A SYN to a service with a SYN proxy, answered with a cookie: see
    /// [io.fullnat.api.service.SynProxy].
    SYN_ANSWERED(Kind.CONSUMED, "a SYN answered with a cookie by its service's SYN proxy"),
    /// An ICMP message to an own address that asks for nothing.
    ICMP_IGNORED(Kind.CONSUMED, "an ICMP message to an own address that asks for nothing"),
    /// A segment of a handshake that the SYN proxy makes with a real server for a client, or of
    /// that client meanwhile, with nothing to pass on.
    SYN_PROXY(
            Kind.CONSUMED,
            "a segment of a handshake that the SYN proxy makes with a real server for a client"),
    /// Given to the kernel's interface beside the port: see [io.fullnat.api.io.PuntPort].
    PUNTED(Kind.CONSUMED, "given to the kernel by the interface beside its port"),
    /// Given to the worker that owns the connection, which counts it again.
    HANDED_OVER(Kind.MOVED, "given to the worker that owns the connection, which counts it again"),

    /// Shorter than its headers say, or than any frame can be.
    TRUNCATED(Kind.DROPPED, "shorter than its headers say"),
    /// A header field has an impossible value.
    MALFORMED(Kind.DROPPED, "a header field has an impossible value"),
    /// The IPv4 header checksum is wrong.
    BAD_IP_CHECKSUM(Kind.DROPPED, "the IPv4 header checksum is wrong"),
    /// The ICMP checksum is wrong.
    BAD_ICMP_CHECKSUM(Kind.DROPPED, "the ICMP checksum is wrong"),
    /// The TCP checksum is wrong of a segment that only a SYN proxy sees.
    BAD_TCP_CHECKSUM(
            Kind.DROPPED, "the TCP checksum is wrong of a segment that only a SYN proxy sees"),
    /// A message of neighbour discovery or multicast listeners that none may send: not of this
    /// link, too short, with wrong options.
    BAD_DISCOVERY(
            Kind.DROPPED,
            "a message of IPv6 neighbour discovery that is wrong, or from another link"),
    /// Neither IP nor ARP.
    UNKNOWN_ETHERTYPE(Kind.DROPPED, "neither IPv4, IPv6 nor ARP"),
    /// Not for this port's MAC address.
    OTHER_HOST(Kind.DROPPED, "not for this port's MAC address"),
    /// A VLAN that no address of this port uses.
    UNKNOWN_VLAN(Kind.DROPPED, "a VLAN that no address of this port uses"),
    /// Neither TCP, UDP nor ICMP.
    UNKNOWN_PROTOCOL(Kind.DROPPED, "neither TCP, UDP nor ICMP"),
    /// A fragment that is not sent on: also of a protocol other than TCP and UDP, or to an address
    /// that is no service's and no local one.
    FRAGMENT(
            Kind.DROPPED,
            "a fragment that is not sent on: its first one is missing, too short or refused, it"
                    + " overlaps that, there is no room to hold it, the whole packet must be seen,"
                    + " or it is neither TCP nor UDP to a service or local address"),
    /// Extension headers of IPv6 that are too many or too long, or stand where they must not.
    EXTENSION_HEADERS(
            Kind.DROPPED,
            "extension headers of IPv6 that are too many or too long, or stand where they must"
                    + " not"),
    /// A routing header of IPv6 that names more stations to go to.
    SOURCE_ROUTED(
            Kind.DROPPED,
            "a routing header of IPv6 that names more stations to go to, or an option of IPv4 that"
                    + " does, to an IPv6 server or client"),
    /// A datagram of UDP over IPv6 without a checksum.
    NO_UDP_CHECKSUM(
            Kind.DROPPED,
            "a datagram of UDP over IPv6 without a checksum, or one in fragments that is to become"
                    + " IPv6"),
    /// A source address that no host may have.
    BAD_SOURCE(Kind.DROPPED, "a source address that no host may have"),
    /// No route to its source leads to where it came from: see
    /// [io.fullnat.api.network.ReversePath].
    REVERSE_PATH(Kind.DROPPED, "no route to its source leads to where it came from"),
    /// To an own address, but no service listens there.
    NO_SERVICE(Kind.DROPPED, "to an own address, but no service listens there"),
    /// To a port of a virtual address that no service uses, and dropped in silence: see
    /// [io.fullnat.api.network.PuntSettings].
    DEFENCE_DROPPED(
            Kind.DROPPED,
            "to a port of a virtual address that no service uses, dropped as defence-tcp-drop or"
                    + " defence-udp-drop says"),
    /// To an address that is not ours: a balancer is no router.
    NOT_LOCAL(Kind.DROPPED, "to an address that is not ours, or not by this device"),
    /// For the kernel, but more than may go there: see [io.fullnat.api.network.PuntSettings].
    PUNT_LIMITED(Kind.DROPPED, "for the kernel, but more than its rate allows"),
    /// For the kernel, whose queue is full.
    PUNT_FULL(Kind.DROPPED, "for the kernel, which does not take frames as fast as they come"),
    /// From a client whom the service's access rules, or the application, keep out.
    ACCESS_DENIED(
            Kind.DROPPED,
            "from a client whom the service's access rules, or the application, keep out"),
    /// The service has as many connections as it may have.
    SERVICE_FULL(Kind.DROPPED, "the service has as many connections as it may have"),
    /// The client has as many connections to the service as one may have.
    CLIENT_FULL(Kind.DROPPED, "the client has as many connections to the service as one may have"),
    /// The client's network has as many connections to the service as one may have.
    NETWORK_FULL(
            Kind.DROPPED,
            "the client's network has as many connections to the service as one may have"),
    /// A TCP segment outside of the window of its receiver.
    OUT_OF_WINDOW(
            Kind.DROPPED,
            "a TCP segment outside of its receiver's window, of a service that drops those"),
    /// The service has as many half-open connections as it may have, all with other workers.
    HALF_OPEN_FULL(
            Kind.DROPPED,
            "the service has as many half-open connections as it may have, and none of them is this"
                    + " worker's to give way"),
    /// More connections begin than the service takes a second.
    RATE_LIMITED(Kind.DROPPED, "more connections begin than the service takes a second"),
    /// More connections begin from the client's network than the service takes a second.
    NETWORK_RATE_LIMITED(
            Kind.DROPPED,
            "more connections begin from the client's network than the service takes a second"),
    /// More packets come than the service takes a second.
    PACKETS_LIMITED(Kind.DROPPED, "more packets come than the service lets pass a second"),
    /// More bits come than the service takes a second.
    BANDWIDTH_LIMITED(Kind.DROPPED, "more bits come than the service lets pass a second"),
    /// Dropped by lot, as the service lets only a part of its packets pass.
    PROPORTION_DROPPED(
            Kind.DROPPED, "dropped by lot, as the service lets only a part of its packets pass"),
    /// The service limits clients, and there is no room to count one more.
    CLIENT_TABLE_FULL(
            Kind.DROPPED, "the service limits clients, and there is no room to count one more"),
    /// All real servers that could take the connection have as many as they may have.
    SERVERS_FULL(
            Kind.DROPPED,
            "all real servers that could take the connection have as many as they may have"),
    /// The service tells servers of clients what they would believe of anybody, and the worker has
    /// no room to do so for one connection more.
    MODIFIERS_FULL(
            Kind.DROPPED,
            "the service tells servers their clients by PROXY or TOA, and there is no room to do so"
                    + " for one connection more"),
    /// Fits no handshake that the SYN proxy makes with a real server, though its addresses do.
    SYN_PROXY_MISFIT(
            Kind.DROPPED,
            "a segment that does not fit the handshake that the SYN proxy makes for its connection"),
    /// Data of a client whose real server has not answered the SYN proxy yet, and more than is
    /// held: the client sends them again.
    SYN_PROXY_NOT_HELD(
            Kind.DROPPED,
            "early data of a client of the SYN proxy, more than is held for its real server; sent"
                    + " again by the client"),
    /// Data of a client of the SYN proxy whose real server did not take the connection.
    SYN_PROXY_FAILED(
            Kind.DROPPED,
            "early data of a client of the SYN proxy whose real server did not take the connection"),
    /// The packet's connection is reset, or the datagram dropped: the client is believed to say who
    /// it is, and says so in a malformed PROXY header, or who it is cannot be told.
    TELLING_REFUSED(
            Kind.DROPPED,
            "a malformed PROXY header where those of clients are believed, or of a connection that was"
                    + " reset since its client cannot be told"),
    /// TCP without a connection and without SYN.
    NO_CONNECTION(Kind.DROPPED, "belongs to no connection and cannot start one"),
    /// To a service with a SYN proxy, of no connection, and acknowledges no cookie, or one whose
    /// handshake is over: made up, too late, or of a connection that was lost with its worker.
    COOKIE_REFUSED(
            Kind.DROPPED,
            "belongs to no connection of its service, which has a SYN proxy, and acknowledges no"
                    + " cookie, or one whose handshake is over"),
    /// The service has no usable real server.
    NO_REAL_SERVER(Kind.DROPPED, "the service has no usable real server"),
    /// The service has no local address.
    NO_LOCAL_ADDRESS(Kind.DROPPED, "the service has no local address"),
    /// No local address of IPv6 is known to be ours alone: they are tentative or duplicates
    /// ([io.fullnat.api.control.AddressStatus.State]).
    LOCAL_ADDRESS_NOT_READY(
            Kind.DROPPED, "no local address is known to be ours alone yet, or all are others' too"),
    /// No local port is free towards the real server.
    NO_LOCAL_PORT(Kind.DROPPED, "no local port is free towards the real server"),
    /// The connection table is full.
    TABLE_FULL(Kind.DROPPED, "the connection table is full, or the service has its share of it"),
    /// No route leads to the destination.
    NO_ROUTE(Kind.DROPPED, "no route leads to the destination"),
    /// The time to live ran out here.
    TTL_EXPIRED(Kind.DROPPED, "the time to live ran out here"),
    /// Larger than the MTU of the next link and not to be fragmented.
    TOO_BIG(Kind.DROPPED, "larger than the MTU of the next link and not to be fragmented"),
    /// The next hop answers neither ARP nor neighbour discovery.
    NEIGHBOUR_UNREACHABLE(Kind.DROPPED, "the next hop answers neither ARP nor neighbour discovery"),
    /// Too many packets wait for the next hop's MAC address.
    NEIGHBOUR_QUEUE_FULL(Kind.DROPPED, "too many packets wait for the next hop's MAC address"),
    /// The next hop is a new neighbour, and the table of neighbours is full.
    NEIGHBOUR_TABLE_FULL(
            Kind.DROPPED, "the next hop is a new neighbour, and there is no room for it"),
    /// The device did not take it in time.
    TRANSMIT_FULL(Kind.DROPPED, "the device did not take it in time"),
    /// The link of the port that it should leave by is down, or its device is gone.
    LINK_DOWN(Kind.DROPPED, "the link of the port that it should leave by is down"),
    /// The device never takes such a packet: the interface's MTU is smaller than the port's.
    TRANSMIT_REFUSED(
            Kind.DROPPED, "the device never takes such a packet, as it is too long for it"),
    /// The owning worker's hand-off ring is full.
    HAND_OFF_FULL(Kind.DROPPED, "the owning worker's hand-off ring is full"),
    /// No buffer was free for an answer.
    NO_BUFFER(Kind.DROPPED, "no buffer was free for an answer"),
    /// The worker ended while the packet waited.
    SHUTDOWN(Kind.DROPPED, "the worker ended while the packet waited"),
    /// A fault in the balancer; see the log.
    FAULT(Kind.DROPPED, "a fault in the balancer; see the log");

    /// What sort of end it is.
    public enum Kind {
        /// Sent on.
        FORWARDED,
        /// Taken by the balancer itself.
        CONSUMED,
        /// Given to another worker.
        MOVED,
        /// Thrown away.
        DROPPED
    }

    private final Kind kind;
    private final String meaning;

    Outcome(Kind kind, String meaning) {
        this.kind = kind;
        this.meaning = meaning;
    }

    /// What sort of end it is.
    ///
    /// @return the kind
    public Kind kind() {
        return kind;
    }

    /// One line for the operator's manual.
    ///
    /// @return what happened to the packet
    public String meaning() {
        return meaning;
    }
}
