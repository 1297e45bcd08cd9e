// SPDX-License-Identifier: Apache-2.0
package io.fullnat.demo;

import static org.assertj.core.api.Assertions.assertThat;

/// What the demo says of the servers that fail, wherever it plays.
public final class OutageLines {
    private OutageLines() {}

    /// Each of the three failed, was out, and came back.
    ///
    /// @param out what the demo has printed
    /// @param frozen what a check says of a server that takes connections and says nothing
    public static void assertAllThree(String out, String frozen) {
        assertThat(out)
                .contains(
                        "real server 203.0.113.13:8080 is killed",
                        "it is out: http: connection refused",
                        "it is started again")
                .contains(
                        "real server 203.0.113.12:8080 freezes",
                        "it is out: http: " + frozen,
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
                .containsPattern("  out after .* s, others answered .*, asked again after .* s");
    }
}
