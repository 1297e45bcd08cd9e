// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.health;

import io.fullnat.api.Endpoint;
import io.fullnat.api.health.HealthCheck;
import io.fullnat.api.health.ServerHealth;
import io.fullnat.api.health.ServerHealth.State;
import io.fullnat.api.health.ServerHealth.Use;
import io.fullnat.api.health.SlowStart;
import io.fullnat.api.service.ProxyProtocol;
import io.fullnat.api.service.RealServer;
import io.fullnat.api.service.ServicePolicy;
import io.fullnat.core.service.HealthWords;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// How one real server of a service is. It lasts as long as the service has the server, whatever
/// else changes of both. Owned by the control thread, but for [#health(long)].
final class ServerMonitor {
    private static final long NEVER_NS = Long.MIN_VALUE;

    private final ServiceMonitor service;
    private final Endpoint endpoint;
    private final ExternalState external = new ExternalState();
    private final PassiveState passive;
    private List<CheckState> checks = List.of();
    private int slot;

    /// What the operator gives it: 0 too if it is inhibited.
    private int weight;

    private boolean inhibited;
    private boolean judged;

    /// What checks and reports said when they were asked last.
    private boolean othersSaid = true;

    private boolean alive = true;

    /// Whether it was ever taken for alive.
    private boolean everAlive;

    /// Since when it is not alive.
    private long deadSinceNs;

    /// What others were told last, if anything.
    private boolean shownAlive;

    private boolean shownOnce;

    private boolean up;
    private long upChangedNs;
    private boolean starting;
    private long startNs;
    private Use use = Use.IN;
    private int word;
    private volatile Shown shown = Shown.NOTHING;
    private volatile long lastCheckNs = NEVER_NS;

    /// What others may see, with the time that it was so since.
    private record Shown(ServerHealth health, long sinceNs) {
        static final Shown NOTHING = new Shown(ServerHealth.UNCHECKED, 0);
    }

    ServerMonitor(ServiceMonitor service, Endpoint endpoint, PassiveState passive) {
        this.passive = passive;
        this.service = service;
        this.endpoint = endpoint;
    }

    Endpoint endpoint() {
        return endpoint;
    }

    int slot() {
        return slot;
    }

    int weight() {
        return weight;
    }

    List<CheckState> checks() {
        return checks;
    }

    ExternalState external() {
        return external;
    }

    PassiveState passive() {
        return passive;
    }

    private static HealthCheck.Proxy form(ProxyProtocol form) {
        return switch (form.version()) {
            case 1 -> HealthCheck.Proxy.V1;
            case 2 -> HealthCheck.Proxy.V2;
            default -> HealthCheck.Proxy.NONE;
        };
    }

    /// Takes a server's desired state over. A check that asks the same as one that was there keeps
    /// what that found out. One that is new begins with what is known: what another service's found
    /// out, else what the server's checks said until now, else what it is told to begin with.
    ///
    /// @param own the server
    /// @param slotNow by which workers know it
    /// @param probes what others ask
    /// @return the checks that are new
    List<CheckState> become(RealServer own, ServicePolicy policy, int slotNow, Probes probes) {
        HealthCheck.Proxy form = form(policy.proxyProtocol());
        slot = slotNow;
        inhibited = own.inhibited();
        weight = inhibited ? 0 : own.weight();
        boolean isKnown = !checks.isEmpty();
        boolean before = says();
        List<CheckState> left = new ArrayList<>(checks);
        List<CheckState> fresh = new ArrayList<>();
        List<CheckState> next = new ArrayList<>();
        for (HealthCheck check : own.checks().orElse(policy.health().checks())) {
            ProbeKey key = ProbeKey.of(check, endpoint, form);
            CheckState kept = take(left, key);
            if (kept == null) {
                boolean taken = isKnown ? before : check.initial() == HealthCheck.Initial.UP;
                kept = new CheckState(this, check, key, taken, probes.known(key));
                fresh.add(kept);
            } else {
                kept.check(check);
            }
            next.add(kept);
        }
        left.forEach(probes::remove);
        checks = List.copyOf(next);
        return fresh;
    }

    private static @Nullable CheckState take(List<CheckState> left, ProbeKey key) {
        for (CheckState each : left) {
            if (each.key().equals(key)) {
                left.remove(each);
                return each;
            }
        }
        return null;
    }

    /// A probe of it has ended.
    void checked(long nowNs) {
        lastCheckNs = nowNs;
    }

    /// Something of it has changed.
    void touch() {
        service.touch();
    }

    boolean isAlive() {
        return alive;
    }

    boolean wasEverAlive() {
        return everAlive;
    }

    long deadSinceNs() {
        return deadSinceNs;
    }

    boolean isStarting() {
        return starting;
    }

    /// Whether it gets new connections, its weight aside.
    boolean isUsed() {
        return word != 0;
    }

    /// What its checks say together.
    private State active() {
        State all = checks.isEmpty() ? State.UNCHECKED : State.UP;
        for (CheckState each : checks) {
            if (each.state() == State.DOWN) {
                return State.DOWN;
            }
            all = each.state() == State.UNKNOWN ? State.UNKNOWN : all;
        }
        return all;
    }

    private boolean says() {
        for (CheckState each : checks) {
            if (!each.says()) {
                return false;
            }
        }
        return true;
    }

    /// Whether its checks say that it has come up since connections found it dead.
    private boolean saysAnew() {
        if (checks.isEmpty() || passive.heldDown() == 0) {
            return false;
        }
        for (CheckState each : checks) {
            if (!each.saysAnew()) {
                return false;
            }
        }
        return true;
    }

    /// Finds out whether it is alive.
    ///
    /// @param added whether it is new in a service that was there before
    void judge(long nowNs, boolean added) {
        boolean was = alive;
        boolean othersSay = says() && external.state() != State.DOWN;
        if (judged && othersSay && (!othersSaid || saysAnew())) {
            passive.comesUp(nowNs);
        }
        othersSaid = othersSay;
        alive = othersSay && passive.state() != State.DOWN;
        if (!alive && (was || !judged)) {
            deadSinceNs = nowNs;
        }
        boolean comesUp = alive && (judged ? !was && word == 0 : added);
        everAlive |= alive;
        judged = true;
        if (comesUp) {
            starting = true;
            startNs = nowNs;
        } else if (!alive) {
            starting = false;
        }
    }

    /// Decides what comes of it.
    ///
    /// @param kept whether it is used though it is not alive
    /// @param why it is
    /// @return whether others are to be told
    boolean settle(long nowNs, boolean kept, String why, SlowStart slow) {
        boolean used = word != 0;
        word = share(nowNs, kept, slow);
        use = use(kept);
        return show(nowNs, why, used != isUsed());
    }

    /// The same of a sorry server, whose word is not by how it is: there is nobody better.
    ///
    /// @param serves whether it gets new connections
    /// @return whether others are to be told how it is
    boolean settleSorry(long nowNs, boolean serves) {
        boolean kept = serves && !alive;
        starting = false;
        word = serves ? HealthWords.WHOLE : 0;
        use = use(kept);
        return show(nowNs, kept ? "; kept, as nobody else is up" : "", false);
    }

    private boolean show(long nowNs, String why, boolean usedAnew) {
        boolean first = !shownOnce;
        boolean upNow = alive && weight > 0;
        if (first || upNow != up) {
            up = upNow;
            upChangedNs = nowNs;
        }
        shown = new Shown(now(why), upChangedNs);
        boolean changed = !first && (shownAlive != alive || usedAnew);
        shownAlive = alive;
        shownOnce = true;
        return changed;
    }

    private Use use(boolean kept) {
        if (word == 0 || weight == 0) {
            return Use.OUT;
        }
        if (kept) {
            return Use.KEPT;
        }
        return starting ? Use.SLOW_START : Use.IN;
    }

    private ServerHealth now(String why) {
        State active = active();
        return new ServerHealth(
                up,
                use,
                weight > 0 ? State.UP : State.DOWN,
                active,
                passive.state(),
                external.state(),
                reason() + why,
                Duration.ZERO,
                Optional.empty(),
                (double) word / HealthWords.WHOLE,
                external.version());
    }

    private String reason() {
        if (external.state() == State.DOWN) {
            return external.reason();
        }
        for (CheckState each : checks) {
            if (!each.says()) {
                return each.reason();
            }
        }
        if (passive.state() == State.DOWN) {
            return passive.reason();
        }
        if (inhibited) {
            return "inhibited";
        }
        return weight == 0 ? "weight 0" : "";
    }

    private int share(long nowNs, boolean kept, SlowStart slow) {
        if (!alive) {
            return kept ? HealthWords.WHOLE : 0;
        }
        if (!starting) {
            return HealthWords.WHOLE;
        }
        long whole = slow.duration().toNanos();
        long passed = nowNs - startNs;
        if (passed >= whole) {
            starting = false;
            return HealthWords.WHOLE;
        }
        double floor = slow.floor() / 100.0;
        double share = floor + (1 - floor) * (double) passed / (double) whole;
        return Math.clamp((long) (share * HealthWords.WHOLE), 1, HealthWords.WHOLE);
    }

    int word() {
        return word;
    }

    /// How it is. Any thread.
    ServerHealth health(long nowNs) {
        Shown now = shown;
        long checkedNs = lastCheckNs;
        ServerHealth health = now.health;
        return new ServerHealth(
                health.up(),
                health.use(),
                health.admin(),
                health.active(),
                health.passive(),
                health.external(),
                health.reason(),
                Duration.ofNanos(Math.max(0, nowNs - now.sinceNs)),
                checkedNs == NEVER_NS
                        ? Optional.empty()
                        : Optional.of(Duration.ofNanos(Math.max(0, nowNs - checkedNs))),
                health.share(),
                health.version());
    }
}
