// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.service;

import io.fullnat.api.io.Memory;
import io.fullnat.core.memory.Region;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;

/// What one worker's connections have met of real servers that are watched: how many were answered,
/// and how many not, by slot. A connection has a say once or twice in its life, when it begins; one
/// that began before a server was watched has none.
///
/// ```
/// +0 watched: 1, silence of UDP counts: 2, since when (upper half)  +8 failures  +16 answers
/// ```
///
/// **Thread-safety:** counts are written by the worker, with plain stores; the first word by the
/// control thread. Each word stands for itself.
public final class ServerNotices implements AutoCloseable {
    private static final int LENGTH = 32;
    private static final int FAILURES = 8;
    private static final int ANSWERS = 16;
    private static final int WATCHED = 1;
    private static final int SILENCE = 2;

    private static final VarHandle USED;

    static {
        try {
            USED = MethodHandles.lookup().findVarHandle(ServerNotices.class, "used", boolean.class);
        } catch (ReflectiveOperationException impossible) {
            throw new ExceptionInInitializerError(impossible);
        }
    }

    private final Region region;

    /// Whether any server was ever watched: else connections need not look at their server's word.
    private boolean used;

    /// No server is watched.
    ///
    /// @param servers slots of real servers
    ServerNotices(int servers) {
        region = Region.allocateSparse((long) servers * LENGTH, "notices of servers");
    }

    private long at(int slot) {
        return region.address() + (long) slot * LENGTH;
    }

    /// Worker: a connection was answered.
    ///
    /// @param slot of its server
    public void answered(int slot) {
        if (!used) { // a plain load: else the compiler would have all be loaded again
            return;
        }
        long at = at(slot);
        if (Memory.getLong(at) != 0) {
            Memory.addLong(at + ANSWERS, 1);
        }
    }

    /// Worker: a connection was refused, or not answered though its server must.
    ///
    /// @param slot of its server
    /// @param since second at which its server was asked
    public void failed(int slot, int since) {
        long at = at(slot);
        long watch = Memory.getLong(at);
        if (watch != 0 && since - (int) (watch >> 32) > 0) {
            Memory.addLong(at + FAILURES, 1);
        }
    }

    /// Worker: a datagram was not answered.
    ///
    /// @param slot of its server
    /// @param since second at which its server was asked
    public void silent(int slot, int since) {
        if ((Memory.getLong(at(slot)) & SILENCE) != 0) {
            failed(slot, since);
        }
    }

    /// Control: watches a server from now on.
    ///
    /// @param slot of the server
    /// @param silence whether datagrams are to be answered
    /// @param second the worker's present one; connections that began in it or before have no say
    public void watch(int slot, boolean silence, int second) {
        USED.setVolatile(this, true);
        long flags = silence ? WATCHED | SILENCE : WATCHED;
        Memory.putLongRelease(at(slot), ((long) second << 32) | flags);
    }

    /// Control: watches a server no more.
    ///
    /// @param slot of the server
    public void unwatch(int slot) {
        Memory.putLongRelease(at(slot), 0);
    }

    /// Control: how many connections failed, since ever.
    ///
    /// @param slot of the server
    /// @return a count that only grows
    public long failures(int slot) {
        return Memory.getLongAcquire(at(slot) + FAILURES);
    }

    /// Control: how many were answered, since ever.
    ///
    /// @param slot of the server
    /// @return a count that only grows
    public long answers(int slot) {
        return Memory.getLongAcquire(at(slot) + ANSWERS);
    }

    @Override
    public void close() {
        region.close();
    }
}
