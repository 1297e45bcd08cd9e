// SPDX-License-Identifier: Apache-2.0
package io.fullnat.api.io;

import io.fullnat.api.MacAddress;
import java.util.Set;

/// The kernel's interface beside a port ([PacketPort#puntPort()]): what the balancer does not
/// handle goes there, and what the kernel sends leaves by the port. So ssh, BGP and health checks
/// work over a port that the kernel itself does not see. Behind it need not be a kernel: an
/// application may implement it to have such frames itself.
///
/// Frames are whole, from the Ethernet destination on, with their VLAN tag if they have one, and
/// with right checksums in both directions: what is behind it leaves none to be made by a device,
/// nor segments to be cut.
///
/// **Thread-safety:** one thread calls all methods but [#name()] and [#statistics()], which any may
/// call. None blocks.
public interface PuntPort {
    /// The name of the interface.
    ///
    /// @return as the kernel knows it
    String name();

    /// Gives a frame to the kernel. The memory stays the caller's.
    ///
    /// @param data address of its first byte
    /// @param length bytes
    /// @return false if the kernel takes no more now: the frame is lost, and counted as
    ///   [PortStatistics#sendErrors()]
    boolean toKernel(long data, int length);

    /// Takes a frame that the kernel sends.
    ///
    /// @param data where its first byte is to be
    /// @param capacity bytes that fit there
    /// @return its length, 0 if there is none
    int fromKernel(long data, int capacity);

    /// Says how the port is: called at the start, and some times a second from then on. The
    /// interface has the same address and MTU, and no carrier while the link of the port is down.
    ///
    /// @param mac the port's address
    /// @param mtu the port's, bytes
    /// @param up whether the port's link is up
    void mirror(MacAddress mac, int mtu, boolean up);

    /// The addresses of groups that the kernel listens to, and further ones of stations that it has
    /// there, as those of virtual routers: frames to these are wanted, besides those to the port's
    /// address and the broadcast address. Asked some times a second.
    ///
    /// @return a snapshot
    Set<MacAddress> listened();

    /// What it counted. Sent is what the kernel got, received what came from it.
    ///
    /// @return a snapshot of the counters
    PortStatistics statistics();
}
