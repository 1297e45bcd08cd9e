// SPDX-License-Identifier: Apache-2.0
package io.fullnat.api.health;

import java.util.Locale;

/// What the network was told of a virtual address.
public enum Announcement {
    /// Nothing: its services do not ask for it.
    NONE,
    /// That it is served here.
    ANNOUNCED,
    /// That it is not served here, or nothing yet.
    WITHDRAWN,
    /// The last attempt to tell it has failed; there will be another.
    FAILED;

    /// The word for it in lists.
    ///
    /// @return lower case
    public String word() {
        return name().toLowerCase(Locale.ROOT);
    }
}
