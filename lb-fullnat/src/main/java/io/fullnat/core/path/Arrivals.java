// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.path;

import static io.fullnat.core.connection.ConnectionLayout.ADDRESSES;
import static io.fullnat.core.connection.ConnectionLayout.DIRECTION;
import static io.fullnat.core.connection.ConnectionLayout.OUTBOUND;

import io.fullnat.api.counter.Outcome;
import io.fullnat.api.io.Memory;
import io.fullnat.core.open.FlowContext;
import io.fullnat.core.packet.Ipv4;
import io.fullnat.core.stack.Frame;
import io.fullnat.core.stack.IcmpAnswers;
import io.fullnat.core.stack.NetworkView;
import io.fullnat.core.stack.RouteTable;
import io.fullnat.core.stack.StackContext;
import org.jspecify.annotations.Nullable;

/// What may have come by where it came: sources that a packet can have, the side of a local address
/// where its real servers are, the device where an address belongs.
///
/// Asked when a connection begins, when a packet of it comes by another device or under other
/// routes than the one before, and of all that takes the slow path; not of each packet.
final class Arrivals {
    private final FlowContext context;
    private final StackContext stack;

    Arrivals(FlowContext context) {
        this.context = context;
        stack = context.stack();
    }

    /// Why a packet cannot have come from its source by this device; null if it can (RFC 1812
    /// §5.3.7, §5.3.8).
    ///
    /// @param source in host order
    /// @param device by which it came
    @Nullable Outcome refusal(int source, int device) {
        if (!IcmpAnswers.isUnicast(source)
                || stack.view().isNoSource(source)
                || context.services().isVirtualAddress(source)) {
            return Outcome.BAD_SOURCE;
        }
        return stack.view().isReversePath(source, device) ? null : Outcome.REVERSE_PATH;
    }

    /// The same for a packet of a known connection, whose source was looked at when it began: one
    /// of the real server must come by the local address's device, or by the one that leads to the
    /// server.
    ///
    /// @param flow its direction
    /// @param device by which it came
    @Nullable Outcome refusal(long flow, int device) {
        int source = Memory.getNetworkInt(flow + ADDRESSES);
        if (Memory.getByte(flow + DIRECTION) == OUTBOUND) {
            int local = Memory.getNetworkInt(flow + ADDRESSES + 4);
            if (stack.view().ownDevice(local) != device && deviceTo(source) != device) {
                return Outcome.NOT_LOCAL;
            }
        }
        return stack.view().isReversePath(source, device) ? null : Outcome.REVERSE_PATH;
    }

    /// Whether a packet to a local address that belongs to no connection known here can be one of a
    /// real server, of another worker perhaps: it must come by a device where servers are, and so
    /// must its source be.
    boolean isOfServer(Frame frame) {
        long ip = frame.l3();
        int device = frame.device();
        int back = deviceTo(Ipv4.source(ip));
        return isServersSide(Ipv4.destination(ip), device)
                && (back == device || context.answerDevices().contains(back));
    }

    /// Whether answers to a local address may come by a device.
    ///
    /// @param local the address in host order
    boolean isServersSide(int local, int device) {
        return stack.view().ownDevice(local) == device || context.answerDevices().contains(device);
    }

    /// Whether an own address is to be found by a device: an interface address by each, a virtual
    /// or local one only where it belongs.
    ///
    /// @param address in host order
    boolean isHere(int address, int device) {
        NetworkView view = stack.view();
        int home = view.ownDevice(address);
        boolean anywhere =
                home != NetworkView.NONE
                        && !view.isLocalAddress(address)
                        && !context.services().isVirtualAddress(address);
        return home == device || anywhere;
    }

    private int deviceTo(int address) {
        RouteTable.Hop hop = stack.view().routes().find(address);
        return hop == null ? NetworkView.NONE : hop.device();
    }
}
