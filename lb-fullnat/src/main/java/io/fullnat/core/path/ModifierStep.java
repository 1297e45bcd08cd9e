// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.path;

import static io.fullnat.core.connection.ConnectionLayout.INBOUND;
import static io.fullnat.core.connection.ConnectionLayout.OUTBOUND;

import io.fullnat.api.counter.Outcome;
import io.fullnat.api.io.Memory;
import io.fullnat.core.connection.ConnectionKey;
import io.fullnat.core.connection.ConnectionLayout;
import io.fullnat.core.connection.ConnectionState;
import io.fullnat.core.open.FlowContext;
import io.fullnat.core.open.ModifiedPacket;
import io.fullnat.core.open.Modifiers;
import io.fullnat.core.packet.Tcp;
import io.fullnat.core.service.ServiceEntry;
import org.jspecify.annotations.Nullable;

/// Lets the modifier of a connection see a packet that is sent on, and does what it says besides.
/// For one worker.
final class ModifierStep {
    private static final int SYN_ACK = Tcp.SYN | Tcp.ACK;

    /// More bytes than a connection carries until the last repeated SYN-ACK of its has come.
    private static final int RECENT = 1 << 24;

    private final FlowContext context;
    private final Family family;

    ModifierStep(FlowContext context, Family family) {
        this.context = context;
        this.family = family;
    }

    /// Gives a modifier to a connection whose server begins anew by itself: one that has forgotten
    /// it answers the SYN of a client that has, too. Without one, the new stream would have no
    /// header, and its numbers moved by that of the former one.
    ///
    /// @param flow of the server's segments
    /// @param ip the IP header of one
    /// @return why it is not to be sent on; null if nothing is against it
    @Nullable Outcome follow(long entry, long flow, long ip) {
        if (Memory.getByte(flow + ConnectionLayout.STATE) == ConnectionState.SYN_RECV.ordinal()
                || (Tcp.flags(family.transport(ip)) & SYN_ACK) != SYN_ACK
                || ConnectionLayout.isModified(entry)
                || isRepeated(entry, family.transport(ip))) {
            return null;
        }
        Modifiers modifiers = context.modifiers();
        ServiceEntry service = modifiers == null ? null : service(entry);
        if (modifiers == null || service == null || !modifiers.isNeeded(service)) {
            return null;
        }
        if (!modifiers.hasRoom(service)) {
            return Outcome.MODIFIERS_FULL;
        }
        modifiers.begin(entry, service);
        return null;
    }

    /// Whether a SYN-ACK is that of the present connection, late: its numbers lie where both ends
    /// have been a while ago.
    private static boolean isRepeated(long entry, long l4) {
        return wasAcknowledged(entry, INBOUND, Tcp.sequence(l4) + 1)
                && wasAcknowledged(entry, OUTBOUND, Tcp.acknowledgement(l4));
    }

    private static boolean wasAcknowledged(long entry, int direction, int number) {
        long flow = entry + (long) direction * ConnectionLayout.FLOW_LENGTH;
        int last = Memory.getNetworkInt(flow + ConnectionLayout.ACKNOWLEDGED);
        return Integer.compareUnsigned(last - number, RECENT) <= 0;
    }

    private @Nullable ServiceEntry service(long entry) {
        return context.services()
                .find(
                        ConnectionKey.destinationHigh(entry, INBOUND),
                        ConnectionKey.destinationLow(entry, INBOUND),
                        ConnectionKey.destinationPort(entry, INBOUND),
                        Memory.getUnsignedByte(entry + ConnectionLayout.PROTOCOL));
    }

    /// Lets it see a packet.
    ///
    /// @param entry of a connection that has one
    /// @param longest the longest packet that can be sent on in one piece, before translation
    /// @return where the IP header begins now
    long modify(long entry, int direction, long ip, int longest) {
        Modifiers modifiers = context.modifiers();
        if (modifiers == null) {
            return ip;
        }
        long now = modifiers.modify(entry, direction, ip, family.transport(ip), longest);
        ModifiedPacket packet = modifiers.packet();
        if (packet.isAnswered()) {
            context.resets()
                    .acknowledge(entry, packet.transport(), packet.answer(), packet.answerWindow());
        }
        return now;
    }

    /// Ends what the packet that was seen last is not to be sent on for, when the state knows it.
    ///
    /// @return why the packet is dropped; null if it is not
    @Nullable Outcome end(long entry) {
        Modifiers modifiers = context.modifiers();
        if (modifiers == null) {
            return null;
        }
        ModifiedPacket packet = modifiers.packet();
        if (packet.isRefused()) {
            context.resets().reset(entry);
        }
        return packet.isDropped() ? Outcome.TELLING_REFUSED : null;
    }
}
