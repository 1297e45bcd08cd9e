// SPDX-License-Identifier: Apache-2.0
package io.fullnat.demo.network;

import static org.assertj.core.api.Assertions.assertThat;

import io.fullnat.balancer.Fullnat;
import io.fullnat.balancer.run.Termination;
import io.fullnat.demo.OutageLines;
import java.io.PrintWriter;
import java.io.StringWriter;
import org.junit.jupiter.api.Test;

/// `fullnat demo` as it is played with root's privileges.
@NetworkTest
class DemoIT {
    @Test
    void playsInNamespaces() {
        StringWriter out = new StringWriter();
        StringWriter err = new StringWriter();

        int status =
                Fullnat.commandLine(
                                new Termination(),
                                (_, words, _, _, _) -> {
                                    throw new AssertionError("no balancer is needed for " + words);
                                })
                        .setOut(new PrintWriter(out))
                        .setErr(new PrintWriter(err))
                        .execute("demo", "--seconds", "2");

        assertThat(err.toString()).isEmpty();
        assertThat(out.toString())
                .contains("real HTTP and UDP through kernel stacks in namespaces")
                .contains("203.0.113.101 replaced by 203.0.113.103")
                .satisfies(text -> OutageLines.assertAllThree(text, "no answer within 1000 ms"))
                .endsWith("all went right" + System.lineSeparator());
        assertThat(status).isZero();
    }
}
