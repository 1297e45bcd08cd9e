// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.schedule;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.fullnat.api.BalancerException;
import io.fullnat.api.ErrorCode;
import java.util.HashMap;
import java.util.Map;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// What a scheduler understands of its options, and how it says that it does not.
class OptionReaderTest {
    private static OptionReader of(String... namesAndValues) {
        Map<String, String> options = new HashMap<>();
        for (int i = 0; i < namesAndValues.length; i += 2) {
            options.put(namesAndValues[i], namesAndValues[i + 1]);
        }
        return new OptionReader("mh", options);
    }

    private static void refuses(ThrowingCallable reading, String message) {
        assertThatThrownBy(reading)
                .isInstanceOfSatisfying(
                        BalancerException.class,
                        refusal -> assertThat(refusal.code()).isEqualTo(ErrorCode.INVALID_ARGUMENT))
                .hasMessageEndingWith(message);
    }

    @Test
    void whatIsNotSaidIsTheUsual() {
        OptionReader none = of();
        assertThat(none.word("source", "address", "port")).isEqualTo("address");
        assertThat(none.number("size", 251, 1, 9)).isEqualTo(251);
        none.usualVariant();
        none.end();
    }

    @Test
    void aWordIsOneOfSome() {
        assertThat(of("source", "port").word("source", "address", "port")).isEqualTo("port");
        refuses(
                () -> of("source", "Port").word("source", "address", "port"),
                "scheduler \"mh\": option source \"Port\" is not one of address, port");
        refuses(
                () -> of("variant", "linux").usualVariant(),
                "option variant \"linux\" is not one of fullnat, dpvs");
    }

    @Test
    void aNumberIsWithinItsBounds() {
        assertThat(of("size", "3").number("size", 251, 3, 9)).isEqualTo(3);
        assertThat(of("size", "009").number("size", 251, 3, 9)).isEqualTo(9);
    }

    @ParameterizedTest
    @ValueSource(strings = {"2", "10", "-5", "+5", "5.0", "", " 5", "five", "9999999999"})
    void whatIsNoNumberOfThemIsRefused(String value) {
        refuses(
                () -> of("size", value).number("size", 251, 3, 9),
                "option size \"" + value + "\" is not a number 3-9");
    }

    /// In the order of their names; what was read is not left.
    @Test
    void whatNobodyAskedForIsRefused() {
        OptionReader reader = of("size", "5", "weight", "1", "depth", "2");
        assertThat(reader.number("size", 1, 1, 9)).isEqualTo(5);
        refuses(reader::end, "scheduler \"mh\" has no option \"depth\"");
    }

    @Test
    void whichVariantItIs() {
        assertThat(OptionReader.isDpvs(Map.of("variant", "dpvs"))).isTrue();
        assertThat(OptionReader.isDpvs(Map.of("variant", "fullnat"))).isFalse();
        assertThat(OptionReader.isDpvs(Map.of())).isFalse();
    }
}
