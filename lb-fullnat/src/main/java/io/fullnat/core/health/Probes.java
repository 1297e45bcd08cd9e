// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.health;

import io.fullnat.api.BalancerException;
import io.fullnat.api.ErrorCode;
import io.fullnat.api.counter.Counter;
import io.fullnat.api.health.HealthProbe;
import io.fullnat.api.health.ProbeFactory;
import io.fullnat.api.health.ProbeResult;
import io.fullnat.api.health.ProbeSpec;
import io.fullnat.core.transmit.FaultLog;
import io.fullnat.core.transmit.WorkerCounters;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.PriorityQueue;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import org.jctools.queues.varhandle.MpscUnboundedVarHandleArrayQueue;
import org.jspecify.annotations.Nullable;

/// The schedule of all probes. Each begins at a random place of its first interval, so that they
/// are spread. One is under way for a server at most, however long it takes, so a probe that never
/// ends costs one thread; it counts as failed when its time is over, and in each interval
/// afterwards. After a pause of the control thread each is due once, not as often as it was missed.
///
/// Owned by the control thread; runs end on other threads, and come back by a queue.
final class Probes {
    /// Probes that are started, and results that are taken, in one duty cycle at most.
    static final int MOST_AT_ONCE = 256;

    /// So many events that are not meant any more are never worth a search.
    private static final int FEW = 64;

    /// How often is looked whether a run has got a thread that had none when its time was over.
    private static final long WAITING_NS = TimeUnit.MILLISECONDS.toNanos(50);

    /// What is due within so much begins together: with thousands of probes a second the control
    /// thread is woken by some hundred of these, not by each.
    private static final long TOGETHER_NS = TimeUnit.MILLISECONDS.toNanos(5);

    /// What is to be looked at, and when.
    private record Event(long atNs, SharedProbe probe, int turn) {
        /// By time, which may wrap.
        int order(Event other) {
            return Long.signum(atNs - other.atNs);
        }
    }

    /// A probe, and how many servers it asks.
    private static final class Made {
        final HealthProbe probe;
        int uses;

        Made(HealthProbe probe) {
            this.probe = probe;
        }
    }

    private final ProbeFactory factory;
    private final Executor executor;
    private final WorkerCounters counters;
    private final FaultLog faults;
    private final SplittableRandom random;
    private final Map<ProbeSpec, Made> made = new HashMap<>();

    /// Those of them that nobody asks.
    private final Set<ProbeSpec> unused = new HashSet<>();

    private final Map<ProbeKey, SharedProbe> all = new HashMap<>();
    private final PriorityQueue<Event> events = new PriorityQueue<>(Event::order);
    private final MpscUnboundedVarHandleArrayQueue<ProbeRun> ended =
            new MpscUnboundedVarHandleArrayQueue<>(256);

    private int impossible;
    private String impossibleDetail = "";

    /// @param executor runs probes, each on a thread that may wait
    /// @param counters where probes are counted
    Probes(ProbeFactory factory, Executor executor, WorkerCounters counters, long seed) {
        this.factory = factory;
        this.executor = task -> execute(executor, task);
        this.counters = counters;
        faults = counters.faults();
        random = new SplittableRandom(seed);
    }

    /// Makes the probe that asks something, unless it is there.
    ///
    /// @throws BalancerException if the factory has none
    void require(ProbeSpec spec) {
        made(spec);
    }

    private Made made(ProbeSpec spec) {
        Made known = made.get(spec);
        if (known == null) {
            HealthProbe probe = factory.create(spec);
            if (probe == null) { // of a factory that knows no nullness
                throw new BalancerException(
                        ErrorCode.INTERNAL,
                        "the factory of probes returned null for \"" + spec + "\"");
            }
            known = new Made(probe);
            made.put(spec, known);
            unused.add(spec);
        }
        return known;
    }

    /// What can be asked.
    Set<ProbeSpec> made() {
        return made.keySet();
    }

    /// Events that are kept.
    int scheduled() {
        return events.size();
    }

    /// Forgets probes that no check uses.
    void forgetUnused() {
        unused.forEach(made::remove);
        unused.clear();
    }

    /// What a probe has brought last that others have asked for; null if nothing.
    @Nullable ProbeResult known(ProbeKey key) {
        SharedProbe shared = all.get(key);
        return shared == null ? null : shared.last();
    }

    /// A check hears of its probe from now on.
    void add(CheckState check, long nowNs) {
        SharedProbe shared = all.get(check.key());
        if (shared == null) {
            ProbeSpec spec = check.key().spec();
            Made probe = made(spec);
            if (probe.uses++ == 0) {
                unused.remove(spec);
            }
            shared = new SharedProbe(check.key(), probe.probe);
            all.put(check.key(), shared);
            long waitNs = random.nextLong(check.key().interval().toNanos());
            at(together(nowNs + waitNs), shared);
        }
        shared.checks().add(check);
    }

    /// A check hears no more.
    void remove(CheckState check) {
        SharedProbe shared = all.get(check.key());
        if (shared != null && shared.checks().remove(check) && shared.checks().isEmpty()) {
            all.remove(check.key());
            impossible -= shared.isImpossible() ? 1 : 0;
            end(shared);
            ProbeSpec spec = check.key().spec();
            if (--made(spec).uses == 0) {
                unused.add(spec);
            }
        }
    }

    private static void end(SharedProbe shared) {
        shared.nextTurn();
        ProbeRun run = shared.run();
        if (run != null) {
            run.cancel();
            shared.end();
        }
    }

    /// Hands on what has come back, and starts what is due.
    ///
    /// @return 0 if nothing is left to do for now: neither a result nor a start leaves anything, so
    ///   where one comes after the other they do not keep the control thread awake
    int poll(long nowNs) {
        int heard = 0;
        for (ProbeRun run = ended.poll();
                run != null;
                run = heard < MOST_AT_ONCE ? ended.poll() : null) {
            ended(run, nowNs);
            heard++;
        }
        int started = 0;
        for (Event next = events.peek();
                next != null && next.atNs - nowNs <= 0 && started < MOST_AT_ONCE;
                next = events.peek()) {
            events.poll();
            if (next.turn == next.probe.turn()) {
                step(next.probe, nowNs);
                started++;
            }
        }
        if (Math.max(heard, started) == MOST_AT_ONCE) {
            return MOST_AT_ONCE;
        }
        return ended.isEmpty() ? 0 : started;
    }

    private static long together(long timeNs) {
        return timeNs - Math.floorMod(timeNs, TOGETHER_NS);
    }

    private void at(long timeNs, SharedProbe probe) {
        events.add(new Event(timeNs, probe, probe.nextTurn()));
        if (events.size() > 2 * all.size() + FEW) { // each probe has one that is meant
            events.removeIf(event -> event.turn != event.probe.turn());
        }
    }

    private void ended(ProbeRun run, long nowNs) {
        SharedProbe probe = run.probe();
        if (probe.run() != run) {
            return; // nobody wants to know any more
        }
        probe.end();
        if (probe.isLate()) {
            return; // it was heard, and the next is due in time
        }
        hear(probe, run.result(), nowNs);
        at(Math.max(probe.dueNs() - nowNs, 0) + nowNs, probe);
    }

    private void step(SharedProbe probe, long nowNs) {
        ProbeRun run = probe.run();
        if (run != null && run.hasEnded() && !probe.isLate()) { // it waits behind others
            ended(run, nowNs);
            return;
        }
        if (run == null || run.hasEnded()) { // one that was late is not heard
            start(probe, nowNs);
        } else if (probe.isLate()) {
            hangs(probe, run, nowNs);
        } else if (!run.hasBegun()) { // no server's fault
            probe.beginAnew(nowNs);
            at(nowNs + WAITING_NS, probe);
        } else if (nowNs - probe.startNs() < probe.key().target().timeout().toNanos()) {
            at(probe.startNs() + probe.key().target().timeout().toNanos(), probe);
        } else {
            tooLate(probe, run, nowNs);
        }
    }

    private void start(SharedProbe probe, long nowNs) {
        ProbeRun run = new ProbeRun(probe, faults, ended::offer);
        probe.begin(run, nowNs, together(nowNs + interval(probe)));
        at(nowNs + probe.key().target().timeout().toNanos(), probe);
        run.start(executor);
    }

    private void execute(Executor given, Runnable task) {
        try {
            given.execute(task);
        } catch (Throwable rejected) {
            faults.report("the executor of probes", rejected);
            Thread.startVirtualThread(task);
        }
    }

    private long interval(SharedProbe probe) {
        long interval = probe.key().interval().toNanos();
        long most = interval / 100 * probe.jitter();
        return most == 0 ? interval : interval + random.nextLong(-most, most + 1);
    }

    private void tooLate(SharedProbe probe, ProbeRun run, long nowNs) {
        probe.tooLate();
        run.interrupt();
        hear(probe, ProbeResult.failed("no answer within " + seconds(probe)), nowNs);
        at(Math.max(probe.dueNs() - nowNs, 0) + nowNs, probe);
    }

    /// The next one is due, and the one before has not ended though it was interrupted.
    private void hangs(SharedProbe probe, ProbeRun run, long nowNs) {
        run.interrupt();
        faults.report(
                probe.key().toString(),
                new IllegalStateException("it does not end when its thread is interrupted"));
        hear(probe, ProbeResult.failed("the probe before has not ended"), nowNs);
        at(nowNs + interval(probe), probe);
    }

    private static String seconds(SharedProbe probe) {
        return probe.key().target().timeout().toMillis() + " ms";
    }

    private void hear(SharedProbe probe, ProbeResult result, long nowNs) {
        counters.count(Counter.HEALTH_PROBES);
        if (!result.known()) {
            counters.count(Counter.HEALTH_PROBES_IMPOSSIBLE);
            impossibleDetail = result.detail();
        } else if (!result.passed()) {
            counters.count(Counter.HEALTH_PROBES_FAILED);
        }
        impossible -= probe.isImpossible() ? 1 : 0;
        probe.hear(result, nowNs);
        impossible += probe.isImpossible() ? 1 : 0;
    }

    /// How many probes could not ask when they wanted to last, and why; empty if all could.
    String impossible() {
        return impossible == 0
                ? ""
                : impossible + " of " + all.size() + " probes: " + impossibleDetail;
    }

    /// All probes end.
    void close() {
        all.values().forEach(Probes::end);
        all.clear();
        events.clear();
    }
}
