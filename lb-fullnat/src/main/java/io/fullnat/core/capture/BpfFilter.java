// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.capture;

import io.fullnat.api.BalancerException;
import io.fullnat.api.ErrorCode;
import io.fullnat.api.io.Memory;
import java.util.List;

/// A program of classic BPF, as libpcap makes it of a filter expression, that says of a frame
/// whether it is wanted (McCanne and Jacobson 1993).
///
/// It is checked when it is made: it leaps forward only and within itself, so it ends, and its last
/// instruction returns. What it reads lies within the frame, or the frame is not wanted. So a
/// program from anybody does no harm but take its time: an instruction is done once at most.
///
/// Frames are looked at as workers see them: from the Ethernet header on, with the VLAN tag in it.
///
/// **Thread-safety:** immutable; a match allocates nothing.
public final class BpfFilter {
    /// The longest program.
    public static final int MAX_LENGTH = 4096;

    private static final int MEMORY = 16;

    // Classes, the low three bits.
    private static final int LD = 0;
    private static final int LDX = 1;
    private static final int ST = 2;
    private static final int STX = 3;
    private static final int ALU = 4;
    private static final int JMP = 5;
    private static final int RET = 6;

    // Sizes and modes of loads.
    private static final int W = 0x00;
    private static final int H = 0x08;
    private static final int B = 0x10;
    private static final int IMM = 0x00;
    private static final int ABS = 0x20;
    private static final int IND = 0x40;
    private static final int MEM = 0x60;
    private static final int LEN = 0x80;
    private static final int MSH = 0xA0;

    // Operations, and their operand: the value or X.
    private static final int X = 0x08;
    private static final int ADD = 0x00;
    private static final int SUB = 0x10;
    private static final int MUL = 0x20;
    private static final int DIV = 0x30;
    private static final int OR = 0x40;
    private static final int AND = 0x50;
    private static final int LSH = 0x60;
    private static final int RSH = 0x70;
    private static final int NEG = 0x80;
    private static final int MOD = 0x90;
    private static final int XOR = 0xA0;

    private static final int JEQ = 0x10;
    private static final int JGT = 0x20;
    private static final int JGE = 0x30;
    private static final int JSET = 0x40;

    private static final int RET_A = 0x16;
    private static final int RET_K = 0x06;
    private static final int TAX = 0x07;
    private static final int TXA = 0x87;

    private final int[] codes;
    private final int[] leaps; // when true, and when false above it
    private final int[] values;

    /// A filter.
    ///
    /// @param program 1 to [#MAX_LENGTH] instructions
    /// @throws BalancerException [ErrorCode#INVALID_ARGUMENT] if it is not one that ends and stays
    ///   within its frame
    public BpfFilter(List<BpfInstruction> program) {
        int length = program.size();
        if (length < 1 || length > MAX_LENGTH) {
            throw wrong("a filter of " + length + " instructions is not 1-" + MAX_LENGTH);
        }
        codes = new int[length];
        leaps = new int[length];
        values = new int[length];
        for (int at = 0; at < length; at++) {
            BpfInstruction each = program.get(at);
            check(each, at, length);
            codes[at] = each.code();
            leaps[at] = each.whenTrue() | each.whenFalse() << 8;
            values[at] = each.value();
        }
        if ((codes[length - 1] & 7) != RET) {
            throw wrong("a filter must end by returning");
        }
    }

    private static void check(BpfInstruction each, int at, int length) {
        int code = each.code();
        int value = each.value();
        boolean known =
                switch (code & 7) {
                    case LD -> isLoad(code) && (mode(code) != MEM || isMemory(value));
                    case LDX ->
                            code == (LDX | W | IMM)
                                    || code == (LDX | W | LEN)
                                    || (code == (LDX | B | MSH) && value >= 0)
                                    || (code == (LDX | W | MEM) && isMemory(value));
                    case ST, STX -> (code == ST || code == STX) && isMemory(value);
                    case ALU -> isOperation(code) && !isByZero(code, value);
                    case JMP -> isJump(each, at, length);
                    case RET -> code == RET_K || code == RET_A;
                    default -> code == TAX || code == TXA;
                };
        boolean inFrame = (code & 7) != LD || mode(code) != ABS || value >= 0;
        if (!known || !inFrame) {
            throw wrong(
                    "instruction %d of the filter (%d %d %d %s) is none that can be carried out"
                            .formatted(
                                    at,
                                    code,
                                    each.whenTrue(),
                                    each.whenFalse(),
                                    Integer.toUnsignedString(value)));
        }
    }

    private static int mode(int code) {
        return code & 0xE0;
    }

    private static boolean isMemory(int value) {
        return value >= 0 && value < MEMORY;
    }

    private static boolean isLoad(int code) {
        int size = code & 0x18;
        return switch (mode(code)) {
            case IMM, MEM, LEN -> (code & ~0xE0) == LD;
            case ABS, IND -> code < 0x100 && (size == W || size == H || size == B);
            default -> false;
        };
    }

    private static boolean isOperation(int code) {
        int operation = code & 0xF0;
        return code < 0x100 && operation <= XOR && (operation != NEG || (code & X) == 0);
    }

    private static boolean isByZero(int code, int value) {
        int operation = code & 0xF0;
        return (code & X) == 0 && (operation == DIV || operation == MOD) && value == 0;
    }

    private static boolean isJump(BpfInstruction each, int at, int length) {
        int left = length - at - 1;
        if (each.code() == JMP) {
            return each.value() >= 0 && each.value() < left;
        }
        int operation = each.code() & 0xF0;
        return each.code() < 0x100
                && operation >= JEQ
                && operation <= JSET
                && isLeap(each.whenTrue(), left)
                && isLeap(each.whenFalse(), left);
    }

    private static boolean isLeap(int leap, int left) {
        return leap >= 0 && leap <= 255 && leap < left;
    }

    private static BalancerException wrong(String message) {
        return new BalancerException(ErrorCode.INVALID_ARGUMENT, message);
    }

    /// How many instructions it has.
    ///
    /// @return 1 to [#MAX_LENGTH]
    public int length() {
        return codes.length;
    }

    /// Whether a frame is wanted.
    ///
    /// @param frame the native address of its first byte
    /// @param length its length
    /// @param memory for the program: 16 words that it may write before it reads them
    /// @return what the program returns, if it is not 0
    public boolean matches(long frame, int length, int[] memory) {
        int a = 0;
        int x = 0;
        for (int at = 0; ; at++) {
            int code = codes[at];
            int value = values[at];
            switch (code & 7) {
                case LD -> {
                    long from =
                            switch (mode(code)) {
                                case ABS -> value & 0xFFFF_FFFFL;
                                case IND -> (x + value) & 0xFFFF_FFFFL;
                                default -> -1;
                            };
                    if (from < 0) {
                        a = mode(code) == IMM ? value : mode(code) == LEN ? length : memory[value];
                    } else {
                        int size = code & 0x18;
                        if (from + (size == W ? 4 : size == H ? 2 : 1) > length) {
                            return false;
                        }
                        a = load(frame + from, size);
                    }
                }
                case LDX -> {
                    switch (mode(code)) {
                        case IMM -> x = value;
                        case LEN -> x = length;
                        case MEM -> x = memory[value];
                        default -> {
                            if (value >= length) {
                                return false;
                            }
                            x = (Memory.getUnsignedByte(frame + value) & 0xF) << 2;
                        }
                    }
                }
                case ST -> memory[value] = a;
                case STX -> memory[value] = x;
                case ALU -> {
                    int operand = (code & X) == 0 ? value : x;
                    if (operand == 0 && ((code & 0xF0) == DIV || (code & 0xF0) == MOD)) {
                        return false;
                    }
                    a = compute(code & 0xF0, a, operand);
                }
                case JMP -> {
                    if (code == JMP) {
                        at += value;
                    } else {
                        int operand = (code & X) == 0 ? value : x;
                        int leap = leaps[at];
                        at += holds(code & 0xF0, a, operand) ? leap & 0xFF : leap >>> 8;
                    }
                }
                case RET -> {
                    return (code == RET_A ? a : value) != 0;
                }
                default -> {
                    if (code == TAX) {
                        x = a;
                    } else {
                        a = x;
                    }
                }
            }
        }
    }

    private static int load(long address, int size) {
        return switch (size) {
            case W -> Memory.getNetworkInt(address);
            case H -> Memory.getNetworkShort(address);
            default -> Memory.getUnsignedByte(address);
        };
    }

    private static int compute(int operation, int a, int operand) {
        return switch (operation) {
            case ADD -> a + operand;
            case SUB -> a - operand;
            case MUL -> a * operand;
            case DIV -> Integer.divideUnsigned(a, operand);
            case OR -> a | operand;
            case AND -> a & operand;
            case LSH -> operand >>> 5 == 0 ? a << operand : 0;
            case RSH -> operand >>> 5 == 0 ? a >>> operand : 0;
            case NEG -> -a;
            case MOD -> Integer.remainderUnsigned(a, operand);
            default -> a ^ operand;
        };
    }

    private static boolean holds(int operation, int a, int operand) {
        return switch (operation) {
            case JEQ -> a == operand;
            case JGT -> Integer.compareUnsigned(a, operand) > 0;
            case JGE -> Integer.compareUnsigned(a, operand) >= 0;
            default -> (a & operand) != 0;
        };
    }
}
