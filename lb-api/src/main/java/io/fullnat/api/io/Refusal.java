// SPDX-License-Identifier: Apache-2.0
package io.fullnat.api.io;

/// Why a [PortQueue] took fewer packets than it was given.
public enum Refusal {
    /// There is no room now. The packets can be offered again.
    BUSY,
    /// The link is down or the device is gone. Packets offered again would come too late: the
    /// sender gives up all that were not taken.
    LINK_DOWN,
    /// The device never takes the first packet that it did not take, as that is too long or too
    /// short for it. The sender gives up that one and offers those behind it again.
    PACKET
}
