package io.fullnat.dpdk;

import io.fullnat.api.BalancerException;
import io.fullnat.api.ErrorCode;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SymbolLookup;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import org.jspecify.annotations.Nullable;

/// A C function of the control path: found by name, called with numbers. Pointers are passed as
/// `long`. A call costs a microsecond and allocates, which a packet's way must not: that one uses
/// [DriverCall].
@SuppressWarnings("restricted")
final class NativeFunction {
    private final String name;
    private final MethodHandle handle;

    private NativeFunction(String name, MethodHandle handle) {
        this.name = name;
        this.handle = handle;
    }

    /// Finds a function.
    ///
    /// @throws BalancerException [ErrorCode#MISSING_LIBRARY] if the library has no such symbol
    static NativeFunction of(
            SymbolLookup library,
            String name,
            @Nullable MemoryLayout result,
            MemoryLayout... arguments) {
        MemorySegment symbol =
                library.find(name)
                        .orElseThrow(() ->
                                new BalancerException(
                                        ErrorCode.MISSING_LIBRARY,
                                        "the library has no function " + name));
        FunctionDescriptor descriptor =
                result == null
                        ? FunctionDescriptor.ofVoid(arguments)
                        : FunctionDescriptor.of(result, arguments);
        return new NativeFunction(name, Linker.nativeLinker().downcallHandle(symbol, descriptor));
    }

    /// A function of the C library or of a library the JVM has loaded already.
    static NativeFunction ofC(String name, MemoryLayout result, MemoryLayout... arguments) {
        return of(Linker.nativeLinker().defaultLookup(), name, result, arguments);
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
    long call(Object... arguments) {
        Object[] exact = arguments.clone();
        for (int i = 0; i < exact.length; i++) {
            Class<?> type = handle.type().parameterType(i);
            Number number = (Number) exact[i];
            if (type == long.class) {
                exact[i] = number.longValue();
            } else if (type == int.class) {
                exact[i] = number.intValue();
            } else {
                exact[i] = number.shortValue();
            }
        }
        Object result;
        try {
            result = handle.invokeWithArguments(exact);
        } catch (RuntimeException | Error e) {
            throw e;
        } catch (Throwable e) {
            throw new IllegalStateException(name + " could not be called", e);
        }
        return result instanceof Number number ? number.longValue() : 0;
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
