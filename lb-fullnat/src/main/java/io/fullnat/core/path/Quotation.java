// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.path;

import io.fullnat.api.io.Memory;
import io.fullnat.core.connection.ConnectionLayout;
import io.fullnat.core.connection.SequenceShifts;
import io.fullnat.core.localport.ReturnPath;
import io.fullnat.core.packet.Tcp;
import io.fullnat.core.translate.TcpNumbers;

/// The packet that an ICMP error quotes: one that we translated, if its reversed tuple is the key
/// of the other direction. One object a worker and family, filled again for each error.
abstract sealed class Quotation permits Ipv4Quotation, Ipv6Quotation {
    private static final int FLAGS_OFFSET = 13;

    /// Reads the quotation of an error.
    ///
    /// @param ip IP header of the error, whose message is whole
    /// @return false if it is none that can be believed and translated: it must be the beginning of
    ///   a TCP or UDP packet, with its ports, that the error's destination sent
    abstract boolean read(long ip);

    /// Whether the error says that the destination of the quoted packet cannot be reached, rather
    /// than how to reach it.
    abstract boolean isUnreachable();

    /// The longest packet that a link takes, if the error says that the quoted one was too long.
    ///
    /// @return bytes; 0 for another error, or if it does not say
    abstract int tooBig();

    /// The flow of the direction that the error belongs to.
    ///
    /// @return 0 if this worker knows no such connection
    abstract long find();

    /// First half of the address from which the quoted packet was sent.
    abstract long sourceHigh();

    /// Last half.
    abstract long sourceLow();

    /// The port from which it was sent.
    abstract int sourcePort();

    /// Which worker awaits the answers to the quoted packet.
    ///
    /// @param path of answers to its source
    abstract int owner(ReturnPath path);

    /// Moves the sequence numbers of the quoted segment back to those that its sender knows.
    /// [#translate] or [#translateAcross] is to follow, which sums the error up anew.
    ///
    /// @param shifts of the table
    /// @param flow from [#find()], whose packets' numbers are moved
    abstract void moveNumbers(SequenceShifts shifts, long flow);

    /// What the quoted segment adds to its numbers to become what its sender sent: the reverse of
    /// what the other direction, which it belongs to, added to them.
    static void moveNumbers(SequenceShifts shifts, long flow, long l4, int available) {
        boolean syn = available > FLAGS_OFFSET && (Tcp.flags(l4) & Tcp.SYN) != 0;
        long shift =
                syn
                        ? shifts.ofSyn(flow, Memory.getByte(flow + ConnectionLayout.DIRECTION))
                        : shifts.of(flow);
        TcpNumbers.moveQuoted(
                l4,
                available,
                Long.rotateLeft(shift, Integer.SIZE),
                Long.rotateLeft(shifts.stamps(flow), Integer.SIZE));
    }

    /// Translates the error and what it quotes.
    ///
    /// @param flow from [#find()]
    abstract void translate(long flow);

    /// Translates the error and what it quotes into the other family.
    ///
    /// @param flow from [#find()], that leaves in the other family
    /// @param towards MTU of the link that the error leaves by
    /// @param from MTU of the link that it came by
    /// @return where its IP header begins now; 0, with nothing done, if the other family has no
    ///   such error
    abstract long translateAcross(long flow, int towards, int from);
}
