// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.localport;

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
    }

    /// Where the NIC's hash sends it: nothing is ever handed over.
    ///
    /// @param scaling of the port at which answers arrive
    record ByHash(ReceiveSideScaling scaling) implements ReturnPath {
        @Override
        public int owner(long addresses, int ports) {
            return scaling.queue(addresses, ports);
        }
    }
}
