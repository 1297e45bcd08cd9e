// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.localport;

import io.fullnat.api.io.Memory;
import io.fullnat.api.io.ReceiveSideScaling;

/// Which worker the answers from a real server belong to: a local port must be chosen such that it
/// is the one that chooses. Immutable and thread-safe.
public sealed interface ReturnPath {
    /// The owner of a tuple.
    ///
    /// @param addresses real server and local address, as they lie in an answer
    /// @param ports the server's and the local port, likewise
    /// @return the worker's number
    int owner(long addresses, int ports);

    /// The owner of a tuple of IPv6.
    ///
    /// @param addresses where 32 bytes lie: real server and local address, as in an answer
    /// @param ports the server's and the local port, as they lie in an answer
    /// @return the worker's number
    int wideOwner(long addresses, int ports);

    /// By local port, as [PortPartition] says. Where the NIC is not told so, answers that it brings
    /// elsewhere are handed over.
    ///
    /// @param workers how many there are
    /// @param modulus of the partition
    record ByPort(int workers, int modulus) implements ReturnPath {
        @Override
        public int owner(long addresses, int ports) {
            return PortPartition.owner(
                    Short.reverseBytes((short) (ports >>> 16)) & 0xFFFF, workers, modulus);
        }

        @Override
        public int wideOwner(long addresses, int ports) {
            return owner(0, ports);
        }
    }

    /// Where the NIC's hash sends it: nothing is ever handed over. Answers over IPv6 of a NIC that
    /// does not spread these go by local port.
    ///
    /// @param scaling of the port at which answers arrive
    /// @param unspread the path of what it does not spread
    record ByHash(ReceiveSideScaling scaling, ByPort unspread) implements ReturnPath {
        @Override
        public int owner(long addresses, int ports) {
            return scaling.queue(addresses, ports);
        }

        @Override
        public int wideOwner(long addresses, int ports) {
            if (!scaling.spreadsIpv6()) {
                return unspread.wideOwner(addresses, ports);
            }
            return scaling.queue(
                    Memory.getLong(addresses),
                    Memory.getLong(addresses + 8),
                    Memory.getLong(addresses + 16),
                    Memory.getLong(addresses + 24),
                    ports);
        }
    }
}
