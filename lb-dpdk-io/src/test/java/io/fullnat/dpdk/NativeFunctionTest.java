// SPDX-License-Identifier: Apache-2.0
package io.fullnat.dpdk;

import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;
import static java.lang.foreign.ValueLayout.JAVA_SHORT;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.fullnat.api.BalancerException;
import io.fullnat.api.io.Memory;
import java.lang.foreign.Arena;
import java.lang.foreign.Linker;
import org.junit.jupiter.api.Test;

/// Functions of the C library, called with fewer arguments than registers are filled.
final class NativeFunctionTest {
    @Test
    void takesAndReturnsNegativeInts() {
        NativeFunction abs = NativeFunction.ofC("abs", JAVA_INT, JAVA_INT);
        NativeFunction toUpper = NativeFunction.ofC("toupper", JAVA_INT, JAVA_INT);
        assertThat(abs.call(-5)).isEqualTo(5);
        assertThat(toUpper.call(-1)).as("EOF stays EOF").isEqualTo(-1);
    }

    @Test
    void narrowsArgumentsToTheirParameters() {
        NativeFunction abs = NativeFunction.ofC("abs", JAVA_INT, JAVA_INT);
        assertThat(abs.call(0x1_0000_0007L)).isEqualTo(7);
    }

    @Test
    void takesAndReturnsUnsignedShorts() {
        NativeFunction swap = NativeFunction.ofC("htons", JAVA_SHORT, JAVA_SHORT);
        assertThat(swap.call(0x01FF)).isIn(0xFF01L, 0x01FFL);
        assertThat(swap.call(0xFFFF_FFFFL)).isEqualTo(0xFFFF);
    }

    @Test
    void takesAndReturnsPointers() {
        NativeFunction copy =
                NativeFunction.ofC("memcpy", JAVA_LONG, JAVA_LONG, JAVA_LONG, JAVA_LONG);
        try (Arena arena = Arena.ofConfined()) {
            long from = NativeFunction.string(arena, "fullnat");
            long to = NativeFunction.zeroed(arena, Long.BYTES);
            assertThat(copy.call(to, from, 4)).isEqualTo(to);
            assertThat(NativeFunction.stringAt(to)).isEqualTo("full");
            assertThat(Memory.getLong(to)).isNotZero();
        }
    }

    @Test
    void returnsZeroForAFunctionWithoutResult() {
        NativeFunction seed =
                NativeFunction.of(Linker.nativeLinker().defaultLookup(), "srand", null, JAVA_INT);
        assertThat(seed.call(7)).isZero();
    }

    @Test
    void refusesAnotherNumberOfArguments() {
        NativeFunction abs = NativeFunction.ofC("abs", JAVA_INT, JAVA_INT);
        assertThatThrownBy(() -> abs.call(1, 2))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("abs has 1 parameters, not 2");
    }

    @Test
    void refusesMoreParametersThanRegisters() {
        assertThatThrownBy(() ->
                        NativeFunction.ofC(
                                "abs", JAVA_INT, JAVA_INT, JAVA_INT, JAVA_INT, JAVA_INT, JAVA_INT,
                                JAVA_INT, JAVA_INT))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("abs has too many parameters to be called here");
    }

    @Test
    void namesTheFunctionThatIsMissing() {
        assertThatThrownBy(() -> NativeFunction.ofC("rte_no_such_function", JAVA_INT))
                .isInstanceOf(BalancerException.class)
                .hasMessageContaining("the library has no function rte_no_such_function");
    }
}
