// SPDX-License-Identifier: Apache-2.0
package io.fullnat.balancer.page;

import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;

/// A file of the page, the same for everybody. Immutable and thread-safe.
public final class PageFile {
    /// Nothing is loaded from elsewhere, nothing is sent elsewhere, no script or style stands in
    /// the page itself, and nobody frames it.
    static final String POLICY =
            "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self';"
                    + " img-src 'self'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'";

    private final String path;
    private final byte[] content;
    private final String tag;
    private final Map<String, String> headers;

    PageFile(String path, String type, byte[] content) {
        this.path = path;
        this.content = content.clone();
        tag = "\"" + digest(content) + "\"";
        headers =
                Map.of(
                        "Content-Type", type,
                        "ETag", tag,
                        // A new version of the balancer has other files: each is asked for again.
                        "Cache-Control", "no-cache",
                        "Content-Security-Policy", POLICY,
                        "X-Content-Type-Options", "nosniff",
                        "Referrer-Policy", "no-referrer",
                        "Cross-Origin-Opener-Policy", "same-origin",
                        "Cross-Origin-Resource-Policy", "same-origin");
    }

    private static String digest(byte[] content) {
        try {
            byte[] sum = MessageDigest.getInstance("SHA-256").digest(content);
            return HexFormat.of().formatHex(sum, 0, 16);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e); // every JDK has it
        }
    }

    /// Where it is.
    ///
    /// @return the path of a request
    public String path() {
        return path;
    }

    /// What is in it.
    ///
    /// @return a copy
    public byte[] content() {
        return content.clone();
    }

    /// What comes with it.
    ///
    /// @return headers by name
    public Map<String, String> headers() {
        return headers;
    }

    /// Whether a client has it already (RFC 9110 §13.1.2).
    ///
    /// @param ifNoneMatch the header, empty if it is missing
    /// @return false if it is to be sent
    public boolean isKnown(String ifNoneMatch) {
        return List.of(ifNoneMatch.split(",", -1)).stream()
                .map(String::strip)
                .anyMatch(each -> each.equals("*") || each.replaceFirst("^W/", "").equals(tag));
    }
}
