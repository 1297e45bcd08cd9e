// SPDX-License-Identifier: Apache-2.0
package io.fullnat.api.network;

import io.fullnat.api.BalancerException;
import io.fullnat.api.ErrorCode;

/// How much goes to the kernel by the interfaces beside ports ([io.fullnat.api.io.PuntPort]).
/// Frames are of three kinds, each with a queue and a rate of its own, so that a flood of one does
/// not cost another: what routing protocols, ARP and neighbour discovery say; what else is for
/// interface addresses and the kernel's own; all the rest. Rates are those of one port, shared out
/// evenly among the workers. Immutable and thread-safe.
///
/// @param routing frames a second of OSPF, BGP, VRRP, IGMP, MLD, PIM, EIGRP, BFD, RIP, LDP, IS-IS,
///   ARP and neighbour discovery that stations of the link send; half of it in equal parts for each
/// @param host frames a second to addresses of the kernel and interface addresses
/// @param other frames a second of all else: to addresses that the balancer does not know, of
///   unknown protocols, and to virtual addresses if these are punted
/// @param virtualAddresses whether what nobody uses of a virtual address, its other ports and
///   protocols, goes to the kernel; else it ends as without a kernel's interface
/// @param dropsTcp whether TCP to a port of a virtual address that no service uses is dropped in
///   silence, whatever the others say
/// @param dropsUdp the same of UDP
public record PuntSettings(
        int routing,
        int host,
        int other,
        boolean virtualAddresses,
        boolean dropsTcp,
        boolean dropsUdp) {
    /// 10,000 of routing, 50,000 to hosts, 10,000 others, and nothing of virtual addresses.
    public static final PuntSettings DEFAULT = new PuntSettings(10_000, 50_000, 10_000, false);

    private static final int MOST = 10_000_000;

    /// Settings that drop neither TCP nor UDP.
    ///
    /// @param routing frames a second of routing protocols, ARP and neighbour discovery
    /// @param host frames a second to addresses of the kernel and interface addresses
    /// @param other frames a second of all else
    /// @param virtualAddresses whether what nobody uses of a virtual address goes to the kernel
    public PuntSettings(int routing, int host, int other, boolean virtualAddresses) {
        this(routing, host, other, virtualAddresses, false, false);
    }

    /// The same with other protocols that are dropped.
    ///
    /// @param tcp whether TCP to unused ports of virtual addresses is
    /// @param udp whether UDP is
    /// @return a new value
    public PuntSettings withDropped(boolean tcp, boolean udp) {
        return new PuntSettings(routing, host, other, virtualAddresses, tcp, udp);
    }

    /// Checks the rates.
    ///
    /// @throws BalancerException [ErrorCode#INVALID_ARGUMENT] if one is not 1 to 10,000,000
    public PuntSettings {
        check("routing", routing);
        check("host", host);
        check("other", other);
    }

    private static void check(String what, int rate) {
        if (rate < 1 || rate > MOST) {
            throw new BalancerException(
                    ErrorCode.INVALID_ARGUMENT,
                    what + " frames to the kernel: " + rate + " a second is not 1-" + MOST);
        }
    }
}
