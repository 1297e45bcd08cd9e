// SPDX-License-Identifier: Apache-2.0
package io.fullnat.api.control;

/// A state of trouble that lasts for a while. It is told when it begins and when it ends, once
/// each, with how much it was, and is listed while it lasts ([ActiveCondition]).
public enum Condition {
    /// The ports of a local address towards one real server are nearly used up.
    PORTS_NEARLY_EXHAUSTED(
            "the ports of a local address towards one real server are nearly used up",
            "add another local address to the service"),
    /// A local address has no free port towards a real server: new connections take that of one
    /// that is half-open or over, or are refused.
    PORTS_EXHAUSTED(
            "a local address has no free port towards a real server: connections take that of one"
                    + " that is half-open or over, or are refused",
            "add another local address to the service"),
    /// A worker does no duty cycles: its thread hangs, or gets no processor.
    WORKER_STALLED(
            "a worker stands still: what arrives at its queues is not handled",
            "look at what its thread does (`jstack`); see that it has a processor of its own"),
    /// New connections are refused or older ones evicted because a worker's table is full.
    TABLE_FULL(
            "a worker's connection table is full, or a service has its share of one",
            "raise `workers.connections`, or shorten the timeouts of the services that fill it"),
    /// New connections are refused because the table of clients that are counted is full.
    CLIENTS_FULL(
            "clients that a limit of a service counts found no room in the table of those, and were"
                    + " refused",
            "raise `workers.connections`, which the table's size follows; look whether a flood comes"
                    + " from very many addresses"),
    /// Half-open connections of a service give way because it has as many as it may have.
    HALF_OPEN_FULL(
            "a service has as many half-open connections, or unanswered flows of UDP, as it may have:"
                    + " the oldest give way to new ones",
            "look where first packets come from that nobody follows up: this is what a flood looks"
                    + " like; if clients are honest, raise `max-half-open`, or see why servers do not"
                    + " answer"),
    /// The SYN proxy of a service is on because of its half-open connections.
    SYN_PROXY_ACTIVE(
            "a service has had so many half-open connections that its SYN proxy answers SYNs now",
            "look where SYNs come from that nobody follows up; the proxy goes off by itself when they"
                    + " have ceased"),
    /// Persistence templates give way to others, or are not made, because their table is full.
    TEMPLATES_FULL(
            "the table of persistence templates is full where clients come: templates give way to"
                    + " others, or are not made",
            "raise `workers.templates`, or shorten the times of persistence"),
    /// Connections are refused, or begin without what their service tells servers of clients.
    MODIFIERS_FULL(
            "connections whose servers are to be told their clients find no room with a worker: by"
                    + " PROXY or TOA they are refused, by UOA they begin without",
            "raise `workers.modified-connections`, or leave it out"),
    /// Packets are not received, or not made, because no packet buffer is free.
    BUFFERS_EXHAUSTED(
            "no packet buffer was free: a port could not receive packets, or a worker not make one"
                    + " of its own (ARP, ICMP, a reset, a fragment, a segment of a SYN proxy, the"
                    + " kernel's)",
            "raise `memory.buffers`; look which queue holds them (`fullnat_port_buffers`), as of a"
                    + " port that does not send"),
    /// A port can neither send nor receive.
    LINK_DOWN(
            "the link of a port is down, or its interface is gone; what should leave by it is"
                    + " dropped and counted as `LINK_DOWN`",
            "look at cable, switch, `ip link show` of the interface; the port goes on by itself"
                    + " when the link is back"),
    /// Neighbours give way to new ones, or find no room, because a worker's table is full.
    NEIGHBOURS_FULL(
            "a worker's table of neighbours, or its store of packets that wait for them, is nearly"
                    + " full: those not resolved or not used give way",
            "look for the station that makes up source addresses (`fullnat neighbour list`)"),
    /// Another station claims the address of a neighbour that answers.
    NEIGHBOUR_CONFLICT(
            "another station claims the address of a neighbour that still answers; it is not"
                    + " believed",
            "find the station with the second MAC address: it is wrongly configured, or attacks"),
    /// Another station has one of the balancer's addresses.
    ADDRESS_CONFLICT(
            "another station has one of the balancer's own addresses",
            "find the station with the second MAC address and take the address from it"),
    /// Less of a service is up than its quorum asks for.
    QUORUM_LOST(
            "less of a service is up than its quorum asks for; its sorry server, if it has one, gets"
                    + " the new connections",
            "look at the real servers that are down, and at what their checks say"),
    /// The network could not be told that a virtual address is served here, or is no more.
    ANNOUNCEMENT_FAILED(
            "the network could not be told that a virtual address is served here, or is not served"
                    + " here any more; it is tried again every 5 s",
            "look at the reason; `ip route show proto 158` lists the kernel's routes that announce"),
    /// Real servers cannot be asked how they are, for want of something on this machine.
    CHECKS_IMPOSSIBLE(
            "real servers cannot be asked how they are, for want of something on this machine: file"
                    + " descriptors, ports, the address to ask from; they count as they did before",
            "look at the reason; raise the limit of open files (`LimitNOFILE=`), add the source"
                    + " address, or ask less often"),
    /// A program that is to be told events does not take them.
    WEBHOOK_FAILING(
            "a webhook's receiver does not take events; they wait, up to 1,024 for an hour",
            "look at the reason, and at the receiver; a webhook that nobody needs any more goes out"
                    + " of `events.webhooks`");

    private final String meaning;
    private final String remedy;

    Condition(String meaning, String remedy) {
        this.meaning = meaning;
        this.remedy = remedy;
    }

    /// What is so while the condition lasts.
    ///
    /// @return for the documentation, Markdown
    public String meaning() {
        return meaning;
    }

    /// What an operator can do.
    ///
    /// @return for the documentation, Markdown
    public String remedy() {
        return remedy;
    }
}
