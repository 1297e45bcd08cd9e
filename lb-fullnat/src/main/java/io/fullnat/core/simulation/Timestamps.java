// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.simulation;

import io.fullnat.core.packet.Tcp;
import java.nio.ByteBuffer;
import java.util.HashSet;
import java.util.Set;

/// The timestamps of one connection (RFC 7323 §3-5): agreed on by both SYNs, then in every segment
/// but resets, from a clock of milliseconds that begins anywhere. Old segments are refused (PAWS).
/// Belongs to the host's thread.
///
/// An echo must be a timestamp that was sent, to the bit: what changes one on its way must change
/// the other likewise. [HostCounters#wrongEchoes()] counts what is not.
final class Timestamps {
    /// What they add to each segment.
    static final int LENGTH = Tcp.TIMESTAMPS_LENGTH + 2;

    private static final int WRAPS_WITHIN_MS = 0x7FF;
    private static final byte[] NONE = {};

    private final SimulatedHost host;
    private final boolean offered;
    private final int offset;
    private final Set<Integer> sent = new HashSet<>();
    private boolean agreed;
    private int recent;
    private int lastAcknowledgement;

    private Timestamps(SimulatedHost host, boolean offered, int offset) {
        this.host = host;
        this.offered = offered;
        this.offset = offset;
    }

    /// Of a connection that has none.
    static Timestamps none(SimulatedHost host) {
        return new Timestamps(host, false, 0);
    }

    /// Of a connection that has some if its peer wants to.
    ///
    /// @param wrapSoon whether they go from the highest to the lowest number soon
    static Timestamps offered(SimulatedHost host, boolean wrapSoon) {
        int random = host.random().nextInt();
        int first = wrapSoon ? -1 - (random & WRAPS_WITHIN_MS) : random;
        return new Timestamps(host, true, first - milliseconds(host));
    }

    private static int milliseconds(SimulatedHost host) {
        return (int) (host.nowNs() / 1_000_000);
    }

    /// Bytes that each segment has less for data.
    int length() {
        return agreed ? LENGTH : 0;
    }

    /// Reads the peer's SYN.
    void agree(Segment syn) {
        ByteBuffer option = syn.timestamps();
        agreed = offered && option != null;
        if (option != null && agreed) {
            recent = option.getInt(0);
            if (syn.has(Tcp.ACK)) {
                checkEcho(option.getInt(Integer.BYTES));
            }
        }
    }

    /// The option of a segment that is sent now.
    ///
    /// @param flags of the segment
    /// @param acknowledgement its number, if it has one
    /// @return empty if it has none
    byte[] option(int flags, int acknowledgement) {
        boolean acknowledges = (flags & Tcp.ACK) != 0;
        boolean first = (flags & Tcp.SYN) != 0 && !acknowledges;
        if (acknowledges) {
            lastAcknowledgement = acknowledgement;
        }
        if (first ? !offered : !agreed) {
            return NONE;
        }
        int value = milliseconds(host) + offset;
        sent.add(value);
        return ByteBuffer.allocate(LENGTH)
                .put((byte) Tcp.OPTION_NO_OPERATION)
                .put((byte) Tcp.OPTION_NO_OPERATION)
                .put((byte) Tcp.OPTION_TIMESTAMPS)
                .put((byte) Tcp.TIMESTAMPS_LENGTH)
                .putInt(value)
                .putInt(acknowledges ? recent : 0)
                .array();
    }

    /// How a segment that is no reset stands to those before it.
    enum Age {
        /// It may be looked at.
        RIGHT,
        /// It is dropped: it should have timestamps, and has none.
        UNKNOWN,
        /// It is answered by an acknowledgement, and dropped.
        OLD
    }

    /// Looks at a segment's timestamps, before all else of it.
    Age judge(Segment segment) {
        if (!agreed) {
            return Age.RIGHT;
        }
        ByteBuffer option = segment.timestamps();
        if (option == null) {
            host.counters().unstamped++;
            return Age.UNKNOWN;
        }
        if (segment.has(Tcp.ACK)) {
            checkEcho(option.getInt(Integer.BYTES));
        }
        if (option.getInt(0) - recent < 0) {
            host.counters().oldSegments++;
            return Age.OLD;
        }
        return Age.RIGHT;
    }

    /// Takes note of what is to be echoed: of a segment that is within the window.
    void note(Segment segment) {
        ByteBuffer option = agreed ? segment.timestamps() : null;
        if (option != null && segment.sequence() - lastAcknowledgement <= 0) {
            recent = option.getInt(0);
        }
    }

    private void checkEcho(int echo) {
        if (!sent.contains(echo)) {
            host.counters().wrongEchoes++;
        }
    }
}
