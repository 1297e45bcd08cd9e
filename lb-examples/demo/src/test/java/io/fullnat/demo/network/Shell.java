// SPDX-License-Identifier: Apache-2.0
package io.fullnat.demo.network;

import static org.assertj.core.api.Assertions.assertThat;

import io.fullnat.balancer.cli.Commands;
import io.fullnat.balancer.run.RunningBalancer;
import io.fullnat.demo.lab.NetworkNamespace;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.util.List;
import java.util.function.BooleanSupplier;

/// What an operator types, and sees, beside a balancer that runs in the same process.
final class Shell {
    private static final long PATIENCE_NS = 30_000_000_000L;
    private static final int POLL_MS = 50;

    private Shell() {}

    /// Runs a command line, which must succeed.
    ///
    /// @return its output
    static String run(RunningBalancer balancer, String line) {
        StringWriter out = new StringWriter();
        StringWriter err = new StringWriter();
        int status =
                Commands.over(balancer)
                        .run(
                                List.of(line.split(" ")),
                                "",
                                new PrintWriter(out),
                                new PrintWriter(err));
        assertThat(status).as("%s: %s", line, err).isZero();
        return out.toString();
    }

    /// The MAC address that a host has resolved an address to.
    static String macOf(NetworkNamespace host, String address) {
        String line = host.ip("neigh", "show", address);
        int at = line.indexOf("lladdr ");
        assertThat(at).as("%s in \"%s\"", address, line).isPositive();
        return line.substring(at + 7, at + 24);
    }

    /// Waits for what must happen sooner or later.
    static void until(String what, BooleanSupplier happened) throws InterruptedException {
        long start = System.nanoTime();
        while (!happened.getAsBoolean()) {
            assertThat(System.nanoTime() - start).as(what).isLessThan(PATIENCE_NS);
            Thread.sleep(POLL_MS);
        }
    }
}
