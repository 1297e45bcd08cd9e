// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.service;

import io.fullnat.api.counter.Outcome;
import io.fullnat.api.io.Memory;
import io.fullnat.core.memory.Region;
import java.util.Arrays;

/// Packets of one worker that services have refused, by slot of the service and by how they ended:
/// whole cache lines each. What is lost on the way, for want of a route, a neighbour or a buffer,
/// is no refusal. Nothing is touched for packets that are forwarded. Memory is taken page by page
/// as services refuse.
///
/// **Thread-safety:** written by the worker with plain stores; read by any thread, each count for
/// itself.
public final class RefusalTable implements AutoCloseable {
    /// How packets end that a service refuses.
    private static final Outcome[] COUNTED = {
        Outcome.ACCESS_DENIED,
        Outcome.SERVICE_FULL,
        Outcome.CLIENT_FULL,
        Outcome.NETWORK_FULL,
        Outcome.OUT_OF_WINDOW,
        Outcome.HALF_OPEN_FULL,
        Outcome.RATE_LIMITED,
        Outcome.NETWORK_RATE_LIMITED,
        Outcome.PACKETS_LIMITED,
        Outcome.BANDWIDTH_LIMITED,
        Outcome.PROPORTION_DROPPED,
        Outcome.CLIENT_TABLE_FULL,
        Outcome.SERVERS_FULL,
        Outcome.MODIFIERS_FULL,
        Outcome.SYN_PROXY_MISFIT,
        Outcome.SYN_PROXY_NOT_HELD,
        Outcome.TELLING_REFUSED,
        Outcome.COOKIE_REFUSED,
        Outcome.NO_REAL_SERVER,
        Outcome.NO_LOCAL_ADDRESS,
        Outcome.LOCAL_ADDRESS_NOT_READY,
        Outcome.NO_LOCAL_PORT,
        Outcome.TABLE_FULL
    };

    private static final int LENGTH =
            Math.ceilDiv(COUNTED.length * Long.BYTES, Region.CACHE_LINE) * Region.CACHE_LINE;
    private static final byte NOT_COUNTED = -1;
    private static final byte[] COLUMN_OF = columns();

    /// How many outcomes are counted.
    public static final int COLUMNS = COUNTED.length;

    private final Region region;
    private final long base;

    /// Nothing is counted yet.
    ///
    /// @param services slots of services
    RefusalTable(int services) {
        region = Region.allocateSparse((long) services * LENGTH, "refusals of services");
        base = region.address();
    }

    private static byte[] columns() {
        byte[] columns = new byte[Outcome.values().length];
        Arrays.fill(columns, NOT_COUNTED);
        for (int column = 0; column < COUNTED.length; column++) {
            columns[COUNTED[column].ordinal()] = (byte) column;
        }
        return columns;
    }

    private long at(int slot, int column) {
        return base + (long) slot * LENGTH + (long) column * Long.BYTES;
    }

    /// Worker: a packet of a service has ended.
    ///
    /// @param slot the service's
    /// @param outcome how; one that says nothing of the service is not counted
    public void count(int slot, Outcome outcome) {
        int column = COLUMN_OF[outcome.ordinal()];
        if (column != NOT_COUNTED) {
            long at = at(slot, column);
            Memory.putLong(at, Memory.getLong(at) + 1);
        }
    }

    /// What was counted.
    ///
    /// @param slot the service's
    /// @param column a number below [#COLUMNS]
    /// @return packets that ended as [#outcome] says
    public long get(int slot, int column) {
        return Memory.getLongAcquire(at(slot, column));
    }

    /// What a column counts.
    ///
    /// @param column a number below [#COLUMNS]
    /// @return how packets ended
    public static Outcome outcome(int column) {
        return COUNTED[column];
    }

    @Override
    public void close() {
        region.close();
    }
}
