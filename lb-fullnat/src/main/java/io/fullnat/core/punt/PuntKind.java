// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.punt;

/// What a frame for the kernel is. Each routing protocol is a kind of its own, so that a flood of
/// one leaves the others their part of the rate that all of them share ([PuntRates]).
public enum PuntKind {
    /// ARP.
    ARP(PuntClass.ROUTING),
    /// Neighbour discovery and multicast listeners.
    DISCOVERY(PuntClass.ROUTING),
    /// VRRP.
    VRRP(PuntClass.ROUTING),
    /// IGMP.
    IGMP(PuntClass.ROUTING),
    /// OSPF.
    OSPF(PuntClass.ROUTING),
    /// IS-IS.
    ISIS(PuntClass.ROUTING),
    /// PIM.
    PIM(PuntClass.ROUTING),
    /// EIGRP.
    EIGRP(PuntClass.ROUTING),
    /// RIP of both families.
    RIP(PuntClass.ROUTING),
    /// BFD.
    BFD(PuntClass.ROUTING),
    /// BGP.
    BGP(PuntClass.ROUTING),
    /// LDP.
    LDP(PuntClass.ROUTING),
    /// To addresses of the kernel, and interface addresses.
    HOST(PuntClass.HOST),
    /// All else.
    OTHER(PuntClass.OTHER);

    private final PuntClass queue;

    PuntKind(PuntClass queue) {
        this.queue = queue;
    }

    PuntClass queue() {
        return queue;
    }
}
