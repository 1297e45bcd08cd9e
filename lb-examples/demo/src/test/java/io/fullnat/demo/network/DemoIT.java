// SPDX-License-Identifier: Apache-2.0
package io.fullnat.demo.network;

import static org.assertj.core.api.Assertions.assertThat;

import io.fullnat.balancer.Fullnat;
import io.fullnat.balancer.run.Termination;
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
                .contains(
                        "real server 203.0.113.13:8080 is killed",
                        "it is out: http: connection refused",
                        "it is started again")
                .contains(
                        "real server 203.0.113.12:8080 freezes",
                        "it is out: http: no answer within 1000 ms",
                        "it goes on")
                .contains(
                        "real server 203.0.113.11:8080 answers with status 500",
                        "it is out: http: HTTP status 500",
                        "it answers as it should again")
                .contains("the others answered ", "it is in again", "it has its whole share again")
                .contains(
                        "  203.0.113.13:8080 is killed: ",
                        "  203.0.113.12:8080 freezes: ",
                        "  203.0.113.11:8080 answers with status 500: ")
                .containsPattern("  out after .* s, others answered .*, asked again after .* s")
                .endsWith("all went right" + System.lineSeparator());
        assertThat(status).isZero();
    }
}
