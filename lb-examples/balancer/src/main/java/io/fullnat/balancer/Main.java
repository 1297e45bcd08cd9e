// SPDX-License-Identifier: Apache-2.0
package io.fullnat.balancer;

import io.fullnat.balancer.client.Client;
import io.fullnat.balancer.client.RemoteCommands;
import io.fullnat.balancer.client.Repetition;
import io.fullnat.balancer.config.PathText;
import io.fullnat.balancer.run.Termination;
import java.io.IOException;
import java.io.PrintStream;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.OptionalInt;

/// The command `fullnat`. Every failure is lines `fullnat: ...` on standard error and the exit
/// status of its [io.fullnat.api.ErrorCode].
///
/// A balancer is started past everything that knows picocli: its classes are in the format of Java
/// 5, so the JVM cannot keep them, nor one that it must look at them for, in its cache of classes.
public final class Main {
    private Main() {}

    /// Runs a command and ends the JVM with its exit status.
    ///
    /// @param arguments as typed
    public static void main(String[] arguments) {
        Output output = Output.ofProcess();
        System.setOut(new PrintStream(output, true, StandardCharsets.UTF_8));
        Termination termination = new Termination();
        termination.install();
        int status = run(arguments, termination);
        System.out.flush();
        termination.exit(output.status(status, System.err));
    }

    static int run(String[] arguments, Termination termination) {
        PrintWriter out = new PrintWriter(System.out, false, StandardCharsets.UTF_8);
        PrintWriter err = new PrintWriter(System.err, true, StandardCharsets.UTF_8);
        try {
            if (Run.isPlain(arguments)) {
                return Run.forward(PathText.parse(arguments[2]), termination, out);
            }
            RemoteCommands remote =
                    new RemoteCommands(
                            Client::run,
                            Client::answers,
                            System.getenv(),
                            Repetition.ofProcess(termination, System.getenv()));
            OptionalInt status = remote.run(List.of(arguments), System.in, out, err);
            if (status.isPresent()) {
                return status.getAsInt();
            }
            return Fullnat.commandLine(termination, Client::run).execute(arguments);
        } catch (IOException | RuntimeException | Error e) {
            return FailureLines.report(e, err);
        } finally {
            out.flush();
        }
    }
}
