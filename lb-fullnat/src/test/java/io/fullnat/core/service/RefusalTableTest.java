// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.service;

import static org.assertj.core.api.Assertions.assertThat;

import io.fullnat.api.counter.Outcome;
import io.fullnat.api.counter.Outcome.Kind;
import java.util.EnumSet;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

final class RefusalTableTest {
    private static final int SLOTS = 3;

    private final RefusalTable table = new RefusalTable(SLOTS);

    @AfterEach
    void close() {
        table.close();
    }

    private long of(int slot, Outcome outcome) {
        for (int column = 0; column < RefusalTable.COLUMNS; column++) {
            if (RefusalTable.outcome(column) == outcome) {
                return table.get(slot, column);
            }
        }
        return -1;
    }

    @Test
    void eachSlotAndOutcomeHasACountOfItsOwn() {
        for (int slot = 0; slot < SLOTS; slot++) {
            for (int column = 0; column < RefusalTable.COLUMNS; column++) {
                for (int times = 0; times <= slot * RefusalTable.COLUMNS + column; times++) {
                    table.count(slot, RefusalTable.outcome(column));
                }
            }
        }
        for (int slot = 0; slot < SLOTS; slot++) {
            for (int column = 0; column < RefusalTable.COLUMNS; column++) {
                assertThat(table.get(slot, column))
                        .isEqualTo(slot * RefusalTable.COLUMNS + column + 1L);
            }
        }
    }

    @Test
    void onlyDropsAreCountedAndNoneTwice() {
        Set<Outcome> counted = EnumSet.noneOf(Outcome.class);
        for (int column = 0; column < RefusalTable.COLUMNS; column++) {
            assertThat(counted.add(RefusalTable.outcome(column))).isTrue();
            assertThat(RefusalTable.outcome(column).kind()).isEqualTo(Kind.DROPPED);
        }
        assertThat(counted).doesNotContain(Outcome.NO_SERVICE, Outcome.NO_CONNECTION);
    }

    @Test
    void whatIsNoRefusalIsNotCounted() {
        for (Outcome outcome : Outcome.values()) {
            if (of(0, outcome) < 0) {
                table.count(0, outcome);
            }
        }
        for (int column = 0; column < RefusalTable.COLUMNS; column++) {
            assertThat(table.get(0, column)).isZero();
        }
    }
}
