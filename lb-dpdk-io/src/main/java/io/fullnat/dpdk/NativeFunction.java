// SPDX-License-Identifier: Apache-2.0
package io.fullnat.dpdk;

import static java.lang.foreign.ValueLayout.JAVA_LONG;

import io.fullnat.api.BalancerException;
import io.fullnat.api.ErrorCode;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SymbolLookup;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import org.jspecify.annotations.Nullable;

/// A C function of the control path: found by name, called with numbers. Pointers are passed as
/// `long`. A call allocates, which a packet's way must not: that one uses [DriverCall].
///
/// All functions are called through one method handle, which fills six registers: where integers
/// are passed in registers, as by the System V ABI of x86-64 (six) and AAPCS64 (eight), the width
/// of an argument makes no difference and a function does not look at those it does not have. A
/// handle for each prototype would be cleaner, but the JVM would write classes for each at every
/// start.
@SuppressWarnings("restricted")
final class NativeFunction {
    private static final int REGISTERS = 6;

    private static final MethodHandle CALL =
            Linker.nativeLinker()
                    .downcallHandle(
                            FunctionDescriptor.of(
                                    JAVA_LONG, JAVA_LONG, JAVA_LONG, JAVA_LONG, JAVA_LONG,
                                    JAVA_LONG, JAVA_LONG));

    private final String name;
    private final MemorySegment symbol;
    private final @Nullable ValueLayout result;
    private final ValueLayout[] parameters;

    private NativeFunction(
            String name,
            MemorySegment symbol,
            @Nullable ValueLayout result,
            ValueLayout[] parameters) {
        this.name = name;
        this.symbol = symbol;
        this.result = result;
        this.parameters = parameters;
    }

    /// Finds a function.
    ///
    /// @throws BalancerException [ErrorCode#MISSING_LIBRARY] if the library has no such symbol
    static NativeFunction of(
            SymbolLookup library,
            String name,
            @Nullable ValueLayout result,
            ValueLayout... parameters) {
        MemorySegment symbol =
                library.find(name)
                        .orElseThrow(() ->
                                new BalancerException(
                                        ErrorCode.MISSING_LIBRARY,
                                        "the library has no function " + name));
        if (parameters.length > REGISTERS) {
            throw new IllegalArgumentException(name + " has too many parameters to be called here");
        }
        return new NativeFunction(name, symbol, result, parameters);
    }

    /// A function of the C library or of a library the JVM has loaded already.
    static NativeFunction ofC(String name, ValueLayout result, ValueLayout... parameters) {
        return of(Linker.nativeLinker().defaultLookup(), name, result, parameters);
    }

    /// Opens a shared library for the life of the JVM.
    ///
    /// @throws IllegalArgumentException if the loader does not find it
    static SymbolLookup open(String library) {
        return SymbolLookup.libraryLookup(library, Arena.global());
    }

    /// Calls the function.
    ///
    /// @param arguments one number for each parameter; they are narrowed to the parameter's type
    /// @return the result, 0 for a function without one
    long call(long... arguments) {
        if (arguments.length != parameters.length) {
            throw new IllegalArgumentException(
                    name + " has " + parameters.length + " parameters, not " + arguments.length);
        }
        long[] exact = new long[REGISTERS];
        for (int i = 0; i < arguments.length; i++) {
            exact[i] = narrowed(arguments[i], parameters[i]);
        }
        try {
            long register =
                    (long)
                            CALL.invokeExact(
                                    symbol, exact[0], exact[1], exact[2], exact[3], exact[4],
                                    exact[5]);
            return result == null ? 0 : narrowed(register, result);
        } catch (RuntimeException | Error e) {
            throw e;
        } catch (Throwable e) {
            throw new IllegalStateException(name + " could not be called", e);
        }
    }

    /// DPDK's 16-bit numbers are unsigned, its 32-bit ones are taken as signed.
    private static long narrowed(long value, ValueLayout type) {
        return switch ((int) type.byteSize()) {
            case Short.BYTES -> value & 0xFFFF;
            case Integer.BYTES -> (int) value;
            default -> value;
        };
    }

    /// Reads a C string.
    ///
    /// @param address of its first byte, or 0
    /// @return the text, empty for 0
    static String stringAt(long address) {
        return address == 0
                ? ""
                : MemorySegment.ofAddress(address).reinterpret(Integer.MAX_VALUE).getString(0);
    }

    /// Writes a C string.
    ///
    /// @return its address, valid as long as `arena`
    static long string(Arena arena, String text) {
        return arena.allocateFrom(text).address();
    }

    /// A zeroed piece of memory.
    ///
    /// @return its address, valid as long as `arena`
    static long zeroed(Arena arena, long bytes) {
        return arena.allocate(bytes, ValueLayout.JAVA_LONG.byteAlignment() * 8).address();
    }
}
