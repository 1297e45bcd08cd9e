// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.health;

import io.fullnat.api.Endpoint;
import io.fullnat.api.IpAddress;
import io.fullnat.api.health.Announce;
import io.fullnat.api.health.Announcement;
import io.fullnat.api.health.HealthCheck;
import io.fullnat.api.health.HealthPolicy;
import io.fullnat.api.health.PassiveCheck;
import io.fullnat.api.health.Quorum;
import io.fullnat.api.health.ServerHealth;
import io.fullnat.api.health.ServerHealth.State;
import io.fullnat.api.health.ServiceHealth;
import io.fullnat.api.service.Frontend;
import io.fullnat.api.service.RealServer;
import io.fullnat.api.service.ServiceKey;
import io.fullnat.api.service.ServicePolicy;
import io.fullnat.core.service.HealthWords;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/// How the servers of one service are, and what it makes of it: which get new connections, with
/// which share, whether its quorum is there, and who serves if not. Owned by the control thread,
/// but for [#health(Endpoint, long)], [#sorryHealth(long)] and [#health()].
final class ServiceMonitor {
    private final ServiceKey key;
    private final Consumer<ServiceMonitor> touched;
    private final Supplier<PassiveState> passives;
    private HealthPolicy policy = HealthPolicy.NONE;
    private volatile Announce announce = Announce.NEVER;
    private volatile List<IpAddress> addresses = List.of();
    private boolean ends;
    private int slot;
    private int sorrySlot = -1;

    /// Its sorry server, which its checks ask as they ask the others.
    private volatile @Nullable ServerMonitor sorry;

    private volatile Map<Endpoint, ServerMonitor> servers = Map.of();
    private List<ServerMonitor> ordered = List.of();
    private volatile ServiceHealth shown = ServiceHealth.UNKNOWN;
    private boolean isTouched;
    private boolean evaluated;

    /// @param touched is told once when something has changed, until [#evaluate]
    /// @param passives makes one for each server
    ServiceMonitor(
            ServiceKey key, Consumer<ServiceMonitor> touched, Supplier<PassiveState> passives) {
        this.passives = passives;
        this.key = key;
        this.touched = touched;
    }

    ServiceKey key() {
        return key;
    }

    /// Something of one of its servers has changed.
    void touch() {
        if (!isTouched) {
            isTouched = true;
            touched.accept(this);
        }
    }

    /// Takes a desired state over.
    ///
    /// @return checks that are new, which hear of no probe yet
    List<CheckState> become(Monitored next, Probes probes) {
        policy = next.service().policy().health();
        announce = policy.announce();
        addresses = next.service().frontends().stream().map(Frontend::address).distinct().toList();
        ends = policy.endConnections() || next.service().policy().expiresQuiescent();
        slot = next.slot();
        sorrySlot = next.sorrySlot();
        Map<Endpoint, ServerMonitor> left = new LinkedHashMap<>(servers);
        Map<Endpoint, ServerMonitor> now = new LinkedHashMap<>();
        List<CheckState> fresh = new ArrayList<>();
        List<RealServer> desired = next.service().realServers();
        for (int i = 0; i < desired.size(); i++) {
            Endpoint endpoint = desired.get(i).endpoint();
            ServerMonitor known = left.remove(endpoint);
            ServerMonitor server =
                    known == null ? new ServerMonitor(this, endpoint, passives.get()) : known;
            ServicePolicy all = next.service().policy();
            fresh.addAll(server.become(desired.get(i), all, next.serverSlot(i), probes));
            now.put(endpoint, server);
        }
        left.values().forEach(server -> forget(server, probes));
        servers = now;
        ordered = List.copyOf(now.values());
        fresh.addAll(becomeSorry(next.service().policy(), probes));
        return fresh;
    }

    private List<CheckState> becomeSorry(ServicePolicy all, Probes probes) {
        Endpoint wanted = sorrySlot < 0 ? null : policy.sorryServer().orElse(null);
        ServerMonitor known = sorry;
        if (known != null && !known.endpoint().equals(wanted)) {
            forget(known, probes);
            known = null;
        }
        if (wanted != null && known == null) {
            known = new ServerMonitor(this, wanted, passives.get());
        }
        sorry = known;
        return wanted == null || known == null
                ? List.of()
                : known.become(asked(wanted, policy), all, sorrySlot, probes);
    }

    /// A sorry server with those checks of its service that can ask it: from an address of its
    /// family.
    private static RealServer asked(Endpoint sorry, HealthPolicy policy) {
        String family = sorry.address().family();
        List<HealthCheck> checks =
                policy.checks().stream()
                        .filter(check ->
                                check.source()
                                        .map(source -> source.family().equals(family))
                                        .orElse(true))
                        .toList();
        return RealServer.of(sorry).toBuilder().checks(Optional.of(checks)).build();
    }

    private static void forget(ServerMonitor server, Probes probes) {
        server.checks().forEach(probes::remove);
        server.passive().end();
    }

    /// The service is gone.
    void end(Probes probes) {
        ordered.forEach(server -> forget(server, probes));
        ServerMonitor last = sorry;
        if (last != null) {
            forget(last, probes);
        }
    }

    /// Watches what connections meet, if its policy says so.
    ///
    /// @return whether it does
    boolean watchPassively(long nowNs) {
        PassiveCheck check = policy.passive().orElse(null);
        for (ServerMonitor server : ordered) {
            server.passive().become(check, server.slot(), server.weight() > 0, nowNs);
        }
        return check != null;
    }

    /// Looks at what connections have met.
    void lookPassively(long nowNs) {
        for (ServerMonitor server : ordered) {
            if (server.passive().look(nowNs)) {
                touch();
            }
        }
    }

    /// Has its servers judged as they would be in a service that is there, and says so to the
    /// workers, before they see them.
    void announce(HealthWords words, long nowNs, boolean added) {
        for (ServerMonitor server : ordered) {
            server.judge(nowNs, added);
        }
        if (added) {
            for (ServerMonitor server : ordered) {
                server.settle(nowNs, false, "", policy.slowStart());
                words.server(server.slot(), server.word());
            }
        } else {
            evaluate(words, nowNs, HealthMonitor.NOBODY);
        }
    }

    /// Decides anew what comes of how its servers are.
    void evaluate(HealthWords words, long nowNs, HealthListener listener) {
        isTouched = false;
        for (ServerMonitor server : ordered) {
            server.judge(nowNs, evaluated);
        }
        Map<ServerMonitor, String> kept = Ejection.kept(ordered, policy);
        List<ServerMonitor> changed = new ArrayList<>();
        List<ServerMonitor> ended = new ArrayList<>();
        for (ServerMonitor server : ordered) {
            boolean used = server.isUsed();
            String why = kept.get(server);
            if (server.settle(nowNs, why != null, why == null ? "" : why, policy.slowStart())) {
                changed.add(server);
            }
            if (used && !server.isUsed()) {
                ended.add(server);
            }
        }
        ServiceHealth before = shown;
        ServiceHealth now = together(before);
        shown = now;
        publish(words, now.sorry());
        settleSorry(nowNs, now.sorry()).ifPresent(changed::add);
        for (ServerMonitor server : changed) {
            listener.serverChanged(key, server.endpoint(), server.health(nowNs));
        }
        if (ends) {
            ended.forEach(server -> listener.endConnections(key, server.endpoint()));
        }
        if (evaluated && before.quorumUp() != now.quorumUp() && isWatched()) {
            listener.quorumChanged(key, quorum(), now);
        }
        evaluated = true;
    }

    /// The sorry server if others are to be told how it is.
    private Optional<ServerMonitor> settleSorry(long nowNs, boolean serves) {
        ServerMonitor server = sorry;
        if (server == null) {
            return Optional.empty();
        }
        server.judge(nowNs, false);
        return server.settleSorry(nowNs, serves) ? Optional.of(server) : Optional.empty();
    }

    private ServiceHealth together(ServiceHealth before) {
        long up = 0;
        long all = 0;
        for (ServerMonitor server : ordered) {
            all += server.weight();
            up += server.isAlive() ? server.weight() : 0;
        }
        Quorum quorum = policy.quorum();
        long least = quorum.weight();
        if (evaluated) {
            least =
                    before.quorumUp()
                            ? least - quorum.hysteresis()
                            : Math.max(least, Math.min(least + quorum.hysteresis(), all));
        }
        boolean there = up >= least;
        return new ServiceHealth(there, up, !there && sorrySlot >= 0, Announcement.NONE);
    }

    /// Those that come go first, so that there is no moment with nobody.
    private void publish(HealthWords words, boolean sorry) {
        if (sorrySlot >= 0 && sorry) {
            words.server(sorrySlot, HealthWords.WHOLE);
        }
        boolean differ = false;
        for (ServerMonitor server : ordered) {
            int word = server.word();
            differ |= word > 0 && word < HealthWords.WHOLE;
            if (word > 0) {
                words.server(server.slot(), word);
            }
        }
        words.sharesDiffer(slot, differ);
        for (ServerMonitor server : ordered) {
            if (server.word() == 0) {
                words.server(server.slot(), 0);
            }
        }
        if (sorrySlot >= 0 && !sorry) {
            words.server(sorrySlot, 0);
        }
    }

    /// Whether the share of some server grows.
    boolean isStarting() {
        for (ServerMonitor server : ordered) {
            if (server.isStarting()) {
                return true;
            }
        }
        return false;
    }

    /// Whether anything is asked or told of its servers.
    boolean isWatched() {
        if (!policy.equals(HealthPolicy.NONE)) {
            return true;
        }
        for (ServerMonitor server : ordered) {
            if (!server.checks().isEmpty() || server.external().state() != State.UNCHECKED) {
                return true;
            }
        }
        return false;
    }

    Map<Endpoint, ServerMonitor> servers() {
        return servers;
    }

    /// What its quorum is, and how much is up, for messages.
    String quorum() {
        return shown.weightUp() + " of its servers' weight is up, its quorum is " + policy.quorum();
    }

    /// How a server is. Any thread.
    Optional<ServerHealth> health(Endpoint server, long nowNs) {
        return Optional.ofNullable(servers.get(server)).map(each -> each.health(nowNs));
    }

    /// How its sorry server is. Any thread.
    Optional<ServerHealth> sorryHealth(long nowNs) {
        return Optional.ofNullable(sorry).map(server -> server.health(nowNs));
    }

    /// Whether it asks for its address to be announced, as it is.
    boolean isToBeAnnounced() {
        return switch (announce) {
            case NEVER -> false;
            case ALWAYS -> true;
            case WHEN_HEALTHY -> evaluated && shown.quorumUp();
        };
    }

    /// Its virtual addresses. Any thread.
    List<IpAddress> addresses() {
        return addresses;
    }

    /// What the network was told of its addresses: the worst of them. Any thread.
    Announcement announcement(Announcements announcements) {
        return announcements.of(announce, addresses);
    }

    /// How all are together. Any thread.
    ServiceHealth health() {
        return shown;
    }
}
