// SPDX-License-Identifier: Apache-2.0
package io.fullnat.balancer.doctor;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.fullnat.balancer.cli.output.ProductVersion;
import io.fullnat.balancer.doctor.Observation.Unseen;
import io.fullnat.balancer.text.TimeStamp;
import java.util.ArrayList;
import java.util.List;

/// What was found. Immutable.
///
/// @param reading in which it was found
/// @param findings the worst first
/// @param fine what was looked at and is as it should be
/// @param unseen what could not be looked at, and why
public record Report(
        Observation reading, List<Finding> findings, List<String> fine, List<Unseen> unseen) {
    /// Copies the lists.
    public Report {
        findings = List.copyOf(findings);
        fine = List.copyOf(fine);
        unseen = List.copyOf(unseen);
    }

    /// How many findings are of a level.
    ///
    /// @param level any
    /// @return the count
    public long count(Level level) {
        return findings.stream().filter(each -> each.level() == level).count();
    }

    private String presence() {
        return reading.running()
                .map(running ->
                        "balancer: process "
                                + running.pid()
                                + ", "
                                + running.status()
                                + ", services "
                                + running.services().size()
                                + ", workers "
                                + running.workers())
                .orElseGet(() ->
                        "balancer: none seen at "
                                + reading.socket()
                                + "; only machine and configuration were looked at");
    }

    /// For people.
    ///
    /// @param verbose whether what is fine is said, too
    /// @return lines
    public List<String> lines(boolean verbose) {
        List<String> lines = new ArrayList<>();
        lines.add(presence());
        for (Finding finding : findings) {
            lines.add("");
            lines.add(finding.level() + " " + finding.name() + ": " + finding.subject());
            lines.add("  seen  " + oneLine(finding.seen()) + " (" + finding.source() + ")");
            lines.add("  why   " + finding.why());
            lines.add("  do    " + finding.remedy());
        }
        lines.add("");
        if (verbose) {
            fine.forEach(what -> lines.add("FINE " + what));
        }
        unseen.forEach(each -> lines.add("not seen: " + each.what() + ": " + oneLine(each.why())));
        lines.add(
                counted(count(Level.FAULT), "fault")
                        + ", "
                        + counted(count(Level.WARNING), "warning")
                        + ", "
                        + counted(count(Level.HINT), "hint")
                        + "; "
                        + counted(fine.size(), "check")
                        + " found nothing");
        return lines;
    }

    private static String counted(long count, String what) {
        return count + " " + what + (count == 1 ? "" : "s");
    }

    private static String oneLine(String text) {
        return String.join("; ", text.lines().toList());
    }

    /// For programs.
    ///
    /// @return an object
    public ObjectNode json() {
        ObjectNode json = JsonNodeFactory.instance.objectNode();
        json.put("version", ProductVersion.text())
                .put("time", TimeStamp.of(reading.machine().now()))
                .put("socket", reading.socket().toString())
                .put("running", reading.running().isPresent())
                .put("intervalMillis", reading.interval().toMillis())
                .put("faults", count(Level.FAULT))
                .put("warnings", count(Level.WARNING))
                .put("hints", count(Level.HINT));
        ArrayNode all = json.putArray("findings");
        for (Finding finding : findings) {
            all.addObject()
                    .put("level", finding.level().word())
                    .put("name", finding.name())
                    .put("subject", finding.subject())
                    .put("seen", finding.seen())
                    .put("source", finding.source())
                    .put("why", finding.why())
                    .put("remedy", finding.remedy());
        }
        ArrayNode checks = json.putArray("fine");
        fine.forEach(checks::add);
        ArrayNode missing = json.putArray("unseen");
        for (Unseen each : unseen) {
            missing.addObject().put("what", each.what()).put("why", each.why());
        }
        return json;
    }
}
