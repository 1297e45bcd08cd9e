// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/// A row of the fixture pages: its name, and its lines as they stand there.
///
/// @param name unique on all pages
/// @param settings what the balancer is like, from lines that begin with `with`
/// @param steps what is done, in order
record FixtureRow(String name, List<String> settings, List<Step> steps) {
    /// One thing that happens, and what comes of it.
    ///
    /// @param line as it stands on the page, without its ending
    /// @param outcomes names of outcomes and counters that are counted, once each
    /// @param out what leaves, `wan` or `lan` before each frame
    record Step(String line, List<String> outcomes, List<String> out) {}

    /// Reads pages.
    ///
    /// @param resources beside this class
    /// @return their rows by name, in order
    static Map<String, FixtureRow> pages(String... resources) {
        Map<String, FixtureRow> rows = new LinkedHashMap<>();
        for (String resource : resources) {
            read(resource, rows);
        }
        return rows;
    }

    /// One of them, which must be there.
    static FixtureRow in(Map<String, FixtureRow> rows, String name) {
        FixtureRow row = rows.get(name);
        if (row == null) {
            throw new IllegalArgumentException("no row is called " + name);
        }
        return row;
    }

    private static void read(String resource, Map<String, FixtureRow> rows) {
        FixtureRow row = null;
        for (String line : text(resource).lines().map(FixtureRow::withoutComment).toList()) {
            if (line.startsWith("== ")) {
                row = new FixtureRow(line.substring(3), new ArrayList<>(), new ArrayList<>());
                if (rows.put(row.name, row) != null) {
                    throw new IllegalArgumentException("two rows: " + row.name);
                }
            } else if (!line.isEmpty()) {
                if (row == null) {
                    throw new IllegalArgumentException("before the first row: " + line);
                }
                row.add(line);
            }
        }
    }

    private static String withoutComment(String line) {
        return line.startsWith("#") ? "" : line.strip();
    }

    private static String text(String resource) {
        try (InputStream in = FixtureRow.class.getResourceAsStream(resource)) {
            if (in == null) {
                throw new IllegalArgumentException("no page " + resource);
            }
            return new String(in.readAllBytes(), StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private void add(String line) {
        if (line.startsWith("with ")) {
            settings.add(line.substring(5));
        } else if (line.startsWith("<- ")) {
            steps.getLast().out.add(line.substring(3).strip());
        } else {
            int end = line.lastIndexOf("=>");
            String what = end < 0 ? line : line.substring(0, end).strip();
            List<String> outcomes =
                    end < 0 ? List.of() : List.of(line.substring(end + 2).strip().split(" +"));
            steps.add(new Step(what, outcomes, new ArrayList<>()));
        }
    }

    /// Whether it is about a frame that comes in.
    ///
    /// @return false for one that only others build upon
    boolean hasFrames() {
        return steps.stream().anyMatch(step -> step.line.startsWith("->"));
    }

    @Override
    public String toString() {
        return name;
    }
}
