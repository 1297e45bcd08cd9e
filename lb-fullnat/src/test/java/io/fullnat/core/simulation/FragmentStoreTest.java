// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.simulation;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;

import io.fullnat.api.IpAddress;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/// When fragments are a packet again, and when they never are.
class FragmentStoreTest {
    private static final String WHOLE = "0123456789ABCDEFxyz";

    private final FragmentStore store = new FragmentStore();

    private static FragmentStore.Key key(int number) {
        return new FragmentStore.Key(
                IpAddress.parse("10.0.0.1"), IpAddress.parse("10.0.0.2"), 17, number);
    }

    private String add(FragmentStore.Key key, int from, int to) {
        byte[] whole =
                store.add(
                        key,
                        from,
                        to < WHOLE.length(),
                        WHOLE.substring(from, to).getBytes(US_ASCII));
        return whole == null ? "" : new String(whole, US_ASCII);
    }

    private String add(int from, int to) {
        return add(key(1), from, to);
    }

    @ParameterizedTest
    @ValueSource(strings = {"012", "021", "102", "120", "201", "210"})
    void fragmentsInAnyOrderAreAPacketWhenTheLastIsThere(String order) {
        int[] starts = {0, 8, 16};
        int[] ends = {8, 16, 19};
        for (int i = 0; i < 3; i++) {
            int which = order.charAt(i) - '0';
            assertThat(add(starts[which], ends[which])).isEqualTo(i == 2 ? WHOLE : "");
        }
    }

    @Test
    void aPacketOfOneFragmentIsWholeAtOnce() {
        assertThat(add(0, WHOLE.length())).isEqualTo(WHOLE);
    }

    @Test
    void aDoubledFragmentIsDropped() {
        assertThat(add(0, 8)).isEmpty();
        assertThat(add(0, 8)).isEmpty();
        assertThat(add(16, 19)).isEmpty();
        assertThat(add(16, 19)).isEmpty();
        assertThat(add(8, 16)).isEqualTo(WHOLE);
    }

    @Test
    void aPacketThatIsWholeIsForgotten() {
        add(0, 16);
        assertThat(add(16, 19)).isEqualTo(WHOLE);
        assertThat(add(16, 19)).isEmpty();
        assertThat(add(0, 16)).as("again").isEqualTo(WHOLE);
    }

    /// RFC 5722; by one byte, from either side, within, around.
    @ParameterizedTest
    @CsvSource({"7, 16", "8, 17", "9, 15", "0, 16", "8, 19", "0, 9", "15, 19"})
    void aPacketWhoseFragmentsOverlapNeverIsOne(int from, int to) {
        add(0, 8);
        add(16, 19);
        assertThat(add(from, to)).isEmpty();
        assertThat(add(8, 16)).isEmpty();
        assertThat(add(0, 8)).isEmpty();
    }

    @Test
    void fragmentsOfOtherPacketsAreOthers() {
        FragmentStore.Key[] others = {
            key(2),
            new FragmentStore.Key(IpAddress.parse("10.0.0.9"), IpAddress.parse("10.0.0.2"), 17, 1),
            new FragmentStore.Key(IpAddress.parse("10.0.0.1"), IpAddress.parse("10.0.0.9"), 17, 1),
            new FragmentStore.Key(IpAddress.parse("10.0.0.1"), IpAddress.parse("10.0.0.2"), 6, 1)
        };
        add(0, 8);
        for (FragmentStore.Key other : others) {
            assertThat(add(other, 8, 19)).as("%s", other).isEmpty();
        }
        assertThat(add(8, 19)).isEqualTo(WHOLE);
    }

    @Test
    void ofManyUnfinishedPacketsTheOldestAreForgotten() {
        for (int i = 0; i < 65; i++) {
            assertThat(add(key(i), 0, 8)).isEmpty();
        }
        assertThat(add(key(0), 8, 19)).as("the oldest").isEmpty();
        assertThat(add(key(64), 8, 19)).as("the newest").isEqualTo(WHOLE);
        assertThat(add(key(2), 8, 19)).isEqualTo(WHOLE);
        assertThat(add(key(1), 8, 19)).as("gave way to the first's second part").isEmpty();
    }
}
