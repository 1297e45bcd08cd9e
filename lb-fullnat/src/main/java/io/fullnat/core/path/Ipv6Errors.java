// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.path;

import io.fullnat.core.stack.Frame;

/// Packets of IPv6 end in silence, until there is an ICMPv6 to answer with.
final class Ipv6Errors implements ErrorAnswers {
    @Override
    public void unreachable(Frame frame, Unreachable what, int servicePort) {}

    @Override
    public void timeExceeded(Frame frame, int servicePort) {}

    @Override
    public void reset(Frame frame, int servicePort) {}

    @Override
    public void hostUnreachableToPeer(Frame frame) {}

    @Override
    public void timeExceededToPeer(Frame frame) {}

    @Override
    public void tooBigToPeer(Frame frame, int mtu) {}
}
