// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.path;

import io.fullnat.api.counter.Outcome;
import io.fullnat.core.packet.Ethernet;
import io.fullnat.core.packet.Vlan;
import io.fullnat.core.stack.ArpStack;
import io.fullnat.core.stack.Frame;
import io.fullnat.core.stack.NetworkView;
import io.fullnat.core.stack.StackContext;
import org.jspecify.annotations.Nullable;

/// The first stage of the slow path: Ethernet header and VLAN tag, the device of the frame, whether
/// the frame is for us, and what it holds. For the worker's thread.
///
/// Each stage returns how the packet ended; null if its buffer has gone its way, and the packet is,
/// or will be, counted there.
final class EthernetInput {
    private final StackContext stack;
    private final ArpStack arp;
    private final Ipv4Input ipv4;
    private final Ipv6Input ipv6;
    private final KernelPath kernel;

    EthernetInput(
            StackContext stack, ArpStack arp, Ipv4Input ipv4, Ipv6Input ipv6, KernelPath kernel) {
        this.stack = stack;
        this.arp = arp;
        this.ipv4 = ipv4;
        this.ipv6 = ipv6;
        this.kernel = kernel;
    }

    /// Receives a frame of which nothing is known.
    ///
    /// @param frame the frame; its device and link header are set here
    /// @param verdict of its [io.fullnat.api.io.PacketBurst]
    /// @param hopsDone how many workers have looked for its connection before
    @Nullable Outcome receive(Frame frame, int verdict, int hopsDone) {
        if (frame.length() < Ethernet.HEADER_LENGTH) {
            return Outcome.TRUNCATED;
        }
        int type = Ethernet.type(frame.l2());
        int vlan = 0;
        int headerLength = Ethernet.HEADER_LENGTH;
        if (type == Ethernet.TYPE_VLAN) {
            headerLength += Vlan.TAG_LENGTH;
            if (frame.length() < headerLength) {
                return Outcome.TRUNCATED;
            }
            vlan = Vlan.id(frame.l2());
            type = Vlan.type(frame.l2());
        }
        int device = stack.view().deviceOf(frame.port(), vlan);
        if (device == NetworkView.NONE) {
            return Outcome.UNKNOWN_VLAN;
        }
        frame.link(device, headerLength);
        boolean group = Ethernet.isGroup(frame.l2());
        if (!group
                && Ethernet.destination(frame.l2()) != stack.view().device(device).mac()
                && !kernel.isByVirtualRouter(frame)) {
            return Outcome.OTHER_HOST;
        }
        return switch (type) {
            case Ethernet.TYPE_ARP -> {
                kernel.arp(frame);
                arp.receive(frame);
                yield null;
            }
            case Ethernet.TYPE_IPV4 ->
                    group ? Outcome.OTHER_HOST : ipv4.receive(frame, verdict, hopsDone);
            case Ethernet.TYPE_IPV6 -> ipv6.receive(frame, hopsDone);
            default -> Outcome.UNKNOWN_ETHERTYPE;
        };
    }
}
