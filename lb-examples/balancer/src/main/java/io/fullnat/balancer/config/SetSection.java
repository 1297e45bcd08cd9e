// SPDX-License-Identifier: Apache-2.0
package io.fullnat.balancer.config;

import io.fullnat.api.BalancerException;
import io.fullnat.api.ErrorCode;
import io.fullnat.api.set.IpSet;
import io.fullnat.api.set.SetFamily;
import io.fullnat.api.set.SetMember;
import io.fullnat.api.set.SetType;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;

/// Reads and writes `sets`. For one thread.
final class SetSection {
    static final List<String> KEYS =
            List.of(
                    "name",
                    "type",
                    "family",
                    "range",
                    "max-entries",
                    "hash-size",
                    "comments",
                    "entries",
                    "file");

    private static final Map<String, SetType> TYPES =
            Arrays.stream(SetType.values())
                    .collect(
                            Collectors.toMap(
                                    SetType::word,
                                    type -> type,
                                    (one, other) -> one,
                                    LinkedHashMap::new));
    private static final Map<String, SetFamily> FAMILIES =
            Map.of(SetFamily.IPV4.word(), SetFamily.IPV4, SetFamily.IPV6.word(), SetFamily.IPV6);

    private final Set<String> names = new HashSet<>();

    SetSection() {}

    List<IpSet> sets(Fields file) {
        return file.mappings("sets", KEYS, this::set);
    }

    private Optional<IpSet> set(Fields fields) {
        Optional<String> name = fields.required("name", Scalar.parsed(this::newName));
        Optional<SetType> type = fields.required("type", Scalar.oneOf(TYPES));
        Optional<SetFamily> family = fields.optional("family", Scalar.oneOf(FAMILIES));
        Optional<String> range = fields.optional("range", Scalar.text());
        Optional<Integer> most =
                fields.optional("max-entries", Scalar.number(1, IpSet.MAX_ENTRIES));
        Optional<Integer> buckets =
                fields.optional("hash-size", Scalar.number(1, IpSet.MAX_ENTRIES));
        boolean comments = fields.optional("comments", Scalar.truth()).orElse(false);
        Optional<Path> file = fields.optional("file", Scalar.parsed(SetSection::absolute));
        if (name.isEmpty() || type.isEmpty()) {
            return Optional.empty();
        }
        if (fields.has("file") && fields.has("entries")) {
            fields.problem("file", "give entries or a file, not both");
            return Optional.empty();
        }
        IpSet.Builder builder = IpSet.builder(name.get(), type.get()).comments(comments);
        boolean right =
                noted(fields, "family", () -> family.ifPresent(builder::family))
                        && noted(fields, "range", () -> range.ifPresent(builder::range))
                        && noted(fields, "max-entries", () -> most.ifPresent(builder::maxEntries))
                        && noted(fields, "hash-size", () -> buckets.ifPresent(builder::buckets));
        if (!right) {
            return Optional.empty();
        }
        fields.scalars("entries", Scalar.parsed(line -> builder.add(SetMember.parse(line), false)));
        try {
            IpSet set = builder.build();
            return Optional.of(file.isEmpty() ? set : SetFile.read(set, file.get()));
        } catch (BalancerException wrong) {
            fields.problem(file.isPresent() ? "file" : "name", String.valueOf(wrong.getMessage()));
            return Optional.empty();
        }
    }

    private static boolean noted(Fields fields, String key, Runnable setting) {
        try {
            setting.run();
            return true;
        } catch (BalancerException wrong) {
            fields.problem(key, String.valueOf(wrong.getMessage()));
            return false;
        }
    }

    private String newName(String text) {
        IpSet.requireName(text);
        if (!names.add(text)) {
            throw wrong("there are two sets " + text);
        }
        return text;
    }

    private static Path absolute(String text) {
        Path path = PathText.parse(text);
        if (!path.isAbsolute()) {
            throw wrong(
                    "\"" + text + "\" is not absolute; a reload may be asked for from anywhere");
        }
        return path;
    }

    private static BalancerException wrong(String message) {
        return new BalancerException(ErrorCode.INVALID_CONFIGURATION, message);
    }

    /// A set as the file has it, its lines without indentation: one that is as its own file names
    /// that.
    static List<String> lines(IpSet set) {
        List<String> lines = new ArrayList<>();
        lines.add("- name: " + YamlText.quoted(set.name()));
        lines.add("  type: " + YamlText.quoted(set.type()));
        if (set.family() == SetFamily.IPV6) {
            lines.add("  family: " + set.family().word());
        }
        set.range().ifPresent(range -> lines.add("  range: " + YamlText.quoted(range)));
        if (!set.type().isBitmap()) {
            if (set.maxEntries() != IpSet.DEFAULT_ENTRIES) {
                lines.add("  max-entries: " + set.maxEntries());
            }
            if (set.buckets() != IpSet.DEFAULT_BUCKETS) {
                lines.add("  hash-size: " + set.buckets());
            }
        }
        if (set.hasComments()) {
            lines.add("  comments: true");
        }
        if (set.file().isPresent() && !set.isEdited()) {
            lines.add("  file: " + YamlText.quoted(set.file().get()));
        } else if (!set.entries().isEmpty()) {
            lines.add("  entries:");
            set.entries().forEach(entry -> lines.add("    - " + YamlText.quoted(entry)));
        }
        return lines;
    }
}
