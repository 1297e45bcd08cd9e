// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.path;

import static io.fullnat.core.connection.ConnectionLayout.DIRECTION;
import static io.fullnat.core.connection.ConnectionLayout.OUTBOUND;

import io.fullnat.api.counter.Outcome;
import io.fullnat.api.io.Memory;
import io.fullnat.core.address.Addresses;
import io.fullnat.core.connection.ConnectionKey;
import io.fullnat.core.connection.ConnectionLayout;
import io.fullnat.core.open.FlowContext;
import io.fullnat.core.packet.Ethernet;
import io.fullnat.core.packet.Vlan;
import io.fullnat.core.stack.Frame;
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

    /// The device by which a frame came.
    ///
    /// @param data its first byte
    /// @param port where it came in
    /// @return its number, or [NetworkView#NONE]
    int device(long data, int port) {
        boolean tagged = Ethernet.type(data) == Ethernet.TYPE_VLAN;
        return stack.view().deviceOf(port, tagged ? Vlan.id(data) : 0);
    }

    /// Why a packet cannot have come from its source by this device; null if it can (RFC 1812
    /// §5.3.7, §5.3.8).
    ///
    /// @param high first half of its source
    /// @param low last half
    /// @param device by which it came
    @Nullable Outcome refusal(long high, long low, int device) {
        NetworkView view = stack.view();
        if (!Addresses.isUnicast(high, low)
                || view.isNoSource(high, low)
                || context.services().isVirtualAddress(high, low)) {
            return Outcome.BAD_SOURCE;
        }
        return view.isReversePath(high, low, device) ? null : Outcome.REVERSE_PATH;
    }

    /// The same of a packet that is to be forwarded, with all that its addresses forbid.
    ///
    /// @param family of the packet
    /// @param ip its IP header
    /// @param device by which it came
    @Nullable Outcome refusal(Family family, long ip, int device) {
        Outcome never = family.refusal(ip);
        return never == null ? refusal(family.sourceHigh(ip), family.sourceLow(ip), device) : never;
    }

    /// The same for a packet of a known connection, whose source was looked at when it began: one
    /// of the real server must come by the local address's device, or by the one that leads to the
    /// server.
    ///
    /// @param view of the network
    /// @param flow its direction
    /// @param device by which it came
    static @Nullable Outcome refusal(NetworkView view, long flow, int device) {
        int direction = Memory.getByte(flow + DIRECTION);
        long entry = ConnectionLayout.entryOf(flow, direction);
        if (direction == OUTBOUND && !isAtHome(view, entry, device)) {
            long high = ConnectionKey.sourceHigh(entry, OUTBOUND);
            long low = ConnectionKey.sourceLow(entry, OUTBOUND);
            if (deviceTo(view, high, low) != device) {
                return Outcome.NOT_LOCAL;
            }
        }
        if (!view.checksPaths()) {
            return null;
        }
        long high = ConnectionKey.sourceHigh(entry, direction);
        long low = ConnectionKey.sourceLow(entry, direction);
        return view.isReversePath(high, low, device) ? null : Outcome.REVERSE_PATH;
    }

    private static boolean isAtHome(NetworkView view, long entry, int device) {
        int home =
                view.ownDevice(
                        ConnectionKey.destinationHigh(entry, OUTBOUND),
                        ConnectionKey.destinationLow(entry, OUTBOUND));
        return home == device;
    }

    /// Whether a packet to a local address that belongs to no connection known here can be one of a
    /// real server, of another worker perhaps: it must come by a device where servers are, and so
    /// must its source be.
    boolean isOfServer(Family family, Frame frame) {
        long ip = frame.l3();
        int device = frame.device();
        int back = deviceTo(stack.view(), family.sourceHigh(ip), family.sourceLow(ip));
        return isServersSide(family.destinationHigh(ip), family.destinationLow(ip), device)
                && (back == device || context.answerDevices().contains(back));
    }

    /// Whether answers to a local address may come by a device.
    ///
    /// @param high first half of the local address
    /// @param low last half
    boolean isServersSide(long high, long low, int device) {
        return stack.view().ownDevice(high, low) == device
                || context.answerDevices().contains(device);
    }

    /// Whether an own address is to be found by a device: an interface address by each, a virtual
    /// or local one only where it belongs.
    ///
    /// @param high first half of the address
    /// @param low last half
    boolean isHere(long high, long low, int device) {
        NetworkView view = stack.view();
        int home = view.ownDevice(high, low);
        boolean anywhere =
                home != NetworkView.NONE
                        && !view.isLocalAddress(high, low)
                        && !context.services().isVirtualAddress(high, low);
        return home == device || anywhere;
    }

    private static int deviceTo(NetworkView view, long high, long low) {
        RouteTable.Hop hop = view.routes().find(high, low);
        return hop == null ? NetworkView.NONE : hop.device();
    }
}
