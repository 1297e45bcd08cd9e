// SPDX-License-Identifier: Apache-2.0
package io.fullnat.api.service;

import static java.util.Objects.requireNonNull;

import io.fullnat.api.BalancerException;
import io.fullnat.api.ErrorCode;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.Locale;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// One configuration of QUIC-LB (draft-ietf-quic-load-balancers-21 §5): how servers write their ids
/// into the connection ids that they choose. Immutable and thread-safe.
///
/// @param number what the first three bits of a connection id say (config rotation), 0 to 6
/// @param serverIdLength bytes of a server's id, 1 to 15
/// @param nonceLength bytes behind it, 4 to 18; 19 with the server's id at most
/// @param key 16 bytes of AES-128 in hexadecimal digits, lower case; empty if ids are in clear
public record QuicConfig(int number, int serverIdLength, int nonceLength, Optional<String> key) {
    /// How many configurations there can be; the number 7 says that an id names no server.
    public static final int MAX_CONFIGS = 7;

    /// The most bytes of a server's id.
    public static final int MAX_SERVER_ID = 15;

    private static final int MIN_NONCE = 4;
    private static final int MAX_LENGTH = 19;
    private static final int FINGERPRINT_BYTES = 4;
    private static final Pattern KEY = Pattern.compile("[0-9a-f]{32}");
    private static final Pattern WORDS =
            Pattern.compile(
                    "config ([0-9]) server-id ([0-9]{1,2}) nonce ([0-9]{1,2})(?: key ([0-9a-fA-F]+))?");

    /// Refuses what is out of range.
    public QuicConfig {
        requireNonNull(key, "key");
        if (number < 0 || number >= MAX_CONFIGS) {
            throw wrong("config " + number + " of QUIC-LB is not 0-" + (MAX_CONFIGS - 1));
        }
        if (serverIdLength < 1 || serverIdLength > MAX_SERVER_ID) {
            throw wrong(
                    "server-id "
                            + serverIdLength
                            + " of config "
                            + number
                            + " is not 1-"
                            + MAX_SERVER_ID
                            + " bytes");
        }
        if (nonceLength < MIN_NONCE || nonceLength > MAX_LENGTH - serverIdLength) {
            throw wrong(
                    "nonce "
                            + nonceLength
                            + " of config "
                            + number
                            + " is not "
                            + MIN_NONCE
                            + "-"
                            + (MAX_LENGTH - serverIdLength)
                            + " bytes");
        }
        if (key.isPresent() && !KEY.matcher(key.get()).matches()) {
            throw wrong("the key of config " + number + " is not 32 hexadecimal digits");
        }
    }

    /// Reads a configuration.
    ///
    /// @param text `config 0 server-id 3 nonce 4`, and ` key ` with 32 hexadecimal digits if ids
    ///   are encrypted
    /// @return the configuration
    /// @throws BalancerException [ErrorCode#INVALID_ARGUMENT] if it is none; never with the key
    public static QuicConfig parse(String text) {
        Matcher words = WORDS.matcher(text);
        if (!words.matches()) {
            throw wrong(
                    "not a configuration of QUIC-LB; write \"config 0 server-id 3 nonce 4\", and"
                            + " \"key\" with 32 hexadecimal digits behind it if ids are encrypted");
        }
        return new QuicConfig(
                Integer.parseInt(words.group(1)),
                Integer.parseInt(words.group(2)),
                Integer.parseInt(words.group(3)),
                Optional.ofNullable(words.group(4)).map(hex -> hex.toLowerCase(Locale.ROOT)));
    }

    /// All of it, with the key, as [#parse] reads it: for what must be read again.
    ///
    /// @return a line
    public String line() {
        return text(key.map(hex -> " key " + hex));
    }

    private String text(Optional<String> end) {
        return "config "
                + number
                + " server-id "
                + serverIdLength
                + " nonce "
                + nonceLength
                + end.orElse("");
    }

    /// For people: of a key a fingerprint, the first bytes of its SHA-256, by which two keys can be
    /// told apart.
    @Override
    public String toString() {
        return text(key.map(hex -> " key sha256:" + fingerprint(hex)));
    }

    private static String fingerprint(String hex) {
        try {
            byte[] digest =
                    MessageDigest.getInstance("SHA-256")
                            .digest(hex.getBytes(StandardCharsets.US_ASCII));
            return HexFormat.of().formatHex(digest, 0, FINGERPRINT_BYTES);
        } catch (NoSuchAlgorithmException missing) { // each Java platform has it
            throw new IllegalStateException(missing);
        }
    }

    private static BalancerException wrong(String message) {
        return new BalancerException(ErrorCode.INVALID_ARGUMENT, message);
    }
}
