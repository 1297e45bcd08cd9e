// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.probe;

import io.fullnat.api.health.CommandProbe;
import io.fullnat.api.health.ProbeResult;
import io.fullnat.api.health.ProbeTarget;
import java.io.IOException;
import java.util.List;

/// Runs a program of the operator's. Thread-safe.
final class CommandRun implements Attempt {
    private final List<String> arguments;

    CommandRun(CommandProbe probe) {
        arguments = probe.arguments();
    }

    @Override
    public ProbeResult ask(ProbeTarget target, Deadline deadline)
            throws IOException, InterruptedException {
        String address = target.endpoint().address().toString();
        String port = String.valueOf(target.endpoint().port());
        return ProgramRun.run(
                arguments.stream()
                        .map(argument ->
                                argument.replace("{address}", address).replace("{port}", port))
                        .toList(),
                deadline);
    }
}
