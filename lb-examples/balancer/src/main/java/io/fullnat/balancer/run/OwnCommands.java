// SPDX-License-Identifier: Apache-2.0
package io.fullnat.balancer.run;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.fullnat.api.BalancerException;
import io.fullnat.api.ErrorCode;
import io.fullnat.balancer.host.HostInspection;
import io.fullnat.balancer.host.HostJson;
import io.fullnat.balancer.host.HostReport;
import io.fullnat.balancer.text.Visible;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;

/// The commands that are about the balancer as a whole: `reload`, `host` and `config export`.
/// Thread-safe.
public final class OwnCommands implements CommandRunner {
    private static final String RELOAD = "reload";
    private static final String HOST = "host";
    private static final String DRY_RUN = "--dry-run";
    private static final String JSON = "--json";
    private static final List<String> EXPORT = List.of("config", "export");

    private final RunningBalancer balancer;

    /// The commands of one balancer.
    ///
    /// @param balancer which one
    public OwnCommands(RunningBalancer balancer) {
        this.balancer = balancer;
    }

    /// Whether a command line is for these commands.
    ///
    /// @param arguments its words
    /// @return true for `reload ...`, `host ...` and `config export ...`
    public static boolean isKnown(List<String> arguments) {
        return (!arguments.isEmpty() && Set.of(RELOAD, HOST).contains(arguments.getFirst()))
                || (arguments.size() >= EXPORT.size()
                        && arguments.subList(0, EXPORT.size()).equals(EXPORT));
    }

    @Override
    public int run(List<String> arguments, String input, PrintWriter out, PrintWriter err) {
        String name = isKnown(arguments) ? arguments.getFirst() : "fullnat";
        try {
            if (!isKnown(arguments)) {
                throw wrong("no command \"" + String.join(" ", arguments) + "\" here");
            }
            if (name.equals(RELOAD)) {
                reload(arguments.subList(1, arguments.size()), out);
            } else if (name.equals(HOST)) {
                host(arguments.subList(1, arguments.size()), out);
            } else {
                export(arguments.subList(EXPORT.size(), arguments.size()), out);
            }
            return 0;
        } catch (BalancerException e) {
            Attempt.current().refused(e);
            String message = String.valueOf(e.getMessage());
            message.lines().forEach(line -> err.println(name + ": " + Visible.of(line)));
            return e.code().exitStatus();
        } finally {
            out.flush();
            err.flush();
        }
    }

    private void reload(List<String> options, PrintWriter out) {
        for (String option : options) {
            if (!Set.of(DRY_RUN, JSON).contains(option)) {
                throw wrong(
                        "unknown argument \"" + option + "\"; usage: reload [--dry-run] [--json]");
            }
        }
        boolean dryRun = options.contains(DRY_RUN);
        if (!dryRun) {
            Attempt.current().isChange();
        }
        List<ChangeLine> lines = balancer.reloader().run(dryRun).lines();
        if (options.contains(JSON)) {
            out.println(Visible.lines(json(dryRun, lines).toPrettyString()));
            return;
        }
        lines.forEach(line -> out.println(Visible.of(line.toString())));
        out.println(summary(dryRun, lines.size()));
    }

    /// What a reload came to, in one line.
    static String summary(boolean dryRun, int changes) {
        if (changes == 0) {
            return "nothing to do: the balancer is what the file says";
        }
        String count = changes + (changes == 1 ? " change" : " changes");
        return dryRun ? count + ", none of them made" : "reloaded, " + count;
    }

    private static ObjectNode json(boolean dryRun, List<ChangeLine> lines) {
        ObjectNode answer = JsonNodeFactory.instance.objectNode().put("dryRun", dryRun);
        ArrayNode changes = answer.putArray("changes");
        for (ChangeLine line : lines) {
            changes.addObject()
                    .put("sign", line.sign())
                    .put("object", line.object())
                    .put("text", line.text());
        }
        return answer;
    }

    private void host(List<String> options, PrintWriter out) {
        if (!options.isEmpty() && !options.equals(List.of(JSON))) {
            throw wrong("unknown argument \"" + options.getFirst() + "\"; usage: host [--json]");
        }
        HostReport report = HostInspection.running(Path.of("/"), balancer.configuration());
        if (options.isEmpty()) {
            report.lines().forEach(line -> out.println(Visible.of(line)));
        } else {
            out.println(Visible.lines(HostJson.of(report).toPrettyString()));
        }
    }

    private void export(List<String> options, PrintWriter out) {
        if (!options.isEmpty()) {
            throw wrong("unknown argument \"" + options.getFirst() + "\"; usage: config export");
        }
        out.print(balancer.export());
    }

    private static BalancerException wrong(String message) {
        return new BalancerException(ErrorCode.INVALID_ARGUMENT, message);
    }
}
