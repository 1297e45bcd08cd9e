// SPDX-License-Identifier: Apache-2.0
package io.fullnat.balancer;

import io.fullnat.balancer.api.Api;
import io.fullnat.balancer.api.ApiRequest;
import io.fullnat.balancer.api.ApiRoute;
import io.fullnat.balancer.api.Reply;
import io.fullnat.balancer.api.Router;
import io.fullnat.balancer.cli.Commands;
import io.fullnat.balancer.config.ConfigurationFile;
import io.fullnat.balancer.event.EventHub;
import io.fullnat.balancer.metrics.Metrics;
import io.fullnat.balancer.run.CommandRunner;
import io.fullnat.balancer.run.RunningBalancer;
import io.fullnat.core.memoryio.InMemoryIo;
import io.fullnat.core.memoryio.PortSettings;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;

/// The balancer with whatever its class path brings, over ports in memory: carries out what it is
/// given, a line each, and prints what comes of it.
final class AssembledBalancer {
    private AssembledBalancer() {}

    /// Runs.
    ///
    /// @param arguments a configuration file, then lines: commands, or `PUT PATH BODY`
    public static void main(String[] arguments) {
        InMemoryIo io =
                InMemoryIo.builder()
                        .wire(
                                PortSettings.of("wan", "02:00:00:00:01:01"),
                                PortSettings.of("client", "02:00:00:00:01:02"))
                        .open();
        try (RunningBalancer balancer =
                        RunningBalancer.start(io, ConfigurationFile.read(Path.of(arguments[0])));
                Metrics metrics = Metrics.of(balancer);
                EventHub hub = EventHub.of(balancer.control())) {
            CommandRunner commands = Commands.over(balancer);
            Router router = Api.router(balancer, commands, metrics, hub);
            PrintWriter out = new PrintWriter(System.out, true, StandardCharsets.UTF_8);
            for (String line : List.of(arguments).subList(1, arguments.length)) {
                List<String> words = List.of(line.split(" ", -1));
                if (words.getFirst().equals("PUT")) {
                    put(router, words, out);
                } else {
                    out.println(commands.run(words, "", out, out));
                }
            }
            out.print(balancer.export());
            out.flush();
        }
    }

    private static void put(Router router, List<String> words, PrintWriter out) {
        byte[] body = words.get(2).getBytes(StandardCharsets.UTF_8);
        ApiRequest request =
                new ApiRequest(
                        "PUT", words.get(1), "", "application/json", body, ApiRoute.Place.ANY);
        if (router.answer(request) instanceof Reply.Value(int status, var answer)) {
            out.println(status + " " + answer);
        }
    }
}
