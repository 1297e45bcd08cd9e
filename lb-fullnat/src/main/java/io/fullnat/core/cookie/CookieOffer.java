// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.cookie;

/// What a service offers its clients in SYN-ACKs with cookies. It stands for its real servers, so
/// it is to be what they would offer: [io.fullnat.api.service.SynProxy] says how. Immutable and
/// thread-safe.
///
/// @param scale by how many bits windows towards clients are shifted, 0 to 14, or
///   [CookieTerms#NO_SCALE]
/// @param selective whether acknowledgements may be selective
/// @param timestamps whether there may be timestamps
public record CookieOffer(int scale, boolean selective, boolean timestamps) {
    /// In one byte, of which cookies are a function: so one that was made by another offer does not
    /// pass.
    int bits() {
        return scale + 1 | (selective ? 16 : 0) | (timestamps ? 32 : 0);
    }
}
