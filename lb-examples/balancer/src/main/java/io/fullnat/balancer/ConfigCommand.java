// SPDX-License-Identifier: Apache-2.0
package io.fullnat.balancer;

import io.fullnat.balancer.client.Remote;
import io.fullnat.balancer.client.SocketOption;
import io.fullnat.balancer.config.Configuration;
import io.fullnat.balancer.config.ConfigurationFile;
import io.fullnat.balancer.host.HostInspection;
import io.fullnat.balancer.text.Visible;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.List;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/// `fullnat config`: what can be done with a configuration file besides running it.
@Command(
        name = "config",
        description = "Checks configuration files, and writes one of a running balancer.",
        synopsisSubcommandLabel = "COMMAND",
        mixinStandardHelpOptions = true)
final class ConfigCommand implements Runnable {
    private final Remote remote;

    @Spec private CommandSpec spec;

    ConfigCommand(Remote remote) {
        this.remote = remote;
    }

    @Override
    public void run() {
        throw new ParameterException(spec.commandLine(), "no command given");
    }

    @Command(
            name = "check",
            description = "Lists everything that is wrong in a file; starts nothing.",
            mixinStandardHelpOptions = true,
            footerHeading = "%nExample:%n",
            footer = {
                "  fullnat config check /etc/fullnat.yaml",
                "  fullnat config check --host /etc/fullnat.yaml   and does the machine suit it?"
            })
    void check(
            @Option(
                            names = "--host",
                            description = "Also say what of this machine had better be otherwise.")
                    boolean host,
            @Parameters(paramLabel = "FILE", description = "The configuration, YAML.") Path file) {
        Configuration configuration = ConfigurationFile.read(file);
        PrintWriter out = spec.commandLine().getOut();
        out.println(
                Visible.of(file.toString())
                        + ": correct; ports "
                        + configuration.ports().size()
                        + ", workers "
                        + configuration.workers().count()
                        + ", services "
                        + configuration.services().size());
        if (host) {
            HostInspection.before(Path.of("/"), configuration)
                    .lines()
                    .forEach(line -> out.println(Visible.of(line)));
        }
        out.flush();
    }

    @Command(
            name = "export",
            description = "Prints the state of a running balancer as a configuration file.",
            mixinStandardHelpOptions = true,
            footerHeading = "%nExample:%n",
            footer = "  fullnat config export > fullnat.yaml")
    int export(@Mixin SocketOption socket) {
        PrintWriter out = spec.commandLine().getOut();
        List<String> words = List.of("config", "export");
        int status = remote.run(socket.path(), words, "", out, spec.commandLine().getErr());
        out.flush();
        return status;
    }
}
