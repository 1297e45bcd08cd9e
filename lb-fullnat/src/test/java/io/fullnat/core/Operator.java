// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core;

import static org.assertj.core.api.Assertions.assertThat;

import io.fullnat.api.BalancerException;
import io.fullnat.api.ErrorCode;
import io.fullnat.api.IpAddress;
import io.fullnat.api.control.Change;
import io.fullnat.api.control.Control;
import io.fullnat.api.service.AccessRule;
import io.fullnat.api.service.LocalAddress;
import io.fullnat.api.service.RealServer;
import io.fullnat.api.service.ServiceKey;
import io.fullnat.api.service.VirtualService;
import io.fullnat.testing.Seed;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.concurrent.Callable;
import java.util.function.BooleanSupplier;
import java.util.random.RandomGenerator;

/// One of several who change a balancer at once. It has services of its own, knows how they must
/// be, and shares local addresses and real servers with all others.
final class Operator implements Callable<SortedMap<ServiceKey, VirtualService>> {
    /// Ports of an operator's services.
    static final int SERVICES = 4;

    private static final int LOCALS = 6;
    private static final List<String> SCHEDULERS = List.of("rr", "wrr", "wlc");
    private static final AccessRule NOBODY = AccessRule.deny("0.0.0.0/0");

    private final Control control;
    private final BooleanSupplier goesOn;
    private final int number;
    private final RandomGenerator random;
    private final TreeMap<ServiceKey, VirtualService> model = new TreeMap<>();
    private long transactions;

    Operator(Control control, int number, long seed, BooleanSupplier goesOn) {
        this.control = control;
        this.number = number;
        this.goesOn = goesOn;
        random = Seed.generator(number + 1);
    }

    /// A service of an operator.
    static ServiceKey service(int operator, int index) {
        String virtual = "192.0.2." + (10 + operator);
        return index % 2 == 0 ? ServiceKey.tcp(virtual, 100) : ServiceKey.udp(virtual, 100 + index);
    }

    long transactions() {
        return transactions;
    }

    @Override
    public SortedMap<ServiceKey, VirtualService> call() {
        while (goesOn.getAsBoolean()) {
            ServiceKey key = service(number, random.nextInt(SERVICES));
            VirtualService known = model.get(key);
            if (known == null) {
                add(key);
            } else {
                change(known);
            }
        }
        return model;
    }

    private void add(ServiceKey key) {
        VirtualService added =
                VirtualService.of(key)
                        .withScheduler(SCHEDULERS.get(random.nextInt(SCHEDULERS.size())))
                        .withConnectionTimeout(Duration.ofSeconds(1 + random.nextInt(5)))
                        .withRealServer(server())
                        .withLocalAddress(local());
        done(added, new Change.AddService(added));
    }

    private void change(VirtualService known) {
        switch (random.nextInt(10)) {
            case 0 -> {
                done(known, new Change.RemoveService(known.key()));
                model.remove(known.key());
            }
            case 1, 2 -> toggle(known, server());
            case 3, 4, 5 -> toggle(known, local());
            case 6 -> {
                boolean force = random.nextBoolean();
                VirtualService bare = known.withLocalAddresses(List.of());
                done(bare, new Change.FlushLocalAddresses(known.key(), force));
            }
            case 7 -> toggleAccess(known);
            case 8 -> reweigh(known);
            default -> refused(known);
        }
    }

    private void toggle(VirtualService known, RealServer server) {
        List<RealServer> servers = new ArrayList<>(known.realServers());
        if (servers.removeIf(other -> other.endpoint().equals(server.endpoint()))) {
            done(
                    known.withRealServers(servers),
                    new Change.RemoveRealServer(known.key(), server.endpoint()));
        } else {
            done(known.withRealServer(server), new Change.AddRealServer(known.key(), server));
        }
    }

    private void toggle(VirtualService known, LocalAddress local) {
        List<LocalAddress> locals = new ArrayList<>(known.localAddresses());
        if (locals.remove(local)) {
            boolean force = random.nextBoolean();
            done(
                    known.withLocalAddresses(locals),
                    new Change.RemoveLocalAddress(known.key(), local.address(), force));
        } else {
            done(known.withLocalAddress(local), new Change.AddLocalAddress(known.key(), local));
        }
    }

    private void toggleAccess(VirtualService known) {
        if (known.accessRules().isEmpty()) {
            done(
                    known.withAccessRules(List.of(NOBODY)),
                    new Change.AddAccessRule(known.key(), NOBODY));
        } else {
            done(
                    known.withAccessRules(List.of()),
                    new Change.RemoveAccessRule(known.key(), NOBODY));
        }
    }

    private void reweigh(VirtualService known) {
        if (known.realServers().isEmpty()) {
            return;
        }
        List<RealServer> servers = new ArrayList<>(known.realServers());
        int chosen = random.nextInt(servers.size());
        servers.set(chosen, servers.get(chosen).withWeight(random.nextInt(4)));
        done(
                known.withRealServers(servers),
                new Change.EditRealServer(known.key(), servers.get(chosen)));
    }

    /// A transaction whose last change is wrong, which must leave no trace.
    private void refused(VirtualService known) {
        IpAddress unlisted = IpAddress.parse("10.0.1.250");
        try {
            control.apply(
                    new Change.FlushLocalAddresses(known.key(), true),
                    new Change.RemoveLocalAddress(known.key(), unlisted));
        } catch (BalancerException refusal) {
            assertThat(refusal.code()).isEqualTo(ErrorCode.NO_LOCAL_ADDRESS);
            return;
        }
        throw new AssertionError("removed what is not there: " + unlisted);
    }

    private void done(VirtualService desired, Change change) {
        control.apply(change);
        transactions++;
        model.put(desired.key(), desired);
        assertThat(control.status(desired.key()).map(status -> status.service()).isPresent())
                .isEqualTo(!(change instanceof Change.RemoveService));
    }

    private RealServer server() {
        String address = random.nextBoolean() ? "10.0.1.11" : "10.0.2.12";
        return RealServer.of(address, 7).withWeight(1 + random.nextInt(3));
    }

    private LocalAddress local() {
        return LocalAddress.of("10.0.1." + (100 + random.nextInt(LOCALS)), "lan1");
    }
}
