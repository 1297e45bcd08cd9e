// SPDX-License-Identifier: Apache-2.0
package io.fullnat.balancer.run;

/// Hears when a balancer begins to read its file again and when that is over, whatever came of it.
/// Called by the thread that reloads; must not throw.
public interface ReloadWatch {
    /// A reload begins; a mere look ("dry run") is none.
    void reloadBegins();

    /// It is over, done or refused.
    void reloadEnds();
}
