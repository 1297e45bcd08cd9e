// SPDX-License-Identifier: Apache-2.0
package io.fullnat.api.control;

import static java.util.Objects.requireNonNull;

import io.fullnat.api.network.PuntSettings;
import io.fullnat.api.service.ServicePolicy.Refusal;

/// What becomes of packets that come to the balancer's addresses, or by its ports, and that no
/// service and no connection explains. It can be changed at any time, under an attack too, and ends
/// no connection. Immutable and thread-safe.
///
/// @param unusedPorts what a client hears that sends to a port or a protocol of an address that no
///   service uses
/// @param punting how much goes to the kernel, and what is dropped in silence
public record LeftoverPolicy(Refusal unusedPorts, PuntSettings punting) {
    /// Clients are refused; the kernel gets what [PuntSettings#DEFAULT] says.
    public static final LeftoverPolicy DEFAULT =
            new LeftoverPolicy(Refusal.REJECT, PuntSettings.DEFAULT);

    /// Refuses null.
    public LeftoverPolicy {
        requireNonNull(unusedPorts, "unusedPorts");
        requireNonNull(punting, "punting");
    }

    /// The same with another answer to those who send to unused ports.
    ///
    /// @param refusal what they hear
    /// @return a new value
    public LeftoverPolicy withUnusedPorts(Refusal refusal) {
        return new LeftoverPolicy(refusal, punting);
    }

    /// The same with another part for the kernel.
    ///
    /// @param settings of all ports that have an interface of the kernel
    /// @return a new value
    public LeftoverPolicy withPunting(PuntSettings settings) {
        return new LeftoverPolicy(unusedPorts, settings);
    }
}
