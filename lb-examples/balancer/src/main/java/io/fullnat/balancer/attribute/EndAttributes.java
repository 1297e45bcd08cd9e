// SPDX-License-Identifier: Apache-2.0
package io.fullnat.balancer.attribute;

import io.fullnat.api.service.Ending;
import io.fullnat.api.service.OutOfWindow;
import io.fullnat.api.service.VirtualService;
import java.util.List;

/// What ends of connections hear when these end, and what they do not hear of each other.
final class EndAttributes {
    private static final Attribute<VirtualService, ?> END_WITH =
            new AttributeBuilder<>(
                            "end-with",
                            new Kind.Choice<>(List.of(Ending.values()), Ending::word),
                            (VirtualService service) -> service.policy().endWith(),
                            (service, value) ->
                                    service.withPolicy(service.policy().withEndWith(value)),
                            Ending.RESET,
                            "what both ends of a TCP connection hear that is ended")
                    .listing("endWith")
                    .ipvsadm(
                            "end-with",
                            "reset|silence",
                            "what ends of a TCP connection hear that is ended: reset (default)")
                    .rest(
                            "EndWith",
                            "what both ends of a TCP connection hear that is ended; reset if it is"
                                    + " missing",
                            "what both ends of a TCP connection hear that is ended")
                    .row(
                            "`reset`, `silence`",
                            "`reset`",
                            "what both ends of a TCP connection hear that a command, a removal, an"
                                    + " access rule or its server's health ends"
                                    + " ([draining](draining.md#what-the-ends-hear))")
                    .build();

    private static final Attribute<VirtualService, ?> RESET_ON_EXPIRY =
            new AttributeBuilder<>(
                            "reset-on-expiry",
                            new Kind.Switch(),
                            (VirtualService service) -> service.policy().resetsOnExpiry(),
                            (service, value) ->
                                    service.withPolicy(service.policy().withResetsOnExpiry(value)),
                            false,
                            "whether both ends of a TCP connection that was idle for too long get a"
                                    + " reset")
                    .listing("resetOnExpiry")
                    .withoutValue("yes")
                    .ipvsadm(
                            "reset-on-expiry",
                            "[yes|no]",
                            "reset both ends of TCP connections that were idle for too long")
                    .rest(
                            "ResetOnExpiry",
                            "whether both ends of a TCP connection that was idle for too long get a"
                                    + " reset",
                            "whether both ends of a TCP connection that was idle for too long get a"
                                    + " reset")
                    .row(
                            "`true`, `false`",
                            "`false`",
                            "whether both ends of an established TCP connection get a reset when it"
                                    + " was idle for too long"
                                    + " ([draining](draining.md#what-the-ends-hear))")
                    .build();

    private static final Attribute<VirtualService, ?> OUT_OF_WINDOW =
            new AttributeBuilder<>(
                            "out-of-window",
                            new Kind.Choice<>(List.of(OutOfWindow.values()), OutOfWindow::word),
                            (VirtualService service) -> service.policy().outOfWindow(),
                            (service, value) ->
                                    service.withPolicy(service.policy().withOutOfWindow(value)),
                            OutOfWindow.PASS,
                            "what becomes of TCP segments outside of their receiver's window")
                    .listing("outOfWindow")
                    .ipvsadm(
                            "out-of-window",
                            "pass|count|drop",
                            "TCP segments outside of their receiver's window: pass (default)")
                    .rest(
                            "OutOfWindow",
                            "what becomes of TCP segments outside of their receiver's window; pass"
                                    + " if it is missing",
                            "what becomes of TCP segments outside of their receiver's window")
                    .row(
                            "`pass`, `count`, `drop`",
                            "`pass`",
                            "what becomes of TCP segments outside of their receiver's window, of"
                                    + " connections that begin from now on"
                                    + " ([tracking](tracking.md#segments-outside-of-windows))")
                    .build();

    /// In order.
    static final List<Attribute<VirtualService, ?>> OF_SERVICES =
            List.of(END_WITH, RESET_ON_EXPIRY, OUT_OF_WINDOW);

    private EndAttributes() {}
}
