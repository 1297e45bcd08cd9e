// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.memory;

import static org.assertj.core.api.Assertions.assertThat;

import io.fullnat.api.io.Memory;
import org.junit.jupiter.api.Test;

/// A lock that nobody waits for.
class BriefLockTest {
    @Test
    void oneThatIsHeldIsNotWaitedForAndOtherBitsStay() {
        try (Region region = Region.allocate(Region.CACHE_LINE, "a lock")) {
            long word = region.address();
            Memory.putLong(word, 6);
            assertThat(BriefLock.tryTake(word)).isTrue();
            assertThat(BriefLock.tryTake(word)).as("as if its holder were interrupted").isFalse();
            assertThat(Memory.getLong(word)).isEqualTo(7);
            BriefLock.giveBack(word);
            assertThat(Memory.getLong(word)).isEqualTo(6);
            assertThat(BriefLock.tryTake(word)).isTrue();
        }
    }
}
