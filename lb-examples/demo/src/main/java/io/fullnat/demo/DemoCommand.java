// SPDX-License-Identifier: Apache-2.0
package io.fullnat.demo;

import io.fullnat.api.BalancerException;
import io.fullnat.api.ErrorCode;
import io.fullnat.balancer.run.Termination;
import java.io.Console;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/// `fullnat demo`: a balancer at work, without anything to prepare.
@Command(
        name = DemoEntry.NAME,
        description = {
            "Shows a balancer at work between clients and servers of its own.",
            "",
            "Makes network namespaces for a client and three real servers, balances real HTTP and"
                    + " UDP between them over DPDK, shows what happens, checks that servers saw the"
                    + " balancer's local addresses, lets a server be killed, one freeze and one"
                    + " answer with errors, each of which is taken out and comes back, sums up and"
                    + " removes everything. The exit status is 0 only if all went right."
        },
        mixinStandardHelpOptions = true,
        footerHeading = "%nExamples:%n",
        footer = {
            "  fullnat demo                  ten seconds of traffic",
            "  fullnat demo --keep           and then leave it up to be tried by hand",
            "  fullnat demo --page           with the live page, until Ctrl-C",
            "  fullnat demo --memory         without root: the same balancer on in-memory ports"
        })
final class DemoCommand implements Callable<Integer> {
    private static final int MAX_SECONDS = 86_400;
    private static final Set<ErrorCode> CURED_BY_MEMORY =
            Set.of(ErrorCode.PERMISSION, ErrorCode.MISSING_LIBRARY);

    private final Termination termination;

    @Spec private CommandSpec spec;

    @Option(
            names = "--seconds",
            paramLabel = "N",
            defaultValue = "10",
            description =
                    "How long clients send before servers fail, 1-86400 (default:"
                            + " ${DEFAULT-VALUE}).")
    private int seconds;

    @Option(
            names = "--keep",
            description = "Leave everything up afterwards, until Ctrl-C, and say what to try.")
    private boolean keep;

    @Option(
            names = "--page",
            description =
                    "Serve the live page on loopback, say where it is, open it in the browser of a"
                            + " graphical session (BROWSER, else xdg-open; never as root), and let"
                            + " clients go on until Ctrl-C.")
    private boolean page;

    @Option(
            names = "--memory",
            description = "Use in-memory ports and simulated hosts; needs no privileges.")
    private boolean memory;

    DemoCommand(Termination termination) {
        this.termination = termination;
    }

    @Override
    public Integer call() {
        if (seconds < 1 || seconds > MAX_SECONDS) {
            throw new ParameterException(
                    spec.commandLine(), "--seconds " + seconds + " is not 1-" + MAX_SECONDS);
        }
        if (keep && memory) {
            throw new ParameterException(
                    spec.commandLine(),
                    "--keep and --memory exclude each other: nothing outside can reach memory");
        }
        if (keep && page) {
            throw new ParameterException(
                    spec.commandLine(),
                    "--keep and --page exclude each other: with the page clients go on");
        }
        boolean terminal =
                Optional.ofNullable(System.console()).map(Console::isTerminal).orElse(false);
        try {
            Demo.play(
                    new Demo.Options(seconds, keep, memory, page, terminal),
                    spec.commandLine().getOut(),
                    termination);
        } catch (BalancerException e) {
            if (!memory && CURED_BY_MEMORY.contains(e.code())) {
                throw new BalancerException(
                        e.code(),
                        e.getMessage() + "\n\"fullnat demo --memory\" needs neither root nor DPDK",
                        e);
            }
            throw e;
        }
        return 0;
    }
}
