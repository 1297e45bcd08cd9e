// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.memory;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import io.fullnat.api.BalancerException;
import io.fullnat.api.io.Memory;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class RegionTest {
    private static final int PAGE = 4096;
    private static final int PAGES = 25_000;

    @Test
    void isZeroAndAligned() {
        for (int size : new int[] {1, 63, 64, 100_000}) {
            try (Region region = Region.allocate(size, "a test")) {
                assertThat(region.address() % Region.CACHE_LINE).isZero();
                for (int at = 0; at < size; at++) {
                    assertThat(Memory.getByte(region.address() + at)).isZero();
                }
            }
        }
    }

    /// Compiled code must touch as well: a compiler may find out that touching changes nothing.
    @Test
    void doesNotTouchWhatItReserves() throws IOException {
        try (Region warm = Region.reserve(PAGE, "a test")) {
            for (int i = 0; i < 100_000; i++) {
                assertThat(new FirstTouch(warm.address(), PAGE).step(16)).isEqualTo(1);
            }
        }
        long before = residentPages();
        try (Region region = Region.reserve((long) PAGES * PAGE, "a test")) {
            assertThat(region.size()).isEqualTo((long) PAGES * PAGE);
            assertThat(residentPages() - before).isLessThan(PAGES / 4);

            FirstTouch touch = new FirstTouch(region.address(), region.size());
            assertThat(touch.step(PAGES - 1)).isEqualTo(PAGES - 1);

            assertThat(residentPages() - before).isGreaterThan(PAGES / 4 * 3);
            assertThat(touch.step(16)).isEqualTo(1);
            assertThat(touch.step(16)).isZero();
        }
    }

    /// [AbsentPages] are left alone.
    @Test
    void takesNoMemoryForZerosThatNobodyHasWritten() throws IOException {
        try (Region warm = Region.allocateSparse(PAGE, "a test")) {
            assertThat(warm.size()).isEqualTo(PAGE);
        }
        long before = residentPages();
        try (Region region = Region.allocateSparse((long) PAGES * PAGE, "a test")) {
            assertThat(residentPages() - before).isLessThan(PAGES / 4);

            for (int page = 0; page < PAGES; page++) {
                Memory.putLong(region.address() + (long) page * PAGE, 1);
            }

            assertThat(residentPages() - before).isGreaterThan(PAGES / 4 * 3);
        }
    }

    /// Small blocks come from memory that others have given back.
    @Test
    void writesZerosWhereOthersHaveWritten() {
        for (int size : new int[] {1, 63, 64, 1000, 100_000}) {
            for (int round = 0; round < 10; round++) {
                try (Region region = Region.allocateSparse(size, "a test")) {
                    for (int at = 0; at < size; at++) {
                        assertThat(Memory.getByte(region.address() + at)).isZero();
                        Memory.putByte(region.address() + at, 0x5A);
                    }
                }
            }
        }
    }

    @Test
    void leavesWhatItTouches() {
        try (Region region = Region.reserve(3 * PAGE, "a test")) {
            Memory.putLong(region.address() + PAGE, 0x1234_5678_9ABC_DEF0L);

            assertThat(new FirstTouch(region.address(), 3 * PAGE).step(16)).isEqualTo(3);

            assertThat(Memory.getLong(region.address() + PAGE)).isEqualTo(0x1234_5678_9ABC_DEF0L);
        }
    }

    @Test
    void fillsWithZerosWhatNobodyUses() {
        try (Region region = Region.reserve(5 * PAGE, "a test")) {
            for (long at = 0; at < 5 * PAGE; at += Long.BYTES) {
                Memory.putLong(region.address() + at, -1L);
            }
            FirstTouch touch = new FirstTouch(region.address(), 4 * PAGE + 8);

            assertThat(touch.step(3, region.address() + PAGE + 8)).isEqualTo(3);
            assertThat(touch.zeros()).isEqualTo(region.address() + 2 * PAGE);
            assertThat(touch.end()).isEqualTo(region.address() + 3 * PAGE);
            assertThat(touch.step(3, region.address() + PAGE + 8)).isEqualTo(2);
            assertThat(touch.step(3, region.address() + PAGE + 8)).isZero();

            assertThat(touch.zeros()).isEqualTo(region.address() + 2 * PAGE);
            assertThat(touch.end()).isEqualTo(region.address() + 4 * PAGE + 8);
            for (long at = 0; at < 5 * PAGE; at += Long.BYTES) {
                boolean zero = at >= 2 * PAGE && at < 4 * PAGE + 8;
                assertThat(Memory.getLong(region.address() + at))
                        .as("byte %d", at)
                        .isEqualTo(zero ? 0 : -1);
            }
        }
    }

    @Test
    void hasNoZerosWhereAllIsInUse() {
        try (Region region = Region.reserve(3 * PAGE, "a test")) {
            Memory.putLong(region.address() + 2 * PAGE, 7);
            FirstTouch touch = new FirstTouch(region.address(), 3 * PAGE);

            assertThat(touch.step(1, region.address())).isEqualTo(1);
            assertThat(touch.zeros()).isEqualTo(region.address());
            assertThat(touch.step(2, region.address() + 3 * PAGE)).isEqualTo(2);

            assertThat(touch.zeros()).isEqualTo(touch.end());
            assertThat(Memory.getLong(region.address() + 2 * PAGE)).isEqualTo(7);
        }
    }

    @Test
    void touchesThePartAskedFor() {
        try (Region region = Region.reserve(3 * PAGE, "a test")) {
            FirstTouch touch = new FirstTouch(region.address(), PAGE + 1);

            assertThat(touch.step(1)).isEqualTo(1);
            assertThat(touch.step(16)).isEqualTo(1);
            assertThat(touch.step(16)).isZero();
        }
    }

    @Test
    void saysWhatThereIsNoMemoryFor() {
        assertThatExceptionOfType(BalancerException.class)
                .isThrownBy(() -> Region.reserve(1L << 60, "the connection table"))
                .withMessageContaining("MiB of memory for the connection table; ask for less");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {"0 | false", "0-1 | true", "0,2 | true", "0-3,8 | true"})
    void countsNodes(String online, boolean several, @TempDir Path folder) throws IOException {
        Path file = Files.writeString(folder.resolve("online"), online + "\n");

        assertThat(NumaNodes.areSeveral(file)).isEqualTo(several);
        assertThat(NumaNodes.areSeveral(folder.resolve("absent"))).isFalse();
    }

    private static long residentPages() throws IOException {
        String statm = Files.readString(Path.of("/proc/self/statm"));
        int start = statm.indexOf(' ') + 1;
        return Long.parseLong(statm.substring(start, statm.indexOf(' ', start)));
    }
}
