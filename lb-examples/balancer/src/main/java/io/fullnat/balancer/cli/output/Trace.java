// SPDX-License-Identifier: Apache-2.0
package io.fullnat.balancer.cli.output;

import io.fullnat.api.FlowTuple;
import io.fullnat.api.IpAddress;
import io.fullnat.api.MacAddress;
import io.fullnat.api.Protocol;
import io.fullnat.api.control.AddressStatus;
import io.fullnat.api.control.BalancerStatus;
import io.fullnat.api.control.ConnectionInfo;
import io.fullnat.api.control.DesiredState;
import io.fullnat.api.control.NeighbourStatus;
import io.fullnat.api.counter.Outcome;
import io.fullnat.api.network.AddressKey;
import io.fullnat.api.service.ServiceKey;
import io.fullnat.api.service.ServiceStatus;
import io.fullnat.balancer.pcap.FrameHeaders;
import io.fullnat.balancer.pcap.FrameText;
import io.fullnat.balancer.run.Operations;
import io.fullnat.balancer.trace.Ending;
import io.fullnat.balancer.trace.Rehearsal;
import io.fullnat.balancer.trace.Rehearsed;
import io.fullnat.balancer.trace.Sent;
import io.fullnat.balancer.trace.TracedFrame;
import io.fullnat.balancer.trace.Way;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.stream.Collectors;

/// The decisions on one packet's way. How it ends is the engine's word ([Rehearsal]); the steps to
/// there are told from the state, none that the engine has not come to. For one thread.
final class Trace {
    private final Operations operations;
    private final TracedFrame frame;
    private final DesiredState desired;
    private final BalancerStatus status;
    private final Rehearsed rehearsed;
    private final List<TraceStep> steps = new ArrayList<>();

    Trace(Operations operations, TracedFrame frame) {
        this.operations = operations;
        this.frame = frame;
        desired = operations.control().desired();
        status = operations.control().status();
        rehearsed = Rehearsal.of(operations, frame);
    }

    /// How the packet can end.
    Rehearsed rehearsed() {
        return rehearsed;
    }

    /// Tells what is decided on one packet.
    ///
    /// @return the decisions in order
    List<TraceStep> steps() {
        Ending first = rehearsed.endings().getFirst();
        Optional<Outcome> outcome = first.outcome();
        if (frame.given()) {
            say("frame", FrameText.of(frame.bytes()));
        }
        say("arrives", "at " + frame.arrival());
        TraceStage stage = outcome.map(TraceStage::of).orElse(TraceStage.NEIGHBOUR);
        if (stage == TraceStage.GATE) {
            end(stage, meaning(outcome), outcome);
        } else {
            say("gate", "link, headers and source are right");
            if (frame.connection().isPresent()) {
                known(frame.connection().get(), first);
            } else {
                unknown(stage, first);
            }
        }
        rehearsed.unsure().forEach(doubt -> say("not known", doubt.words()));
        return steps;
    }

    private void say(String what, String finding) {
        steps.add(TraceStep.of(what, finding));
    }

    private void end(TraceStage stage, String finding, Optional<Outcome> outcome) {
        steps.add(new TraceStep(stage.word(), finding, outcome));
    }

    private static String meaning(Optional<Outcome> outcome) {
        return outcome.map(Outcome::meaning).orElse("it waits");
    }

    private static boolean isForwarded(Optional<Outcome> outcome) {
        return outcome.filter(each -> each.kind() == Outcome.Kind.FORWARDED).isPresent();
    }

    private void known(ConnectionInfo connection, Ending ending) {
        Optional<Outcome> outcome = ending.outcome();
        TraceStage stage = outcome.map(TraceStage::of).orElse(TraceStage.NEIGHBOUR);
        String what =
                "known to worker "
                        + connection.worker()
                        + ", "
                        + connection.state()
                        + ", "
                        + connection.secondsLeft()
                        + " s left, of service "
                        + words(connection.service());
        if (stage.compareTo(TraceStage.ROUTE) < 0) {
            steps.add(new TraceStep("connection", what + ", but " + meaning(outcome), outcome));
            answers(ending);
            return;
        }
        say("connection", what + "; lists, persistence and scheduler are not asked again");
        boolean toServer =
                frame.tuple()
                        .map(FlowTuple::source)
                        .filter(source ->
                                source.equals(connection.client())
                                        || source.equals(connection.local()))
                        .isPresent();
        boolean error = !frame.headers().hasPorts();
        if (toServer != error) {
            say("sent", "from " + connection.local() + " to " + connection.server());
            leave(connection.server().address(), ending);
        } else {
            say("sent", "from " + connection.virtual() + " to " + connection.client());
            leave(connection.client().address(), ending);
        }
    }

    private void unknown(TraceStage stage, Ending ending) {
        if (frame.tuple().isPresent()) {
            say("connection", "none has this tuple");
        }
        Optional<ServiceKey> key = rehearsed.service();
        Optional<ServiceStatus> service = key.flatMap(operations.control()::status);
        if (stage == TraceStage.SERVICE || service.isEmpty()) {
            end(TraceStage.SERVICE, destination(), ending.outcome());
            answers(ending);
            return;
        }
        say("service", words(key.get()) + ", scheduler " + service.get().service().scheduler());
        new TraceOpening(desired, frame, rehearsed, service.get(), steps).tell(stage, ending);
        if (stage.compareTo(TraceStage.ROUTE) < 0) {
            answers(ending);
        } else if (rehearsed.endings().size() > 1) {
            rehearsed.endings().forEach(this::choice);
        } else {
            ending.server()
                    .ifPresentOrElse(
                            server -> leave(server.address(), ending),
                            () -> notOpened(stage, ending));
        }
    }

    /// No connection was left behind, so what leads to its server is not known.
    private void notOpened(TraceStage stage, Ending ending) {
        Optional<IpAddress> to =
                ending.sent().stream()
                        .map(sent -> new FrameHeaders(sent.bytes()))
                        .filter(FrameHeaders::isIp)
                        .map(FrameHeaders::destination)
                        .findFirst();
        if (isForwarded(ending.outcome()) && to.isPresent()) {
            leave(to.get(), ending);
        } else {
            end(stage, meaning(ending.outcome()), ending.outcome());
            answers(ending);
        }
    }

    private void choice(Ending ending) {
        String server = ending.server().map(Object::toString).orElse("it");
        String where =
                isForwarded(ending.outcome())
                        ? ending.sent().stream().map(this::leaves).collect(Collectors.joining(", "))
                        : meaning(ending.outcome());
        steps.add(new TraceStep("if chosen", server + ": " + where, ending.outcome()));
    }

    private String leaves(Sent sent) {
        FrameHeaders headers = new FrameHeaders(sent.bytes());
        String device = headers.vlan() > 0 ? sent.port() + "." + headers.vlan() : sent.port();
        String to = new MacAddress(headers.mac(0)).toString();
        return "sent by " + device + " to " + to;
    }

    /// What is at the destination that no service has.
    private String destination() {
        FrameHeaders headers = frame.headers();
        if (!headers.isIp()) {
            return "nothing for the balancer";
        }
        IpAddress to = headers.destination();
        boolean virtual =
                desired.services().values().stream()
                        .flatMap(service -> service.frontends().stream())
                        .anyMatch(frontend -> frontend.address().equals(to));
        boolean local =
                desired.services().values().stream()
                        .flatMap(service -> service.localAddresses().stream())
                        .anyMatch(each -> each.address().equals(to));
        Optional<AddressStatus> own =
                status.addresses().stream()
                        .filter(each -> each.address().prefix().address().equals(to))
                        .findFirst();
        if (own.map(each -> each.address().kernel()).orElse(false)) {
            return to + " is the kernel's alone";
        }
        if (virtual || own.isPresent()) {
            String none =
                    headers.hasPorts()
                            ? "none of "
                                    + ListingJson.name(
                                            frame.tuple()
                                                    .map(FlowTuple::protocol)
                                                    .orElse(Protocol.TCP))
                                    + " at "
                                    + to
                                    + ":"
                                    + headers.destinationPort()
                            : "none is asked of this protocol";
            String which = virtual ? "a virtual address" : local ? "a local" : "an interface";
            return none + "; " + to + " is " + which + (virtual ? "" : " address");
        }
        return local
                ? to + " is a local address: only answers of servers are taken there"
                : to + " is no address of the balancer's";
    }

    private static String words(ServiceKey key) {
        return ListingJson.name(key.protocol()) + " " + key.name();
    }

    /// What is sent back.
    private void answers(Ending ending) {
        boolean cookie = ending.outcome().filter(Outcome.SYN_ANSWERED::equals).isPresent();
        for (Sent sent : ending.sent()) {
            String text = FrameText.of(sent.bytes());
            // What a cookie is, nobody can say beforehand.
            String told = cookie ? text.replaceFirst(" seq .*", " with a cookie") : text;
            say("answered", "by " + sent.port() + ": " + told);
        }
    }

    /// How a packet to an address leaves.
    private void leave(IpAddress to, Ending ending) {
        Optional<Outcome> outcome = ending.outcome();
        boolean stops = outcome.map(TraceStage::of).filter(TraceStage.ROUTE::equals).isPresent();
        Optional<Way> way = Way.to(to, status);
        String words = way.map(Way::words).orElse("none leads to " + to);
        if (stops) {
            boolean none = outcome.filter(Outcome.NO_ROUTE::equals).isPresent();
            end(TraceStage.ROUTE, none ? words : words + ", but " + meaning(outcome), outcome);
            answers(ending);
            return;
        }
        say("route", words);
        if (isForwarded(outcome)
                || outcome.filter(Outcome.NEIGHBOUR_UNREACHABLE::equals).isPresent()) {
            end(
                    TraceStage.NEIGHBOUR,
                    neighbour(way.map(Way::hopKey).orElseGet(() -> AddressKey.of(to))),
                    outcome);
        } else {
            end(TraceStage.NEIGHBOUR, meaning(outcome), outcome);
        }
        if (!isForwarded(outcome)) {
            answers(ending);
        }
    }

    private String neighbour(AddressKey hop) {
        List<NeighbourStatus> known =
                operations.control().neighbours().stream()
                        .filter(each -> AddressKey.of(each.address(), each.device()).equals(hop))
                        .toList();
        Optional<NeighbourStatus> answered =
                known.stream().filter(each -> each.mac().isPresent()).findFirst();
        String state =
                answered.map(each ->
                                each.mac().orElseThrow()
                                        + " at "
                                        + each.device()
                                        + ", "
                                        + each.state().name().toLowerCase(Locale.ROOT))
                        .orElse(
                                known.isEmpty()
                                        ? "not asked for yet: the packet waits for its answer"
                                        : "does not answer");
        return hop.address() + " " + state;
    }
}
