// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core;

import io.fullnat.api.BalancerException;
import io.fullnat.api.ErrorCode;
import io.fullnat.api.io.PacketIo;
import java.lang.ref.WeakReference;
import java.util.ArrayList;
import java.util.List;

/// That a balancer uses some ports. Two on the same ones would take each other's packets and give
/// buffers back twice.
final class PortClaim {
    private static final List<PortClaim> CLAIMS = new ArrayList<>();

    private final WeakReference<PacketIo> io;

    private PortClaim(PacketIo io) {
        this.io = new WeakReference<>(io);
    }

    /// Claims ports.
    ///
    /// @throws BalancerException [ErrorCode#INVALID_ARGUMENT] if a balancer uses them that is not
    ///   closed
    static PortClaim of(PacketIo io) {
        synchronized (CLAIMS) {
            CLAIMS.removeIf(claim -> claim.io.refersTo(null));
            if (CLAIMS.stream().anyMatch(claim -> claim.io.refersTo(io))) {
                throw new BalancerException(
                        ErrorCode.INVALID_ARGUMENT,
                        "another balancer uses these ports; close it first, or open others");
            }
            PortClaim claim = new PortClaim(io);
            CLAIMS.add(claim);
            return claim;
        }
    }

    /// The balancer is closed.
    void release() {
        synchronized (CLAIMS) {
            CLAIMS.remove(this);
        }
    }
}
