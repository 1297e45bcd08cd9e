// SPDX-License-Identifier: Apache-2.0
package io.fullnat.balancer.bundle;

import io.fullnat.balancer.cli.output.ProductVersion;
import io.fullnat.balancer.text.TimeStamp;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.List;
import java.util.Locale;

/// The first part: what is in the bundle, and what is not.
final class Manifest {
    static final String NAME = "MANIFEST";

    private Manifest() {}

    static Part of(List<Part> parts, boolean anonymous, Instant now) {
        StringBuilder text = new StringBuilder();
        text.append("support bundle of fullnat ").append(ProductVersion.text()).append('\n');
        text.append("made at ").append(TimeStamp.of(now)).append('\n');
        text.append(
                anonymous
                        ? "addresses: others in their place, the same for the same\n"
                        : "addresses: as they are\n");
        text.append(
                "secrets: removed; tokens, keys and secrets are in files that were not"
                        + " taken\n\n");
        text.append(String.format(Locale.ROOT, "%-40s %10s  %s%n", "part", "bytes", "state"));
        for (Part part : parts) {
            text.append(
                    String.format(
                            Locale.ROOT,
                            "%-40s %10d  %s%n",
                            part.name(),
                            part.text().getBytes(StandardCharsets.UTF_8).length,
                            state(part)));
        }
        return Part.of(NAME, text.toString());
    }

    private static String state(Part part) {
        if (part.trouble().isEmpty()) {
            return "whole";
        }
        String why = part.trouble().lines().findFirst().orElse("").replaceFirst("^fullnat: ", "");
        return part.text().isEmpty() ? "missing: " + why : "not whole: " + why;
    }
}
