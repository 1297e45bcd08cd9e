// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.packet;

import io.fullnat.api.io.Memory;

/// The tag of a tagged Ethernet frame (IEEE 802.1Q §9.6), viewed in place. All accessors take the
/// address of the frame, not of the tag.
///
/// ```
///   0            6            12       14                  16      18
///  +------------+------------+--------+-----+---+---------+-------+-----
///  | destination|   source   | 0x8100 | pri | d |   id    | type  | ...
///  +------------+------------+--------+-----+---+---------+-------+-----
///                                      3 bit 1      12
/// ```
///
/// The caller knows that 18 bytes are there and that [Ethernet#type(long)] is [Ethernet#TYPE_VLAN];
/// then no accessor fails. Stateless, so thread-safe.
public final class Vlan {
    /// Bytes that a tag adds to a frame.
    public static final int TAG_LENGTH = 4;

    /// The largest VLAN id that may be used; 0 means "no VLAN, only a priority", 4095 is reserved.
    public static final int MAX_ID = 4094;

    private static final int ADDRESSES_LENGTH = 12;
    private static final int CONTROL_OFFSET = 14;
    private static final int TYPE_OFFSET = 16;
    private static final int ID_MASK = 0x0FFF;

    private Vlan() {}

    /// The VLAN to which the frame belongs.
    ///
    /// @param l2 address of the frame
    /// @return 0 to 4095
    public static int id(long l2) {
        return control(l2) & ID_MASK;
    }

    /// Puts the frame into another VLAN; priority and drop eligibility stay.
    ///
    /// @param l2 address of the frame
    /// @param id 0 to 4095
    public static void id(long l2, int id) {
        control(l2, (control(l2) & ~ID_MASK) | (id & ID_MASK));
    }

    /// The whole tag control information.
    ///
    /// @param l2 address of the frame
    /// @return priority, drop eligibility and id in 16 bits
    public static int control(long l2) {
        return Memory.getNetworkShort(l2 + CONTROL_OFFSET);
    }

    /// Sets the whole tag control information.
    ///
    /// @param l2 address of the frame
    /// @param control priority, drop eligibility and id in 16 bits
    public static void control(long l2, int control) {
        Memory.putNetworkShort(l2 + CONTROL_OFFSET, control);
    }

    /// The priority code point.
    ///
    /// @param l2 address of the frame
    /// @return 0 to 7
    public static int priority(long l2) {
        return control(l2) >>> 13;
    }

    /// What follows the tag.
    ///
    /// @param l2 address of the frame
    /// @return an Ethernet type, 0 to 65535
    public static int type(long l2) {
        return Memory.getNetworkShort(l2 + TYPE_OFFSET);
    }

    /// Sets what follows the tag.
    ///
    /// @param l2 address of the frame
    /// @param type an Ethernet type, 0 to 65535
    public static void type(long l2, int type) {
        Memory.putNetworkShort(l2 + TYPE_OFFSET, type);
    }

    /// Tags an untagged frame: moves both MAC addresses four bytes to the front, into the room
    /// before the frame.
    ///
    /// @param l2 address of the untagged frame, with [#TAG_LENGTH] free bytes before it
    /// @param control priority, drop eligibility and id in 16 bits
    /// @return address of the tagged frame
    public static long push(long l2, int control) {
        long tagged = l2 - TAG_LENGTH;
        Memory.putLong(tagged, Memory.getLong(l2));
        Memory.putInt(tagged + 8, Memory.getInt(l2 + 8));
        Ethernet.type(tagged, Ethernet.TYPE_VLAN);
        control(tagged, control);
        return tagged;
    }

    /// Takes the tag off a tagged frame: moves both MAC addresses four bytes back.
    ///
    /// @param l2 address of the tagged frame
    /// @return address of the untagged frame
    public static long pop(long l2) {
        long untagged = l2 + TAG_LENGTH;
        int last = Memory.getInt(l2 + ADDRESSES_LENGTH - 4);
        Memory.putLong(untagged, Memory.getLong(l2));
        Memory.putInt(untagged + ADDRESSES_LENGTH - 4, last);
        return untagged;
    }
}
