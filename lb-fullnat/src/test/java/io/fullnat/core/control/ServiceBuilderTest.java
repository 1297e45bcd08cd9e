// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.control;

import static org.assertj.core.api.Assertions.assertThat;

import io.fullnat.api.Endpoint;
import io.fullnat.api.IpAddress;
import io.fullnat.api.service.LocalAddress;
import io.fullnat.api.service.RealServer;
import io.fullnat.api.service.ServiceKey;
import io.fullnat.api.service.VirtualService;
import io.fullnat.core.localport.PortAllocator;
import io.fullnat.core.schedule.Schedulers;
import io.fullnat.core.service.ServerEntry;
import io.fullnat.core.service.ServiceEntry;
import io.fullnat.core.worker.WorkerSet;
import java.util.ArrayList;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Set;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/// What a worker gets of a service whose servers and local addresses are of both families: each
/// server is reached from the local addresses of its own, in their order.
class ServiceBuilderTest {
    private static final ServiceKey KEY = ServiceKey.tcp("192.0.2.1", 80);
    private static final String SERVER = "10.0.1.11";
    private static final String SERVER6 = "2001:db8:1::b";

    private final IdleWorkers idle = new IdleWorkers(1);
    private final WorkerSet workers = idle.workers;
    private final Resources resources = idle.resources;
    private final ServiceBuilder builder =
            new ServiceBuilder(workers, resources, new Schedulers(List.of()), 7);

    @AfterEach
    void close() {
        idle.close();
    }

    private static VirtualService service(List<String> servers, List<String> locals) {
        return VirtualService.of(KEY)
                .withRealServers(
                        servers.stream().map(server -> RealServer.of(server, 8080)).toList())
                .withLocalAddresses(
                        locals.stream().map(local -> LocalAddress.of(local, "lan")).toList());
    }

    private static List<String> locals(ServerEntry server) {
        return IntStream.range(0, server.localCount())
                .mapToObj(server::local)
                .map(local -> IpAddress.of(local.high(), local.low()).toString())
                .toList();
    }

    private static List<String> turns(ServerEntry server, int count) {
        List<String> turns = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            turns.add(locals(server).get(server.nextLocal()));
        }
        return turns;
    }

    @Test
    void eachServerIsReachedFromTheLocalAddressesOfItsFamily() {
        VirtualService mixed =
                service(
                        List.of(SERVER, SERVER6, "10.0.1.12"),
                        List.of("2001:db8:1::64", "10.0.1.100", "2001:db8:1::65"));
        ServiceBuilder.Built built = builder.build(mixed, null, null);
        ServiceEntry entry = built.entry(0);

        assertThat(locals(entry.server(0))).containsExactly("10.0.1.100");
        assertThat(locals(entry.server(1))).containsExactly("2001:db8:1::64", "2001:db8:1::65");
        assertThat(locals(entry.server(2))).containsExactly("10.0.1.100");
        assertThat(entry.server(0).isIpv6()).isFalse();
        assertThat(entry.server(0).address()).isEqualTo(0x0B01_000A);
        assertThat(entry.server(1).isIpv6()).isTrue();
        assertThat(entry.server(1).local(0).slot()).isEqualTo(built.localSlot(0));
        assertThat(entry.server(0).local(0).slot()).isEqualTo(built.localSlot(1));
        assertThat(entry.server(1).local(1).slot()).isEqualTo(built.localSlot(2));
        assertThat(IntStream.range(0, 3).map(built::serversOf)).containsExactly(1, 2, 1);
    }

    @Test
    void eachPairHasAnAllocatorOfItsOwn() {
        VirtualService mixed =
                service(
                        List.of(SERVER, SERVER6, "10.0.1.12"),
                        List.of("2001:db8:1::64", "10.0.1.100", "2001:db8:1::65"));
        ServiceEntry entry = builder.build(mixed, null, null).entry(0);

        Set<PortAllocator> allocators = Collections.newSetFromMap(new IdentityHashMap<>());
        for (int i = 0; i < 3; i++) {
            ServerEntry server = entry.server(i);
            for (int local = 0; local < server.localCount(); local++) {
                allocators.add(server.allocator(local));
                assertThat(server.allocatorId(local))
                        .isEqualTo(
                                resources
                                        .allocators()
                                        .find(
                                                new Resources.AllocatorName(
                                                        KEY.protocol(),
                                                        IpAddress.of(
                                                                server.local(local).high(),
                                                                server.local(local).low()),
                                                        new Endpoint(
                                                                IpAddress.of(
                                                                        server.high(),
                                                                        server.low()),
                                                                8080))));
            }
        }
        assertThat(allocators).hasSize(4);
    }

    @Test
    void whatAServiceHasTakenIsReleasedWithIt() {
        VirtualService mixed =
                service(List.of(SERVER, SERVER6), List.of("2001:db8:1::64", "10.0.1.100"));
        builder.build(mixed, null, null);

        builder.release(mixed);
        resources.reclaim(key -> false);

        assertThat(resources.services().find(KEY)).isNegative();
        assertThat(resources.locals().find(name("2001:db8:1::64"))).isNegative();
        assertThat(resources.locals().find(name("10.0.1.100"))).isNegative();
    }

    private static Resources.LocalName name(String local) {
        return new Resources.LocalName(KEY, IpAddress.parse(local));
    }

    @Test
    void theTurnGoesOnInEachFamilyWhateverComesAndGoesInTheOther() {
        List<String> servers = List.of(SERVER, SERVER6);
        VirtualService before =
                service(servers, List.of("10.0.1.100", "2001:db8:1::64", "2001:db8:1::65"));
        ServiceBuilder.Built former = builder.build(before, null, null);
        ServerEntry old = former.entry(0).server(1);
        while (!turns(old, 1).equals(List.of("2001:db8:1::64"))) {} // its turn is over
        VirtualService after =
                service(
                        servers,
                        List.of(
                                "10.0.1.99",
                                "10.0.1.98",
                                "2001:db8:1::64",
                                "2001:db8:1::65",
                                "2001:db8:1::66"));

        ServiceEntry now = builder.build(after, null, former).entry(0);
        now.resume();

        assertThat(turns(now.server(1), 4))
                .containsExactly(
                        "2001:db8:1::65", "2001:db8:1::66", "2001:db8:1::64", "2001:db8:1::65");
        assertThat(turns(now.server(0), 2)).containsExactlyInAnyOrder("10.0.1.99", "10.0.1.98");
    }

    @Test
    void aServerMayHaveNone() {
        ServiceBuilder.Built built =
                builder.build(service(List.of(SERVER, SERVER6), List.of("10.0.1.100")), null, null);

        assertThat(built.entry(0).server(1).localCount()).isZero();
        assertThat(built.entry(0).server(0).localCount()).isOne();
        assertThat(built.serversOf(0)).isOne();
    }
}
