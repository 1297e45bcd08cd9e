// SPDX-License-Identifier: Apache-2.0
package io.fullnat.benchmarks.structure;

import io.fullnat.api.Protocol;
import io.fullnat.api.service.ConnectionRequest;
import io.fullnat.api.service.RealServer;
import io.fullnat.api.service.Scheduler;
import io.fullnat.api.service.SchedulerContext;
import io.fullnat.api.service.ServerLoads;
import io.fullnat.api.service.ServiceKey;
import io.fullnat.core.schedule.Schedulers;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;

/// Choosing the real server of a connection, by scheduler and number of servers; weights are 1 to
/// 5. Connections begin, are established when some more have begun, and stay, but for `ovf`, whose
/// weights are limits: there they end, so that the heaviest servers are full. Clients differ.
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
public class SchedulerBenchmark {
    /// The scheduler's name.
    @Param({
        "rr", "wrr", "lc", "wlc", "sed", "nq", "random", "p2c", "ll", "fo", "ovf", "sh", "dh", "mh",
        "conhash"
    })
    public String scheduler;

    /// How many real servers there are.
    @Param({"10", "128", "1000"})
    public int servers;

    /// Connections that begin while one is established.
    private static final int HANDSHAKES = 64;

    private Scheduler chooser;
    private Loads loads;
    private final Client client = new Client();
    private final int[] begun = new int[HANDSHAKES];
    private int count;
    private int stay;

    /// What a worker's table would say.
    private static final class Loads implements ServerLoads {
        private final int[] active;
        private final int[] inactive;

        Loads(int servers) {
            active = new int[servers];
            inactive = new int[servers];
        }

        @Override
        public boolean isUsable(int server) {
            return true;
        }

        @Override
        public int activeConnections(int server) {
            return active[server];
        }

        @Override
        public int inactiveConnections(int server) {
            return inactive[server];
        }
    }

    private static final class Client implements ConnectionRequest {
        private int number;

        @Override
        public Protocol protocol() {
            return Protocol.TCP;
        }

        @Override
        public long clientAddressHigh() {
            return 0;
        }

        @Override
        public long clientAddressLow() {
            return 0xFFFF_0A00_0000L | (number & 0xFF_FFFF);
        }

        @Override
        public int clientPort() {
            return 40_000;
        }

        @Override
        public long destinationAddressHigh() {
            return 0;
        }

        @Override
        public long destinationAddressLow() {
            return 0xFFFF_C000_0250L;
        }

        @Override
        public int destinationPort() {
            return 80;
        }
    }

    /// Makes the scheduler.
    @Setup
    public void create() {
        List<RealServer> all = new ArrayList<>();
        for (int i = 0; i < servers; i++) {
            all.add(RealServer.of("203.0.113.1", 80 + i).withWeight(1 + i % 5));
        }
        chooser =
                new Schedulers(List.of())
                        .get(scheduler)
                        .create(
                                all,
                                new SchedulerContext(
                                        0, 1, 42, ServiceKey.tcp("192.0.2.80", 80), Map.of()));
        loads = new Loads(servers);
        stay = scheduler.equals("ovf") ? 0 : 1;
        loads.inactive[0] = HANDSHAKES; // the first ones
    }

    /// One connection.
    ///
    /// @return the server
    @Benchmark
    public int select() {
        client.number += 0x9E_3779;
        int server = chooser.select(client, loads);
        int place = count++ & (HANDSHAKES - 1);
        int established = begun[place];
        begun[place] = server;
        loads.inactive[server]++;
        loads.inactive[established]--;
        loads.active[established] += stay;
        return server;
    }
}
