// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.probe;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.fullnat.api.health.ProbeResult;
import java.io.File;
import java.io.IOException;
import java.io.InputStream;
import java.lang.ProcessBuilder.Redirect;
import java.net.SocketTimeoutException;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/// Runs a program until it ends or the time is over. What it prints is read all along, lest it
/// wait, and forgotten but for the beginning. The thread looks at it at times instead of waiting in
/// a read, in which a virtual thread would hold another. Thread-safe.
final class ProgramRun {
    private static final int MAX_OUTPUT = 1024;
    private static final long MAX_PAUSE_MILLIS = 20;
    private static final int ROUNDS_OF_KILLING = 3;

    /// Errors by their numbers, for their words are in the language of the system.
    private static final Pattern NO_ROOM = Pattern.compile("error=(11|12|23|24)\\b");

    private ProgramRun() {}

    static ProbeResult run(List<String> arguments, Deadline deadline)
            throws IOException, InterruptedException {
        ProcessBuilder builder =
                new ProcessBuilder(arguments)
                        .redirectErrorStream(true)
                        .redirectInput(Redirect.from(new File("/dev/null")));
        Map<String, String> environment = builder.environment();
        environment.keySet().retainAll(List.of("PATH"));
        environment.put("LC_ALL", "C");
        Process process = start(builder);
        try (InputStream output = process.getInputStream()) {
            return follow(process, output, deadline);
        } finally {
            end(process);
            process.getOutputStream().close();
            process.getErrorStream().close();
        }
    }

    /// A program that is not there or may not be run is a check's fault, and counts as failed; that
    /// this machine has no room for it (EAGAIN, ENOMEM, ENFILE, EMFILE) says nothing of the server.
    private static Process start(ProcessBuilder builder) throws IOException {
        try {
            return builder.start();
        } catch (IOException failed) {
            String message = String.valueOf(failed.getMessage());
            if (NO_ROOM.matcher(message).find()) {
                throw new CannotAskException(failed);
            }
            throw failed;
        }
    }

    private static ProbeResult follow(Process process, InputStream output, Deadline deadline)
            throws IOException, InterruptedException {
        byte[] start = new byte[MAX_OUTPUT];
        byte[] rest = new byte[MAX_OUTPUT];
        int length = 0;
        long pause = 1;
        boolean ended = false;
        while (!ended) {
            ended = process.waitFor(pause, TimeUnit.MILLISECONDS);
            pause = Math.min(2 * pause, MAX_PAUSE_MILLIS);
            int there = output.available();
            while (there > 0 && !deadline.isOver()) {
                boolean kept = length < MAX_OUTPUT;
                int read =
                        kept
                                ? output.read(start, length, Math.min(there, MAX_OUTPUT - length))
                                : output.read(rest, 0, Math.min(there, MAX_OUTPUT));
                if (read < 0) {
                    break;
                }
                length += kept ? read : 0;
                there = output.available();
            }
            if (!ended && deadline.isOver()) {
                throw new SocketTimeoutException("the program does not end");
            }
        }
        String said = FailureText.printed(new String(start, 0, length, UTF_8));
        int status = process.exitValue();
        String text = "exit status " + status + (said.isEmpty() ? "" : ": " + said);
        return status == 0 ? ProbeResult.passed(text) : ProbeResult.failed(text);
    }

    /// Kills a program that has not ended, first itself, so that it starts nothing more, then what
    /// it has started; again, as those may have started others meanwhile.
    private static void end(Process process) {
        if (!process.isAlive()) {
            return;
        }
        List<ProcessHandle> started = process.descendants().toList();
        process.destroyForcibly();
        for (int round = 0; round < ROUNDS_OF_KILLING && !started.isEmpty(); round++) {
            List<ProcessHandle> more =
                    started.stream()
                            .flatMap(one -> Stream.of(one).flatMap(ProcessHandle::descendants))
                            .toList();
            started.forEach(ProcessHandle::destroyForcibly);
            started = more;
        }
    }
}
