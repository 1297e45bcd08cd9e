// SPDX-License-Identifier: Apache-2.0
package io.fullnat.api.health;

import static java.util.Objects.requireNonNull;

import io.fullnat.api.BalancerException;
import java.util.Map;

/// A datagram is sent and an answer awaited. An ICMP error is a failure; and so is silence, as of a
/// server without power, unless it is said that this service never answers.
///
/// @param send what is sent, one byte at least
/// @param expect what the answer has to contain; with none, any answer is enough
/// @param silencePasses whether no answer, and no ICMP error, is as good; not with something
///   expected
public record UdpProbe(Payload send, Payload expect, boolean silencePasses) implements ProbeSpec {
    /// The word for it.
    public static final String WORD = "udp";

    private static final String SILENCE = "silence";
    private static final String UP = "up";
    private static final String DOWN = "down";

    /// Checks that they fit.
    ///
    /// @throws BalancerException [io.fullnat.api.ErrorCode#INVALID_ARGUMENT] if nothing is sent, or
    ///   if silence is as good as what is expected
    public UdpProbe {
        if (requireNonNull(send, "send").isEmpty()) {
            throw ProbeOptions.wrong("check udp sends nothing; say send=...");
        }
        requireNonNull(expect, "expect");
        if (silencePasses && !expect.isEmpty()) {
            throw ProbeOptions.wrong(
                    "check udp with silence=up has expect \""
                            + expect
                            + "\", which nobody would miss; leave one of them out");
        }
    }

    static UdpProbe read(ProbeOptions options) {
        return new UdpProbe(
                options.parsed("send", "", Payload::parse),
                options.parsed("expect", "", Payload::parse),
                options.parsed(SILENCE, DOWN, UdpProbe::isUp));
    }

    private static boolean isUp(String text) {
        if (!text.equals(UP) && !text.equals(DOWN)) {
            throw ProbeOptions.wrong("\"" + text + "\" is neither up nor down");
        }
        return text.equals(UP);
    }

    @Override
    public String word() {
        return WORD;
    }

    @Override
    public Map<String, String> options() {
        return new ProbeOptions.Told()
                .put("send", send, Payload.EMPTY)
                .put("expect", expect, Payload.EMPTY)
                .put(SILENCE, silencePasses ? UP : DOWN, DOWN)
                .map();
    }

    @Override
    public String toString() {
        return ProbeOptions.line(word(), options());
    }
}
