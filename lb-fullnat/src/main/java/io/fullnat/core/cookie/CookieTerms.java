// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.cookie;

/// What a SYN-ACK with a cookie has agreed on with a client, as the client's acknowledgement tells:
/// all that the handshake with the real server has to know, since nothing was kept of the SYN.
/// Numbers are those of the client's side. One object a worker, filled again for each
/// acknowledgement; for the worker's thread.
public final class CookieTerms {
    /// Instead of a window scale: windows are not scaled.
    public static final int NO_SCALE = -1;

    /// The window that a SYN-ACK with a cookie offers, in bytes, never scaled (RFC 7323 §2.2): what
    /// a client may send before its real server has answered.
    public static final int WINDOW = 5840;

    private int cookie;
    private int clientSequence;
    private int segmentSize;
    private int clientScale = NO_SCALE;
    private int ownScale = NO_SCALE;
    private boolean selective;
    private boolean timestamps;
    private int ownTimestamp;
    private int clientTimestamp;

    /// Takes what is in every cookie; without options until [#options] says more.
    ///
    /// @param number our initial sequence number, which is the cookie
    /// @param clientNumber the client's initial sequence number
    /// @param size the segments that the client takes, 1 to 65535: never more than it has said
    public void begin(int number, int clientNumber, int size) {
        cookie = number;
        clientSequence = clientNumber;
        segmentSize = size;
        clientScale = NO_SCALE;
        ownScale = NO_SCALE;
        selective = false;
        timestamps = false;
        ownTimestamp = 0;
        clientTimestamp = 0;
    }

    /// Takes what both have agreed on besides.
    ///
    /// @param client by how many bits the client's windows are shifted, 0 to 14, or [#NO_SCALE]
    /// @param own by how many ours are, 0 to 14; [#NO_SCALE] if the client has none
    /// @param permitted whether both take selective acknowledgements
    public void options(int client, int own, boolean permitted) {
        clientScale = client;
        ownScale = own;
        selective = permitted;
    }

    /// Takes that both have timestamps.
    ///
    /// @param own what the SYN-ACK had: later ones go on from there
    /// @param client what the acknowledgement had
    public void timestamps(int own, int client) {
        timestamps = true;
        ownTimestamp = own;
        clientTimestamp = client;
    }

    /// Our initial sequence number. The acknowledgement acknowledges the one behind it.
    ///
    /// @return a number that wraps
    public int cookie() {
        return cookie;
    }

    /// The client's initial sequence number: one less than that of the acknowledgement.
    ///
    /// @return a number that wraps
    public int clientSequence() {
        return clientSequence;
    }

    /// The size of segments that the client takes (RFC 9293 §3.7.1): what it has said, or less.
    ///
    /// @return 1 to 65535
    public int segmentSize() {
        return segmentSize;
    }

    /// By how many bits the windows of the client's segments are shifted, but of its SYN.
    ///
    /// @return 0 to 14, or [#NO_SCALE]
    public int clientScale() {
        return clientScale;
    }

    /// By how many bits windows towards the client are to be shifted.
    ///
    /// @return 0 to 14, or [#NO_SCALE] if the client has none either
    public int ownScale() {
        return ownScale;
    }

    /// Whether both take selective acknowledgements (RFC 2018).
    ///
    /// @return whether the SYN-ACK permitted them as well
    public boolean isSelective() {
        return selective;
    }

    /// Whether both have timestamps (RFC 7323).
    ///
    /// @return whether all segments have them
    public boolean hasTimestamps() {
        return timestamps;
    }

    /// The timestamp that the SYN-ACK had.
    ///
    /// @return a number that wraps; 0 without timestamps
    public int ownTimestamp() {
        return ownTimestamp;
    }

    /// The timestamp that the client's acknowledgement had.
    ///
    /// @return a number that wraps; 0 without timestamps
    public int clientTimestamp() {
        return clientTimestamp;
    }
}
