// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.probe;

import io.fullnat.api.health.ProbeResult;
import io.fullnat.api.health.ProbeTarget;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/// Sends an echo request by the system's `ping`, which has the privilege or the kind of socket that
/// it takes. Thread-safe.
final class PingRun implements Attempt {
    private static final List<Path> PLACES =
            List.of(Path.of("/usr/bin/ping"), Path.of("/bin/ping"), Path.of("/sbin/ping"));

    @Override
    public ProbeResult ask(ProbeTarget target, Deadline deadline)
            throws IOException, InterruptedException {
        Optional<Path> program = PLACES.stream().filter(Files::isExecutable).findFirst();
        if (program.isEmpty()) {
            return ProbeResult.failed(
                    "no program ping in /usr/bin, /bin and /sbin; install iputils-ping");
        }
        List<String> arguments =
                new ArrayList<>(List.of(program.get().toString(), "-n", "-q", "-c", "1"));
        target.source().ifPresent(source -> arguments.addAll(List.of("-I", source.toString())));
        arguments.add(target.endpoint().address().toString());
        ProbeResult result = ProgramRun.run(arguments, deadline);
        return result.passed() ? ProbeResult.passed("echo reply") : result;
    }
}
