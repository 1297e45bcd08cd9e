// SPDX-License-Identifier: Apache-2.0
package io.fullnat.api.health;

import static java.util.Objects.requireNonNull;

import io.fullnat.api.BalancerException;

/// How a probe speaks TLS (1.2 or 1.3).
///
/// @param verified whether the server's certificate must be valid, for the name or, if there is
///   none, for its address
/// @param serverName the name that is told to the server (SNI, RFC 6066 §3); empty for none
/// @param trustFile a file of PEM with the authorities that are believed; empty for those of the
///   Java runtime. Read when a check needs it first
public record TlsSettings(boolean verified, String serverName, String trustFile) {
    /// Any certificate, and no name told.
    public static final TlsSettings UNVERIFIED = new TlsSettings(false, "", "");

    private static final int MAX_NAME = 253;
    private static final int MAX_PATH = 4095;

    /// Checks the texts.
    ///
    /// @throws BalancerException [io.fullnat.api.ErrorCode#INVALID_ARGUMENT] for a name that is
    ///   none, or a file that nobody would look into
    public TlsSettings {
        requireNonNull(serverName, "serverName");
        requireNonNull(trustFile, "trustFile");
        if (!serverName.isEmpty()
                && (serverName.length() > MAX_NAME
                        || !serverName.matches("[A-Za-z0-9_]([A-Za-z0-9_.-]*[A-Za-z0-9])?")
                        || serverName.matches("[0-9.]+"))) {
            throw ProbeOptions.wrong(
                    "sni \""
                            + serverName
                            + "\" is not the name of a host; TLS allows letters, digits, '-' and"
                            + " '.' there, and no address");
        }
        if (!trustFile.isEmpty() && !verified) {
            throw ProbeOptions.wrong(
                    "trust \"" + trustFile + "\" without verify=yes is not used; say verify=yes");
        }
        if (!trustFile.isEmpty() && (!trustFile.startsWith("/") || trustFile.length() > MAX_PATH)) {
            throw ProbeOptions.wrong(
                    "trust \"" + trustFile + "\" is not an absolute path; begin it with /");
        }
    }

    static TlsSettings read(ProbeOptions options) {
        return new TlsSettings(
                options.isYes("verify"), options.text("sni", ""), options.text("trust", ""));
    }

    ProbeOptions.Told tell(ProbeOptions.Told told) {
        return told.yes("verify", verified).put("sni", serverName, "").put("trust", trustFile, "");
    }
}
