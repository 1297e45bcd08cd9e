// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.control;

import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import io.fullnat.api.BalancerException;
import io.fullnat.api.ErrorCode;
import io.fullnat.api.IpAddress;
import io.fullnat.api.control.Change;
import io.fullnat.api.control.LeftoverPolicy;
import io.fullnat.api.health.ProbeResult;
import io.fullnat.api.io.Memory;
import io.fullnat.api.network.InterfaceAddress;
import io.fullnat.api.service.LocalAddress;
import io.fullnat.api.service.RealServer;
import io.fullnat.api.service.ServiceKey;
import io.fullnat.api.service.VirtualService;
import io.fullnat.core.health.HealthMonitor;
import io.fullnat.core.schedule.Schedulers;
import io.fullnat.core.service.TrafficTable;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;

/// One transaction by itself, of a balancer with the ports `wan` and `lan` whose workers nobody
/// drives: what becomes of its draft. What was in force before is what [#inForce] was given.
final class Drafting implements AutoCloseable {
    static final ServiceKey WEB = ServiceKey.tcp("192.0.2.80", 80);
    static final ServiceKey TLS = ServiceKey.tcp("192.0.2.80", 443);
    static final String LOCAL = "10.0.1.100";

    /// When the workers' seconds begin.
    static final long EPOCH_NS = 77_000_000_001L;

    static final RealServer SERVER = RealServer.of("10.0.1.11", 8080);

    final IdleWorkers idle;
    final DeviceNames devices;
    final Schedulers schedulers = new Schedulers(List.of());
    final Map<IpAddress, String> draining = new HashMap<>();
    final HealthMonitor health;
    private DesiredTables before = DesiredTables.beginning(LeftoverPolicy.DEFAULT);
    Draft draft;

    Drafting() {
        this(1);
    }

    /// @param workers how many
    Drafting(int workers) {
        idle = new IdleWorkers(workers, ControlRig.openIo(workers, 64), 64, EPOCH_NS);
        devices = new DeviceNames(idle.io);
        health = idle.health(spec -> target -> ProbeResult.passed(""));
        draft = new Draft(before, devices, 0);
    }

    /// Changes come into force, and the next transaction begins.
    ///
    /// @return this
    Drafting inForce(Change... changes) {
        StateEditor editor = editor();
        for (Change change : changes) {
            editor.apply(change);
        }
        inForce(editor.draft().state());
        return this;
    }

    /// A state comes into force as a transaction has made it.
    void inForce(DesiredTables state) {
        before = state;
        draft = new Draft(before, devices, 0);
    }

    DesiredTables before() {
        return before;
    }

    StateEditor editor() {
        return new StateEditor(before, devices, schedulers, health, idle.resources, 0);
    }

    NetworkEdits network() {
        return new NetworkEdits(draft);
    }

    LocalEdits locals() {
        return new LocalEdits(draft, idle.resources);
    }

    ServiceEdits services() {
        return new ServiceEdits(draft, schedulers, locals(), idle.resources);
    }

    DraftRules rules() {
        return new DraftRules(draft, before, draining, health);
    }

    static VirtualService service(ServiceKey key) {
        return VirtualService.of(key);
    }

    static Change.AddService added(VirtualService service) {
        return new Change.AddService(service);
    }

    static Change.AddAddress address(String prefix, String device) {
        return new Change.AddAddress(InterfaceAddress.of(prefix, device));
    }

    static LocalAddress local(String address, String device) {
        return LocalAddress.of(address, device);
    }

    static IpAddress ip(String address) {
        return IpAddress.parse(address);
    }

    /// A local address that its service no longer lists has connections left.
    void drains(Resources.LocalName name) {
        int slot = idle.resources.locals().acquire(name);
        idle.resources.locals().release(name);
        long line = idle.workers.traffic(0).local(slot);
        Memory.addLong(line + TrafficTable.LOCAL_CONNECTIONS, 1);
    }

    /// The same of a server.
    void drains(Resources.ServerName name) {
        int slot = idle.resources.servers().acquire(name);
        idle.resources.servers().release(name);
        long line = idle.workers.traffic(0).server(slot);
        Memory.addLong(line + TrafficTable.INACTIVE, 1);
    }

    static void refused(ErrorCode code, String word, ThrowingCallable change) {
        assertThatExceptionOfType(BalancerException.class)
                .isThrownBy(change)
                .withMessageContaining(word)
                .extracting(BalancerException::code)
                .isEqualTo(code);
    }

    @Override
    public void close() {
        health.close();
        idle.close();
    }
}
