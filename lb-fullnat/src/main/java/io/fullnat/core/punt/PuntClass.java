// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.punt;

/// Classes of frames for the kernel, the most important first: each has a queue and a rate of its
/// own.
public enum PuntClass {
    /// Routing protocols, ARP and neighbour discovery, of stations of the link.
    ROUTING,
    /// To addresses of the kernel, and interface addresses.
    HOST,
    /// All else.
    OTHER;

    static final int COUNT = values().length;
}
