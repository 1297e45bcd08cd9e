// SPDX-License-Identifier: Apache-2.0
package io.fullnat.balancer;

import io.fullnat.balancer.capture.CaptureRunner;
import io.fullnat.balancer.cli.Commands;
import io.fullnat.balancer.config.Configuration;
import io.fullnat.balancer.config.ConfigurationFile;
import io.fullnat.balancer.event.FlightRecorder;
import io.fullnat.balancer.host.HostInspection;
import io.fullnat.balancer.log.LogSetup;
import io.fullnat.balancer.run.Audit;
import io.fullnat.balancer.run.CommandRunner;
import io.fullnat.balancer.run.HangUp;
import io.fullnat.balancer.run.OwnCommands;
import io.fullnat.balancer.run.RunningBalancer;
import io.fullnat.balancer.run.Termination;
import io.fullnat.balancer.server.ApiServer;
import io.fullnat.balancer.server.SocketClaim;
import io.fullnat.balancer.supervise.Supervision;
import io.fullnat.balancer.text.Visible;
import io.fullnat.balancer.webhook.Webhooks;
import java.io.PrintWriter;
import java.nio.file.Path;

/// What `fullnat run` does.
final class Run {
    static final String NAME = "run";
    static final String CONFIG = "--config";
    static final String SHORT_CONFIG = "-c";

    private static final Path HOST = Path.of("/");

    private Run() {}

    /// Whether a command line says no more than `run --config FILE`, as it does where a balancer is
    /// started as a rule.
    static boolean isPlain(String... arguments) {
        return arguments.length == 3
                && arguments[0].equals(NAME)
                && (arguments[1].equals(CONFIG) || arguments[1].equals(SHORT_CONFIG))
                && !arguments[2].startsWith("-");
    }

    /// Forwards packets until it is told to stop.
    ///
    /// @param file the configuration
    /// @return the exit status
    static int forward(Path file, Termination termination, PrintWriter out) {
        try {
            return forwardUntilTold(file, termination, out);
        } finally {
            LogSetup.tellLeftOut();
        }
    }

    private static int forwardUntilTold(Path file, Termination termination, PrintWriter out) {
        RunningBalancer.prepare();
        Configuration configuration = ConfigurationFile.read(file);
        LogSetup.apply(configuration.log());
        Audit audit = Audit.to(configuration.log().audit());
        try (Webhooks webhooks = Webhooks.of(configuration.webhooks());
                SocketClaim claim = SocketClaim.of(configuration.api());
                RunningBalancer running = RunningBalancer.overDpdk(configuration, file);
                ApiServer api = serve(claim, configuration, running, audit, webhooks);
                Supervision supervision = Supervision.of(running, System.getenv())) {
            running.control().listen(new FlightRecorder());
            running.follow(audit);
            running.follow(api);
            running.follow(webhooks);
            running.follow(desired -> () -> LogSetup.apply(desired.log()));
            audit.began("run of " + file, running.control().desired().revision());
            new HangUp(running, audit).install();
            HostInspection.running(HOST, configuration)
                    .lines()
                    .forEach(line -> out.println(Visible.of(line)));
            out.println("ready: " + running.describe());
            out.flush();
            // Only now: who is told that it is ready may send SIGHUP at once.
            supervision.begin();
            termination.await(Long.MAX_VALUE);
        }
        return 0;
    }

    private static ApiServer serve(
            SocketClaim claim,
            Configuration configuration,
            RunningBalancer running,
            Audit audit,
            Webhooks webhooks) {
        OwnCommands own = new OwnCommands(running);
        CommandRunner others = Commands.over(running);
        CaptureRunner captures = new CaptureRunner(running.engine(), running.io().ports());
        return ApiServer.start(
                claim,
                configuration.api(),
                running,
                (line, input, out, err) -> {
                    CommandRunner runner = OwnCommands.isKnown(line) ? own : others;
                    return (CaptureRunner.isKnown(line) ? captures : runner)
                            .run(line, input, out, err);
                },
                audit,
                webhooks);
    }
}
