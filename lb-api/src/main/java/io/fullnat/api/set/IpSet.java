// SPDX-License-Identifier: Apache-2.0
package io.fullnat.api.set;

import static java.util.Objects.requireNonNull;

import io.fullnat.api.BalancerException;
import io.fullnat.api.ErrorCode;
import java.util.Collection;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/// A named set of addresses, networks, ports and what is made of them. What a packet is asked for
/// is looked for from the longest prefix on: the first entry that has it decides, and is in the set
/// or an exception from it. Immutable and thread-safe; changed copies come of [#toBuilder()].
public final class IpSet {
    /// The most characters of a name.
    public static final int MAX_NAME = 31;

    /// How many entries a set holds if nothing is said.
    public static final int DEFAULT_ENTRIES = 65_535;

    /// The most entries that a set can be made for.
    public static final int MAX_ENTRIES = 1 << 20;

    /// The buckets that a set begins with if nothing is said.
    public static final int DEFAULT_BUCKETS = 1024;

    /// The most addresses of the range of a set that has one.
    public static final int MAX_RANGE = 1 << 16;

    /// How many combinations of prefix lengths, and of ports said and not said, the entries of one
    /// set may have if they have more than one part: each costs a look-up.
    public static final int MAX_SHAPES = 256;

    private static final Pattern NAME = Pattern.compile("[A-Za-z0-9_][A-Za-z0-9_.:-]{0,30}");
    private final String name;
    private final SetType type;
    private final SetFamily family;
    private final Optional<String> range;
    private final int maxEntries;
    private final int buckets;
    private final boolean comments;
    private final Optional<String> file;
    private final boolean edited;
    private final List<SetEntry> entries;

    private IpSet(Builder builder) {
        name = builder.name;
        type = builder.type;
        family = builder.family;
        range = builder.range;
        maxEntries = builder.maxEntries;
        buckets = builder.buckets;
        comments = builder.comments;
        file = builder.file;
        edited = builder.edited;
        entries = builder.contents.list();
    }

    /// A set without entries, of IPv4 if its type has addresses.
    ///
    /// @param name 1 to 31 letters, digits and `_.:-`, the first a letter, a digit or `_`
    /// @param type what its entries are made of
    /// @return a builder
    /// @throws BalancerException [ErrorCode#INVALID_ARGUMENT] for another name
    public static Builder builder(String name, SetType type) {
        return new Builder(requireName(name), requireNonNull(type, "type"));
    }

    /// Checks a name.
    ///
    /// @param name of a set
    /// @return the name
    /// @throws BalancerException [ErrorCode#INVALID_ARGUMENT] if none can have it
    public static String requireName(String name) {
        if (!NAME.matcher(requireNonNull(name, "name")).matches()) {
            throw wrong(
                    "\""
                            + name
                            + "\" is no name of a set: 1-31 letters, digits, '_', '.', ':', '-',"
                            + " the first a letter, a digit or '_'");
        }
        return name;
    }

    private static BalancerException wrong(String message) {
        return new BalancerException(ErrorCode.INVALID_ARGUMENT, message);
    }

    /// By which it is known.
    ///
    /// @return the name
    public String name() {
        return name;
    }

    /// What its entries are made of.
    ///
    /// @return the type
    public SetType type() {
        return type;
    }

    /// Of which family its addresses are.
    ///
    /// @return the family
    public SetFamily family() {
        return family;
    }

    /// Within which its entries lie.
    ///
    /// @return addresses or ports as [Builder#range] was told; empty for types without
    public Optional<String> range() {
        return range;
    }

    /// How many entries it holds.
    ///
    /// @return 1 to [#MAX_ENTRIES]
    public int maxEntries() {
        return maxEntries;
    }

    /// With how many buckets its table begins, if its type has several parts; tables of others are
    /// as large as their entries need.
    ///
    /// @return a power of two
    public int buckets() {
        return buckets;
    }

    /// Whether its entries can have comments.
    ///
    /// @return true if they can
    public boolean hasComments() {
        return comments;
    }

    /// The file that it is read from.
    ///
    /// @return its path; empty if it has none
    public Optional<String> file() {
        return file;
    }

    /// Whether its entries are others than its file had when it was read.
    ///
    /// @return true if a change has come since; false without a file
    public boolean isEdited() {
        return edited;
    }

    /// Its entries.
    ///
    /// @return ordered by [SetEntry#BY_NAME], unmodifiable
    public List<SetEntry> entries() {
        return entries;
    }

    /// About how much memory it takes, its table for look-ups not counted, which is there once a
    /// service uses it.
    ///
    /// @return in bytes
    public long memory() {
        return SetEntry.BYTES * (entries.size() + 1L);
    }

    /// Takes a member apart into the entries that it stands for.
    ///
    /// @param member as commands and files write it
    /// @return one or more, which need not be in the set
    /// @throws BalancerException [ErrorCode#INVALID_ARGUMENT] naming it, if the set cannot have it
    public List<SetEntry> parse(SetMember member) {
        return EntryText.parse(this, requireNonNull(member, "member"));
    }

    /// Whether a packet with such addresses and ports would be found. Looks at all entries, for
    /// questions of people; the data path has a table.
    ///
    /// @param question one entry, without ranges
    /// @return true if it is in the set
    /// @throws BalancerException [ErrorCode#INVALID_ARGUMENT] naming it, if it stands for many
    public boolean contains(String question) {
        return EntryText.isIn(this, question);
    }

    /// Begins another with what this one says.
    ///
    /// @return a builder
    public Builder toBuilder() {
        return new Builder(this);
    }

    @Override
    public boolean equals(Object other) {
        return this == other
                || (other instanceof IpSet that
                        && name.equals(that.name)
                        && type == that.type
                        && family == that.family
                        && range.equals(that.range)
                        && maxEntries == that.maxEntries
                        && buckets == that.buckets
                        && comments == that.comments
                        && file.equals(that.file)
                        && entries.equals(that.entries));
    }

    @Override
    public int hashCode() {
        return Objects.hash(name, type, family, entries.size());
    }

    @Override
    public String toString() {
        return "set %s (%s, %s, %d entries)".formatted(name, type, family, entries.size());
    }

    /// Makes sets. For one thread; may go on after [#build()].
    public static final class Builder {
        private String name;
        private final SetType type;
        private SetFamily family;
        private Optional<String> range = Optional.empty();
        private int maxEntries = DEFAULT_ENTRIES;
        private int buckets = DEFAULT_BUCKETS;
        private boolean comments;
        private Optional<String> file = Optional.empty();
        private boolean edited;
        private final SetContents contents;
        private @Nullable IpSet reader;

        private Builder(String name, SetType type) {
            this.name = name;
            this.type = type;
            family = type.hasAddresses() ? SetFamily.IPV4 : SetFamily.ANY;
            contents = new SetContents(List.of());
        }

        private Builder(IpSet set) {
            name = set.name;
            type = set.type;
            family = set.family;
            range = set.range;
            maxEntries = set.maxEntries;
            buckets = set.buckets;
            comments = set.comments;
            file = set.file;
            edited = set.edited;
            contents = new SetContents(set.entries);
        }

        private IpSet reader() {
            IpSet known = reader;
            if (known == null) {
                Builder empty = new Builder(name, type);
                empty.family = family;
                empty.range = range;
                empty.maxEntries = maxEntries;
                empty.comments = comments;
                known = new IpSet(empty);
                reader = known;
            }
            return known;
        }

        /// Another name.
        ///
        /// @param other as in [IpSet#builder]
        /// @return this
        /// @throws BalancerException [ErrorCode#INVALID_ARGUMENT] if none can have it
        public Builder name(String other) {
            name = requireName(other);
            reader = null;
            return this;
        }

        /// Of which family its addresses are; of IPv4 if not said. Before entries.
        ///
        /// @param value the family
        /// @return this
        /// @throws BalancerException [ErrorCode#INVALID_ARGUMENT] if the type does not have it
        public Builder family(SetFamily value) {
            requireNonNull(value, "value");
            boolean addresses = value != SetFamily.ANY;
            if (addresses != type.hasAddresses() || (type.isBitmap() && value == SetFamily.IPV6)) {
                throw wrong(
                        "set "
                                + name
                                + ": sets of type "
                                + type
                                + " are of "
                                + (type.hasAddresses() ? "IPv4" : "any family")
                                + " alone; leave the family out"
                                + (type.hasAddresses() ? ", or take a hash type" : ""));
            }
            family = value;
            reader = null;
            return this;
        }

        /// Within which its entries lie: for types called bitmaps, which must have one. Before
        /// entries.
        ///
        /// @param text of addresses `192.0.2.0/24` or `192.0.2.1-192.0.2.9`, 65,536 at most; of
        ///   ports `0-1023`
        /// @return this
        /// @throws BalancerException [ErrorCode#INVALID_ARGUMENT] if it is none
        public Builder range(String text) {
            requireNonNull(text, "text");
            if (!type.isBitmap()) {
                throw wrong(
                        "set " + name + ": sets of type " + type + " have no range; leave it out");
            }
            if (type == SetType.BITMAP_PORT) {
                PortSpan ports = PortSpan.parse(text, false);
                if (ports.protocol() != 0) {
                    throw wrong(
                            "set " + name + ": a range is of ports alone; leave the protocol out");
                }
                maxEntries = 3 * ports.count();
            } else {
                maxEntries = AddressSpan.parse(text).countOfRange(name);
            }
            range = Optional.of(text);
            reader = null;
            return this;
        }

        /// How many entries it holds; 65,535 if not said. Types with a range hold what is in that.
        /// Before entries.
        ///
        /// @param count 1 to [IpSet#MAX_ENTRIES]
        /// @return this
        /// @throws BalancerException [ErrorCode#INVALID_ARGUMENT] if it is out of range
        public Builder maxEntries(int count) {
            if (type.isBitmap() || count < 1 || count > MAX_ENTRIES) {
                throw wrong(
                        "set "
                                + name
                                + ": "
                                + (type.isBitmap()
                                        ? "sets of type "
                                                + type
                                                + " hold what their range has; leave the maximum"
                                                + " out"
                                        : "maximum " + count + " is not 1-" + MAX_ENTRIES));
            }
            maxEntries = count;
            reader = null;
            return this;
        }

        /// With how many buckets its table begins; 1024 if not said. It has more when it needs
        /// them.
        ///
        /// @param count 1 to [IpSet#MAX_ENTRIES], rounded up to a power of two
        /// @return this
        /// @throws BalancerException [ErrorCode#INVALID_ARGUMENT] if it is out of range
        public Builder buckets(int count) {
            if (type.isBitmap() || count < 1 || count > MAX_ENTRIES) {
                throw wrong(
                        "set "
                                + name
                                + ": "
                                + (type.isBitmap()
                                        ? "sets of type "
                                                + type
                                                + " have no hash size; leave it out"
                                        : "hash size " + count + " is not 1-" + MAX_ENTRIES));
            }
            buckets = count == 1 ? 1 : Integer.highestOneBit(count - 1) << 1;
            return this;
        }

        /// Whether its entries can have comments; not, if not said. Before entries.
        ///
        /// @param value true if they can
        /// @return this
        public Builder comments(boolean value) {
            comments = value;
            reader = null;
            return this;
        }

        /// The file that all its entries have been read from; after them.
        ///
        /// @param path of the file
        /// @return this
        public Builder file(String path) {
            file = Optional.of(path);
            edited = false;
            return this;
        }

        /// Forgets the file.
        ///
        /// @return this
        public Builder withoutFile() {
            file = Optional.empty();
            edited = false;
            return this;
        }

        /// Adds entries.
        ///
        /// @param member as commands and files write them
        /// @param force whether those that are there get its comment and exception; else they are
        ///   refused
        /// @return this
        /// @throws BalancerException [ErrorCode#INVALID_ARGUMENT] if the set cannot have them,
        ///   [ErrorCode#SET_ENTRY_EXISTS] if one is there, [ErrorCode#CAPACITY] if the set would
        ///   have more than it holds; then none may be relied on to be in it or not
        public Builder add(SetMember member, boolean force) {
            contents.add(reader(), member, force);
            edited = file.isPresent();
            return this;
        }

        /// Removes entries.
        ///
        /// @param member as commands and files write them; exception and comment are not asked
        /// @param force whether those that are not there are passed over; else they are refused
        /// @return this
        /// @throws BalancerException [ErrorCode#INVALID_ARGUMENT] if the set cannot have them,
        ///   [ErrorCode#NO_SET_ENTRY] if one is not there
        public Builder remove(SetMember member, boolean force) {
            contents.remove(reader(), member, force);
            edited = file.isPresent();
            return this;
        }

        /// Takes all entries of another set, in place of those that it has.
        ///
        /// @param other of the same type and family
        /// @return this
        /// @throws BalancerException [ErrorCode#INVALID_ARGUMENT] if it is another kind of set,
        ///   [ErrorCode#CAPACITY] if it has more than this one holds
        public Builder entriesOf(IpSet other) {
            if (other.type != type || other.family != family || !other.range.equals(range)) {
                throw wrong(
                        "set "
                                + name
                                + " and "
                                + other
                                + " are not alike: type, family and range must be the same");
            }
            SetContents.requireRoom(reader(), other.entries.size());
            contents.take(other.entries);
            edited = file.isPresent();
            return this;
        }

        /// Adds members, in place of all that it has; those said twice count once.
        ///
        /// @param members as commands and files write them
        /// @return this
        /// @throws BalancerException as [#add]
        public Builder members(Collection<SetMember> members) {
            clear();
            members.forEach(member -> add(member, true));
            return this;
        }

        /// Removes all entries.
        ///
        /// @return this
        public Builder clear() {
            contents.take(List.of());
            edited = file.isPresent();
            return this;
        }

        /// Makes the set.
        ///
        /// @return a new value
        /// @throws BalancerException [ErrorCode#INVALID_ARGUMENT] if its type needs a range, or its
        ///   entries have more than [IpSet#MAX_SHAPES] combinations of lengths
        public IpSet build() {
            if (type.isBitmap() && range.isEmpty()) {
                throw wrong(
                        "set "
                                + name
                                + ": sets of type "
                                + type
                                + " need a range, as in "
                                + (type.hasAddresses() ? "192.0.2.0/24" : "0-65535"));
            }
            IpSet set = new IpSet(this);
            if (contents.isChanged() && type.parts().size() > 1) {
                SetContents.requireFewShapes(set);
            }
            return set;
        }
    }
}
