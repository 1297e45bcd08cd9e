// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.control;

import io.fullnat.api.BalancerException;
import io.fullnat.api.ErrorCode;
import java.util.BitSet;
import java.util.HashMap;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.IntPredicate;
import java.util.function.ObjIntConsumer;

/// Numbers for things that workers count: a name keeps its slot as long as a service refers to it
/// or a connection does, and those that were left last longer than that, if so desired.
final class Slots<K> {
    private final String what;
    private final int capacity;
    private final int kept;
    private final BitSet used = new BitSet();

    /// Below it all are used.
    private int firstFree;

    /// All that were ever used are below it.
    private int bound;

    private final Map<K, Slot> byName = new HashMap<>();
    private final Map<K, Slot> unreferenced = new LinkedHashMap<>();

    Slots(String what, int capacity) {
        this(what, capacity, 0);
    }

    /// @param kept how many names without a reference keep their slots: those that were referred to
    ///   last
    Slots(String what, int capacity, int kept) {
        this.what = what;
        this.capacity = capacity;
        this.kept = kept;
    }

    private static final class Slot {
        final int number;
        int references;

        Slot(int number) {
            this.number = number;
        }
    }

    /// Refers to a name once more.
    int acquire(K name) {
        Slot slot = byName.get(name);
        if (slot == null) {
            int number = used.nextClearBit(firstFree);
            if (number == capacity) {
                throw new BalancerException(
                        ErrorCode.CAPACITY,
                        "no room for " + what + " " + name + ": " + capacity + " are in use");
            }
            used.set(number);
            firstFree = number + 1;
            bound = Math.max(bound, number + 1);
            slot = new Slot(number);
            byName.put(name, slot);
        } else if (slot.references == 0) {
            unreferenced.remove(name);
        }
        slot.references++;
        return slot.number;
    }

    /// Refers to a name once less. Its slot stays until [#reclaim] finds it idle.
    void release(K name) {
        Slot slot = byName.get(name);
        if (slot != null && --slot.references == 0) {
            unreferenced.put(name, slot);
        }
    }

    /// The slot of a name, -1 if it has none.
    int find(K name) {
        Slot slot = byName.get(name);
        return slot == null ? -1 : slot.number;
    }

    /// The slot of a name to which nothing refers, -1 if it has none or something does.
    int findUnreferenced(K name) {
        Slot slot = unreferenced.get(name);
        return slot == null ? -1 : slot.number;
    }

    /// Frees slots to which nothing refers and for which a test says that no connection does.
    void reclaim(IntPredicate isIdle, ObjIntConsumer<K> freed) {
        Iterator<Map.Entry<K, Slot>> oldest = unreferenced.entrySet().iterator();
        for (int more = unreferenced.size() - kept; more > 0 && oldest.hasNext(); ) {
            Map.Entry<K, Slot> entry = oldest.next();
            int number = entry.getValue().number;
            if (isIdle.test(number)) {
                freed.accept(entry.getKey(), number);
                used.clear(number);
                firstFree = Math.min(firstFree, number);
                byName.remove(entry.getKey());
                oldest.remove();
                more--;
            }
        }
    }

    /// How many slots were in use at once at most: all of them are below.
    int bound() {
        return bound;
    }

    /// Whether some name has a slot that [#reclaim] may free.
    boolean mayReclaim() {
        return unreferenced.size() > kept;
    }

    /// Calls for each name that has a slot but no reference.
    void forEachUnreferenced(ObjIntConsumer<K> action) {
        unreferenced.forEach((name, slot) -> action.accept(name, slot.number));
    }

    /// Calls for each name that has a slot.
    void forEach(ObjIntConsumer<K> action) {
        byName.forEach((name, slot) -> action.accept(name, slot.number));
    }
}
