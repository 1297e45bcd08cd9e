// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.capture;

/// An instruction of classic BPF, as `tcpdump -ddd` prints it. Immutable and thread-safe.
///
/// @param code what to do, 0 to 65535
/// @param whenTrue instructions to leap over, 0 to 255
/// @param whenFalse instructions to leap over, 0 to 255
/// @param value its operand
public record BpfInstruction(int code, int whenTrue, int whenFalse, int value) {}
