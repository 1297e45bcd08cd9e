// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.path;

import io.fullnat.api.counter.Outcome;
import io.fullnat.core.path.ErrorAnswers.Unreachable;
import io.fullnat.core.service.ServiceEntry;
import io.fullnat.core.stack.Frame;

/// What a client hears that is not served: for TCP a reset, which ends its attempt at once (RFC
/// 9293 §3.10.7.1; "host unreachable" would let it go on trying, RFC 1122 §4.2.3.9), else
/// "destination unreachable" with the code that says why (RFC 1812 §5.2.7.1, RFC 4443 §3.1). For
/// the worker's thread.
final class Rejection {
    private final Family family;
    private final ErrorAnswers errors;
    private final KernelPath kernel;

    Rejection(Family family, ErrorAnswers errors, KernelPath kernel) {
        this.family = family;
        this.errors = errors;
        this.kernel = kernel;
    }

    /// Whether a packet to an unused port of a virtual address is dropped in silence.
    boolean drops(boolean tcp) {
        return kernel.drops(tcp);
    }

    /// Whether those are answered who send what nobody can use.
    boolean tellsOfUnusedPorts() {
        return kernel.tellsOfUnusedPorts();
    }

    /// Answers a first packet for which no connection could be opened, if its service wants that.
    /// What is over in a second is not told: the client tries again.
    ///
    /// @param outcome why not
    void unserved(Frame frame, ServiceEntry service, Outcome outcome) {
        if (service.rejects() && outcome != Outcome.LOCAL_ADDRESS_NOT_READY) {
            reject(frame, what(outcome), port(service));
        }
    }

    /// A client that a rule keeps out is told so. Without a route it is the host that cannot be
    /// reached. All else – no server, no local address or port, a full table – comes to nobody
    /// being there at the port, which lets clients go on to another address of theirs.
    private static Unreachable what(Outcome outcome) {
        return switch (outcome) {
            case ACCESS_DENIED -> Unreachable.PROHIBITED;
            case NO_ROUTE -> Unreachable.ROUTE;
            default -> Unreachable.PORT;
        };
    }

    /// Answers a packet to an address of ours and a port that no service uses, unless it is the
    /// kernel's to do so.
    void unusedPort(Frame frame) {
        if (tellsOfUnusedPorts() && !kernel.takes(frame)) {
            reject(frame, Unreachable.PORT, 0);
        }
    }

    /// Answers a packet to an address of ours, of a protocol that no service can use, unless it is
    /// the kernel's to do so.
    void unknownProtocol(Frame frame) {
        if (tellsOfUnusedPorts() && !kernel.takes(frame)) {
            errors.unreachable(frame, Unreachable.PROTOCOL, 0);
        }
    }

    /// Answers a packet that believes in a connection that is not there.
    ///
    /// @param servicePort to which it was sent; 0 if there is no service
    void noConnection(Frame frame, int servicePort) {
        reject(frame, Unreachable.PORT, servicePort);
    }

    /// Answers a first packet to a service whose hops end here.
    void timeExceeded(Frame frame, ServiceEntry service) {
        errors.timeExceeded(frame, port(service));
    }

    private void reject(Frame frame, Unreachable what, int servicePort) {
        if (family.isTcp(frame.l3())) {
            errors.reset(frame, servicePort);
        } else {
            errors.unreachable(frame, what, servicePort);
        }
    }

    private static int port(ServiceEntry service) {
        return service.answerPort();
    }
}
