// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.health;

import io.fullnat.api.BalancerException;
import io.fullnat.api.ErrorCode;
import io.fullnat.api.IpAddress;
import io.fullnat.api.health.Announce;
import io.fullnat.api.health.Announcement;
import io.fullnat.api.health.Announcer;
import io.fullnat.api.service.VirtualService;
import java.io.IOException;
import java.time.Duration;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.BiConsumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Has the network told which virtual addresses are served here, by an [Announcer] on a thread
/// beside: the control thread says what is wanted, and hears later what has come of it.
///
/// What is wanted is told whole each time. So what fails is put right by telling it again, and so
/// is what was lost, or left by an earlier run.
///
/// **Thread-safety:** the control thread's, but for [#of] and [#withdraw].
public final class Announcements {
    /// Until another attempt after one that failed.
    static final long RETRY_NS = TimeUnit.SECONDS.toNanos(5);

    /// Until it is told again although nothing has changed.
    static final long REFRESH_NS = TimeUnit.SECONDS.toNanos(30);

    /// After which an attempt that has not ended has failed, for all that one knows.
    static final long LATE_NS = TimeUnit.SECONDS.toNanos(30);

    private static final Logger LOG = LoggerFactory.getLogger(Announcements.class);

    /// How an attempt has ended.
    ///
    /// @param whole whether it failed as a whole, so that nothing has changed, for all one knows
    private record Result(Set<IpAddress> asked, Map<IpAddress, String> failures, boolean whole) {}

    private final @Nullable Announcer announcer;
    private final Executor executor;
    private final BiConsumer<IpAddress, Boolean> told;
    private final AtomicReference<@Nullable Result> ended = new AtomicReference<>();
    private final ReentrantLock calls = new ReentrantLock();
    private volatile Set<IpAddress> announced = Set.of();
    private volatile Map<IpAddress, String> failures = Map.of();
    private volatile boolean begun;
    private volatile boolean closed;
    private Set<IpAddress> wanted = Set.of();
    private boolean due;
    private boolean running;
    private long startedNs;
    private long endedNs;

    /// @param announcer null if there is none: then no service may ask for it
    /// @param executor runs it, on a thread that may wait
    /// @param told hears of each address that is announced from now on, or is no more
    public Announcements(
            @Nullable Announcer announcer, Executor executor, BiConsumer<IpAddress, Boolean> told) {
        this.announcer = announcer;
        this.executor = executor;
        this.told = told;
    }

    /// Makes sure that what a service asks for can be done.
    ///
    /// @param service as it is to be
    /// @throws BalancerException [ErrorCode#UNSUPPORTED] if there is no announcer
    void require(VirtualService service) {
        Announce announce = service.policy().health().announce();
        if (announce != Announce.NEVER && announcer == null) {
            throw new BalancerException(
                    ErrorCode.UNSUPPORTED,
                    "service "
                            + service.key()
                            + " says announce \""
                            + announce.word()
                            + "\", but this balancer was given no announcer; give it one"
                            + " (BalancerBuilder.announcer), or say \"never\"");
        }
    }

    /// Says which addresses are to be announced from now on.
    void want(Set<IpAddress> addresses) {
        if (announcer != null && (!begun || !addresses.equals(wanted))) {
            begun = true;
            due = true;
            wanted = Set.copyOf(addresses);
        }
    }

    /// Goes on.
    ///
    /// @return 0 if there was nothing to do
    int poll(long nowNs) {
        int work = 0;
        Result result = ended.getAndSet(null);
        if (result != null) {
            work++;
            running = false;
            endedNs = nowNs;
            take(result);
        }
        if (!running && begun && (due || isTimeToRepeat(nowNs))) {
            work++;
            due = false;
            running = true;
            startedNs = nowNs;
            Set<IpAddress> asked = wanted;
            start(() -> ended.set(call(asked, false)));
        }
        return work;
    }

    private void start(Runnable call) {
        try {
            executor.execute(call);
        } catch (Throwable rejected) { // of the application's executor
            LOG.warn("the executor of probes refuses an announcement: {}", rejected.toString());
            Thread.startVirtualThread(call);
        }
    }

    private boolean isTimeToRepeat(long nowNs) {
        if (!failures.isEmpty()) {
            return nowNs - endedNs >= RETRY_NS;
        }
        return !wanted.isEmpty() && nowNs - endedNs >= REFRESH_NS;
    }

    private void take(Result result) {
        Set<IpAddress> before = announced;
        Set<IpAddress> now = new HashSet<>(result.whole ? before : result.asked);
        if (!result.whole) {
            for (IpAddress address : result.failures.keySet()) {
                if (result.asked.contains(address)) {
                    now.remove(address);
                } else if (before.contains(address)) {
                    now.add(address);
                }
            }
        }
        failures = Map.copyOf(result.failures);
        announced = Set.copyOf(now);
        difference(now, before).forEach(address -> tell(address, true));
        difference(before, now).forEach(address -> tell(address, false));
    }

    private static Set<IpAddress> difference(Set<IpAddress> some, Set<IpAddress> others) {
        Set<IpAddress> difference = new TreeSet<>(some);
        difference.removeAll(others);
        return difference;
    }

    private void tell(IpAddress address, boolean isAnnounced) {
        LOG.info("virtual address {} is {}", address, isAnnounced ? "announced" : "withdrawn");
        told.accept(address, isAnnounced);
    }

    /// On the announcer's thread, one at a time.
    private Result call(Set<IpAddress> addresses, boolean last) {
        Announcer present = announcer;
        calls.lock();
        try {
            return present == null || (closed && !last)
                    ? new Result(addresses, Map.of(), false)
                    : new Result(addresses, Map.copyOf(present.announce(addresses)), false);
        } catch (InterruptedException end) {
            Thread.currentThread().interrupt();
            return all(addresses, "interrupted");
        } catch (IOException failure) {
            return all(addresses, String.valueOf(failure.getMessage()));
        } catch (Throwable fault) { // of an application's announcer
            return all(addresses, fault.toString());
        } finally {
            calls.unlock();
        }
    }

    private Result all(Set<IpAddress> addresses, String why) {
        Map<IpAddress, String> failed = new LinkedHashMap<>();
        addresses.forEach(address -> failed.put(address, why));
        announced.forEach(address -> failed.put(address, why));
        return new Result(addresses, failed, true);
    }

    /// Says each second what cannot be announced or withdrawn.
    ///
    /// @param failed gets each address and why
    public void look(long nowNs, BiConsumer<IpAddress, String> failed) {
        Map<IpAddress, String> now = failures;
        now.forEach(failed);
        if (running && nowNs - startedNs >= LATE_NS) {
            Set<IpAddress> waiting = difference(wanted, announced);
            waiting.addAll(difference(announced, wanted));
            waiting.removeAll(now.keySet());
            waiting.forEach(address ->
                    failed.accept(
                            address,
                            "the announcer has not answered for "
                                    + TimeUnit.NANOSECONDS.toSeconds(nowNs - startedNs)
                                    + " s"));
        }
    }

    /// What the network was told of the addresses of a service: of one of them that it failed, else
    /// of all that they are announced, else that they are not. Any thread.
    Announcement of(Announce announce, List<IpAddress> addresses) {
        if (announce == Announce.NEVER) {
            return Announcement.NONE;
        }
        if (addresses.stream().anyMatch(failures::containsKey)) {
            return Announcement.FAILED;
        }
        return announced.containsAll(addresses) ? Announcement.ANNOUNCED : Announcement.WITHDRAWN;
    }

    /// Withdraws all, for good. Any thread.
    ///
    /// @param limit how long it is waited for
    public void withdraw(Duration limit) {
        closed = true;
        if (!begun) {
            return;
        }
        AtomicReference<@Nullable Result> left = new AtomicReference<>();
        Thread thread = Thread.startVirtualThread(() -> left.set(call(Set.of(), true)));
        try {
            if (!thread.join(limit)) {
                thread.interrupt();
            }
        } catch (InterruptedException early) {
            Thread.currentThread().interrupt();
        }
        Result result = left.get();
        if (result == null) {
            LOG.warn("the virtual addresses {} may still be announced: no answer", announced);
        } else if (!result.failures.isEmpty()) {
            LOG.warn("virtual addresses are still announced: {}", result.failures);
        }
    }
}
