// SPDX-License-Identifier: Apache-2.0
package io.fullnat.balancer;

import io.fullnat.api.ErrorCode;
import io.fullnat.balancer.client.Remote;
import io.fullnat.balancer.client.SocketOption;
import io.fullnat.balancer.config.Configuration;
import io.fullnat.balancer.config.ConfigurationFile;
import io.fullnat.balancer.host.HostInspection;
import io.fullnat.balancer.keepalived.KeepalivedImport;
import io.fullnat.balancer.text.Visible;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
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
        description =
                "Checks configuration files, and writes those of a running balancer or of keepalived.",
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

    @Command(
            name = "import",
            description = {
                "Prints a configuration of keepalived, with DPVS's keywords, as one of fullnat.",
                "What is otherwise in it, or left out, is told on standard error, line by line; the"
                        + " exit status is 3 if something is left out."
            },
            mixinStandardHelpOptions = true,
            footerHeading = "%nExample:%n",
            footer =
                    "  fullnat config import --port dpdk0=0000:03:00.0 /etc/keepalived/keepalived.conf"
                            + " > fullnat.yaml")
    int importFrom(
            @Option(
                            names = "--port",
                            paramLabel = "NAME=DEVICE",
                            description =
                                    "What an interface of the file is here; the kernel's interface"
                                            + " of that name if nothing is said. Virtual addresses"
                                            + " of which the file does not say where they are get"
                                            + " the first one.")
                    @Nullable Map<String, String> ports,
            @Parameters(paramLabel = "FILE", description = "As keepalived reads it.") Path file) {
        Map<String, String> devices = ports == null ? Map.of() : ports;
        KeepalivedImport imported = KeepalivedImport.read(file, devices);
        imported.findings().forEach(line -> FailureLines.say(spec.commandLine().getErr(), line));
        PrintWriter out = spec.commandLine().getOut();
        out.print(imported.yaml());
        out.flush();
        return imported.complete() ? 0 : ErrorCode.UNSUPPORTED.exitStatus();
    }
}
