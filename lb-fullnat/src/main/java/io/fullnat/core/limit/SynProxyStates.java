// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.limit;

import io.fullnat.api.Clock;
import io.fullnat.api.io.Memory;
import io.fullnat.api.service.CookieSecrets;
import io.fullnat.core.memory.Region;

/// What all workers know together of SYN proxies: which services have switched theirs on because
/// they have many half-open connections, with which secrets cookies are made, and by which clock.
///
/// A service is switched on by the first worker that sees too many, and off by the control plane,
/// which sees all of them.
///
/// **Thread-safety:** all methods, by any thread.
public final class SynProxyStates implements AutoCloseable {
    private final Region region;
    private volatile CookieSecrets secrets;
    private final Clock clock;

    /// No service is switched on.
    ///
    /// @param slots how many services there can be
    /// @param secrets of cookies
    /// @param clock whose time of day cookies have
    public SynProxyStates(int slots, CookieSecrets secrets, Clock clock) {
        region = Region.allocateSparse((long) slots * Long.BYTES, "SYN proxies of services");
        this.secrets = secrets;
        this.clock = clock;
    }

    private long at(int slot) {
        return region.address() + (long) slot * Long.BYTES;
    }

    /// Whether a service is switched on.
    ///
    /// @param slot of the service
    /// @return false until [#on]
    public boolean isOn(int slot) {
        return from(slot) != 0;
    }

    /// From how many half-open connections on a service that is switched on is so.
    ///
    /// @param slot of the service
    /// @return 0 if it is not
    public int from(int slot) {
        return (int) Memory.getLongAcquire(at(slot));
    }

    /// Switches a service on.
    ///
    /// @param slot of the service
    /// @param from how many half-open connections made that necessary, 1 or more
    public void on(int slot, int from) {
        Memory.putLongRelease(at(slot), from);
    }

    /// Switches a service off.
    ///
    /// @param slot of the service
    public void off(int slot) {
        Memory.putLongRelease(at(slot), 0);
    }

    /// What cookies are made with.
    ///
    /// @return the secrets
    public CookieSecrets secrets() {
        return secrets;
    }

    /// Has all workers make and accept cookies of other secrets, within a second of theirs.
    ///
    /// @param others instead of those before
    public void changeSecrets(CookieSecrets others) {
        secrets = others;
    }

    /// The time of day.
    ///
    /// @return as [Clock#unixSeconds()]
    public long unixSeconds() {
        return clock.unixSeconds();
    }

    @Override
    public void close() {
        region.close();
    }
}
