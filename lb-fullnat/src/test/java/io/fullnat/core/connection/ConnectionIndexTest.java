// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.connection;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;

import io.fullnat.testing.Seed;
import java.util.HashMap;
import java.util.Map;
import java.util.random.RandomGenerator;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// The index against a map: many entries in few buckets, hashes of one home, tags that differ in
/// one bit.
class ConnectionIndexTest {
    private static final int STEPS = 20_000;

    /// How many different homes and tags hashes have: the fewer, the more collisions.
    @ParameterizedTest
    @ValueSource(ints = {1, 2, 16, 1 << 20})
    void findsWhatWasAddedAndNotRemovedHoweverCrowdedItIs(int variety) {
        RandomGenerator random = Seed.generator(42);
        Map<Integer, Long> model = new HashMap<>();
        try (ConnectionIndex index = new ConnectionIndex(256, 7)) {
            for (int step = 1; step <= STEPS; step++) {
                if (model.size() < 100 && random.nextInt(5) < 3) {
                    long hash = hash(random, variety);
                    assertThat(index.insert(hash, step)).isTrue();
                    model.put(step, hash);
                } else if (!model.isEmpty()) {
                    Map.Entry<Integer, Long> any = model.entrySet().iterator().next();
                    index.remove(any.getValue(), any.getKey());
                    model.remove(any.getKey());
                    assertThat(found(index, any.getValue(), any.getKey())).isZero();
                }
                if (step % 100 == 0) {
                    model.forEach((reference, hash) ->
                            assertThat(found(index, hash, reference)).isEqualTo(reference));
                }
            }
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 16})
    void theHomeBucketGivesAReferenceOfTheSameTagOrNone(int variety) {
        RandomGenerator random = Seed.generator(1);
        Map<Integer, Long> model = new HashMap<>();
        try (ConnectionIndex index = new ConnectionIndex(256, 7)) {
            for (int reference = 1; reference <= 10; reference++) {
                long hash = hash(random, variety);
                index.insert(hash, reference);
                model.put(reference, hash);
            }
            model.forEach((reference, hash) -> {
                int first = ConnectionIndex.inHome(index.bucket(hash), hash);
                assertThat(requireNonNull(model.get(first)) >>> 48).isEqualTo(hash >>> 48);
            });
            long stranger = (hash(random, variety) & 0xFF_FFFF) | 0x7FFFL << 48;
            assertThat(ConnectionIndex.inHome(index.bucket(stranger), stranger)).isZero();
        }
    }

    private static int found(ConnectionIndex index, long hash, int reference) {
        return index.find(hash, (candidate, a, p) -> candidate == reference, 0, 0);
    }

    /// A hash of one of some homes, with one of some tags, both side by side; a tag is odd. Bits
    /// below 64, the bytes of a bucket, say nothing.
    private static long hash(RandomGenerator random, int variety) {
        long home = random.nextInt(variety);
        long tag = 2L * random.nextInt(Math.min(variety, 1 << 14)) + 1;
        return tag << 48 | home << 6;
    }
}
