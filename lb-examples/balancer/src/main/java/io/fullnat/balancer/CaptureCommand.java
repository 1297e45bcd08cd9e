// SPDX-License-Identifier: Apache-2.0
package io.fullnat.balancer;

import io.fullnat.api.BalancerException;
import io.fullnat.api.ErrorCode;
import io.fullnat.api.IpPrefix;
import io.fullnat.api.counter.Outcome;
import io.fullnat.balancer.capture.CaptureAnswer;
import io.fullnat.balancer.capture.CaptureRequest;
import io.fullnat.balancer.capture.CaptureRequest.Format;
import io.fullnat.balancer.capture.CaptureRunner;
import io.fullnat.balancer.capture.NamedConnection;
import io.fullnat.balancer.cli.request.Values;
import io.fullnat.balancer.client.Remote;
import io.fullnat.balancer.client.SocketOption;
import io.fullnat.balancer.pcap.FilterCompiler;
import io.fullnat.balancer.run.Termination;
import io.fullnat.balancer.text.Reason;
import io.fullnat.core.capture.BpfInstruction;
import io.fullnat.core.capture.CaptureSettings;
import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintStream;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/// `fullnat capture`: packets of a running balancer as they pass.
@Command(
        name = CaptureRunner.NAME,
        description = {
            "Shows packets as the balancer receives and sends them, each with how it ended, until",
            "Ctrl-C."
        },
        mixinStandardHelpOptions = true,
        footerHeading = "%nExamples:%n",
        footer = {
            "  fullnat capture --dropped --count 20",
            "  fullnat capture --client 198.51.100.7 -w client.pcapng",
            "  fullnat capture tcp port 443 and host 198.51.100.7",
            "  fullnat capture --connection tcp:198.51.100.7:40000:192.0.2.80:443 -w both.pcapng",
            "  fullnat capture -w - | wireshark -k -i -",
            "",
            "A packet is shown if all holds that is said. FILTER is what tcpdump takes, and needs",
            "libpcap. More: docs/capture.md"
        })
final class CaptureCommand implements Callable<Integer> {
    private static final String STANDARD_OUTPUT = "-";

    private final Remote remote;
    private final Termination termination;

    @Spec private CommandSpec spec;

    @Option(
            names = {"-w", "--write"},
            paramLabel = "FILE",
            description = "Write pcapng, \"-\" for standard output, instead of lines of text.")
    private Optional<String> write = Optional.empty();

    @Option(names = "--port", paramLabel = "PORT", description = "Where packets pass, repeatable.")
    private List<String> ports = List.of();

    @Option(names = "--dropped", description = "Packets that were dropped, for whatever reason.")
    private boolean dropped;

    @Option(
            names = "--outcome",
            paramLabel = "NAME",
            description =
                    "Packets that ended so, as `fullnat counters --all` names it, repeatable.")
    private List<String> outcomes = List.of();

    @Option(
            names = "--connection",
            paramLabel = "CONNECTION",
            description = {
                "Packets of a connection on both sides, PROTO:ADDRESS:PORT:ADDRESS:PORT as client",
                "or server see it, a line of `connection list`, or of one that is there",
                "[PROTO:]ADDRESS:PORT of its client; repeatable, and with --client: of either."
            })
    private List<String> connections = List.of();

    @Option(
            names = "--client",
            paramLabel = "ADDRESS[/BITS]",
            description = "Packets of a client or a network on both sides, repeatable.")
    private List<String> clients = List.of();

    @Option(
            names = {"-c", "--count"},
            paramLabel = "N",
            description = "End after so many.")
    private Optional<String> count = Optional.empty();

    @Option(
            names = {"-s", "--snap"},
            paramLabel = "BYTES",
            description = "How much of each packet, 14 to 262144; all if not said.")
    private Optional<String> snap = Optional.empty();

    @Parameters(paramLabel = "FILTER", description = "A filter expression, pcap-filter(7).")
    private List<String> filter = List.of();

    @Mixin private final SocketOption socket = new SocketOption();

    CaptureCommand(Termination termination, Remote remote) {
        this.termination = termination;
        this.remote = remote;
    }

    @Override
    public Integer call() {
        CaptureRequest request = request();
        if (write.isEmpty() || write.get().equals(STANDARD_OUTPUT)) {
            return capture(request, System.out);
        }
        Path file = Path.of(write.get());
        try (OutputStream to = Files.newOutputStream(file)) {
            return capture(request, to);
        } catch (IOException e) {
            throw new BalancerException(
                    ErrorCode.OUTPUT, file + " cannot be written: " + Reason.of(e), e);
        }
    }

    private int capture(CaptureRequest request, OutputStream to) {
        List<String> words = new ArrayList<>(List.of(CaptureRunner.NAME));
        words.addAll(request.words());
        PrintWriter err = spec.commandLine().getErr();
        CaptureAnswer answer = new CaptureAnswer(to, () -> isOver(to));
        int status = remote.run(socket.path(), words, "", new PrintWriter(answer), err);
        if (answer.failure().isPresent()) {
            throw answer.failure().get();
        }
        if (status == 0) {
            err.println(
                    answer.captured()
                            + " captured, "
                            + answer.lost()
                            + " not, as there was no room for them");
        }
        return status;
    }

    /// Standard output does not throw; what happened to it is told when the process ends.
    private boolean isOver(OutputStream to) {
        return termination.isRequested() || (to instanceof PrintStream out && out.checkError());
    }

    private CaptureRequest request() {
        String expression = String.join(" ", filter);
        FilterCompiler.warning(expression)
                .ifPresent(words -> spec.commandLine().getErr().println("fullnat: note: " + words));
        List<BpfInstruction> program =
                expression.isBlank() ? List.of() : FilterCompiler.compile(expression);
        List<NamedConnection> named = connections.stream().map(NamedConnection::parse).toList();
        List<IpPrefix> networks = clients.stream().map(Values::prefix).toList();
        return new CaptureRequest(
                write.isPresent() ? Format.PCAPNG : Format.TEXT,
                program,
                named,
                networks,
                outcomes(),
                ports,
                count.map(text -> Values.number("--count", text, 1, Integer.MAX_VALUE)).orElse(0),
                snap.map(text -> Values.number("--snap", text, 14, CaptureSettings.MAX_SNAP_LENGTH))
                        .orElse(CaptureSettings.MAX_SNAP_LENGTH));
    }

    private List<Outcome> outcomes() {
        List<Outcome> wanted = new ArrayList<>();
        outcomes.forEach(name -> wanted.add(CaptureRequest.outcome(name)));
        if (dropped) {
            Arrays.stream(Outcome.values())
                    .filter(outcome -> outcome.kind() == Outcome.Kind.DROPPED)
                    .forEach(wanted::add);
        }
        return wanted;
    }
}
