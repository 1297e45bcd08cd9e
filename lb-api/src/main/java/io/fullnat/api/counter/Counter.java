// SPDX-License-Identifier: Apache-2.0
package io.fullnat.api.counter;

import java.util.Collections;
import java.util.EnumSet;
import java.util.Set;

/// What a worker counts besides the [Outcome] of each packet.
public enum Counter {
    /// Packets received from ports.
    RECEIVED("packets received from ports"),
    /// Packets taken from other workers.
    TAKEN_OVER("packets taken from other workers"),
    /// Packets that wait now: for a neighbour's MAC address, for their first fragment or in a
    /// transmit queue.
    WAITING("packets that wait now, for a neighbour, their first fragment or a transmit queue"),
    /// Packets sent, own ones included.
    SENT("packets sent, own ones included"),
    /// Connections created.
    CONNECTIONS_CREATED("connections created"),
    /// Connections that ended by time-out.
    CONNECTIONS_EXPIRED("connections that ended by time-out"),
    /// Unreplied connections that gave way because the table was full.
    CONNECTIONS_EVICTED("connections that gave way to new ones because the table was full"),
    /// Half-open connections, and such that were over, that ended early because a new one towards
    /// the same real server needed a local port.
    PORTS_RECLAIMED(
            "connections, half-open or over, that gave their local port to a new one when hardly"
                    + " any was free"),
    /// Half-open connections that ended early because a new one began and their service had as many
    /// as it may have.
    HALF_OPEN_GAVE_WAY(
            "half-open connections that gave way to new ones, as their service had as many as it may"
                    + " have"),
    /// Cookies of SYN proxies that clients have acknowledged.
    COOKIES_ACCEPTED("cookies of SYN proxies that clients acknowledged"),
    /// TCP segments outside of the window of their receiver that were sent on.
    OUT_OF_WINDOW_PASSED(
            "TCP segments outside of their receiver's window, sent on, of services that count them"),
    /// Connections that a change ended: a forced removal, or an access rule.
    CONNECTIONS_PURGED("connections that a command, a forced removal or an access rule ended"),
    /// Connections in the table now.
    CONNECTIONS("connections in the table now"),
    /// Connections that the table can hold.
    CONNECTION_CAPACITY("connections that the table can hold"),
    /// Persistence templates made, or led to another server.
    TEMPLATES_CREATED("persistence templates made, or led to another server"),
    /// Persistence templates that gave way to those of other clients before they lapsed.
    TEMPLATES_DISPLACED(
            "persistence templates that gave way to others before they lapsed, as there was no room"),
    /// Connections of services with persistence that began without a template, for want of room.
    TEMPLATES_REFUSED("connections of services with persistence that found no room for a template"),
    /// Connections that went to the server which a QUIC connection id names.
    QUIC_IDS_FOLLOWED("connections that went to the server which their QUIC connection id names"),
    /// Connections whose QUIC connection id, chosen by a server, names none of the service.
    QUIC_IDS_UNKNOWN(
            "connections whose QUIC connection id, chosen by a server, names none of the service"),
    /// Connections whose QUIC connection id names a server that takes none.
    QUIC_IDS_UNSERVED(
            "connections whose QUIC connection id names a server that is down, full or gives up its"
                    + " own"),
    /// Connections that ended as a QUIC connection of another server has moved to their tuple.
    QUIC_TUPLES_TAKEN(
            "connections that ended, their client silent, as a QUIC connection of another server"
                    + " moved to their tuple"),
    /// Connections that began without what their service asks for, for want of room.
    MODIFIERS_REFUSED(
            "connections that began without what their service tells servers of clients, as there"
                    + " was no room"),
    /// Connections that are modified now.
    MODIFIERS("connections now whose packets are modified, as their service asks for"),
    /// Connections that can be modified at once.
    MODIFIER_CAPACITY("connections that can be modified at once"),
    /// Segments in which a TCP option told a real server its client.
    TOA_SENT("segments in which a TCP option told a real server its client (TOA)"),
    /// Segments that should have had that option and had no room for it.
    TOA_NO_ROOM(
            "segments that went without that option: too long for the link, or too many options"),
    /// Segments in which a client had such an option of its own.
    TOA_STRIPPED("segments of clients with such an option of their own, which was taken out"),
    /// Datagrams that told a real server its client.
    UOA_SENT("datagrams that told a real server its client (UOA)"),
    /// Packets sent ahead of datagrams that had no room to tell it.
    UOA_ALONE("packets that told it ahead of a datagram that had no room"),
    /// Datagrams that told nothing, as no buffer was free.
    UOA_NO_ROOM("datagrams that should have told it: no room, and no buffer was free"),
    /// Datagrams in which a client had such an option of IPv4 of its own.
    UOA_STRIPPED("datagrams of clients with such an option of IPv4, which was taken out"),
    /// PROXY headers sent to real servers, repeated ones included.
    PROXY_SENT("PROXY headers sent to real servers, repeated ones included"),
    /// Headers of clients that were passed on as they are.
    PROXY_PASSED("PROXY headers of clients passed on, as their service believes them"),
    /// What began as a PROXY header of a client that is believed, and was none.
    PROXY_MALFORMED("malformed PROXY headers of clients that are believed"),
    /// Datagrams without room for a PROXY header, whose data were left out.
    PROXY_NO_ROOM("datagrams without room for a PROXY header, sent without their data"),
    /// Handshakes of the SYN proxy that real servers have answered.
    SYN_PROXY_ESTABLISHED(
            "connections of the SYN proxy whose real server has answered: both ends talk"),
    /// Those that no real server has answered, or that it refused.
    SYN_PROXY_UNSERVED(
            "connections of the SYN proxy whose real server refused or did not answer; their"
                    + " clients were reset"),
    /// Connections of the SYN proxy whose real server has no timestamps, though the client was
    /// promised them.
    SYN_PROXY_UNSUITED(
            "connections of the SYN proxy whose real server has not the timestamps that the client"
                    + " was promised; both were reset"),
    /// SYNs of the SYN proxy sent to real servers again.
    SYN_PROXY_REPEATED("SYNs of the SYN proxy sent to real servers again"),
    /// Segments of clients held until their real server has answered.
    SYN_PROXY_HELD("segments of clients of the SYN proxy held until their real server answered"),
    /// Connections of the SYN proxy that wait for their real server now.
    SYN_PROXY_PENDING("connections of the SYN proxy that wait for their real server now"),
    /// Segments of clients that are held now, until their real server answers.
    SYN_PROXY_HOLDS("segments of clients of the SYN proxy that are held now"),
    /// Segments of clients that can be held at once.
    SYN_PROXY_HOLD_CAPACITY("segments of clients of the SYN proxy that can be held at once"),
    /// ARP requests sent.
    ARP_REQUESTS("ARP requests sent"),
    /// ARP replies sent.
    ARP_REPLIES("ARP replies sent"),
    /// Gratuitous ARP announcements sent.
    ARP_ANNOUNCEMENTS("gratuitous ARP announcements sent"),
    /// ARP requests and neighbour solicitations not sent because of the rate limit.
    ARP_REQUESTS_SUPPRESSED(
            "ARP requests and neighbour solicitations not sent because of the rate limit"),
    /// Neighbour solicitations of IPv6 sent, those that look for duplicates included.
    NEIGHBOUR_SOLICITATIONS("neighbour solicitations sent (IPv6)"),
    /// Neighbour advertisements of IPv6 sent in answer.
    NEIGHBOUR_ADVERTISEMENTS("neighbour advertisements sent in answer (IPv6)"),
    /// Own addresses of IPv6 announced.
    UNSOLICITED_ADVERTISEMENTS("own addresses announced (IPv6)"),
    /// Reports of multicast listeners sent.
    LISTENER_REPORTS("reports of multicast listeners sent (IPv6)"),
    /// Neighbours that are known now.
    NEIGHBOURS("neighbours that are known now, each worker's counted"),
    /// Neighbours that the table can hold.
    NEIGHBOUR_CAPACITY("neighbours that the table can hold"),
    /// Packets that wait now for a neighbour's MAC address.
    NEIGHBOUR_WAITING("packets that wait now for a neighbour's MAC address"),
    /// Packets that can wait for neighbours at once.
    NEIGHBOUR_WAITING_CAPACITY("packets that can wait for neighbours at once"),
    /// Neighbours that gave way because the table was full.
    NEIGHBOURS_EVICTED("neighbours that gave way because the table was nearly full"),
    /// Neighbours that changed their MAC address.
    NEIGHBOUR_MOVES("neighbours that changed their MAC address"),
    /// Claims of another MAC address that were not believed.
    NEIGHBOUR_MOVES_REFUSED(
            "claims of another MAC address that were not believed, as the old one answers"),
    /// Packets of ARP or neighbour discovery by which other stations claimed an own address.
    ADDRESS_CONFLICTS("packets by which other stations claimed an own address"),
    /// ICMP errors sent.
    ICMP_ERRORS("ICMP errors sent"),
    /// ICMP errors, TCP resets and echo replies of IPv6 not sent because of the rate limit.
    ERRORS_SUPPRESSED(
            "ICMP errors, TCP resets and IPv6 echo replies not sent because of the rate limit"),
    /// TCP resets sent for packets without a connection.
    TCP_RESETS("TCP resets sent for packets without a connection"),
    /// TCP resets sent to the ends of connections that were ended or idle for too long.
    END_RESETS("TCP resets sent to the ends of connections that were ended, or idle for too long"),
    /// Such resets that could not be sent.
    END_RESETS_LOST(
            "such resets that could not be sent: no route, an unknown neighbour, no buffer or room"),
    /// Packets sent in fragments because of the next link's MTU.
    FRAGMENTED("packets sent in fragments because of the next link's MTU"),
    /// Copies given to the kernel of ARP and neighbour discovery that the balancer heard, too.
    PUNT_COPIES("copies of ARP and neighbour discovery given to the kernel"),
    /// Such copies that found no room, or were more than the rate allows.
    PUNT_COPIES_LOST("such copies that were more than the kernel's rate or queue allows"),
    /// Frames that the kernel has sent by ports.
    KERNEL_FRAMES("frames of the kernel sent by ports"),
    /// Frames of the kernel that could not be sent.
    KERNEL_FRAMES_LOST("frames of the kernel that are too long, or for which no buffer was free"),
    /// Packets of a worker's own, and of the kernel, that were not sent as no buffer was free.
    BUFFERS_MISSED(
            "packets not made for want of a buffer: answers, questions, resets, fragments, the"
                    + " kernel's"),
    /// Local addresses whose answers ports bring to the right worker by rules, now. Counted by
    /// control, for all workers, under worker 0.
    STEERED_ADDRESSES("local addresses whose answers reach their worker by flow rules, now"),
    /// Local addresses for which a port refused the rules; each is logged. Counted by control, for
    /// all workers, under worker 0.
    FLOW_RULES_REFUSED(
            "local addresses for which a port refused flow rules: their answers are handed over"),
    /// Health probes that have ended. Counted by control, under worker 0.
    HEALTH_PROBES("health probes of real servers that have ended, or whose time was over"),
    /// Health probes that failed. Counted by control, under worker 0.
    HEALTH_PROBES_FAILED("health probes that failed"),
    /// Health probes that could not ask, for want of something on this machine: nothing is known of
    /// their servers. Counted by control, under worker 0.
    HEALTH_PROBES_IMPOSSIBLE("health probes that could not ask, for want of something here"),
    /// Real servers that are down now by what checks, their connections or reports say. Counted by
    /// control, under worker 0.
    SERVERS_DOWN("real servers that are down now by their health, those of each service counted"),
    /// Bursts of 1 packet that a port gave.
    BURSTS_OF_1("bursts of 1 packet received from ports"),
    /// Bursts of 2 or 3 packets.
    BURSTS_OF_2("bursts of 2 or 3 packets"),
    /// Bursts of 4 to 7 packets.
    BURSTS_OF_4("bursts of 4 to 7 packets"),
    /// Bursts of 8 to 15 packets.
    BURSTS_OF_8("bursts of 8 to 15 packets"),
    /// Bursts of 16 to 31 packets.
    BURSTS_OF_16("bursts of 16 to 31 packets"),
    /// Bursts of 32 to 63 packets.
    BURSTS_OF_32("bursts of 32 to 63 packets"),
    /// Bursts of 64 packets: as many as a worker takes at once, so more may have waited.
    BURSTS_OF_64("bursts of 64 packets, as many as are taken at once: more may have waited"),
    /// Time that the worker has spent in duty cycles in which there was something to do. What it
    /// gains in a second is how busy it is.
    BUSY_NANOSECONDS("nanoseconds spent in duty cycles in which there was something to do"),
    /// Duty cycles done: a worker whose number stands still does so, too.
    CYCLES("duty cycles done"),
    /// What was thrown and should not have been: in a worker, or, under worker 0, by a transaction
    /// function, a listener, a continuation. Each place is logged once, then every ten seconds how
    /// often.
    FAULTS("faults caught: by a worker, or, under worker 0, by control and in callbacks");

    private static final Set<Counter> GAUGES =
            Collections.unmodifiableSet(
                    EnumSet.of(
                            WAITING,
                            CONNECTIONS,
                            CONNECTION_CAPACITY,
                            MODIFIERS,
                            MODIFIER_CAPACITY,
                            SYN_PROXY_PENDING,
                            SYN_PROXY_HOLDS,
                            SYN_PROXY_HOLD_CAPACITY,
                            NEIGHBOURS,
                            NEIGHBOUR_CAPACITY,
                            NEIGHBOUR_WAITING,
                            NEIGHBOUR_WAITING_CAPACITY,
                            STEERED_ADDRESSES,
                            SERVERS_DOWN));

    private final String meaning;

    Counter(String meaning) {
        this.meaning = meaning;
    }

    /// Whether it says how many there are now, and so goes down, too; the others only grow.
    ///
    /// @return false of most
    public boolean isGauge() {
        return GAUGES.contains(this);
    }

    /// One line for the operator's manual.
    ///
    /// @return what is counted
    public String meaning() {
        return meaning;
    }
}
