// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.service;

import io.fullnat.api.io.Memory;
import io.fullnat.api.service.Scheduler;
import io.fullnat.core.limit.AnswerTimes;
import io.fullnat.core.limit.ServerLimit;
import io.fullnat.core.schedule.CountedLoads;
import org.jspecify.annotations.Nullable;

/// What a scheduler reads of a service's real servers, several for each connection: side by side,
/// so that reading one costs few cache lines. For one worker.
final class ServerReads implements CountedLoads {
    /// Of each server its slot, or the complement of it if its weight keeps it from connections.
    private final int[] slots;

    private final @Nullable ServerLimit @Nullable [] limits;
    private final HealthWords health;
    private final int service;

    /// Where each worker counts of slot 0.
    private final long[] counters;

    private @Nullable AnswerTimes answers;
    private long nowNs;

    /// The server that was found usable last since a scheduler was asked.
    private int found = Scheduler.NONE;

    /// @param service its slot
    /// @param servers in the order of the service
    /// @param traffic the counters of all workers
    /// @param health of all servers
    ServerReads(int service, ServerEntry[] servers, TrafficTable[] traffic, HealthWords health) {
        this.service = service;
        this.health = health;
        slots = new int[servers.length];
        @Nullable ServerLimit[] all = new ServerLimit[servers.length];
        boolean limited = false;
        for (int i = 0; i < servers.length; i++) {
            int slot = servers[i].slot();
            slots[i] = servers[i].weight() > 0 ? slot : ~slot;
            all[i] = servers[i].limit();
            limited |= all[i] != null;
        }
        limits = limited ? all : null;
        counters = new long[traffic.length];
        for (int i = 0; i < traffic.length; i++) {
            counters[i] = traffic[i].server(0);
        }
    }

    private int slot(int server) {
        int slot = slots[server];
        return slot < 0 ? ~slot : slot;
    }

    /// Gives schedulers that want it how long the servers take to answer.
    void measuring(AnswerTimes times) {
        answers = times;
    }

    boolean measuresAnswers() {
        return answers != null;
    }

    /// A scheduler is to be asked.
    void now(long nowNs) {
        this.nowNs = nowNs;
        found = Scheduler.NONE;
    }

    /// Whether the server that the scheduler has chosen is usable. It has mostly just asked that of
    /// it, and is not asked to look again then.
    ///
    /// @param server any number: schedulers may be an application's
    boolean isChoice(int server) {
        return server >= 0 && (server == found || (server < slots.length && isUsable(server)));
    }

    /// Whether its weight, its health and its limit let it have connections.
    @Override
    public boolean isUsable(int server) {
        boolean usable = isWanted(server) && !isFull(server);
        if (usable) {
            found = server;
        }
        return usable;
    }

    /// Whether its weight and its health let it have connections.
    boolean isWanted(int server) {
        int slot = slots[server];
        return slot >= 0 && health.server(slot) != 0;
    }

    /// Whether it is neither full nor down.
    boolean isAble(int server) {
        return !isFull(server) && health.server(slot(server)) != 0;
    }

    private boolean isFull(int server) {
        ServerLimit limit = limits == null ? null : limits[server];
        return limit != null && limit.isFull();
    }

    @Override
    public int share(int server) {
        return health.server(slot(server));
    }

    @Override
    public boolean sharesDiffer() {
        return health.sharesDiffer(service);
    }

    @Override
    public int answerMicros(int server) {
        return answers == null ? 0 : answers.micros(slot(server), nowNs);
    }

    @Override
    public int awaitedAnswers(int server) {
        return answers == null ? 0 : answers.waiting(slot(server));
    }

    @Override
    public long counts(int server) {
        if (!isUsable(server)) {
            return -1;
        }
        long offset = TrafficTable.serverOffset(slots[server]);
        long active = 0;
        long inactive = 0;
        for (long worker : counters) {
            active += Memory.getLongAcquire(worker + offset + TrafficTable.ACTIVE);
            inactive += Memory.getLongAcquire(worker + offset + TrafficTable.INACTIVE);
        }
        return (long) count(active) << Integer.SIZE | count(inactive);
    }

    @Override
    public int activeConnections(int server) {
        return sum(TrafficTable.ACTIVE, server);
    }

    @Override
    public int inactiveConnections(int server) {
        return sum(TrafficTable.INACTIVE, server);
    }

    /// What all workers count of a server. Those of others change meanwhile, and a connection that
    /// changes from one count to another may be in both or in neither.
    private int sum(int counter, int server) {
        long offset = TrafficTable.serverOffset(slot(server)) + counter;
        long sum = 0;
        for (long worker : counters) {
            sum += Memory.getLongAcquire(worker + offset);
        }
        return count(sum);
    }

    private static int count(long sum) {
        return (int) Math.max(0, sum);
    }
}
