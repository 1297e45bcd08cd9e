package io.fullnat.core.control;

import io.fullnat.api.BalancerException;
import io.fullnat.api.ErrorCode;
import java.util.BitSet;
import java.util.HashMap;
import java.util.Map;
import java.util.function.BiConsumer;
import java.util.function.IntPredicate;

/// Numbers for things that workers count: a name keeps its slot as long as a service refers to it
/// or a connection does.
final class Slots<K> {
    private final String what;
    private final int capacity;
    private final BitSet used = new BitSet();
    private final Map<K, Slot> byName = new HashMap<>();

    Slots(String what, int capacity) {
        this.what = what;
        this.capacity = capacity;
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
            int number = used.nextClearBit(0);
            if (number == capacity) {
                throw new BalancerException(
                        ErrorCode.CAPACITY,
                        "no room for " + what + " " + name + ": " + capacity + " are in use");
            }
            used.set(number);
            slot = new Slot(number);
            byName.put(name, slot);
        }
        slot.references++;
        return slot.number;
    }

    /// Refers to a name once less. Its slot stays until [#reclaim] finds it idle.
    void release(K name) {
        Slot slot = byName.get(name);
        if (slot != null) {
            slot.references--;
        }
    }

    /// The slot of a name, -1 if it has none.
    int find(K name) {
        Slot slot = byName.get(name);
        return slot == null ? -1 : slot.number;
    }

    /// Frees slots to which nothing refers and for which a test says that no connection does.
    void reclaim(IntPredicate isIdle, BiConsumer<K, Integer> freed) {
        byName.entrySet()
                .removeIf(entry -> {
                    Slot slot = entry.getValue();
                    boolean idle = slot.references == 0 && isIdle.test(slot.number);
                    if (idle) {
                        freed.accept(entry.getKey(), slot.number);
                        used.clear(slot.number);
                    }
                    return idle;
                });
    }

    /// Whether some name has a slot only for its connections' sake.
    boolean hasLeftOvers() {
        return byName.values().stream().anyMatch(slot -> slot.references == 0);
    }

    /// Calls for each name that has a slot but no reference.
    void forEachLeftOver(BiConsumer<K, Integer> action) {
        byName.forEach((name, slot) -> {
            if (slot.references == 0) {
                action.accept(name, slot.number);
            }
        });
    }
}
