// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.health;

import static io.fullnat.core.health.MonitorRig.WEB;
import static io.fullnat.core.health.MonitorRig.server;

import io.fullnat.api.Endpoint;
import io.fullnat.api.health.ProbeResult;
import io.fullnat.api.health.ServerHealth;
import io.fullnat.api.health.ServiceHealth;
import io.fullnat.api.service.ServiceKey;
import io.fullnat.api.service.VirtualService;
import io.fullnat.core.service.HealthWords;
import io.fullnat.core.transmit.FaultLog;
import io.fullnat.testing.Seed;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;

/// A service whose checks hear what a test says, without a schedule of probes: its parts by
/// themselves. Slots are the numbers of the servers, 9 that of the sorry server.
final class OneService implements HealthListener, AutoCloseable {
    static final int SLOT = 0;
    static final int SORRY_SLOT = 9;

    private final MonitorRig rig = new MonitorRig();
    final Probes probes =
            new Probes(spec -> target -> ProbeResult.passed(""), Runnable::run, rig.counters, 42);
    final List<String> touched = new ArrayList<>();
    final List<String> events = new ArrayList<>();
    final HealthWords words = new HealthWords(16, 1);
    final FaultLog faults = rig.counters.faults();
    final MonitorRig.TableNotices notices = rig.notices;
    final ServiceMonitor service =
            new ServiceMonitor(
                    WEB,
                    each -> touched.add(each.key().toString()),
                    () -> new PassiveState(rig.notices, Seed.generator(), false));

    /// Takes a desired state over, and has the checks that are new be known to the probes.
    List<CheckState> become(VirtualService desired) {
        int[] slots =
                desired.realServers().stream().mapToInt(own -> number(own.endpoint())).toArray();
        boolean sorry = desired.policy().health().sorryServer().isPresent();
        List<CheckState> fresh =
                service.become(
                        new Monitored(desired, SLOT, slots, sorry ? SORRY_SLOT : -1), probes);
        fresh.forEach(check -> probes.add(check, 0));
        return fresh;
    }

    private static int number(Endpoint endpoint) {
        return (int) endpoint.address().low() & 0xFF;
    }

    ServerMonitor monitor(int number) {
        return Objects.requireNonNull(service.servers().get(server(number).endpoint()));
    }

    CheckState check(int number) {
        return monitor(number).checks().getFirst();
    }

    /// A run has ended that began a moment ago.
    void hear(int number, boolean passed, long nowNs) {
        check(number).hear(new ProbeResult(passed, passed ? "" : "refused"), nowNs - 1, nowNs);
    }

    void evaluate(long nowNs) {
        service.evaluate(words, nowNs, this);
    }

    int word(int slot) {
        return words.server(slot);
    }

    @Override
    public void serverChanged(ServiceKey key, Endpoint server, ServerHealth health) {
        events.add(number(server) + (health.up() ? " up " : " down ") + health.use().word());
    }

    @Override
    public void endConnections(ServiceKey key, Endpoint server) {
        events.add("end " + number(server));
    }

    @Override
    public void quorumChanged(ServiceKey key, String quorum, ServiceHealth health) {
        events.add((health.quorumUp() ? "quorum: " : "no quorum: ") + quorum);
    }

    @Override
    public void close() {
        rig.close();
    }
}
