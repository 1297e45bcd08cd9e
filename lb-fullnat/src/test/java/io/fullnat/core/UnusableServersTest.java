// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core;

import static org.assertj.core.api.Assertions.assertThat;

import io.fullnat.api.Endpoint;
import io.fullnat.api.control.Change;
import io.fullnat.api.counter.Outcome;
import io.fullnat.api.service.LocalAddress;
import io.fullnat.api.service.RealServer;
import io.fullnat.api.service.Scheduler;
import io.fullnat.api.service.SchedulerContext;
import io.fullnat.api.service.SchedulerFactory;
import io.fullnat.api.service.VirtualService;
import io.fullnat.core.packet.Tcp;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/// A flood for a service of many servers none of which is usable: the servers are not looked at for
/// each SYN, and one that can be used again is found.
class UnusableServersTest {
    private static final int SERVERS = 200;

    private int asked;
    private int port = 10_000;
    private final Rig rig = Rig.with(options -> options.scheduler(new Counting()));

    private final class Counting implements SchedulerFactory {
        @Override
        public String name() {
            return "counting";
        }

        @Override
        public Scheduler create(List<RealServer> servers, SchedulerContext context) {
            return (request, loads) -> {
                asked++;
                for (int i = 0; i < servers.size(); i++) {
                    if (loads.isUsable(i)) {
                        return i;
                    }
                }
                return Scheduler.NONE;
            };
        }
    }

    @AfterEach
    void close() {
        rig.close();
    }

    private static RealServer server(int i, int weight, int most) {
        return RealServer.builder(Endpoint.of(Rig.SERVER, 8080 + i))
                .weight(weight)
                .maxConnections(most)
                .build();
    }

    private void configured(int weight, int most) {
        rig.configured();
        VirtualService service =
                VirtualService.of(Rig.TCP)
                        .withScheduler("counting")
                        .withLocalAddress(LocalAddress.of(Rig.LOCAL, "lan"));
        for (int i = 0; i < SERVERS; i++) {
            service = service.withRealServer(server(i, weight, most));
        }
        rig.apply(new Change.ReplaceService(service));
        rig.withStaticNeighbours();
    }

    private void syns(int count) {
        for (int i = 0; i < count; i++) {
            rig.client.send(Rig.fromClient().tcp(port++, 80).flags(Tcp.SYN).toBytes());
            if (i % 50 == 49) {
                rig.run();
                rig.out();
            }
        }
        rig.run();
        rig.out();
    }

    @Test
    void aFloodLooksNowAndThen() {
        configured(0, 0);
        syns(1_000);
        assertThat(rig.count(Outcome.NO_REAL_SERVER)).isEqualTo(1_000);
        assertThat(asked).isBetween(1, 82);
        int before = asked;
        rig.pass(Duration.ofMillis(10));
        syns(1_000);
        assertThat(asked - before).isBetween(1, 82);

        rig.apply(new Change.EditRealServer(Rig.TCP, server(7, 1, 0)));
        assertThat(rig.clientSends(Rig.fromClient().tcp(port++, 80).flags(Tcp.SYN)))
                .as("an edit counts at once")
                .hasSize(1);
    }

    @Test
    void fullServersAreLookedAtNowAndThen() {
        configured(1, 1);
        syns(1);
        int flowPort = port - 1;
        syns(SERVERS - 1);
        assertThat(asked).isEqualTo(SERVERS);
        syns(1_000);
        assertThat(rig.count(Outcome.SERVERS_FULL)).isEqualTo(1_000);
        assertThat(asked).isBetween(SERVERS + 1, SERVERS + 82);
        int before = asked;

        rig.pass(Duration.ofMillis(1));
        rig.clientSends(Rig.fromClient().tcp(flowPort, 80).flags(Tcp.RST).sequence(1));
        rig.pass(Duration.ofMinutes(10)); // the connections end
        rig.withStaticNeighbours();
        syns(3);
        assertThat(asked).isEqualTo(before + 3);
        assertThat(rig.count(Outcome.SERVERS_FULL)).isEqualTo(1_000);
    }
}
