// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.control;

import io.fullnat.api.counter.ServiceCounters;
import io.fullnat.api.service.ServiceKey;
import io.fullnat.api.service.TrafficCounts;
import io.fullnat.core.service.TrafficTable;
import java.util.function.ToLongFunction;
import org.jspecify.annotations.Nullable;

/// Reads the counts of one service, wherever they are at the moment.
final class ServiceCountersReader implements ServiceCounters {
    private static final int OUT_PACKETS = TrafficTable.IN_PACKETS + TrafficTable.DIRECTION_STEP;
    private static final int OUT_BYTES = TrafficTable.IN_BYTES + TrafficTable.DIRECTION_STEP;

    private final ServiceKey key;
    private final Transactions transactions;
    private final ReaderGate gate;

    ServiceCountersReader(ServiceKey key, Transactions transactions, ReaderGate gate) {
        this.key = key;
        this.transactions = transactions;
        this.gate = gate;
    }

    private long sum(int field, ToLongFunction<TrafficCounts> ofBase) {
        long stamp = gate.enter();
        try {
            @Nullable ServiceReading reading = transactions.source().reading(key);
            return reading == null ? 0 : reading.sum(field) + ofBase.applyAsLong(reading.base());
        } finally {
            gate.leave(stamp);
        }
    }

    @Override
    public long connections() {
        return sum(TrafficTable.CONNECTIONS, TrafficCounts::connections);
    }

    @Override
    public long activeConnections() {
        return sum(TrafficTable.ACTIVE, base -> 0);
    }

    @Override
    public long inactiveConnections() {
        return sum(TrafficTable.INACTIVE, base -> 0);
    }

    @Override
    public long inPackets() {
        return sum(TrafficTable.IN_PACKETS, TrafficCounts::inPackets);
    }

    @Override
    public long inBytes() {
        return sum(TrafficTable.IN_BYTES, TrafficCounts::inBytes);
    }

    @Override
    public long outPackets() {
        return sum(OUT_PACKETS, TrafficCounts::outPackets);
    }

    @Override
    public long outBytes() {
        return sum(OUT_BYTES, TrafficCounts::outBytes);
    }
}
