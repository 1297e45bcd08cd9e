// SPDX-License-Identifier: Apache-2.0
package io.fullnat.benchmarks.device;

/// What becomes of the frames that a device gives before the balancer sees them.
enum Feed {
    /// Each is addressed to the station 00:00:00:00:00:00, which makes the balancer drop it. A
    /// device that does not write its frames would give what was last in the buffer, for example
    /// the balancer's own ARP announcements.
    FOREIGN("dropped"),
    /// They stay as they are: requests.
    REQUESTS("udp-in"),
    /// Each is overwritten with a request of the next flow.
    MADE("udp-in"),
    /// Frames go round: one that was sent to a server is made that server's answer, one that was
    /// sent to a client is made the next flow's request. The device is filled at the start.
    ROUND("udp-both");

    private final String work;

    Feed(String work) {
        this.work = work;
    }

    /// What that makes of the balancer's work, as the whole loop names it where it has the same.
    String work() {
        return work;
    }
}
