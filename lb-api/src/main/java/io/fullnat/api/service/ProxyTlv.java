// SPDX-License-Identifier: Apache-2.0
package io.fullnat.api.service;

import static java.util.Objects.requireNonNull;

import io.fullnat.api.BalancerException;
import io.fullnat.api.ErrorCode;
import java.util.Arrays;
import java.util.Collections;
import java.util.EnumSet;
import java.util.Locale;
import java.util.Set;
import java.util.stream.Collectors;

/// What a PROXY header of the binary form says beside addresses and ports (`proxy-protocol.txt`
/// §2.2). In the header they stand in the order in which they stand here.
public enum ProxyTlv {
    /// A text that no other connection has (`PP2_TYPE_UNIQUE_ID`, 0x05): 32 hexadecimal digits, the
    /// first 16 of which are those of a worker of this process.
    UNIQUE_ID(0x05),
    /// Which service it is (0xE0, of the range that applications choose from): the text of
    /// [ServiceKey#name()], as `192.0.2.80:80` or `group:shop`.
    SERVICE(0xE0),
    /// A checksum of the whole header (`PP2_TYPE_CRC32C`, 0x03; RFC 3720).
    CRC32C(0x03);

    private static final String NONE = "none";

    private final int type;

    ProxyTlv(int type) {
        this.type = type;
    }

    /// The number of its type.
    ///
    /// @return 0 to 255
    public int type() {
        return type;
    }

    /// The word for it in configurations and commands.
    ///
    /// @return `unique-id`, `service` or `crc32c`
    public String word() {
        return name().toLowerCase(Locale.ROOT).replace('_', '-');
    }

    /// Some of them as text.
    ///
    /// @param some any
    /// @return their words with commas between, or `none`
    public static String text(Set<ProxyTlv> some) {
        return some.isEmpty()
                ? NONE
                : some.stream().sorted().map(ProxyTlv::word).collect(Collectors.joining(","));
    }

    /// Reads a text.
    ///
    /// @param text as [#text] gives it, in any order
    /// @return what it names; unmodifiable
    /// @throws BalancerException [ErrorCode#INVALID_ARGUMENT] for another word, or one twice
    public static Set<ProxyTlv> parse(String text) {
        requireNonNull(text, "text");
        EnumSet<ProxyTlv> some = EnumSet.noneOf(ProxyTlv.class);
        if (text.equals(NONE)) {
            return Collections.unmodifiableSet(some);
        }
        for (String word : text.split(",", -1)) {
            if (!some.add(of(word))) {
                throw new BalancerException(
                        ErrorCode.INVALID_ARGUMENT, "\"" + word + "\" is said twice");
            }
        }
        return Collections.unmodifiableSet(some);
    }

    private static ProxyTlv of(String word) {
        return Arrays.stream(values())
                .filter(value -> value.word().equals(word))
                .findAny()
                .orElseThrow(() ->
                        new BalancerException(
                                ErrorCode.INVALID_ARGUMENT,
                                "\"" + word + "\" is none of unique-id, service, crc32c"));
    }

    /// Requires that a service can have them: text has no room for them.
    static void require(ServiceKey key, ProxyProtocol form, Set<ProxyTlv> some) {
        if (!some.isEmpty() && form.version() != 2) {
            throw new BalancerException(
                    ErrorCode.INVALID_ARGUMENT,
                    "proxy-tlvs "
                            + text(some)
                            + " of "
                            + key
                            + ": only proxy-protocol v2 and v2-insecure have room for them; say one"
                            + " of these, or proxy-tlvs none");
        }
    }
}
