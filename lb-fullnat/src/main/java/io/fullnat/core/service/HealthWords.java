// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.service;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.util.Arrays;

/// What workers read of the health of real servers: one word a slot, 0 for a server that gets no
/// new connection, else which share of its weight it has now; and for each service whether the
/// shares of its servers differ. Read when a connection begins, never by packets of a known one.
///
/// **Thread-safety:** written by the control thread, read by all workers. A word stands for itself:
/// nothing is reached through it, so a reader that sees it a little later is none the worse.
/// Workers read it plainly: all other ways would have the compiler load again all that it knows of
/// objects, and whatever it keeps of a word, it keeps for one burst at most.
public final class HealthWords {
    /// The whole weight.
    public static final int WHOLE = 1 << 16;

    private static final VarHandle WORD = MethodHandles.arrayElementVarHandle(int[].class);

    private final int[] servers;
    private final int[] services;

    /// All servers are usable, with their whole weights.
    ///
    /// @param servers slots of real servers
    /// @param services slots of services
    public HealthWords(int servers, int services) {
        this.servers = new int[servers];
        this.services = new int[services];
        Arrays.fill(this.servers, WHOLE);
    }

    /// A server's word.
    ///
    /// @param slot of the server
    /// @return 0, or its share: 1 to [#WHOLE]
    public int server(int slot) {
        return servers[slot];
    }

    /// Control: a server has another share.
    ///
    /// @param slot of the server
    /// @param share 0, or 1 to [#WHOLE]
    public void server(int slot, int share) {
        WORD.setRelease(servers, slot, share);
    }

    /// Whether some server of a service has less than its whole weight, but more than nothing.
    ///
    /// @param slot of the service
    /// @return false if schedulers need not ask for shares
    public boolean sharesDiffer(int slot) {
        return services[slot] != 0;
    }

    /// Control: says whether shares differ.
    ///
    /// @param slot of the service
    /// @param differ whether they do
    public void sharesDiffer(int slot, boolean differ) {
        WORD.setRelease(services, slot, differ ? 1 : 0);
    }
}
