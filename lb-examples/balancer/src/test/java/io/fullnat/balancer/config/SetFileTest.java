// SPDX-License-Identifier: Apache-2.0
package io.fullnat.balancer.config;

import static org.assertj.core.api.Assertions.assertThat;

import io.fullnat.api.set.IpSet;
import io.fullnat.api.set.SetEntry;
import io.fullnat.api.set.SetMember;
import io.fullnat.api.set.SetType;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// Files of entries: what is a remark, and what is a comment.
final class SetFileTest {
    @TempDir Path directory;

    @ParameterizedTest
    @ValueSource(
            strings = {
                "a \\b",
                "\\\"",
                "\\",
                "\"",
                "a # b",
                "# b",
                "\" # \"",
                "\\ # b",
                "\\\" # \\"
            })
    void aCommentIsReadAsItIsWritten(String comment) throws IOException {
        SetMember member = new SetMember("192.0.2.1", false, comment);
        Path file = directory.resolve("bots");
        Files.writeString(file, member + " # a remark with \" and \\\n# 192.0.2.2\n192.0.2.3\n");
        IpSet empty = IpSet.builder("bots", SetType.HASH_IP).comments(true).build();

        IpSet read = SetFile.read(empty, file);

        assertThat(read.entries().stream().map(SetEntry::member))
                .containsExactly(member, SetMember.of("192.0.2.3"));
    }

    @Test
    void aQuoteWithinAWordOpensNothing() throws IOException {
        Path file = directory.resolve("bots");
        Files.writeString(file, "192.0.2.1 comment it\"s # a remark\n");
        IpSet empty = IpSet.builder("bots", SetType.HASH_IP).comments(true).build();

        assertThat(SetFile.read(empty, file).entries().stream().map(SetEntry::member))
                .containsExactly(new SetMember("192.0.2.1", false, "it\"s"));
    }
}
