// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.health;

import io.fullnat.api.health.PassiveCheck;
import io.fullnat.api.health.ServerHealth.State;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/// What connections to one server have met, and whether it is therefore taken for dead.
///
/// Enough failures within the window inhibit it. When that time is over it gets connections again:
/// a failure inhibits it for twice as long, each of so many answers halves the time, and so does
/// each such time that it stays alive afterwards. Of UDP, where silence may have other reasons,
/// failures do not count while the last answer lies within the window. Owned by the control thread.
final class PassiveState {
    private static final long JITTER_NS = TimeUnit.MILLISECONDS.toNanos(500);

    private final Notices notices;
    private final RandomGenerator random;
    private final boolean datagrams;
    private @Nullable PassiveCheck check;
    private int slot = -1;
    private boolean usable;
    private boolean watched;
    private State state = State.UNCHECKED;
    private String reason = "";
    private long failures;
    private long answers;

    private RecentFailures recent = new RecentFailures(1);

    /// How long the next inhibition lasts.
    private long inhibitNs;

    private long untilNs;

    private int inhibitions;

    private long downSinceNs;

    /// Answers after an inhibition that are still to be heard.
    private int awaited;

    private long aliveSinceNs;

    /// When a connection was answered last.
    private long answeredNs;

    /// @param random moves times a little, so that servers do not come back all at once
    /// @param datagrams whether its service is one of UDP
    PassiveState(Notices notices, RandomGenerator random, boolean datagrams) {
        this.notices = notices;
        this.random = random;
        this.datagrams = datagrams;
    }

    State state() {
        return state;
    }

    String reason() {
        return reason;
    }

    /// Takes over what the service says. Another check forgets what is known.
    ///
    /// @param next null for none
    /// @param usableNow whether the server has a weight, without which nothing is concluded
    void become(@Nullable PassiveCheck next, int slotNow, boolean usableNow, long nowNs) {
        usable = usableNow;
        if (next == null) {
            end();
            return;
        }
        if (!next.equals(check) || slot != slotNow) {
            end();
            check = next;
            slot = slotNow;
            recent = new RecentFailures(next.downNotice());
            inhibitNs = next.inhibitMin().toNanos();
            alive(nowNs);
        }
        if (!usable) {
            unwatch();
        } else if (state == State.UP) {
            watch(next, nowNs);
        }
    }

    /// Nothing is concluded any more.
    void end() {
        unwatch();
        check = null;
        state = State.UNCHECKED;
        reason = "";
        awaited = 0;
        recent.clear();
    }

    /// Which inhibition it is that lasts until others say that the server has come up, counted from
    /// 1; 0 if it is under none.
    int heldDown() {
        PassiveCheck own = check;
        return own == null || own.recovers() || state != State.DOWN ? 0 : inhibitions;
    }

    /// Since when it is inhibited.
    long downSinceNs() {
        return downSinceNs;
    }

    /// Others say that the server has come up: one that does not recover by itself does so now.
    void comesUp(long nowNs) {
        PassiveCheck own = check;
        if (own != null && !own.recovers() && state == State.DOWN) {
            alive(nowNs);
            watch(own, nowNs);
        }
    }

    private void alive(long nowNs) {
        state = State.UP;
        reason = "";
        recent.clear();
        aliveSinceNs = nowNs;
        answeredNs = nowNs - Duration.ofMinutes(2).toNanos(); // not within any window
    }

    /// Watches it from now on, if it is to have connections.
    private void watch(PassiveCheck own, long nowNs) {
        if (watched || !usable) {
            return;
        }
        watched = true;
        notices.watch(slot, own.udpTwoWay(), nowNs);
        failures = notices.failures(slot);
        answers = notices.answers(slot);
    }

    private void unwatch() {
        if (watched) {
            watched = false;
            notices.unwatch(slot);
        }
    }

    /// Looks at what connections have met since.
    ///
    /// @return whether the state is another one
    boolean look(long nowNs) {
        PassiveCheck own = check;
        if (own == null) {
            return false;
        }
        if (state == State.DOWN) {
            return own.recovers() && nowNs - untilNs >= 0 && tryAgain(own, nowNs);
        }
        if (!watched) {
            return false;
        }
        long failed = notices.failures(slot) - failures;
        long answered = notices.answers(slot) - answers;
        failures += failed;
        answers += answered;
        if (answered > 0) {
            answeredNs = nowNs;
            succeed(own, answered);
        }
        if (failed > 0 && fail(own, failed, nowNs)) {
            return true;
        }
        if (awaited == 0 && nowNs - aliveSinceNs >= inhibitNs) {
            aliveSinceNs = nowNs;
            halve(own, 1);
        }
        return false;
    }

    private boolean tryAgain(PassiveCheck own, long nowNs) {
        awaited = own.upNotice();
        alive(nowNs);
        watch(own, nowNs);
        return true;
    }

    private void succeed(PassiveCheck own, long answered) {
        int heard = (int) Math.min(awaited, answered);
        awaited -= heard;
        halve(own, heard);
    }

    private void halve(PassiveCheck own, int times) {
        inhibitNs = Math.max(own.inhibitMin().toNanos(), inhibitNs >> Math.min(times, 62));
    }

    private boolean fail(PassiveCheck own, long failed, long nowNs) {
        long windowNs = own.downWait().toNanos();
        if (datagrams && nowNs - answeredNs < windowNs) {
            recent.clear();
            return false;
        }
        if (!recent.add(failed, nowNs, windowNs)) {
            return false;
        }
        long counted = Math.max(failed, own.downNotice());
        state = State.DOWN;
        inhibitions++;
        downSinceNs = nowNs;
        reason =
                "passive: "
                        + counted
                        + (counted == 1 ? " connection" : " connections")
                        + " refused or not answered";
        untilNs = nowNs + moved(Duration.ofNanos(inhibitNs));
        inhibitNs = Math.min(own.inhibitMax().toNanos(), 2 * inhibitNs);
        awaited = 0;
        unwatch(); // connections that began meanwhile have no say
        return true;
    }

    private long moved(Duration time) {
        return time.toNanos() + random.nextLong(-JITTER_NS, JITTER_NS + 1);
    }
}
