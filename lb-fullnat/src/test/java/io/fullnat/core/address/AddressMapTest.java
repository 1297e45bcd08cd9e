// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.address;

import static org.assertj.core.api.Assertions.assertThat;

import io.fullnat.api.IpAddress;
import io.fullnat.testing.Seed;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.random.RandomGenerator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// A map of addresses beside a hash map of the JDK.
class AddressMapTest {
    @ParameterizedTest
    @ValueSource(ints = {0, 1, 2, 3, 4, 5, 63, 64, 65, 10_000})
    void itHoldsWhatWasPutAndNothingElse(int count) {
        RandomGenerator random = Seed.generator();
        AddressMap map = new AddressMap(count);
        Map<List<Long>, Integer> model = new HashMap<>();
        for (int i = 0; i < count; i++) {
            long high = random.nextBoolean() ? 0 : random.nextLong();
            long low = high == 0 ? IpAddress.mapped(i) : random.nextInt(4);
            map.put(high, low, i);
            model.put(List.of(high, low), i);
        }
        model.forEach((address, value) -> {
            assertThat(map.get(address.get(0), address.get(1))).isEqualTo(value);
            assertThat(map.contains(address.get(0), address.get(1))).isTrue();
            assertThat(map.get(~address.get(0), address.get(1))).isEqualTo(AddressMap.NONE);
        });
        assertThat(map.contains(1, 77)).isFalse();
    }

    @Test
    void theAddressOfAllZerosIsOneLikeOthers() {
        AddressMap map = new AddressMap(1);
        assertThat(map.contains(0, 0)).isFalse();

        map.put(0, 0, 5);
        map.put(0, 0, 6);

        assertThat(map.get(0, 0)).isEqualTo(6);
    }
}
