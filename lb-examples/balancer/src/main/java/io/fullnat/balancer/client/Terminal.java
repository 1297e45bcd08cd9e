// SPDX-License-Identifier: Apache-2.0
package io.fullnat.balancer.client;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;
import static java.lang.foreign.ValueLayout.JAVA_SHORT;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;
import java.util.Optional;

/// The terminal that standard output is, if it is one. The JDK's own answer is about standard input
/// too, and it does not tell the size.
///
/// @param rows at least 1
/// @param columns at least 1
@SuppressWarnings("restricted")
record Terminal(int rows, int columns) {
    private static final long TIOCGWINSZ = 0x5413;

    /// Rows, columns and two sizes in pixels, each of 16 bits (ioctl_tty(2)).
    private static final int WINSIZE_BYTES = 8;

    /// What is taken for the size of one that does not tell, as a serial line.
    private static final Terminal USUAL = new Terminal(24, 80);

    /// Asks the kernel.
    ///
    /// @return empty if standard output is something else, or if the kernel cannot be asked
    static Optional<Terminal> ofOutput() {
        try (Arena arena = Arena.ofConfined()) {
            Linker linker = Linker.nativeLinker();
            MethodHandle ioctl =
                    linker.downcallHandle(
                            linker.defaultLookup().findOrThrow("ioctl"),
                            FunctionDescriptor.of(JAVA_INT, JAVA_INT, JAVA_LONG, ADDRESS),
                            Linker.Option.firstVariadicArg(2));
            MemorySegment size = arena.allocate(WINSIZE_BYTES, Integer.BYTES);
            if ((int) ioctl.invokeExact(1, TIOCGWINSZ, size) != 0) {
                return Optional.empty();
            }
            int rows = Short.toUnsignedInt(size.getAtIndex(JAVA_SHORT, 0));
            int columns = Short.toUnsignedInt(size.getAtIndex(JAVA_SHORT, 1));
            return Optional.of(rows == 0 || columns == 0 ? USUAL : new Terminal(rows, columns));
        } catch (VirtualMachineError e) {
            throw e;
        } catch (Throwable e) {
            return Optional.empty(); // a JVM that lets no native function be called
        }
    }
}
