// SPDX-License-Identifier: Apache-2.0
package io.fullnat.balancer.doctor;

/// Something that was found. Immutable.
///
/// @param level how bad it is
/// @param name what it is, stable
/// @param subject where: a port, a service, a file; may be empty
/// @param seen what was seen, with the figure
/// @param source where that comes from: a file, a command
/// @param why it matters
/// @param remedy what to do: a command or a setting
public record Finding(
        Level level,
        String name,
        String subject,
        String seen,
        String source,
        String why,
        String remedy) {}
