// SPDX-License-Identifier: Apache-2.0
package io.fullnat.api.set;

import io.fullnat.api.BalancerException;
import io.fullnat.api.ErrorCode;
import io.fullnat.api.IpPrefix;
import io.fullnat.api.MacAddress;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// Reads what is to be put into a set, and takes ranges apart: each entry that comes of it names
/// one thing. How many there are is known before the first is made, so that a range of a thousand
/// million is refused, not begun.
final class EntryText {
    /// No set has as many.
    private static final long MANY = 1L << 40;

    private final IpSet set;
    private final SetMember member;
    private final boolean question;
    private final List<AddressSpan> addresses = new ArrayList<>();
    private final List<PortSpan> ports = new ArrayList<>();
    private String device = "";
    private long mac;

    private EntryText(IpSet set, SetMember member, boolean question) {
        this.question = question;
        this.set = set;
        this.member = member;
    }

    /// The entries that a member of a set stands for.
    static List<SetEntry> parse(IpSet set, SetMember member) {
        return parse(set, member, false);
    }

    /// Whether the most precise of a set's entries that has what is asked for is no exception. What
    /// is outside of the set's range can be asked for: it is not in the set.
    static boolean isIn(IpSet set, String question) {
        List<SetEntry> asked = parse(set, SetMember.of(question), true);
        if (asked.size() != 1) {
            throw wrong(
                    "\""
                            + question
                            + "\" stands for "
                            + asked.size()
                            + " entries; ask for one at a time");
        }
        @Nullable SetEntry best = null;
        for (SetEntry entry : set.entries()) {
            boolean better = best == null || entry.precision() > best.precision();
            if (better && entry.covers(asked.getFirst())) {
                best = entry;
            }
        }
        return best != null && !best.isException();
    }

    private static List<SetEntry> parse(IpSet set, SetMember member, boolean question) {
        EntryText text = new EntryText(set, member, question);
        try {
            text.read();
            text.check();
            return text.entries();
        } catch (BalancerException wrong) {
            throw new BalancerException(
                    wrong.code(),
                    "entry \""
                            + member.entry()
                            + "\" of set "
                            + set.name()
                            + " ("
                            + set.type()
                            + "): "
                            + wrong.getMessage());
        }
    }

    private static BalancerException wrong(String message) {
        return new BalancerException(ErrorCode.INVALID_ARGUMENT, message);
    }

    private void read() {
        List<SetType.Part> parts = set.type().parts();
        String[] words = member.entry().split(",", -1);
        boolean single = words.length == 1 && parts.size() == 2;
        if (words.length != parts.size() && !single) {
            throw wrong(
                    "it has "
                            + words.length
                            + " parts separated by commas, not the "
                            + parts.size()
                            + " of the type");
        }
        for (int i = 0; i < words.length; i++) {
            String word = words[i];
            switch (parts.get(i)) {
                case ADDRESS, NETWORK -> addresses.add(AddressSpan.parse(word));
                case PORT -> ports.add(PortSpan.parse(word, set.type() != SetType.BITMAP_PORT));
                case MAC -> mac = mac(word);
                case DEVICE -> device = device(word);
            }
        }
        if (single && parts.get(1) == SetType.Part.PORT) {
            ports.add(PortSpan.ANY);
        }
    }

    /// One digit of a byte is enough, as in DPVS; all zeros stand for any station.
    private static long mac(String word) {
        String[] bytes = word.split(":", -1);
        StringBuilder whole = new StringBuilder();
        for (String one : bytes) {
            whole.append(whole.isEmpty() ? "" : ":").append(one.length() == 1 ? "0" + one : one);
        }
        return MacAddress.parse(whole.toString()).bits();
    }

    private static String device(String word) {
        if (word.isBlank()) {
            throw wrong("it has no name of a device");
        }
        return word;
    }

    private void check() {
        if (member.nomatch() && !set.type().hasExceptions()) {
            throw wrong("only sets with networks have exceptions; leave nomatch out");
        }
        if (!member.comment().isEmpty() && !set.hasComments()) {
            throw wrong("the set has no comments; leave it out, or make the set with comments");
        }
        for (AddressSpan span : addresses) {
            if (!set.family().has(span.from())) {
                throw wrong(
                        span.from()
                                + " is of "
                                + span.from().family()
                                + ", the set of "
                                + set.family()
                                + "; keep a set for each family");
            }
        }
        set.range().filter(_ -> !question).ifPresent(this::checkRange);
        requireFew();
    }

    private void requireFew() {
        long count = 1;
        for (int i = 0; i < addresses.size(); i++) {
            count = isNetwork(i) ? count : times(count, addresses.get(i).count());
        }
        for (PortSpan span : ports) {
            count = times(count, span.count());
        }
        if (count > set.maxEntries()) {
            throw wrong(
                    "it stands for "
                            + (count == MANY ? "more than " : "")
                            + count
                            + " entries, the set holds "
                            + set.maxEntries()
                            + " at most; give less, a network (hash:net), or the set a larger"
                            + " maximum");
        }
    }

    private static long times(long one, long other) {
        return one >= MANY / other ? MANY : one * other;
    }

    private void checkRange(String range) {
        boolean inside =
                set.type() == SetType.BITMAP_PORT
                        ? isWithin(PortSpan.parse(range, false), ports.getFirst())
                        : AddressSpan.parse(range).contains(addresses.getFirst());
        if (!inside) {
            throw wrong("it is not within the range of the set, " + range);
        }
    }

    private static boolean isWithin(PortSpan range, PortSpan asked) {
        return asked.from() >= range.from() && asked.to() <= range.to();
    }

    private boolean isNetwork(int address) {
        List<SetType.Part> parts =
                set.type().parts().stream()
                        .filter(part ->
                                part == SetType.Part.ADDRESS || part == SetType.Part.NETWORK)
                        .toList();
        return parts.get(address) == SetType.Part.NETWORK;
    }

    private List<SetEntry> entries() {
        List<SetEntry> all = new ArrayList<>();
        for (@Nullable IpPrefix first : networks(0)) {
            for (int i = 0; i < Math.max(1, count(0)); i++) {
                for (@Nullable IpPrefix second : networks(1)) {
                    for (int j = 0; j < Math.max(1, count(1)); j++) {
                        all.add(entry(first, i, second, j));
                        if (all.size() > set.maxEntries()) {
                            throw wrong(
                                    "it stands for more entries than the "
                                            + set.maxEntries()
                                            + " that the set holds");
                        }
                    }
                }
            }
        }
        return all;
    }

    private int count(int port) {
        return port < ports.size() ? ports.get(port).count() : 0;
    }

    private SetEntry entry(
            @Nullable IpPrefix first, int port, @Nullable IpPrefix second, int secondPort) {
        SetEntry.Parts parts = new SetEntry.Parts();
        if (first != null) {
            parts.high = first.address().high();
            parts.low = first.address().low();
            parts.length = first.mappedLength();
        }
        if (second != null) {
            parts.secondHigh = second.address().high();
            parts.secondLow = second.address().low();
            parts.secondLength = second.mappedLength();
        }
        parts.port = ports.isEmpty() ? 0 : ports.getFirst().get(port);
        parts.secondPort = ports.size() < 2 ? 0 : ports.getLast().get(secondPort);
        parts.device = device;
        parts.mac = mac;
        return new SetEntry(set.type(), parts, member.nomatch(), member.comment());
    }

    /// Of an address that the type does not have, one that is none.
    private List<@Nullable IpPrefix> networks(int index) {
        if (index >= addresses.size()) {
            List<@Nullable IpPrefix> none = new ArrayList<>();
            none.add(null);
            return none;
        }
        AddressSpan span = addresses.get(index);
        return new ArrayList<>(isNetwork(index) ? span.networks() : span.addresses());
    }
}
