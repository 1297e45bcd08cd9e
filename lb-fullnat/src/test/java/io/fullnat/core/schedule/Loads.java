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
    static final ConnectionRequest REQUEST = new AnyClient();

    final boolean[] forbidden;
    final int[] active;
    final int[] inactive;
    final int[] shares;
    private final int[] weights;
    private final Scheduler scheduler;

    Loads(String name, long seed, int... weights) {
        this(new Schedulers(List.of()), name, seed, weights);
    }

    Loads(Schedulers schedulers, String name, long seed, int... weights) {
        this.weights = weights.clone();
        forbidden = new boolean[weights.length];
        active = new int[weights.length];
        inactive = new int[weights.length];
        shares = new int[weights.length];
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
                                        0, 1, seed, ServiceKey.tcp("192.0.2.80", 80), Map.of()));
    }

    int select() {
        return scheduler.select(REQUEST, this);
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
        return weights[server] > 0 && !forbidden[server];
    }

    @Override
    public int share(int server) {
        return shares[server];
    }

    @Override
    public boolean sharesDiffer() {
        return Arrays.stream(shares).anyMatch(share -> share != WHOLE_SHARE);
    }

    @Override
    public int activeConnections(int server) {
        return active[server];
    }

    @Override
    public int inactiveConnections(int server) {
        return inactive[server];
    }

    private static final class AnyClient implements ConnectionRequest {
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
            return 0xFFFF_C633_6407L;
        }

        @Override
        public int clientPort() {
            return 40_000;
        }
    }
}
