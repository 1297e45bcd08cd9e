// SPDX-License-Identifier: Apache-2.0
package io.fullnat.balancer.cli.ipvsadm;

import io.fullnat.api.BalancerException;
import io.fullnat.api.Endpoint;
import io.fullnat.api.IpAddress;
import io.fullnat.api.Ipv4Address;
import io.fullnat.api.Ipv6Address;
import io.fullnat.api.Protocol;
import io.fullnat.api.control.Change;
import io.fullnat.api.control.ConnectionFilter;
import io.fullnat.api.control.TemplateFilter;
import io.fullnat.api.service.AccessRule;
import io.fullnat.api.service.LocalAddress;
import io.fullnat.api.service.RealServer;
import io.fullnat.api.service.ServiceKey;
import io.fullnat.api.service.TimedState;
import io.fullnat.api.service.VirtualService;
import io.fullnat.balancer.attribute.Attribute;
import io.fullnat.balancer.attribute.Edits;
import io.fullnat.balancer.attribute.ServerAttributes;
import io.fullnat.balancer.attribute.ServiceAttributes;
import io.fullnat.balancer.cli.output.AccessListing;
import io.fullnat.balancer.cli.output.ConnectionListing;
import io.fullnat.balancer.cli.output.LocalAddressListing;
import io.fullnat.balancer.cli.output.ProductVersion;
import io.fullnat.balancer.cli.output.ServiceListing;
import io.fullnat.balancer.cli.output.TemplateListing;
import io.fullnat.balancer.cli.output.TimeoutListing;
import io.fullnat.balancer.cli.output.WorkerChoice;
import io.fullnat.balancer.cli.request.Refusal;
import io.fullnat.balancer.cli.request.Request;
import io.fullnat.balancer.cli.request.Steps;
import io.fullnat.balancer.cli.request.Values;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.UnaryOperator;

/// `ipvsadm`: DPVS's grammar over this balancer. An edit keeps what is not given, and a step that
/// depends on the state looks at it within the transaction that changes it.
public final class Ipvsadm {
    private final IpvsWords words;

    private Ipvsadm(IpvsWords words) {
        this.words = words;
    }

    /// What a line asks for.
    ///
    /// @param line the words after `ipvsadm`
    /// @throws BalancerException if the line is wrong or asks for what is not built
    public static Request parse(List<String> line) {
        return new Ipvsadm(IpvsWords.parse(line)).request();
    }

    private Request request() {
        return switch (words.command()) {
            case HELP -> new Request.Text(IpvsHelp.text());
            case VERSION -> new Request.Text("ipvsadm of fullnat " + ProductVersion.text() + "\n");
            case RESTORE -> new Request.Restore(Ipvsadm::saved);
            case SAVE ->
                    new Request.Show((operations, out) ->
                            SavedRules.print(operations.control().desired(), out));
            case LIST -> list();
            case GET_LADDR -> localAddresses();
            case GET_BLKLST -> accessRules(AccessRule.Action.DENY);
            case GET_WHTLST -> accessRules(AccessRule.Action.ALLOW);
            case ADD_SERVICE ->
                    Request.edit(
                            new Change.AddService(
                                    givenOfService().apply(VirtualService.of(key()))));
            case EDIT_SERVICE -> Steps.editService(key(), givenOfService());
            case DELETE_SERVICE -> Request.edit(new Change.RemoveService(key()));
            case CLEAR -> Steps.clear();
            case ADD_SERVER ->
                    Request.edit(
                            new Change.AddRealServer(
                                    key(),
                                    given(ServerAttributes.ALL).apply(RealServer.of(server()))));
            case EDIT_SERVER -> Steps.editServer(key(), server(), given(ServerAttributes.ALL));
            case DELETE_SERVER -> Request.edit(new Change.RemoveRealServer(key(), server()));
            case ZERO -> Request.edit(new Change.ZeroCounters(givenKey()));
            case ADD_LADDR ->
                    Request.edit(
                            new Change.AddLocalAddress(
                                    key(), new LocalAddress(localAddress(), device())));
            case DEL_LADDR ->
                    Steps.removeLocalAddress(
                            key(), localAddress(), Optional.of(device()), isForced());
            case FLUSH_LADDR -> Request.edit(new Change.FlushLocalAddresses(key(), isForced()));
            case ADD_BLKLST, ADD_WHTLST -> Request.edit(new Change.AddAccessRule(key(), rule()));
            case DEL_BLKLST, DEL_WHTLST -> Request.edit(new Change.RemoveAccessRule(key(), rule()));
            case SET -> Steps.setTimeouts(threeTimeouts());
            case START_DAEMON, STOP_DAEMON ->
                    throw Refusal.unsupported(words.command().label() + " is not supported");
        };
    }

    private Request list() {
        Optional<Integer> cpu = cpu();
        if (words.has(IpvsOption.TIMEOUT)) {
            return new Request.Show(new TimeoutListing(TimeoutListing.Form.THREE));
        }
        if (words.has(IpvsOption.CONNECTION) && words.has(IpvsOption.PERSISTENT_CONN)) {
            return new Request.Show(
                    new TemplateListing(TemplateFilter.ALL, words.has(IpvsOption.JSON)));
        }
        if (words.has(IpvsOption.CONNECTION)) {
            ConnectionFilter filter =
                    words.value(IpvsOption.SOCKPAIR)
                            .map(text -> ConnectionFilter.of(Values.socketPair(text)))
                            .orElse(ConnectionFilter.ALL);
            boolean json = words.has(IpvsOption.JSON);
            boolean all = filter.equals(ConnectionFilter.ALL) && cpu.orElse(0) == 0 && !json;
            Request.Listing connections =
                    new ConnectionListing(filter, WorkerChoice.cpu(cpu.orElse(0)), json);
            Request.Listing templates = new TemplateListing(TemplateFilter.ALL, false);
            return new Request.Show((operations, out) -> {
                connections.print(operations, out);
                if (all) {
                    templates.print(operations, out);
                }
            });
        }
        ServiceListing.Columns columns =
                words.has(IpvsOption.STATS)
                        ? ServiceListing.Columns.STATS
                        : words.has(IpvsOption.RATE)
                                ? ServiceListing.Columns.RATE
                                : words.has(IpvsOption.THRESHOLDS)
                                        ? ServiceListing.Columns.THRESHOLDS
                                        : words.has(IpvsOption.PERSISTENT_CONN)
                                                ? ServiceListing.Columns.PERSISTENT
                                                : ServiceListing.Columns.CONNECTIONS;
        return new Request.Show(
                new ServiceListing(
                        givenKey(),
                        columns,
                        words.has(IpvsOption.EXACT),
                        !words.has(IpvsOption.NOSORT),
                        cpu.orElse(0),
                        words.has(IpvsOption.JSON)));
    }

    private Request localAddresses() {
        return new Request.Show(
                new LocalAddressListing(givenKey(), cpu().orElse(0), words.has(IpvsOption.JSON)));
    }

    private Request accessRules(AccessRule.Action action) {
        return new Request.Show(new AccessListing(givenKey(), action, words.has(IpvsOption.JSON)));
    }

    /// What the line makes of some attributes. Attributes of services; flags of the scheduler come
    /// last, as it may be given, too.
    private UnaryOperator<VirtualService> givenOfService() {
        UnaryOperator<VirtualService> attributes = given(ServiceAttributes.ALL);
        SchedulerFlags flags =
                new SchedulerFlags(
                        words.value(IpvsOption.SCHED_FLAGS), words.value(IpvsOption.HASH_TARGET));
        return service -> flags.apply(attributes.apply(service));
    }

    private <T> UnaryOperator<T> given(List<Attribute<T, ?>> attributes) {
        List<UnaryOperator<T>> edits = new ArrayList<>();
        for (Attribute<T, ?> attribute : attributes) {
            IpvsOption option = IpvsOption.of(attribute);
            words.value(option)
                    .map(text -> text.isEmpty() ? attribute.withoutValue().orElse(text) : text)
                    .map(text -> attribute.edit(option.longForm(), text))
                    .ifPresent(edits::add);
        }
        return owner -> Edits.apply(owner, edits);
    }

    /// `--set TCP TCPFIN UDP`, where 0 leaves what is: of an established connection, of one half
    /// closed, of UDP in all its states.
    private String threeTimeouts() {
        List<String> given = words.words();
        if (given.size() != 3) {
            throw Refusal.invalid("--set needs three timeouts in seconds: TCP TCPFIN UDP");
        }
        List<List<TimedState>> states =
                List.of(
                        List.of(TimedState.ESTABLISHED),
                        List.of(TimedState.FIN_WAIT, TimedState.CLOSE_WAIT),
                        List.of(
                                TimedState.UDP_ONEWAY,
                                TimedState.UDP_NORMAL,
                                TimedState.UDP_STREAM));
        List<String> changed = new ArrayList<>();
        for (int i = 0; i < given.size(); i++) {
            int seconds = Values.timeoutSeconds("--set", given.get(i));
            if (seconds > 0) {
                states.get(i).forEach(state -> changed.add(state.key() + "=" + seconds));
            }
        }
        if (changed.isEmpty()) {
            throw Refusal.invalid("--set 0 0 0 changes nothing; one timeout must be above 0");
        }
        return String.join(",", changed);
    }

    private ServiceKey key() {
        return givenKey().orElseThrow(() -> Refusal.invalid(words.command() + " needs a service"));
    }

    private Optional<ServiceKey> givenKey() {
        Optional<ServiceKey> tcp =
                words.value(IpvsOption.TCP_SERVICE).map(text -> Values.service(Protocol.TCP, text));
        Optional<ServiceKey> given =
                tcp.or(() ->
                                words.value(IpvsOption.UDP_SERVICE)
                                        .map(text -> Values.service(Protocol.UDP, text)))
                        .or(() -> words.value(IpvsOption.FWMARK_SERVICE).map(Values::group));
        if (words.has(IpvsOption.IPV6)) {
            given.ifPresent(Ipvsadm::requireIpv6);
        }
        return given;
    }

    private static void requireIpv6(ServiceKey key) {
        if (key.isGroup()) {
            return;
        }
        switch (key.endpoint().address()) {
            case Ipv6Address _ -> {}
            case Ipv4Address v4 ->
                    throw Refusal.invalid(
                            IpvsOption.IPV6.label() + ": " + v4 + " is an IPv4 address");
        }
    }

    private Endpoint server() {
        return Values.server(words.needed(IpvsOption.REAL_SERVER), key());
    }

    private IpAddress localAddress() {
        return Values.address(words.needed(IpvsOption.LADDR));
    }

    private String device() {
        return Values.device(words.needed(IpvsOption.IFNAME));
    }

    private boolean isForced() {
        return words.has(IpvsOption.FORCE);
    }

    private Optional<Integer> cpu() {
        return words.value(IpvsOption.CPU)
                .map(text -> Values.number("--cpu", text, 0, Integer.MAX_VALUE));
    }

    /// A line of `-S`, or of a script, which has the command before it.
    private static Request saved(List<String> line) {
        boolean named = line.getFirst().equals("ipvsadm");
        return parse(named ? line.subList(1, line.size()) : line);
    }

    private AccessRule rule() {
        Optional<String> denied = words.value(IpvsOption.BLKLST);
        String clients = denied.orElseGet(() -> words.needed(IpvsOption.WHTLST));
        return new AccessRule(
                denied.isPresent() ? AccessRule.Action.DENY : AccessRule.Action.ALLOW,
                Values.clients(clients));
    }
}
