// SPDX-License-Identifier: Apache-2.0
package io.fullnat.balancer;

import io.fullnat.api.BalancerException;
import io.fullnat.api.ErrorCode;
import io.fullnat.balancer.cli.Commands;
import io.fullnat.balancer.cli.ExtraCommand;
import io.fullnat.balancer.cli.verbs.WrongUsage;
import io.fullnat.balancer.client.Client;
import io.fullnat.balancer.client.HostCommand;
import io.fullnat.balancer.client.ReloadCommand;
import io.fullnat.balancer.client.Remote;
import io.fullnat.balancer.run.Termination;
import io.fullnat.balancer.top.TopCommand;
import java.util.List;
import java.util.stream.Stream;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.HelpCommand;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.UsageMessageSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/// The command line of `fullnat`: the commands that are not carried out by a running balancer.
@Command(
        name = "fullnat",
        description = "A layer-4 load balancer: FullNAT over DPDK.",
        subcommands = HelpCommand.class,
        mixinStandardHelpOptions = true,
        versionProvider = Version.class,
        synopsisSubcommandLabel = "COMMAND",
        footerHeading = "%nExamples:%n",
        footer = {
            "  fullnat config check fullnat.yaml   find mistakes in a configuration",
            "  fullnat run --config fullnat.yaml   forward packets until SIGTERM or Ctrl-C",
            "  fullnat service list                what a running balancer balances",
            "  fullnat ipvsadm -Ln                 the same, as DPVS shows it",
            "  fullnat reload                      let it read its file again",
            "  fullnat host                        does its machine suit it?",
            "  fullnat doctor                      what is wrong, and what to do about it",
            "  fullnat support-bundle              all of it in a file for who is to help",
            "  fullnat top                         what it carries, live in this terminal",
            "  fullnat capture --dropped           packets that it drops, and why",
            "  fullnat replay -c F report.pcapng   what does F do with captured packets?",
            "",
            "A running balancer carries out, after --socket PATH if it does not listen at",
            "/run/fullnat.sock (FULLNAT_SOCKET says so too):",
            "  ipvsadm, dpip                       with the grammars of DPVS",
            "  service, server, laddr, deny, allow, connection, address, route, neighbour, link,",
            "  counters, trace                     plain verbs; each has --help",
            "  --watch SECONDS                     repeats any of their lists until Ctrl-C",
            "  completion bash                     prints a script, and needs no balancer",
            "",
            "The exit status is 0, or that of the error: docs/operations.md has them all."
        })
public final class Fullnat implements Runnable {
    @Spec private CommandSpec spec;

    private Fullnat() {}

    /// The command line with all commands.
    ///
    /// @param termination tells the long-running ones to end
    /// @param remote reaches running balancers
    /// @return it writes to standard output and error unless told otherwise
    public static CommandLine commandLine(Termination termination, Remote remote) {
        CommandLine line =
                new CommandLine(new Fullnat()).addSubcommand(new RunCommand(termination));
        List<ExtraCommand> extras = ExtraCommand.all();
        extras.forEach(extra -> line.addSubcommand(extra.name(), extra.make(termination)));
        line.addSubcommand(new ConfigCommand(remote))
                .addSubcommand(new ReloadCommand(remote))
                .addSubcommand(new TopCommand(termination, System.getenv()))
                .addSubcommand(new CaptureCommand(termination, remote))
                .addSubcommand(new ReplayCommand(remote))
                .addSubcommand(new HostCommand(remote))
                .addSubcommand(new DoctorCommand(remote, Client::get))
                .addSubcommand(new SupportBundleCommand(remote, Client::get))
                .addSubcommand(new ManCommand());
        UsageMessageSpec usage = line.getCommandSpec().usageMessage();
        usage.footer(
                Stream.concat(extras.stream().map(ExtraCommand::example), Stream.of(usage.footer()))
                        .toArray(String[]::new));
        return WrongUsage.convert(line)
                .setParameterExceptionHandler(Fullnat::wrongUsage)
                .setExecutionExceptionHandler((failure, command, ignored) ->
                        FailureLines.report(failure, command.getErr()));
    }

    @Override
    public void run() {
        throw new ParameterException(spec.commandLine(), "no command given");
    }

    private static int wrongUsage(ParameterException failure, String[] ignored) {
        CommandLine command = failure.getCommandLine();
        for (Throwable cause = failure; cause != null; cause = cause.getCause()) {
            if (cause instanceof BalancerException known) { // of a converter
                return FailureLines.report(known, command.getErr());
            }
        }
        FailureLines.say(command.getErr(), WrongUsage.message(failure, Commands.words()));
        return ErrorCode.INVALID_ARGUMENT.exitStatus();
    }
}
