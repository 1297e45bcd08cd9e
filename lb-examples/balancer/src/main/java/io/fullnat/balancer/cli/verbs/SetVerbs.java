// SPDX-License-Identifier: Apache-2.0
package io.fullnat.balancer.cli.verbs;

import io.fullnat.api.control.Change;
import io.fullnat.api.set.SetFamily;
import io.fullnat.api.set.SetMember;
import io.fullnat.balancer.cli.output.SetListing;
import io.fullnat.balancer.cli.request.Refusal;
import io.fullnat.balancer.cli.request.Request;
import io.fullnat.balancer.cli.request.SetSteps;
import java.util.List;
import java.util.Optional;
import picocli.CommandLine.Command;
import picocli.CommandLine.HelpCommand;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/// `fullnat ipset`.
@Command(
        name = "ipset",
        description = "Sets of addresses, networks and ports, by which services admit clients.",
        subcommands = HelpCommand.class,
        mixinStandardHelpOptions = true,
        synopsisSubcommandLabel = "VERB",
        footerHeading = "%nExamples:%n",
        footer = {
            "  fullnat ipset create bots hash:net --max-entries 200000",
            "  fullnat ipset add bots 198.51.100.0/24 203.0.113.7",
            "  fullnat deny add tcp 192.0.2.80:80 ipset:bots",
            "  fullnat ipset swap bots bots-new"
        })
final class SetVerbs extends VerbGroup {
    SetVerbs() {}

    @Command(
            name = "list",
            description = "Lists the sets, without their entries.",
            mixinStandardHelpOptions = true)
    Request list(@Option(names = "--json", description = "As JSON, with entries.") boolean json) {
        return new Request.Show(
                json
                        ? new SetListing(Optional.empty(), Optional.empty(), true)
                        : SetListing.table());
    }

    @Command(
            name = "show",
            description = "Shows a set with its entries, as dpip ipset show does.",
            mixinStandardHelpOptions = true)
    Request show(
            @Parameters(paramLabel = "NAME", description = "A set.") String name,
            @Option(names = "--json", description = "As JSON.") boolean json) {
        return new Request.Show(new SetListing(Optional.of(name), Optional.empty(), json));
    }

    @Command(name = "create", description = "Makes a set.", mixinStandardHelpOptions = true)
    Request create(
            @Parameters(paramLabel = "NAME", description = "1-31 letters, digits and _.:-")
                    String name,
            @Parameters(
                            paramLabel = "TYPE",
                            description =
                                    "bitmap:ip, bitmap:ip,mac, bitmap:port, hash:ip, hash:net,"
                                            + " hash:ip,port, hash:net,port, hash:net,port,iface,"
                                            + " hash:ip,port,ip, hash:ip,port,net,"
                                            + " hash:net,port,net or hash:net,port,net,port.")
                    String type,
            @Option(
                            names = "--family",
                            paramLabel = "FAMILY",
                            description = "ipv4 or ipv6; ipv4 if not said.")
                    Optional<String> family,
            @Option(
                            names = "--range",
                            paramLabel = "RANGE",
                            description = "Of bitmaps: NETWORK, FROM-TO, or ports FROM-TO.")
                    Optional<String> range,
            @Option(
                            names = "--max-entries",
                            paramLabel = "COUNT",
                            description = "How many entries it holds; 65535 if not said.")
                    Optional<Integer> maxEntries,
            @Option(
                            names = "--hash-size",
                            paramLabel = "COUNT",
                            description = "Buckets that its table begins with; 1024 if not said.")
                    Optional<Integer> hashSize,
            @Option(names = "--comments", description = "Entries can have comments.")
                    boolean comments) {
        return SetSteps.create(
                name,
                type,
                new SetSteps.Options(
                        family.map(SetVerbs::family), range, hashSize, maxEntries, comments));
    }

    private static SetFamily family(String word) {
        return SetFamily.of(word)
                .filter(family -> family != SetFamily.ANY)
                .orElseThrow(() -> Refusal.invalid("--family " + word + " is not ipv4 or ipv6"));
    }

    @Command(
            name = "add",
            description = "Adds entries; connections of clients now kept out end.",
            mixinStandardHelpOptions = true)
    Request add(
            @Parameters(paramLabel = "NAME", description = "A set.") String name,
            @Parameters(
                            paramLabel = "ENTRY",
                            arity = "1..*",
                            description = "Its parts, separated by commas.")
                    List<String> entries,
            @Option(names = "--nomatch", description = "They are exceptions.") boolean nomatch,
            @Option(names = "--comment", paramLabel = "TEXT", description = "A note of each.")
                    Optional<String> comment,
            @Option(names = "--force", description = "Those that are there are changed.")
                    boolean force) {
        List<SetMember> members =
                entries.stream()
                        .map(entry -> new SetMember(entry, nomatch, comment.orElse("")))
                        .toList();
        return SetSteps.add(name, members, force, Optional.empty());
    }

    @Command(
            name = "remove",
            description = "Removes entries; connections of clients now kept out end.",
            mixinStandardHelpOptions = true)
    Request remove(
            @Parameters(paramLabel = "NAME", description = "A set.") String name,
            @Parameters(paramLabel = "ENTRY", arity = "1..*", description = "As they were added.")
                    List<String> entries,
            @Option(names = "--force", description = "Those that are not there are passed over.")
                    boolean force) {
        List<SetMember> members = entries.stream().map(SetMember::of).toList();
        return SetSteps.remove(name, members, force, Optional.empty());
    }

    @Command(
            name = "test",
            description = "Says whether an entry is in a set: true or false.",
            mixinStandardHelpOptions = true)
    Request test(
            @Parameters(paramLabel = "NAME", description = "A set.") String name,
            @Parameters(paramLabel = "ENTRY", description = "One, without ranges.") String entry) {
        return new Request.Show(SetListing.test(name, entry, Optional.empty(), false));
    }

    @Command(
            name = "flush",
            description = "Removes all entries of a set.",
            mixinStandardHelpOptions = true)
    Request flush(@Parameters(paramLabel = "NAME", description = "A set.") String name) {
        return Request.edit(new Change.FlushSet(name));
    }

    @Command(
            name = "destroy",
            description = "Removes a set, which no access rule may name.",
            mixinStandardHelpOptions = true)
    Request destroy(@Parameters(paramLabel = "NAME", description = "A set.") String name) {
        return Request.edit(new Change.DestroySet(name));
    }

    @Command(
            name = "rename",
            description = "Gives a set another name; no access rule may name it.",
            mixinStandardHelpOptions = true)
    Request rename(
            @Parameters(paramLabel = "NAME", description = "A set.") String name,
            @Parameters(paramLabel = "NEW", description = "Its new name.") String other) {
        return Request.edit(new Change.RenameSet(name, other));
    }

    @Command(
            name = "swap",
            description = "Exchanges the entries of two sets at once.",
            mixinStandardHelpOptions = true)
    Request swap(
            @Parameters(paramLabel = "NAME", description = "A set.") String name,
            @Parameters(paramLabel = "OTHER", description = "Another, of the same kind.")
                    String other) {
        return Request.edit(new Change.SwapSets(name, other));
    }

    @Command(
            name = "reload",
            description = "Reads the file of a set again; a wrong line changes nothing.",
            mixinStandardHelpOptions = true)
    Request reload(@Parameters(paramLabel = "NAME", description = "A set.") String name) {
        return SetSteps.reload(name);
    }

    @Command(
            name = "save",
            description = "Prints lines that dpip ipset restore takes.",
            mixinStandardHelpOptions = true)
    Request save(
            @Parameters(
                            paramLabel = "NAME",
                            arity = "0..1",
                            description = "A set; all if not said.")
                    Optional<String> name) {
        return new Request.Show(SetListing.saved(name));
    }
}
