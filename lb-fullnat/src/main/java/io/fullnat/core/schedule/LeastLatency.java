// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.schedule;

import io.fullnat.api.service.ConnectionRequest;
import io.fullnat.api.service.RealServer;
import io.fullnat.api.service.Scheduler;
import io.fullnat.api.service.SchedulerContext;
import io.fullnat.api.service.ServerLoads;
import java.util.List;

/// `ll`: of two servers drawn by weight the one that answers sooner, as the time that servers take
/// for their answers and the connections that wait for one say. Two, not all: else all workers
/// would go to the fastest at once, until it is the slowest.
///
/// Of a server of which nothing is known one connection is to tell: it is preferred while no
/// connection waits for its answer, and taken last while one does.
final class LeastLatency implements Scheduler {
    /// Draws of the second, so that it is another one than the first.
    private static final int TRIES = 4;

    /// Above any time that is known.
    private static final double UNKNOWN = 0x1p80;

    private final WeightedDraw servers;
    private final double meanWeight;

    LeastLatency(List<RealServer> servers, SchedulerContext context) {
        this.servers = new WeightedDraw(servers, context.seed());
        meanWeight =
                servers.stream()
                        .mapToInt(RealServer::weight)
                        .filter(weight -> weight > 0)
                        .average()
                        .orElse(1);
    }

    @Override
    public boolean measuresAnswers() {
        return true;
    }

    @Override
    public int select(ConnectionRequest request, ServerLoads loads) {
        int first = servers.draw(loads);
        if (first == NONE) {
            return NONE;
        }
        int second = first;
        for (int i = 0; i < TRIES && second == first; i++) {
            second = servers.draw(loads);
        }
        return second == NONE || cost(first, loads) <= cost(second, loads) ? first : second;
    }

    private double cost(int server, ServerLoads loads) {
        double waiting = loads.awaitedAnswers(server) * meanWeight / servers.weight(server);
        int micros = loads.answerMicros(server);
        return micros == 0 ? waiting * UNKNOWN : micros * (1 + waiting);
    }
}
