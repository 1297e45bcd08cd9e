// SPDX-License-Identifier: Apache-2.0
package io.fullnat.api.health;

import static java.util.Objects.requireNonNull;

import io.fullnat.api.BalancerException;
import java.util.Arrays;
import java.util.Map;
import java.util.stream.Collectors;

/// A question is put to a DNS server by UDP (RFC 1035).
///
/// @param name what is asked about; `.` is the root
/// @param type what is asked for
/// @param code how the server has to answer
public record DnsProbe(String name, Type type, ResponseCode code) implements ProbeSpec {
    /// The word for it.
    public static final String WORD = "dns";

    private static final int MAX_NAME = 253;

    /// What can be asked for.
    public enum Type {
        /// An address of IPv4.
        A(1),
        /// Who knows.
        NS(2),
        /// An alias.
        CNAME(5),
        /// Where a zone begins.
        SOA(6),
        /// A name.
        PTR(12),
        /// Who takes mail.
        MX(15),
        /// Text.
        TXT(16),
        /// An address of IPv6.
        AAAA(28),
        /// Where a service is.
        SRV(33);

        private final int number;

        Type(int number) {
            this.number = number;
        }

        /// Its number (IANA's DNS parameters).
        ///
        /// @return as in a question
        public int number() {
            return number;
        }
    }

    /// How a server can answer.
    public enum ResponseCode {
        /// It knows.
        NOERROR,
        /// It does not understand.
        FORMERR,
        /// It fails.
        SERVFAIL,
        /// There is no such name.
        NXDOMAIN,
        /// It does not do that.
        NOTIMP,
        /// It may not.
        REFUSED;

        /// Its number (RFC 1035 §4.1.1).
        ///
        /// @return as in an answer
        public int number() {
            return ordinal();
        }
    }

    /// Checks the name.
    ///
    /// @throws BalancerException [io.fullnat.api.ErrorCode#INVALID_ARGUMENT] if it is none
    public DnsProbe {
        requireNonNull(name, "name");
        requireNonNull(type, "type");
        requireNonNull(code, "code");
        if (!name.equals(".")
                && (name.length() > MAX_NAME
                        || !name.matches("([A-Za-z0-9_-]{1,63}\\.)*[A-Za-z0-9_-]{1,63}\\.?"))) {
            throw ProbeOptions.wrong(
                    "name \""
                            + name
                            + "\" is not a name of DNS; write labels of 1-63 letters, digits, '-'"
                            + " and '_' with dots between");
        }
    }

    static DnsProbe read(ProbeOptions options) {
        return new DnsProbe(
                options.required("name"),
                options.parsed("type", Type.A.name(), text -> one(Type.values(), text)),
                options.parsed(
                        "rcode",
                        ResponseCode.NOERROR.name(),
                        text -> one(ResponseCode.values(), text)));
    }

    private static <E extends Enum<E>> E one(E[] values, String text) {
        return Arrays.stream(values)
                .filter(value -> value.name().equalsIgnoreCase(text))
                .findAny()
                .orElseThrow(() ->
                        ProbeOptions.wrong(
                                "\""
                                        + text
                                        + "\" is none of "
                                        + Arrays.stream(values)
                                                .map(Enum::name)
                                                .collect(Collectors.joining(", "))));
    }

    @Override
    public String word() {
        return WORD;
    }

    @Override
    public Map<String, String> options() {
        return new ProbeOptions.Told()
                .put("name", name, "")
                .put("type", type, Type.A)
                .put("rcode", code, ResponseCode.NOERROR)
                .map();
    }

    @Override
    public String toString() {
        return ProbeOptions.line(word(), options());
    }
}
