// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.modify;

import io.fullnat.api.io.Memory;

/// What [ProxyStream] keeps of a connection, and what it uses of a packet's scratch memory.
/// Stateless.
final class ProxyRecord {
    /// Nothing was seen of the connection.
    static final int NEW = 0;

    /// The client's first data are waited for.
    static final int WAITING = 1;

    /// What goes in front is known.
    static final int CHOSEN = 2;

    /// It was sent.
    static final int SENT = 3;

    /// One of the states above.
    static final int STATE = 0;

    /// Bytes that go in front.
    static final int LENGTH = 1;

    /// Whether headers of clients are believed.
    static final int INSECURE = 2;

    /// Form of the service's headers: 1 or 2.
    static final int FORM = 3;

    /// Where the client's stream begins, behind what is replaced of it.
    static final int START = 4;

    /// How far it was sent.
    static final int END = 8;

    /// Whether the server has answered the SYN.
    static final int ANSWERED = 12;

    /// Bytes of TLVs.
    static final int TLVS_LENGTH = 13;

    /// Bytes that are kept of the client's stream.
    static final int KEPT_LENGTH = 14;

    /// How many bytes of the client's stream are replaced by what goes in front.
    static final int REPLACED = 16;

    /// How many of these the client does not know to have arrived.
    static final int OWED = 20;

    /// The server's window.
    static final int WINDOW = 24;

    /// What goes in front.
    static final int HEADER = 32;

    /// Until that is known: TLVs of the service.
    static final int TLVS = HEADER;

    /// And what is kept of the client's stream.
    static final int KEPT = TLVS + ProxyTlvs.LONGEST;

    /// The most bytes that are kept.
    static final int MOST_KEPT = ReceivedText.LONGEST;

    /// In scratch memory, behind what goes in front: addresses that were received as text.
    static final int SCRATCH_ADDRESSES = 256;

    /// And what is kept with what came behind it.
    static final int SCRATCH_RECEIVED = 512;

    private ProxyRecord() {}

    /// Where the client's stream begins.
    static int first(long record) {
        return Memory.getInt(record + START) - Memory.getInt(record + REPLACED);
    }

    static int state(long record) {
        return Memory.getByte(record + STATE);
    }

    static int kept(long record) {
        return Memory.getUnsignedByte(record + KEPT_LENGTH);
    }
}
