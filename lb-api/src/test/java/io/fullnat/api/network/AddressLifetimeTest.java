// SPDX-License-Identifier: Apache-2.0
package io.fullnat.api.network;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.fullnat.api.BalancerException;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class AddressLifetimeTest {
    @ParameterizedTest
    @CsvSource({"0,0", "1,1", "4294967294,4294967294", "forever,4294967295"})
    void readsSecondsAndForever(String text, long seconds) {
        assertThat(AddressLifetime.parse(text)).isEqualTo(seconds);
        assertThat(AddressLifetime.word(seconds)).isEqualTo(text);
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "-1", "4294967295", "99999999999", "1s", "never", "1.5", "+1"})
    void refusesOtherTextsByName(String text) {
        assertThatThrownBy(() -> AddressLifetime.parse(text))
                .isInstanceOf(BalancerException.class)
                .hasMessageContaining("\"" + text + "\" is no lifetime");
    }

    @Test
    void refusesAPreferredLifetimeLongerThanTheValidOne() {
        assertThat(new AddressLifetime(60, 60)).hasToString("valid_lft 60 preferred_lft 60");
        assertThatThrownBy(() -> new AddressLifetime(60, 61))
                .isInstanceOf(BalancerException.class)
                .hasMessageContaining("preferred lifetime 61")
                .hasMessageContaining("valid lifetime 60");
        assertThatThrownBy(() -> new AddressLifetime(60, AddressLifetime.INFINITY))
                .hasMessageContaining("preferred lifetime forever");
        assertThatThrownBy(() -> new AddressLifetime(-1, -1)).hasMessageContaining("valid");
        assertThatThrownBy(() -> new AddressLifetime(1L << 32, 0)).hasMessageContaining("valid");
    }

    @Test
    void whatIsUnsaidIsForeverOrAsLongAsItIsValid() {
        assertThat(AddressLifetime.of(Optional.empty(), Optional.empty()))
                .isEqualTo(AddressLifetime.FOREVER)
                .matches(AddressLifetime::isForever);
        assertThat(AddressLifetime.of(Optional.of(9L), Optional.empty()))
                .isEqualTo(new AddressLifetime(9, 9));
        assertThat(AddressLifetime.of(Optional.empty(), Optional.of(9L)))
                .isEqualTo(new AddressLifetime(AddressLifetime.INFINITY, 9))
                .matches(lifetime -> !lifetime.isForever());
    }
}
