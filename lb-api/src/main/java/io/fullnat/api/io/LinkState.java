// SPDX-License-Identifier: Apache-2.0
package io.fullnat.api.io;

/// The state of a port's link.
///
/// @param up whether packets can pass
/// @param speedMbps megabits a second, 0 if unknown
/// @param fullDuplex whether both directions can be used at once
/// @param trouble why packets cannot pass, as it will stand in a log; empty if they can, or if the
///   device does not say
public record LinkState(boolean up, long speedMbps, boolean fullDuplex, String trouble) {
    /// A state without more to say.
    ///
    /// @param up whether packets can pass
    /// @param speedMbps megabits a second, 0 if unknown
    /// @param fullDuplex whether both directions can be used at once
    public LinkState(boolean up, long speedMbps, boolean fullDuplex) {
        this(up, speedMbps, fullDuplex, "");
    }

    /// A link by which nothing passes.
    ///
    /// @param trouble why
    /// @return the state
    public static LinkState down(String trouble) {
        return new LinkState(false, 0, false, trouble);
    }
}
