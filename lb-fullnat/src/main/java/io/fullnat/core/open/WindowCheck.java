// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.open;

import static io.fullnat.core.connection.ConnectionLayout.INBOUND;

import io.fullnat.api.counter.Counter;
import io.fullnat.api.io.Memory;
import io.fullnat.api.service.OutOfWindow;
import io.fullnat.core.connection.ConnectionLayout;
import io.fullnat.core.connection.ConnectionState;
import io.fullnat.core.connection.SequenceShifts;
import io.fullnat.core.connection.StateTable;
import io.fullnat.core.connection.TcpMoves;
import io.fullnat.core.connection.TcpWindows;
import io.fullnat.core.packet.Ipv4;
import io.fullnat.core.packet.Tcp;
import io.fullnat.core.service.ServiceEntry;
import io.fullnat.core.translate.TcpOptions;
import java.util.Arrays;

/// What becomes of segments outside of their receiver's window, as each service says. Connections
/// of those that want to know are marked when they begin, so that each of their packets is an event
/// and leaves the fast loop; others are asked nothing, and those that have begun before are not
/// looked at. For the worker's thread.
public final class WindowCheck {
    private static final OutOfWindow[] ALL = OutOfWindow.values();

    private final FlowContext context;
    private final TcpWindows windows;

    /// By slot of the service: the ordinal of what it says.
    private byte[] said = {};

    WindowCheck(FlowContext context) {
        this.context = context;
        windows = context.table().shifts().windows();
    }

    /// Does as a service's state says that is in force from now on.
    void adopt(ServiceEntry service) {
        int slot = service.slot();
        int wanted = service.service().policy().outOfWindow().ordinal();
        if (slot >= said.length) {
            if (wanted == 0) {
                return;
            }
            said = Arrays.copyOf(said, slot + 1);
        }
        said[slot] = (byte) wanted;
    }

    private OutOfWindow said(long entry) {
        int slot = Memory.getInt(entry + ConnectionLayout.OWNER);
        return slot < said.length ? ALL[said[slot]] : OutOfWindow.PASS;
    }

    /// Marks a connection that begins, before its state is written, if its service wants to know.
    void begin(long entry) {
        if (said.length > 0
                && said(entry) != OutOfWindow.PASS
                && Memory.getByte(entry + ConnectionLayout.PROTOCOL) == Ipv4.PROTOCOL_TCP
                && ConnectionLayout.tracking(entry) == StateTable.TWO_SIDED) {
            windows.begin(entry);
            ConnectionLayout.windowed(entry, true);
        }
    }

    /// Looks at a segment that could be sent.
    ///
    /// @param entry of its connection, which is marked
    /// @param direction of the segment
    /// @param l4 its TCP header
    /// @param length bytes from there
    /// @return whether it is to be dropped
    public boolean drops(long entry, int direction, long l4, int length) {
        OutOfWindow wanted = said(entry);
        if (wanted == OutOfWindow.PASS) {
            ConnectionLayout.windowed(entry, false);
            byte state = Memory.getByte(entry + ConnectionLayout.STATE);
            TcpMoves.watch(entry, ConnectionState.of(state));
            return false;
        }
        int flags = Tcp.flags(l4);
        long shift =
                direction == INBOUND && ConnectionLayout.isShifted(entry) ? shift(entry, flags) : 0;
        boolean fits =
                windows.fits(
                        entry,
                        direction,
                        flags,
                        Tcp.sequence(l4) + (int) shift,
                        Tcp.acknowledgement(l4) + SequenceShifts.acknowledgement(shift),
                        length - Tcp.headerLength(l4),
                        window(entry, direction, flags, l4),
                        (flags & Tcp.SYN) == 0 ? -1 : TcpOptions.windowScale(l4));
        if (!fits && wanted == OutOfWindow.COUNT) {
            context.stack().counters().count(Counter.OUT_OF_WINDOW_PASSED);
        }
        return !fits && wanted == OutOfWindow.DROP;
    }

    /// Of the client's segments: what the server sends is in its numbers already.
    private long shift(long entry, int flags) {
        SequenceShifts shifts = context.table().shifts();
        return (flags & Tcp.SYN) == 0 ? shifts.of(entry) : shifts.ofSyn(entry, INBOUND);
    }

    /// As the real server sees it.
    private int window(long entry, int direction, int flags, long l4) {
        boolean shifted =
                direction == INBOUND && ConnectionLayout.isShifted(entry) && (flags & Tcp.SYN) == 0;
        int window = Tcp.window(l4);
        return shifted
                ? SequenceShifts.scaled(window, context.table().shifts().window(entry))
                : window;
    }
}
