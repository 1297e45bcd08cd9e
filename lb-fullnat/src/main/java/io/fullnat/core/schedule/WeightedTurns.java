// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.schedule;

import io.fullnat.api.service.Scheduler;
import java.util.Arrays;

/// Whose turn it is, when turns come as often as weights say (Stoica and Abdel-Wahab, *Earliest
/// Eligible Virtual Deadline First*, 1995). A round takes the time 1, in which a server of weight w
/// has w turns: turn number k may come from k/w on and should have come by (k+1)/w. Of the servers
/// whose turn may come, that one is next whose turn should come first; so at no moment has a server
/// had one turn more or less than its share of those that were.
///
/// Servers of one weight stand in one queue, and only the heads of the queues are compared: by two
/// heaps, which costs the logarithm of the number of different weights, on average. For one thread.
final class WeightedTurns {
    private static final int NONE = Scheduler.NONE;

    private final int[] weights;

    /// By server: its queue, and who is behind it there.
    private final int[] queues;

    private final int[] followers;

    /// By server: when it came into the round, and the turns that it has had since.
    private final double[] joined;

    private final long[] had;

    /// By queue.
    private final int[] heads;

    private final int[] tails;

    /// Queues whose heads' turns may come, by when they should have come.
    private final KeyedHeap eligible;

    /// Queues whose heads' turns may come later, by when.
    private final KeyedHeap waiting;

    /// The sum of the weights that are in the round.
    private long sum;

    /// The time is that at which the sum became what it is, and the turns since.
    private double since;

    private long taken;
    private int parkedFirst = NONE;
    private int parkedLast = NONE;
    private int parked;

    WeightedTurns(int[] weights) {
        this.weights = weights;
        int[] different =
                Arrays.stream(weights).filter(weight -> weight > 0).sorted().distinct().toArray();
        int count = different.length;
        queues = new int[weights.length];
        followers = new int[weights.length];
        joined = new double[weights.length];
        had = new long[weights.length];
        heads = new int[count];
        tails = new int[count];
        eligible = new KeyedHeap(count);
        waiting = new KeyedHeap(count);
        Arrays.fill(heads, NONE);
        for (int server = 0; server < weights.length; server++) {
            if (weights[server] > 0) {
                queues[server] = count - 1 - Arrays.binarySearch(different, weights[server]);
                enter(server);
            }
        }
    }

    /// The turns of a round.
    ///
    /// @return 0 if no server has a weight
    long round() {
        int divisor = Weights.divisor(weights);
        return divisor == 0 ? 0 : Arrays.stream(weights).asLongStream().sum() / divisor;
    }

    private double now() {
        return since + (double) taken / sum;
    }

    private void setNow(double time) {
        since = time;
        taken = 0;
    }

    /// From when on a server's turn may come.
    private double from(int server) {
        return joined[server] + (double) had[server] / weights[server];
    }

    /// By when it should have come.
    private double until(int server) {
        return joined[server] + (double) (had[server] + 1) / weights[server];
    }

    /// The server whose turn it is.
    ///
    /// @return [Scheduler#NONE] if none is in the round
    int next() {
        if (sum == 0) {
            return NONE;
        }
        if (eligible.isEmpty() && waiting.firstKey() > now()) {
            setNow(waiting.firstKey());
        }
        double now = now();
        while (!waiting.isEmpty() && waiting.firstKey() <= now) {
            int queue = waiting.remove();
            eligible.add(queue, until(heads[queue]));
        }
        return heads[eligible.first()];
    }

    /// That server has its turn.
    int take() {
        int server = next();
        int queue = queues[server];
        had[server]++;
        if (heads[queue] != tails[queue]) {
            heads[queue] = followers[server];
            followers[tails[queue]] = server;
            tails[queue] = server;
        }
        headChanged(queue);
        taken++;
        return server;
    }

    /// The head of the first of those that may come is another one, or has had its turn.
    private void headChanged(int queue) {
        int head = heads[queue];
        if (from(head) <= now()) {
            eligible.raise(until(head));
        } else {
            eligible.remove();
            waiting.add(queue, from(head));
        }
    }

    /// The server whose turn it is leaves the round, so that the others share its turns.
    void park() {
        int server = next();
        int queue = queues[server];
        double now = now();
        sum -= weights[server];
        setNow(now);
        if (heads[queue] == tails[queue]) {
            heads[queue] = NONE;
            eligible.remove();
        } else {
            heads[queue] = followers[server];
            if (sum > 0) {
                headChanged(queue);
            }
        }
        leave(server);
    }

    private void leave(int server) {
        if (parked == 0) {
            parkedFirst = server;
        } else {
            followers[parkedLast] = server;
        }
        parkedLast = server;
        parked++;
    }

    /// How many have left the round.
    int parked() {
        return parked;
    }

    /// The one of them whose turn it is to be looked at; then it comes back or stays away.
    int nextParked() {
        return parkedFirst;
    }

    /// It comes back: behind the others of its weight.
    void comeBack() {
        int server = parkedFirst;
        parkedFirst = followers[server];
        parked--;
        join(server);
    }

    /// It stays away: all others are looked at first.
    void stayAway() {
        int server = parkedFirst;
        parkedFirst = followers[server];
        parked--;
        leave(server);
    }

    private void join(int server) {
        setNow(sum == 0 ? since : now());
        int queue = queues[server];
        joined[server] = heads[queue] == NONE ? since : Math.max(since, from(tails[queue]));
        had[server] = 0;
        enter(server);
    }

    /// The server stands at the end of its queue from now on.
    private void enter(int server) {
        int queue = queues[server];
        if (heads[queue] == NONE) {
            heads[queue] = server;
            waiting.add(queue, from(server));
        } else {
            followers[tails[queue]] = server;
        }
        tails[queue] = server;
        sum += weights[server];
    }

    /// Goes on where others are: who stays, with the weight that it had, keeps its place; who is
    /// new comes behind the others of its weight.
    void resume(WeightedTurns before, int[] origins) {
        if (before.sum == 0 && before.parked == 0) {
            return;
        }
        Arrays.fill(heads, NONE);
        eligible.clear();
        waiting.clear();
        sum = 0;
        int[] now = new int[before.weights.length];
        Arrays.fill(now, NONE);
        boolean[] stays = new boolean[weights.length];
        for (int server = 0; server < weights.length; server++) {
            int origin = origins[server];
            if (origin >= 0 && weights[server] > 0 && weights[server] == before.weights[origin]) {
                now[origin] = server;
                stays[server] = true;
            }
        }
        for (int queue = 0; queue < before.heads.length; queue++) {
            int end = before.heads[queue] == NONE ? NONE : before.tails[queue];
            for (int one = before.heads[queue]; one != NONE; one = before.behind(one, end)) {
                if (now[one] != NONE) {
                    joined[now[one]] = before.joined[one];
                    had[now[one]] = before.had[one];
                    enter(now[one]);
                }
            }
        }
        int away = before.parkedFirst;
        for (int i = 0; i < before.parked; i++, away = before.followers[away]) {
            if (now[away] != NONE) {
                leave(now[away]);
            }
        }
        since = before.since;
        taken = before.taken;
        if (sum != before.sum) {
            setNow(before.sum == 0 ? before.since : before.now());
        }
        for (int server = 0; server < weights.length; server++) {
            if (weights[server] > 0 && !stays[server]) {
                join(server);
            }
        }
    }

    private int behind(int server, int end) {
        return server == end ? NONE : followers[server];
    }
}
