// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.connection;

import static org.assertj.core.api.Assertions.assertThat;

import io.fullnat.api.io.Memory;
import io.fullnat.core.memory.Region;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// Which entries are free.
class EntryZoneTest {
    private static final int CAPACITY = 4;

    private final Region region =
            Region.allocate(
                    (long) CAPACITY * ConnectionLayout.WIDE_ENTRY_LENGTH, "entries of a test");

    @AfterEach
    void free() {
        region.close();
    }

    private EntryZone zone(int length) {
        return new EntryZone(region.address(), region.address(), length, CAPACITY);
    }

    @ParameterizedTest
    @ValueSource(ints = {ConnectionLayout.ENTRY_LENGTH, ConnectionLayout.WIDE_ENTRY_LENGTH})
    void entriesAreGivenInTheirOrderUntilNoneIsLeft(int length) {
        EntryZone zone = zone(length);

        for (int i = 0; i < CAPACITY; i++) {
            assertThat(zone.used()).isEqualTo(i);
            assertThat(zone.take()).isEqualTo(region.address() + (long) i * length);
        }
        assertThat(zone.take()).isZero();
        assertThat(zone.used()).isEqualTo(CAPACITY);
    }

    @ParameterizedTest
    @ValueSource(ints = {ConnectionLayout.ENTRY_LENGTH, ConnectionLayout.WIDE_ENTRY_LENGTH})
    void whatAnEntryHeldIsGone(int length) {
        EntryZone zone = zone(length);
        for (int round = 0; round < 2; round++) { // fresh memory holds anything, too
            for (int at = 0; at < length; at += 8) {
                Memory.putLong(region.address() + at, -1L);
            }
            long entry = zone.take();
            assertThat(entry).isEqualTo(region.address());
            for (int at = 0; at < length; at += 8) {
                assertThat(Memory.getLong(entry + at)).as("bytes at %d", at).isZero();
            }
            zone.free(entry);
        }
    }

    @Test
    void whatWasClearedAheadIsNotClearedAgain() {
        int length = ConnectionLayout.ENTRY_LENGTH;
        EntryZone zone = zone(length);
        for (int at = 0; at < CAPACITY * length; at += 8) {
            Memory.putLong(region.address() + at, at >= length && at < 2 * length + 8 ? 1 : -1L);
        }
        assertThat(zone.unused()).isEqualTo(region.address());

        zone.cleared(region.address() + 8, region.address() + 2L * length + 8);

        for (int place = 0; place < CAPACITY; place++) {
            long entry = zone.take();
            for (int at = 0; at < length; at += 8) {
                assertThat(Memory.getLong(entry + at))
                        .as("entry %d, byte %d", place, at)
                        .isEqualTo(place == 1 ? 1 : 0); // 1 stands for what it was filled with
            }
        }
        assertThat(zone.unused()).isEqualTo(region.address() + (long) CAPACITY * length);
    }

    @Test
    void aFreedEntryIsTheNextAndNoneIsGivenTwice() {
        EntryZone zone = zone(ConnectionLayout.ENTRY_LENGTH);
        List<Long> entries = new ArrayList<>();
        for (int i = 0; i < CAPACITY; i++) {
            entries.add(zone.take());
        }
        zone.free(entries.get(2));
        zone.free(entries.get(0));

        assertThat(zone.take()).isEqualTo(entries.get(0));
        assertThat(zone.take()).isEqualTo(entries.get(2));
        assertThat(zone.take()).isZero();
        assertThat(zone.used()).as("places to look at").isEqualTo(CAPACITY);
    }
}
