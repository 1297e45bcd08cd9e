// SPDX-License-Identifier: Apache-2.0
package io.fullnat.balancer.doctor;

import io.fullnat.balancer.config.Configuration;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;

/// All that was read, at one time but for the counters, which were read twice. Immutable.
///
/// @param interval between the two readings of the counters
/// @param socket where a balancer was looked for
/// @param file the configuration's, if that is known
/// @param asked whether the caller named it: no balancer is expected then
/// @param machine what runs beneath
/// @param configuration of the file, or of the running balancer if none was named
/// @param wrong why there is no configuration, if one was named
/// @param running empty if no balancer answered
/// @param silence why not; empty if one runs, or if this user may not ask it
/// @param unseen what could not be had, and why
public record Observation(
        Duration interval,
        Path socket,
        Optional<Path> file,
        boolean asked,
        Machine machine,
        Optional<Configuration> configuration,
        Optional<String> wrong,
        Optional<Running> running,
        Optional<String> silence,
        List<Unseen> unseen) {
    /// Copies the list.
    public Observation {
        unseen = List.copyOf(unseen);
    }

    /// The running balancer's process.
    ///
    /// @return its number; empty if none was seen, or not from here
    public OptionalLong pid() {
        return running.flatMap(ignored -> machine.process())
                .map(process -> OptionalLong.of(process.pid()))
                .orElse(OptionalLong.empty());
    }

    /// Kernel interfaces that ports take.
    ///
    /// @return their names, of those that are there
    public List<String> interfaces() {
        return machine.interfaces().values().stream()
                .filter(Machine.Interface::there)
                .map(Machine.Interface::name)
                .toList();
    }

    /// Something that could not be seen.
    ///
    /// @param what it is
    /// @param why not
    public record Unseen(String what, String why) {}
}
