// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.stack;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class HeldFramesTest {
    private final HeldFrames held = new HeldFrames(3);
    private final List<String> given = new ArrayList<>();

    private int add(int last, int number) {
        return held.add(last, number, 10L * number, 100 * number, number - 1);
    }

    private void give(long buffer, long data, int length, int port) {
        given.add(buffer + " " + data + " " + length + " " + port);
    }

    @Test
    void aListIsGivenAwayInOrder() {
        int first = add(HeldFrames.NONE, 1);
        int second = add(first, 2);
        int third = add(second, 3);
        assertThat(List.of(first, second, third)).doesNotContain(HeldFrames.NONE);
        assertThat(held.size()).isEqualTo(3);

        held.release(first, this::give);
        assertThat(given).containsExactly("1 10 100 0", "2 20 200 1", "3 30 300 2");
        assertThat(held.size()).isZero();
    }

    @Test
    void thereAreNoMoreThanAreToBeKept() {
        assertThat(held.capacity()).isEqualTo(3);
        int first = add(HeldFrames.NONE, 1);
        add(HeldFrames.NONE, 2);
        assertThat(held.isFull()).isFalse();
        add(first, 3);
        assertThat(held.isFull()).isTrue();
        assertThat(add(first, 4)).isEqualTo(HeldFrames.NONE);

        held.release(first, this::give);
        assertThat(given).containsExactly("1 10 100 0", "3 30 300 2");
        assertThat(held.isFull()).isFalse();
        assertThat(add(HeldFrames.NONE, 5)).isNotEqualTo(HeldFrames.NONE);
    }

    @Test
    void listsAreJoined() {
        int one = add(HeldFrames.NONE, 1);
        int other = add(HeldFrames.NONE, 2);
        add(other, 3);
        held.join(one, other);

        held.release(one, this::give);
        assertThat(given).containsExactly("1 10 100 0", "2 20 200 1", "3 30 300 2");
    }

    /// One that is held again while a list is given away has a place of its own.
    @Test
    void whatIsHeldAgainMeanwhileStays() {
        int first = add(HeldFrames.NONE, 1);
        add(first, 2);
        List<Integer> again = new ArrayList<>();
        held.release(
                first,
                (buffer, data, length, port) ->
                        again.add(held.add(HeldFrames.NONE, buffer, data, length, port)));
        assertThat(held.size()).isEqualTo(2);

        again.forEach(place -> held.release(place, this::give));
        assertThat(given).containsExactly("1 10 100 0", "2 20 200 1");
    }
}
