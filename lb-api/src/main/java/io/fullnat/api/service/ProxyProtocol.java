// SPDX-License-Identifier: Apache-2.0
package io.fullnat.api.service;

import static java.util.Objects.requireNonNull;

import io.fullnat.api.BalancerException;
import io.fullnat.api.ErrorCode;
import io.fullnat.api.Protocol;
import java.util.Arrays;
import java.util.Locale;

/// Whether a service tells its real servers who the client is by the PROXY protocol (HAProxy's
/// `proxy-protocol.txt`), and in which form: in front of each stream of TCP, in each datagram of
/// UDP, which has the binary form only.
public enum ProxyProtocol {
    /// Nothing is put in.
    DISABLE(0, false),
    /// A line of text. TCP alone.
    V1(1, false),
    /// The binary form.
    V2(2, false),
    /// A line of text, unless the client has sent a header of its own, which is passed on as a line
    /// of text: for clients that are trusted balancers. TCP alone.
    V1_INSECURE(1, true),
    /// The same in the binary form.
    V2_INSECURE(2, true);

    private final int version;
    private final boolean insecure;

    ProxyProtocol(int version, boolean insecure) {
        this.version = version;
        this.insecure = insecure;
    }

    /// The version that real servers get.
    ///
    /// @return 1 or 2; 0 for none
    public int version() {
        return version;
    }

    /// Whether headers that clients send are believed.
    ///
    /// @return false if they stay what they are: data behind the balancer's own header
    public boolean isInsecure() {
        return insecure;
    }

    /// Requires that a service can have it.
    void require(ServiceKey key) {
        if (key.protocol() == Protocol.UDP && version == 1) {
            throw new BalancerException(
                    ErrorCode.INVALID_ARGUMENT,
                    "proxy-protocol "
                            + word()
                            + " of "
                            + key
                            + ": datagrams have no text form; say v2");
        }
    }

    /// The word for it in configurations and commands.
    ///
    /// @return `disable`, `v1`, `v2`, `v1-insecure` or `v2-insecure`
    public String word() {
        return name().toLowerCase(Locale.ROOT).replace('_', '-');
    }

    /// The one with a word.
    ///
    /// @param word as [#word()] gives it, or `off`
    /// @return the same
    /// @throws BalancerException [ErrorCode#INVALID_ARGUMENT] if there is none
    public static ProxyProtocol parse(String word) {
        requireNonNull(word, "word");
        if (word.equals("off")) {
            return DISABLE;
        }
        return Arrays.stream(values())
                .filter(value -> value.word().equals(word))
                .findAny()
                .orElseThrow(() ->
                        new BalancerException(
                                ErrorCode.INVALID_ARGUMENT,
                                "\""
                                        + word
                                        + "\" is none of disable, v1, v2, v1-insecure,"
                                        + " v2-insecure"));
    }
}
