// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.path;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class HeldFragmentsTest {
    private final HeldFragments held = new HeldFragments(3);
    private final List<String> given = new ArrayList<>();

    private void give(long buffer, long data, int length, int port, int hopsDone) {
        given.add(buffer + " " + data + " " + length + " " + port + " " + hopsDone);
    }

    @Test
    void aListIsGivenAwayInOrder() {
        int first = held.add(HeldFragments.NONE, 1, 10, 100, 0, 5);
        int second = held.add(first, 2, 20, 200, 1, 6);
        int third = held.add(second, 3, 30, 300, 2, 7);
        assertThat(held.isFull()).isTrue();
        assertThat(held.size()).isEqualTo(3);
        held.release(first, this::give);
        assertThat(given).containsExactly("1 10 100 0 5", "2 20 200 1 6", "3 30 300 2 7");
        assertThat(held.size()).isZero();
        assertThat(held.isFull()).isFalse();
        assertThat(List.of(first, second, third)).doesNotContain(HeldFragments.NONE);
    }

    @Test
    void listsAreJoined() {
        int one = held.add(HeldFragments.NONE, 1, 10, 100, 0, 0);
        int other = held.add(HeldFragments.NONE, 2, 20, 200, 0, 0);
        held.add(other, 3, 30, 300, 0, 0);
        held.join(one, other);
        held.release(one, this::give);
        assertThat(given).hasSize(3);
    }

    /// One that is held again while a list is given away has a place of its own.
    @Test
    void whatIsHeldAgainMeanwhileStays() {
        int first = held.add(HeldFragments.NONE, 1, 10, 100, 0, 0);
        held.add(first, 2, 20, 200, 0, 0);
        List<Integer> again = new ArrayList<>();
        held.release(
                first,
                (buffer, data, length, port, hops) ->
                        again.add(held.add(HeldFragments.NONE, buffer, data, length, port, hops)));
        assertThat(held.size()).isEqualTo(2);
        again.forEach(place -> held.release(place, this::give));
        assertThat(given).containsExactly("1 10 100 0 0", "2 20 200 0 0");
    }
}
