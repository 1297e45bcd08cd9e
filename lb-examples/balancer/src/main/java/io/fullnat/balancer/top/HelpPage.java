// SPDX-License-Identifier: Apache-2.0
package io.fullnat.balancer.top;

import java.util.List;

/// What the keys do, and what the columns mean.
final class HelpPage {
    private static final List<String> LINES =
            List.of(
                    "1 to 8, Tab     another list: services, servers, workers, ports, local",
                    "                addresses, outcomes, conditions, sets",
                    "Up Down j k     another row; PageUp PageDown Space, Home End g G",
                    "Enter           the servers of the service; 5 then shows its local addresses",
                    "Esc             back; takes a filter or a service off",
                    "/               rows that have a text in them; of services also those with",
                    "                such a server, local address or description",
                    "< > Left Right  sort by another column    r   the other way round",
                    "p               pause, go on",
                    "d + -           seconds between two looks: any, twice as many, half as many",
                    "Ctrl-L          draw anew                 q   the end, Ctrl-C too",
                    "",
                    "CPS             new connections a second",
                    "INPPS OUTPPS    packets a second from clients, to clients; INBIT OUTBIT bits",
                    "RXPPS TXPPS     packets a second received, sent; RXBIT TXBIT their bits",
                    "FULL            the fullest pair of a local address and a server, of its ports",
                    "MISSES          connections that found no free port",
                    "REF/S ADM/S     connections a second that rules refuse, or admit, by a set",
                    "-               not known: nothing to compare with yet",
                    "",
                    "Counts above 99,999 are in thousands (k), millions (M) and so on.");

    private HelpPage() {}

    static List<Line> lines() {
        return LINES.stream().map(Line::of).toList();
    }
}
