// SPDX-License-Identifier: Apache-2.0
package io.fullnat.balancer.config;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Iterator;
import java.util.List;
import java.util.NoSuchElementException;
import org.snakeyaml.engine.v2.nodes.Tag;

/// A YAML document as one array of numbers, from which nodes are made when they are looked at.
///
/// A tree of objects for 20,000 services keeps the garbage collector busier than reading them keeps
/// the reader. Here a node is three cells: what it is with a number, its line, and the place behind
/// all that belongs to it. Equal texts are kept once. Written by one thread, then read by the same.
final class YamlTape {
    private static final int CELLS = 3;
    private static final int KIND_BITS = 2;
    private static final int KIND = (1 << KIND_BITS) - 1;
    private static final int TEXT = 0;
    private static final int ITEMS = 1;
    private static final int ENTRIES = 2;
    private static final int SAME_AS = 3;

    private final List<Word> words = new ArrayList<>();
    private int[] cells = new int[1 << 10];
    private int end;

    /// A text with what YAML takes it for.
    record Word(String text, Tag tag) {}

    /// Keeps a word to which nodes refer by its number.
    ///
    /// @return the number
    int add(Word word) {
        words.add(word);
        return words.size() - 1;
    }

    /// Appends one value.
    ///
    /// @param word its number
    /// @return where the node is
    int text(int line, int word) {
        return append(TEXT, word, line);
    }

    /// Begins a list; its elements come next, then [#close(int, int)].
    int items(int line) {
        return append(ITEMS, 0, line);
    }

    /// Begins a mapping; keys and values come next in turns, then [#close(int, int)].
    int entries(int line) {
        return append(ENTRIES, 0, line);
    }

    /// Appends a list or mapping that is already there.
    ///
    /// @param node where it is
    int sameAs(int line, int node) {
        return append(SAME_AS, node / CELLS, line);
    }

    /// Ends a list or mapping.
    ///
    /// @param node where it began
    /// @param size how many elements or entries
    void close(int node, int size) {
        cells[node] |= size << KIND_BITS;
        cells[node + 2] = end;
    }

    private int append(int kind, int number, int line) {
        if (end + CELLS > cells.length) {
            cells = Arrays.copyOf(cells, 2 * cells.length);
        }
        int at = end;
        cells[at] = number << KIND_BITS | kind;
        cells[at + 1] = line;
        end += CELLS;
        cells[at + 2] = end;
        return at;
    }

    /// Whether a node is one value.
    boolean isText(int at) {
        return (cells[at] & KIND) == TEXT;
    }

    /// The number of the word that is a node's value.
    int word(int at) {
        return number(at);
    }

    /// Makes the node that stands at a place.
    YamlNode node(int at) {
        int line = cells[at + 1];
        return switch (cells[at] & KIND) {
            case TEXT -> value(at, line);
            case ITEMS -> new YamlNode.Items(line, number(at), () -> new Walk(this, at));
            case ENTRIES -> new YamlNode.Entries(line, () -> new Pairs(new Walk(this, at)));
            default -> node(number(at) * CELLS);
        };
    }

    private YamlNode.Text value(int at, int line) {
        Word word = words.get(number(at));
        return new YamlNode.Text(line, word.text(), word.tag());
    }

    private int number(int at) {
        return cells[at] >>> KIND_BITS;
    }

    /// Goes through what is directly in one list or mapping.
    private static final class Walk implements Iterator<YamlNode> {
        private final YamlTape tape;
        private final int end;
        private int next;

        Walk(YamlTape tape, int node) {
            this.tape = tape;
            end = tape.cells[node + 2];
            next = node + CELLS;
        }

        @Override
        public boolean hasNext() {
            return next < end;
        }

        @Override
        public YamlNode next() {
            if (next >= end) {
                throw new NoSuchElementException();
            }
            YamlNode node = tape.node(next);
            next = tape.cells[next + 2];
            return node;
        }
    }

    /// Takes keys and values two by two.
    private record Pairs(Walk walk) implements Iterator<YamlNode.Entry> {
        @Override
        public boolean hasNext() {
            return walk.hasNext();
        }

        @Override
        public YamlNode.Entry next() {
            return new YamlNode.Entry(walk.next(), walk.next());
        }
    }
}
