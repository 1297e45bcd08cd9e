// SPDX-License-Identifier: Apache-2.0
package io.fullnat.balancer.cli.verbs;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.fullnat.api.counter.Counter;
import io.fullnat.api.counter.CountersReader;
import io.fullnat.api.counter.Outcome;
import io.fullnat.balancer.cli.output.Column;
import io.fullnat.balancer.cli.output.ListingJson;
import io.fullnat.balancer.cli.output.WorkerChoice;
import io.fullnat.balancer.cli.request.Request;
import io.fullnat.balancer.cli.request.Values;
import io.fullnat.balancer.run.Operations;
import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/// `fullnat counters`.
@Command(
        name = "counters",
        description = "What the workers counted; docs/operations.md says what each name means.",
        mixinStandardHelpOptions = true,
        footerHeading = "%nExamples:%n",
        footer = {
            "  fullnat counters",
            "  fullnat counters --worker 0 --all",
            "  fullnat counters --watch 2",
            "  fullnat counters --json"
        })
final class CountersCommand implements Callable<Request> {
    private static final int MAX_WORKER = 1023;

    @Option(names = "--worker", paramLabel = "N", description = "Of one worker, from 0.")
    private Optional<String> worker = Optional.empty();

    @Option(names = "--all", description = "Those that are 0 too.")
    private boolean all;

    @Option(names = "--json", description = "As JSON, all of them.")
    private boolean json;

    private record Row(String name, long value, String meaning) {}

    CountersCommand() {}

    @Override
    public Request call() {
        Optional<WorkerChoice> choice =
                worker.map(text -> Values.number("--worker", text, 0, MAX_WORKER))
                        .map(WorkerChoice::worker);
        boolean withZeroes = all;
        boolean asJson = json;
        return new Request.Show(
                (operations, out) -> print(operations, choice, withZeroes, asJson, out));
    }

    private static void print(
            Operations operations,
            Optional<WorkerChoice> choice,
            boolean all,
            boolean json,
            PrintWriter out) {
        CountersReader counters = operations.counters();
        Optional<Integer> worker = choice.map(named -> named.index(operations));
        List<Row> outcomes = outcomes(counters, worker);
        List<Row> others = others(counters, worker);
        if (json) {
            ObjectNode root = ListingJson.object();
            ObjectNode outcomeNode = root.putObject("outcomes");
            outcomes.forEach(row -> outcomeNode.put(row.name, row.value));
            ObjectNode counterNode = root.putObject("counters");
            others.forEach(row -> counterNode.put(row.name, row.value));
            out.print(ListingJson.text(root, true) + "\n");
            return;
        }
        List<List<String>> rows = new ArrayList<>();
        for (List<Row> group : List.of(outcomes, others)) {
            for (Row row : group) {
                if (all || row.value != 0) {
                    rows.add(List.of(row.name, Long.toString(row.value), row.meaning));
                }
            }
        }
        out.print(Column.table(List.of("COUNTER", "VALUE", "MEANING"), rows));
    }

    private static List<Row> outcomes(CountersReader counters, Optional<Integer> worker) {
        List<Row> rows = new ArrayList<>();
        for (Outcome outcome : Outcome.values()) {
            long value =
                    worker.map(number -> counters.get(number, outcome))
                            .orElseGet(() -> counters.total(outcome));
            rows.add(new Row(outcome.name(), value, outcome.meaning()));
        }
        return rows;
    }

    private static List<Row> others(CountersReader counters, Optional<Integer> worker) {
        List<Row> rows = new ArrayList<>();
        for (Counter counter : Counter.values()) {
            long value =
                    worker.map(number -> counters.get(number, counter))
                            .orElseGet(() -> counters.total(counter));
            rows.add(new Row(counter.name(), value, counter.meaning()));
        }
        return rows;
    }
}
