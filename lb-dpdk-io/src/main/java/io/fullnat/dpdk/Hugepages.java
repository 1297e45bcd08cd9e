// SPDX-License-Identifier: Apache-2.0
package io.fullnat.dpdk;

/// Whether packet memory lies in hugepages.
public enum Hugepages {
    /// If enough of them are free when DPDK starts; else in ordinary pages, which is logged.
    AUTO,
    /// Always: the start fails if there are not enough.
    REQUIRED,
    /// Never.
    NONE
}
