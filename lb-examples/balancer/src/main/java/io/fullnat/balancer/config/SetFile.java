// SPDX-License-Identifier: Apache-2.0
package io.fullnat.balancer.config;

import io.fullnat.api.BalancerException;
import io.fullnat.api.ErrorCode;
import io.fullnat.api.set.IpSet;
import io.fullnat.api.set.SetMember;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;

/// Reads the entries of a set from a file of its own: one a line, as in `entries` of the
/// configuration; empty lines are passed over, and what is behind a `#` at the beginning or behind
/// a blank.
public final class SetFile {
    private static final int MAX_BYTES = 64 << 20;

    private SetFile() {}

    /// The set with the entries that its file has now, those said twice once.
    ///
    /// @param set whose file it is
    /// @param file absolute
    /// @return a set that is as its file
    /// @throws BalancerException [ErrorCode#INVALID_CONFIGURATION] `FILE:LINE: reason` for the
    ///   first line that is wrong, or if it cannot be read
    public static IpSet read(IpSet set, Path file) {
        String text = text(file);
        IpSet.Builder builder = set.toBuilder().clear();
        int number = 0;
        for (String line : text.lines().toList()) {
            number++;
            String entry = withoutRemark(line).strip();
            if (!entry.isEmpty()) {
                add(builder, entry, file + ":" + number);
            }
        }
        return builder.file(file.toString()).build();
    }

    private static void add(IpSet.Builder builder, String entry, String place) {
        try {
            builder.add(SetMember.parse(entry), true);
        } catch (BalancerException wrong) {
            throw new BalancerException(
                    ErrorCode.INVALID_CONFIGURATION, place + ": " + wrong.getMessage(), wrong);
        }
    }

    private static String text(Path file) {
        byte[] bytes =
                BoundedFile.read(
                        file, MAX_BYTES, "a file of entries", ErrorCode.INVALID_CONFIGURATION);
        try {
            return StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(bytes)).toString();
        } catch (CharacterCodingException e) {
            throw new BalancerException(
                    ErrorCode.INVALID_CONFIGURATION, file + ": the file is not UTF-8 text", e);
        }
    }

    /// A quote opens where a word begins, as [SetMember#parse] has it, and closes with the next.
    private static String withoutRemark(String line) {
        boolean quoted = false;
        for (int i = 0; i < line.length(); i++) {
            char c = line.charAt(i);
            boolean begins = i == 0 || Character.isWhitespace(line.charAt(i - 1));
            if (quoted && c == '\\') {
                i++; // what it escapes ends no quotes
            } else if (c == '"' && (quoted || begins)) {
                quoted = !quoted;
            } else if (c == '#' && !quoted && begins) {
                return line.substring(0, i);
            }
        }
        return line;
    }
}
