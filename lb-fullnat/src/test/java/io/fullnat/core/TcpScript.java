// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;

/// A scene of TCP in the manner of packetdrill: what each end sends, what must come out, what is
/// known of the connection then. Files of scripts lie beside the tests' classes; a page of them can
/// be read by somebody who knows TCP and nothing of us.
///
/// ```
/// == what happens
/// rule: the row or the RFC that says so
/// established            three segments: SYN, SYN-ACK, ACK
/// c A 1+100 ack 1        the client sends; the segment must reach the server with these numbers
/// s FA 1 ack 101         the server does
/// c R 5 -> nothing       nothing comes out
/// c A 7 ack 9 -> c R 9   what comes out instead, and at whom: c, s
/// + 60                   seconds pass; what comes out then is said by lines that begin with >
/// > c RA 1 ack 1         came out at the client by itself
/// = TCP_EST              the state that listings show; none if the connection has ended
/// ! weight 0             a command: see [TcpScriptRun]
/// ```
///
/// Sequence numbers count from the initial one of the end whose they are; one with `#` in front is
/// what stands in the segment. Flags are `S`, `A`, `F`, `R`, `P`, `U`, or `-` for none.
///
/// @param title what happens
/// @param rule why that is right
/// @param lines what is done and expected
record TcpScript(String title, String rule, List<String> lines) {
    private static final String RULE = "rule: ";
    private static final String TITLE = "== ";

    /// The scripts of a file.
    static List<TcpScript> read(String name) {
        List<TcpScript> scripts = new ArrayList<>();
        String title = "";
        String rule = "";
        List<String> lines = new ArrayList<>();
        for (String line : text(name).lines().map(String::strip).toList()) {
            if (line.startsWith(TITLE)) {
                add(scripts, title, rule, lines);
                title = line.substring(TITLE.length());
                rule = "";
                lines = new ArrayList<>();
            } else if (line.startsWith(RULE)) {
                rule = line.substring(RULE.length());
            } else if (!line.isEmpty() && !line.startsWith("//")) {
                lines.add(line);
            }
        }
        add(scripts, title, rule, lines);
        return scripts;
    }

    private static void add(
            List<TcpScript> scripts, String title, String rule, List<String> lines) {
        if (!title.isEmpty()) {
            scripts.add(new TcpScript(title, rule, List.copyOf(lines)));
        }
    }

    private static String text(String name) {
        try (var in = TcpScript.class.getResourceAsStream("tcp/" + name)) {
            return new String(
                    Objects.requireNonNull(in, name).readAllBytes(), StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Override
    public String toString() {
        return title + " [" + rule + "]";
    }
}
