// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.open;

import static io.fullnat.core.connection.ConnectionLayout.OUTBOUND;

import io.fullnat.core.address.Mixer;
import io.fullnat.core.connection.ConnectionKey;
import io.fullnat.core.cookie.SipHash;

/// Initial sequence numbers towards real servers (RFC 6528): a clock of 4 microseconds plus a keyed
/// hash of the tuple that the server sees, SipHash-2-4. So numbers of one tuple rise from
/// connection to connection whatever clients they serve, and those of others cannot be guessed from
/// them.
///
/// **Thread-safety:** none; each worker has its own.
final class InitialNumbers {
    private static final long TICK_NS = 4000;
    private static final long BYTES = (8L * 5) << 56;

    private final long first;
    private final long second;
    private final SipHash hash = new SipHash();

    /// @param seed a secret of the process
    InitialNumbers(long seed) {
        first = Mixer.mix(seed ^ 0x243F_6A88_85A3_08D3L);
        second = Mixer.mix(seed ^ 0x1319_8A2E_0370_7344L);
    }

    /// The number with which a connection may begin now.
    ///
    /// @param entry of the connection, whose keys are written
    /// @param nowNs the present
    /// @return a number that wraps
    int of(long entry, long nowNs) {
        long ports =
                (long) ConnectionKey.destinationPort(entry, OUTBOUND) << 16
                        | ConnectionKey.sourcePort(entry, OUTBOUND);
        long hashed =
                hash.begin(first, second)
                        .add(ConnectionKey.sourceHigh(entry, OUTBOUND))
                        .add(ConnectionKey.sourceLow(entry, OUTBOUND))
                        .add(ConnectionKey.destinationHigh(entry, OUTBOUND))
                        .add(ConnectionKey.destinationLow(entry, OUTBOUND))
                        .add(ports)
                        .end(BYTES);
        return (int) (hashed + nowNs / TICK_NS);
    }
}
