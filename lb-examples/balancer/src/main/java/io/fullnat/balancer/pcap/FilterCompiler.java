// SPDX-License-Identifier: Apache-2.0
package io.fullnat.balancer.pcap;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_SHORT;

import io.fullnat.api.BalancerException;
import io.fullnat.api.ErrorCode;
import io.fullnat.core.capture.BpfFilter;
import io.fullnat.core.capture.BpfInstruction;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SymbolLookup;
import java.lang.invoke.MethodHandle;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;

/// Compiles filter expressions (pcap-filter(7)) by libpcap, which this process loads when it is
/// first asked to. Thread-safe with libpcap 1.8 and later.
@SuppressWarnings("restricted")
public final class FilterCompiler {
    private static final List<String> LIBRARIES = List.of("libpcap.so.0.8", "libpcap.so.1");
    private static final Pattern VLAN = Pattern.compile("\\b(vlan|mpls|pppoes|geneve)\\b");
    private static final Pattern TRANSPORT_BYTES = Pattern.compile("\\b(tcp|udp|sctp)\\s*\\[");
    private static final int NETMASK_UNKNOWN = -1;
    private static final int OPTIMIZE = 1;
    private static final int INSTRUCTION_BYTES = 8;
    private static final long MAX_MESSAGE = 1024;

    /// `struct bpf_program`.
    private static final MemoryLayout PROGRAM =
            MemoryLayout.structLayout(JAVA_INT, MemoryLayout.paddingLayout(4), ADDRESS);

    private static final long INSTRUCTIONS_OFFSET = 8;

    private FilterCompiler() {}

    /// Compiles an expression for Ethernet frames with and without a VLAN tag: unless it speaks of
    /// tags itself, it means the same of both.
    ///
    /// @param expression as for tcpdump
    /// @return a program, not empty
    /// @throws BalancerException [ErrorCode#INVALID_ARGUMENT] with libpcap's words if the
    ///   expression is wrong; [ErrorCode#MISSING_LIBRARY] if libpcap is not there
    public static List<BpfInstruction> compile(String expression) {
        try (Arena arena = Arena.ofConfined()) {
            Library library = new Library(arena);
            library.compile(expression, expression); // wrong by itself it is not put into brackets
            return library.compile(forBoth(expression), expression);
        }
    }

    /// The expression that is compiled.
    static String forBoth(String expression) {
        if (expression.isBlank() || VLAN.matcher(expression).find()) {
            return expression;
        }
        // libpcap shifts all that follows the word vlan: the untagged half must stand before it.
        return "(ether[12:2] != 0x8100 and (%1$s)) or (vlan and (%1$s))".formatted(expression);
    }

    /// What an expression does not match though it may seem to.
    ///
    /// @param expression as for tcpdump
    /// @return a sentence; empty if there is nothing to say
    public static Optional<String> warning(String expression) {
        if (!TRANSPORT_BYTES.matcher(expression).find()) {
            return Optional.empty();
        }
        return Optional.of(
                "libpcap's tcp[...] and udp[...] match no packets of IPv6; --client and"
                        + " --connection match both families, behind extension headers too");
    }

    /// The functions of libpcap that are needed.
    private static final class Library {
        private final Arena arena;
        private final Linker linker = Linker.nativeLinker();
        private final SymbolLookup lookup;

        Library(Arena arena) {
            this.arena = arena;
            lookup = find(arena);
        }

        private static SymbolLookup find(Arena arena) {
            for (String library : LIBRARIES) {
                try {
                    return SymbolLookup.libraryLookup(library, arena);
                } catch (IllegalArgumentException e) {
                    // The next name, then; what is there differs from system to system.
                }
            }
            throw new BalancerException(
                    ErrorCode.MISSING_LIBRARY,
                    "a filter expression needs libpcap ("
                            + String.join(" or ", LIBRARIES)
                            + "), which is not there: apt-get install libpcap0.8, or say what you"
                            + " want by client, connection, port, outcome or dropped");
        }

        private MethodHandle function(String name, FunctionDescriptor descriptor) {
            return linker.downcallHandle(lookup.findOrThrow(name), descriptor);
        }

        List<BpfInstruction> compile(String whole, String expression) {
            MethodHandle open =
                    function("pcap_open_dead", FunctionDescriptor.of(ADDRESS, JAVA_INT, JAVA_INT));
            MethodHandle compile =
                    function(
                            "pcap_compile",
                            FunctionDescriptor.of(
                                    JAVA_INT, ADDRESS, ADDRESS, ADDRESS, JAVA_INT, JAVA_INT));
            MethodHandle error = function("pcap_geterr", FunctionDescriptor.of(ADDRESS, ADDRESS));
            MethodHandle freeCode = function("pcap_freecode", FunctionDescriptor.ofVoid(ADDRESS));
            MethodHandle close = function("pcap_close", FunctionDescriptor.ofVoid(ADDRESS));
            try {
                MemorySegment handle =
                        (MemorySegment) open.invokeExact(Pcapng.ETHERNET, CaptureReader.MAX_PACKET);
                MemorySegment program = arena.allocate(PROGRAM);
                try {
                    MemorySegment text = arena.allocateFrom(whole);
                    int status =
                            (int)
                                    compile.invokeExact(
                                            handle, program, text, OPTIMIZE, NETMASK_UNKNOWN);
                    if (status != 0) {
                        MemorySegment words = (MemorySegment) error.invokeExact(handle);
                        throw wrong(expression, words.reinterpret(MAX_MESSAGE).getString(0));
                    }
                    List<BpfInstruction> instructions = instructions(expression, program);
                    freeCode.invokeExact(program);
                    return instructions;
                } finally {
                    close.invokeExact(handle);
                }
            } catch (BalancerException | Error e) {
                throw e;
            } catch (Throwable e) {
                throw new BalancerException(
                        ErrorCode.MISSING_LIBRARY, "libpcap cannot be called: " + e, e);
            }
        }

        private static List<BpfInstruction> instructions(String expression, MemorySegment program) {
            int count = program.get(JAVA_INT, 0);
            if (count < 1 || count > BpfFilter.MAX_LENGTH) {
                throw wrong(
                        expression,
                        "it takes "
                                + Integer.toUnsignedString(count)
                                + " instructions, more than "
                                + BpfFilter.MAX_LENGTH);
            }
            MemorySegment code =
                    program.get(ADDRESS, INSTRUCTIONS_OFFSET)
                            .reinterpret((long) count * INSTRUCTION_BYTES);
            List<BpfInstruction> instructions = new ArrayList<>();
            for (long at = 0; at < code.byteSize(); at += INSTRUCTION_BYTES) {
                instructions.add(
                        new BpfInstruction(
                                Short.toUnsignedInt(code.get(JAVA_SHORT, at)),
                                Byte.toUnsignedInt(code.get(JAVA_BYTE, at + 2)),
                                Byte.toUnsignedInt(code.get(JAVA_BYTE, at + 3)),
                                code.get(JAVA_INT, at + 4)));
            }
            return instructions;
        }

        private static BalancerException wrong(String expression, String reason) {
            return new BalancerException(
                    ErrorCode.INVALID_ARGUMENT,
                    "the filter \"" + expression + "\" is wrong: " + reason);
        }
    }
}
