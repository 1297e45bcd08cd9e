// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.translate;

import io.fullnat.core.packet.ClientOptionForm;
import io.fullnat.core.packet.Tcp;

/// Options by which a client would tell a real server who it is: receivers believe them, no matter
/// who wrote them. They become padding. Stateless.
public final class StrippedToa {
    private StrippedToa() {}

    /// Makes all options of a kind padding that have a length that receivers take.
    ///
    /// @param l4 address of the TCP header
    /// @param kind of the option
    /// @return whether there was one
    public static boolean strip(long l4, int kind) {
        boolean found = false;
        int at = TcpOptions.find(l4, kind);
        while (at != 0) {
            int length = TcpOptions.length(l4, at);
            if (ClientOptionForm.isLength(length)) {
                TcpOptions.blank(l4, at, length);
                found = true;
            }
            at = TcpOptions.find(l4, at + length, kind);
        }
        return found;
    }

    /// The same where there are options at all.
    ///
    /// @param l4 address of the TCP header
    /// @param kind of the option
    /// @return whether there was one
    public static boolean stripIfLong(long l4, int kind) {
        return Tcp.headerLength(l4) > Tcp.MIN_HEADER_LENGTH && strip(l4, kind);
    }
}
