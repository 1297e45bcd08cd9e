// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.schedule;

import io.fullnat.api.Protocol;
import io.fullnat.api.service.ConnectionRequest;
import io.fullnat.api.service.RealServer;
import io.fullnat.api.service.Scheduler;
import io.fullnat.api.service.SchedulerContext;
import io.fullnat.api.service.ServerLoads;
import io.fullnat.api.service.ServiceKey;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;

/// Real servers of given weights with a scheduler over them, and their loads, set by hand.
final class Loads implements ServerLoads {
    private final AnyClient client = new AnyClient();

    final boolean[] forbidden;
    final int[] active;
    final int[] inactive;
    final int[] shares;
    final int[] micros;
    final int[] waiting;

    /// How often counts were asked for.
    int reads;

    /// How often it was asked whether one is usable.
    int looks;

    private final int[] weights;
    private final Scheduler scheduler;

    Loads(String name, long seed, int... weights) {
        this(new Schedulers(List.of()), name, seed, weights);
    }

    Loads(Schedulers schedulers, String name, long seed, int... weights) {
        this(schedulers, name, seed, Map.of(), weights);
    }

    Loads(
            Schedulers schedulers,
            String name,
            long seed,
            Map<String, String> options,
            int... weights) {
        this.weights = weights.clone();
        forbidden = new boolean[weights.length];
        active = new int[weights.length];
        inactive = new int[weights.length];
        shares = new int[weights.length];
        micros = new int[weights.length];
        waiting = new int[weights.length];
        Arrays.fill(shares, WHOLE_SHARE);
        List<RealServer> servers = new ArrayList<>();
        for (int i = 0; i < weights.length; i++) {
            servers.add(RealServer.of("10.0.1.1", 1 + i).withWeight(weights[i]));
        }
        scheduler =
                schedulers
                        .get(name)
                        .create(
                                servers,
                                new SchedulerContext(
                                        0, 1, seed, ServiceKey.tcp("192.0.2.80", 80), options));
    }

    /// A scheduler that was made already.
    Loads(int[] weights, Scheduler scheduler) {
        this.weights = weights.clone();
        this.scheduler = scheduler;
        forbidden = new boolean[weights.length];
        active = new int[weights.length];
        inactive = new int[weights.length];
        shares = new int[weights.length];
        micros = new int[weights.length];
        waiting = new int[weights.length];
        Arrays.fill(shares, WHOLE_SHARE);
    }

    int select() {
        return scheduler.select(client, this);
    }

    /// The client of the next connections.
    void client(long address, int port) {
        client.address = 0xFFFF_0000_0000L | (address & 0xFFFF_FFFFL);
        client.port = port;
    }

    /// Some client by number.
    void client(int number) {
        client(number * 0x9E37_79B9L, 40_000);
    }

    /// Where the next connections go.
    void destination(long address) {
        client.destination = 0xFFFF_0000_0000L | (address & 0xFFFF_FFFFL);
    }

    /// Goes on where others left off.
    void resume(Loads before, int... origins) {
        scheduler.resume(before.scheduler, origins);
    }

    /// The next choices, in order.
    List<Integer> select(int count) {
        List<Integer> chosen = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            chosen.add(select());
        }
        return chosen;
    }

    /// How often each server is chosen in the next choices, all of which find one.
    int[] shares(int count) {
        int[] shares = new int[weights.length];
        for (int i = 0; i < count; i++) {
            shares[select()]++;
        }
        return shares;
    }

    @Override
    public boolean isUsable(int server) {
        looks++;
        return weights[server] > 0 && !forbidden[server];
    }

    @Override
    public int share(int server) {
        return shares[server];
    }

    @Override
    public boolean sharesDiffer() {
        for (int share : shares) {
            if (share != WHOLE_SHARE) {
                return true;
            }
        }
        return false;
    }

    @Override
    public int answerMicros(int server) {
        return micros[server];
    }

    @Override
    public int awaitedAnswers(int server) {
        return waiting[server];
    }

    @Override
    public int activeConnections(int server) {
        reads++;
        return active[server];
    }

    @Override
    public int inactiveConnections(int server) {
        reads++;
        return inactive[server];
    }

    private static final class AnyClient implements ConnectionRequest {
        private long address = 0xFFFF_C633_6407L;
        private int port = 40_000;
        private long destination = 0xFFFF_C000_0250L;

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
            return address;
        }

        @Override
        public int clientPort() {
            return port;
        }

        @Override
        public long destinationAddressHigh() {
            return 0;
        }

        @Override
        public long destinationAddressLow() {
            return destination;
        }

        @Override
        public int destinationPort() {
            return 80;
        }
    }
}
