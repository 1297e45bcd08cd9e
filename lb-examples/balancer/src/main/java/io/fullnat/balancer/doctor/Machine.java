// SPDX-License-Identifier: Apache-2.0
package io.fullnat.balancer.doctor;

import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;

/// What the kernel, the file system and the process of a running balancer tell. What cannot be told
/// is empty. Immutable.
///
/// @param now when it was read
/// @param clockSource the kernel's
/// @param synchronised whether the clock is kept by NTP or the like
/// @param advice of the machine before a start, by name and detail; empty while a balancer runs
/// @param process of the running balancer
/// @param memoryUsed bytes that the cgroup of the balancer, or of this command, uses
/// @param memoryLimit bytes that it may use
/// @param interfaces behind ports, by port
/// @param devices PCI devices of ports, by port
/// @param files that a configuration names, and the socket
/// @param certificates of listeners
record Machine(
        Instant now,
        Optional<String> clockSource,
        Optional<Boolean> synchronised,
        List<Running.Advice> advice,
        Optional<ProcessState> process,
        OptionalLong memoryUsed,
        OptionalLong memoryLimit,
        Map<String, Interface> interfaces,
        Map<String, Device> devices,
        List<NamedFile> files,
        List<Certificate> certificates) {
    /// The process of a running balancer.
    ///
    /// @param pid its number
    /// @param swappedKilobytes of its memory
    /// @param openFiles how many, if that may be seen
    /// @param mostFiles how many there may be
    /// @param arguments of its command line
    record ProcessState(
            long pid,
            OptionalLong swappedKilobytes,
            OptionalLong openFiles,
            OptionalLong mostFiles,
            List<String> arguments) {}

    /// A kernel interface.
    ///
    /// @param there whether it exists in this network namespace
    /// @param up whether it is set up
    /// @param mtu 0 if not known
    /// @param duplex `full`, `half` or what the driver says
    /// @param addresses that the kernel has on it
    record Interface(
            String name,
            boolean there,
            boolean up,
            int mtu,
            Optional<String> duplex,
            List<String> addresses) {}

    /// A PCI device.
    record Device(String address, boolean there, Optional<String> driver) {}

    /// What a file is for.
    enum Role {
        SOCKET,
        CONFIGURATION,
        SECRET,
        PUBLIC
    }

    /// A file.
    ///
    /// @param key that names it
    /// @param there false if it is not
    /// @param mode as `rw-r-----`; empty if it cannot be seen
    record NamedFile(Path path, String key, Role role, boolean there, Optional<String> mode) {}

    /// A certificate of a listener.
    ///
    /// @param key that names its file
    record Certificate(Path path, String key, Instant notBefore, Instant notAfter) {}
}
