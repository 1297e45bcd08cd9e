// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.stack;

import static org.assertj.core.api.Assertions.assertThat;

import io.fullnat.api.IpAddress;
import io.fullnat.testing.Seed;
import java.util.random.RandomGenerator;
import org.junit.jupiter.api.Test;

/// Who still gets answers while others flood. Time goes by in milliseconds.
class AnswerLimiterTest {
    private static final int PER_SECOND = 1000;
    private static final long MS = 1_000_000L;
    private static final int SECONDS = 20;
    private static final int HONEST = 10 << 24;
    private static final long DEAD = 0xC000_0250_0050_06L;
    private static final long OTHER_DEAD = 0xC000_0250_01BB_06L;

    private final AnswerLimiter limiter = new AnswerLimiter(PER_SECOND, 42);
    private final RandomGenerator random = Seed.generator(7);

    /// One thing that happens in each millisecond, before the honest packet.
    private interface Flood {
        void at(long nowNs);
    }

    /// Sends one honest packet in every ten milliseconds, each from a network of its own.
    ///
    /// @return how many were not answered
    private int mutedOf(Flood flood, long destination) {
        int muted = 0;
        for (int ms = 0; ms < SECONDS * 1000; ms++) {
            flood.at(ms * MS);
            if (ms % 10 == 0 && !tryTake(limiter, HONEST + ms / 10 * 256, destination, ms * MS)) {
                muted++;
            }
        }
        return muted;
    }

    private Flood strangers(int perMs, long destination) {
        return now -> {
            for (int i = 0; i < perMs; i++) {
                tryTake(limiter, random.nextInt(), destination, now);
            }
        };
    }

    private Flood network(int perMs, long destination) {
        return now -> {
            for (int i = 0; i < perMs; i++) {
                tryTake(limiter, 0xC633_6400 | random.nextInt(256), destination, now);
            }
        };
    }

    @Test
    void aFloodFromOneNetworkMutesNobodyElse() {
        assertThat(mutedOf(network(100, DEAD), DEAD)).isZero();
    }

    @Test
    void aFloodToOneServiceMutesNoOther() {
        assertThat(mutedOf(strangers(100, DEAD), OTHER_DEAD)).isZero();
    }

    @Test
    void aNetworkThatFloodsGetsItsShareAndNoMore() {
        int answered = 0;
        for (int i = 0; i < 100_000; i++) {
            answered += tryTake(limiter, HONEST, DEAD, i * MS / 10) ? 1 : 0;
        }
        assertThat(answered).isBetween(PER_SECOND / 8 * 10, PER_SECOND / 8 * 10 + 60);
    }

    @Test
    void allTogetherGetTheRateAndNoMore() {
        int answered = 0;
        for (int ms = 0; ms < 10_000; ms++) {
            for (int i = 0; i < 50; i++) {
                answered +=
                        tryTake(limiter, random.nextInt(), 1 + random.nextInt(64), ms * MS) ? 1 : 0;
            }
            answered += tryTakeForPeer(limiter, random.nextInt(), ms * MS) ? 1 : 0;
        }
        assertThat(answered).isBetween(PER_SECOND * 10 * 7 / 10, PER_SECOND * 10 + 400);
    }

    /// Made-up sources do not come back, honest clients do: they hear the answer at their second
    /// try at the latest, though the flood is at the same service; unless a stranger happens to
    /// have their place in the table.
    @Test
    void whoComesBackIsAnsweredInAFloodOfStrangersToTheSameService() {
        Flood flood = strangers(3, DEAD);
        int unheard = 0;
        for (int second = 0; second < SECONDS; second++) {
            int network = HONEST + second * 256;
            boolean first = false;
            boolean again = false;
            for (int ms = 0; ms <= 1000; ms++) {
                long now = (second * 1001L + ms) * MS;
                flood.at(now);
                if (ms == 0) {
                    first = tryTake(limiter, network, DEAD, now);
                } else if (ms == 1000) {
                    again = first || tryTake(limiter, network, DEAD, now);
                }
            }
            unheard += again ? 0 : 1;
        }
        assertThat(unheard).as("of %d clients", SECONDS).isLessThanOrEqualTo(SECONDS / 4);
    }

    @Test
    void floodsToAllServicesLeaveAShareToWhoComesBack() {
        int clients = 8;
        int atOnce = 0;
        int later = 0;
        for (int ms = 0; ms <= 2000; ms++) {
            for (int i = 0; i < 3; i++) {
                tryTake(limiter, random.nextInt(), 1 + random.nextInt(64), ms * MS);
            }
            for (int i = 0; i < clients; i++) {
                if (ms == 1000) {
                    atOnce += tryTake(limiter, HONEST + i * 256, DEAD, ms * MS) ? 1 : 0;
                } else if (ms == 2000) {
                    later += tryTake(limiter, HONEST + i * 256, DEAD, ms * MS) ? 1 : 0;
                }
            }
        }
        assertThat(atOnce).as("at once").isLessThanOrEqualTo(1);
        assertThat(later).as("when they come back").isGreaterThanOrEqualTo(clients / 2);
    }

    @Test
    void peersOfConnectionsAreAnsweredWhateverStrangersDo() {
        int muted = 0;
        for (int ms = 0; ms < SECONDS * 1000; ms++) {
            for (int i = 0; i < 100; i++) {
                tryTake(limiter, random.nextInt(), 1 + random.nextInt(64), ms * MS);
            }
            if (ms % 5 == 0 && !tryTakeForPeer(limiter, HONEST + ms % 1000, ms * MS)) {
                muted++;
            }
        }
        assertThat(muted).as("of %d answers to peers", SECONDS * 200).isZero();
    }

    @Test
    void onePeerThatFloodsMutesNoOther() {
        int muted = 0;
        for (int ms = 0; ms < SECONDS * 1000; ms++) {
            for (int i = 0; i < 100; i++) {
                tryTakeForPeer(limiter, HONEST, ms * MS);
            }
            if (ms % 10 == 0 && !tryTakeForPeer(limiter, HONEST + 1 + ms % 1000, ms * MS)) {
                muted++;
            }
        }
        assertThat(muted).isZero();
    }

    /// No key may be so unlucky as to share a bucket with one that floods.
    @Test
    void keysDoNotShareBuckets() {
        BucketTable table = new BucketTable(64, 10, 4, 3);
        for (int key = 1; key <= 16; key++) {
            int slot = table.find(key, 0);
            for (int i = 0; i < 4; i++) {
                assertThat(table.has(slot, 0)).as("key %d", key).isTrue();
                table.take(slot, 0);
            }
            assertThat(table.has(slot, 0)).isFalse();
        }
    }

    /// Of IPv6 a network is a /64, and each has its own part, its neighbour's next to it too.
    @Test
    void neighbouringNetworksOfIpv6DoNotShare() {
        long network = 0x2001_0DB8_0000_0000L;
        int granted = 0;
        for (int i = 0; i < 1_000; i++) {
            granted += limiter.tryTake(network, i, 1, 0) ? 1 : 0;
        }
        assertThat(granted).isBetween(1, PER_SECOND / 8);
        assertThat(limiter.tryTake(network, 1_000, 2, 0)).isFalse();
        assertThat(limiter.tryTake(network + 1, 0, 2, 0)).isTrue();

        while (limiter.tryTakeForPeer(network, 6, 0)) {}
        assertThat(limiter.tryTakeForPeer(network, 7, 0)).isTrue();
    }

    private static boolean tryTake(
            AnswerLimiter limiter, int source, long destination, long nowNs) {
        return limiter.tryTake(0, IpAddress.mapped(source), destination, nowNs);
    }

    private static boolean tryTakeForPeer(AnswerLimiter limiter, int source, long nowNs) {
        return limiter.tryTakeForPeer(0, IpAddress.mapped(source), nowNs);
    }
}
