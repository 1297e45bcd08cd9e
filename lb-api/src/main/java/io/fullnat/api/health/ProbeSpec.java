// SPDX-License-Identifier: Apache-2.0
package io.fullnat.api.health;

import io.fullnat.api.BalancerException;
import java.util.List;
import java.util.Map;

/// What a probe asks a server: a word and options by name, in which files, commands and JSON say
/// it. Two of them are equal if they ask the same: servers that several services ask the same are
/// probed once. Immutable and thread-safe.
public sealed interface ProbeSpec
        permits TcpProbe,
                TlsProbe,
                HttpProbe,
                UdpProbe,
                DnsProbe,
                PingProbe,
                CommandProbe,
                NamedProbe {
    /// The words of all kinds but the application's own, in the order in which they are told.
    List<String> WORDS =
            List.of(
                    TcpProbe.WORD,
                    TlsProbe.WORD,
                    HttpProbe.PLAIN_WORD,
                    HttpProbe.SECURE_WORD,
                    UdpProbe.WORD,
                    DnsProbe.WORD,
                    PingProbe.WORD,
                    CommandProbe.WORD);

    /// The word for its kind in configurations, commands and listings.
    ///
    /// @return for example `tcp`: one of [#WORDS], or a name of the application's
    String word();

    /// What it says beside its kind, defaults left out.
    ///
    /// @return by name, in the order in which they are told; unmodifiable
    Map<String, String> options();

    /// Makes the one that says this.
    ///
    /// @param word as [#word()] gives it
    /// @param options as [#options()] gives them
    /// @return what is asked
    /// @throws BalancerException [io.fullnat.api.ErrorCode#INVALID_ARGUMENT] for a word, an option
    ///   or a value that is none
    static ProbeSpec of(String word, Map<String, String> options) {
        ProbeOptions said = new ProbeOptions(word, options);
        ProbeSpec spec =
                switch (word) {
                    case TcpProbe.WORD -> TcpProbe.read(said);
                    case TlsProbe.WORD -> TlsProbe.read(said);
                    case HttpProbe.PLAIN_WORD -> HttpProbe.read(said, false);
                    case HttpProbe.SECURE_WORD -> HttpProbe.read(said, true);
                    case UdpProbe.WORD -> UdpProbe.read(said);
                    case DnsProbe.WORD -> DnsProbe.read(said);
                    case PingProbe.WORD -> new PingProbe();
                    case CommandProbe.WORD -> CommandProbe.read(said);
                    default -> new NamedProbe(word, said.rest(""));
                };
        said.requireEmpty();
        return spec;
    }
}
