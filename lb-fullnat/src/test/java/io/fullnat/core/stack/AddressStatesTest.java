// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.stack;

import static io.fullnat.core.stack.AddressStates.DUPLICATE;
import static io.fullnat.core.stack.AddressStates.TENTATIVE;
import static io.fullnat.core.stack.AddressStates.VALID;
import static io.fullnat.core.stack.TestNetwork.own;
import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;

import io.fullnat.core.stack.AddressStates.Standing;
import io.fullnat.core.stack.AddressStates.State;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class AddressStatesTest {
    private static final NetworkView.Own OWN = own("2001:db8::1/64", 0, false);
    private static final NetworkView.Own OTHER = own("2001:db8::2/64", 0, false);
    private static final long MAC = 0x0200_0000_0099L;

    private final AddressStates states = new AddressStates();

    private @Nullable State find(int device, NetworkView.Own own) {
        return states.find(device, own.high(), own.low());
    }

    private State state() {
        return requireNonNull(find(0, OWN));
    }

    private boolean isValid() {
        return states.isValid(0, OWN.high(), OWN.low());
    }

    private Standing standing() {
        return states.standing(0, OWN.high(), OWN.low());
    }

    @Test
    void anAddressThatNobodyKnowsIsTentative() {
        assertThat(find(0, OWN)).isNull();
        assertThat(isValid()).isFalse();
        assertThat(standing()).isEqualTo(new Standing(TENTATIVE, 0));
    }

    @Test
    void anAddressIsOursWhenNobodyObjects() {
        assertThat(states.replace(List.of(OWN))).containsExactly(state());
        assertThat(isValid()).isFalse();
        assertThat(standing()).isEqualTo(new Standing(TENTATIVE, 0));

        assertThat(state().accept()).isTrue();
        assertThat(isValid()).isTrue();
        assertThat(standing()).isEqualTo(new Standing(VALID, 0));
        assertThat(state().accept()).as("again").isFalse();
        assertThat(state().refuse(MAC)).as("it is ours").isFalse();
        assertThat(standing()).isEqualTo(new Standing(VALID, 0));
    }

    @Test
    void whoObjectsIsKnownUntilItIsOurs() {
        states.replace(List.of(OWN));
        assertThat(state().refuse(MAC)).isTrue();
        assertThat(state().refuse(MAC + 1)).as("it is a duplicate already").isFalse();
        assertThat(state().accept()).isFalse();
        assertThat(isValid()).isFalse();
        assertThat(standing()).isEqualTo(new Standing(DUPLICATE, MAC + 1));

        state().ask(7);
        assertThat(state().value()).isEqualTo(TENTATIVE);
        assertThat(standing()).as("another's still").isEqualTo(new Standing(DUPLICATE, MAC + 1));
        assertThat(state().accept()).isTrue();
        assertThat(standing()).isEqualTo(new Standing(VALID, 0));
        assertThat(state().other()).isZero();
    }

    @Test
    void whatIsKnownOfAddressesThatStayIsKept() {
        states.replace(List.of(OWN));
        state().accept();
        assertThat(states.replace(List.of(OTHER, OWN)))
                .map(State::own)
                .as("those that are new")
                .containsExactly(OTHER);
        assertThat(isValid()).isTrue();
        assertThat(states.isValid(0, OTHER.high(), OTHER.low())).isFalse();

        states.replace(List.of(OTHER));
        assertThat(find(0, OWN)).isNull();
        states.replace(List.of(OTHER, OWN));
        assertThat(isValid()).as("it is asked for anew").isFalse();
    }

    @Test
    void stationsOfOneLinkHaveNoSayInAddressesOfAnother() {
        states.replace(List.of(OWN));
        state().accept();
        assertThat(find(1, OWN)).isNull();
        assertThat(states.isValid(1, OWN.high(), OWN.low())).isFalse();
    }

    /// VLANs of a port have the same link-local address, each on its own link.
    @Test
    void linkLocalAddressesAreADevicesOwnMatter() {
        NetworkView.Own here = own("fe80::ff:fe00:2/64", 0, false);
        NetworkView.Own there = own("fe80::ff:fe00:2/64", 1, false);
        assertThat(states.replace(List.of(here, there))).hasSize(2);
        requireNonNull(find(0, here)).accept();
        requireNonNull(find(1, there)).refuse(MAC);
        assertThat(states.isValid(0, here.high(), here.low())).isTrue();
        assertThat(states.standing(1, there.high(), there.low()))
                .isEqualTo(new Standing(DUPLICATE, MAC));
    }

    /// RFC 7527 §4.2: those of a round, which has four questions.
    @Test
    void fourQuestionsAreKnownWhenTheyComeBack() {
        states.replace(List.of(OWN));
        assertThat(state().isOwn(0)).as("no nonce").isFalse();
        for (long nonce = 1; nonce <= 4; nonce++) {
            state().ask(nonce);
        }
        for (long nonce = 1; nonce <= 4; nonce++) {
            assertThat(state().isOwn(nonce)).isTrue();
        }
        assertThat(state().isOwn(5)).isFalse();
        state().ask(5);
        assertThat(state().isOwn(1)).as("the oldest").isFalse();
        assertThat(state().isOwn(2)).isTrue();
        assertThat(state().isOwn(5)).isTrue();
        assertThat(state().isOwn(0)).isFalse();
    }

    @Test
    void aQuestionThatCameBackIsRememberedUntilTheNext() {
        states.replace(List.of(OWN));
        state().ask(1);
        assertThat(state().looped()).isFalse();
        state().loop();
        assertThat(state().looped()).isTrue();
        state().ask(2);
        assertThat(state().looped()).isFalse();
    }

    @Test
    void eachChangeIsCountedAndNothingElse() {
        int before = states.changes();
        states.replace(List.of(OWN));
        assertThat(states.changes()).isEqualTo(before + 1);
        state().refuse(MAC);
        state().refuse(MAC);
        state().accept();
        assertThat(states.changes()).isEqualTo(before + 2);
        state().ask(1);
        state().accept();
        assertThat(states.changes()).isEqualTo(before + 4);
        state().accept();
        state().refuse(MAC);
        assertThat(states.changes()).isEqualTo(before + 4);
    }

    @Test
    void aNonceHas48BitsAndIsNeverNone() {
        for (int i = 0; i < 1000; i++) {
            long nonce = AddressStates.nonce();
            assertThat(nonce).isPositive().isLessThan(1L << 48);
        }
        assertThat(AddressStates.nonce()).isNotEqualTo(AddressStates.nonce());
    }
}
