// SPDX-License-Identifier: Apache-2.0
package io.fullnat.api.set;

import static java.util.Objects.requireNonNull;

import io.fullnat.api.service.ServicePolicy;

/// What is to be put into a set, as commands and files write it: one entry, or with ranges many.
/// Immutable and thread-safe. What it means depends on the set's type; [IpSet#parse] reads it.
///
/// @param entry its parts, separated by commas: `192.0.2.0/24`, `192.0.2.1-192.0.2.9,tcp:80-89`
/// @param nomatch whether what it names is out of the set, though a larger network is in it
/// @param comment one line, empty for none
public record SetMember(String entry, boolean nomatch, String comment) {
    /// Checks the comment.
    ///
    /// @throws io.fullnat.api.BalancerException [io.fullnat.api.ErrorCode#INVALID_ARGUMENT] if it
    ///   is longer than 255 characters or cannot be printed
    public SetMember {
        requireNonNull(entry, "entry");
        requireNonNull(comment, "comment");
        ServicePolicy.requireDescription(comment);
    }

    /// An entry without a comment that is in the set.
    ///
    /// @param entry its parts, separated by commas
    /// @return the member
    public static SetMember of(String entry) {
        return new SetMember(entry, false, "");
    }

    @Override
    public String toString() {
        return entry
                + (nomatch ? " nomatch" : "")
                + (comment.isEmpty() ? "" : " comment \"" + comment + "\"");
    }
}
