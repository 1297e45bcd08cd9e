// SPDX-License-Identifier: Apache-2.0
package io.fullnat.balancer.config;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// What the reader's nodes show is what stands in the text.
final class YamlReaderTest {
    @ParameterizedTest
    @CsvSource(
            quoteCharacter = '"',
            delimiter = '|',
            value = {
                "a                                | a:str",
                "7                                | 7:int",
                "'7'                              | 7:str",
                "!!str 7                          | 7:str",
                "[7, '7', 7, !!str 7]             | [7:int, 7:str, 7:int, 7:str]",
                "[]                               | []",
                "{}                               | {}",
                "[a, [], {b: []}, [[c]]]          | [a:str, [], {b:str=[]}, [[c:str]]]",
                "{a: {b: 1}, c: [{d: 2}, {e: 3}]} |"
                        + " {a:str={b:str=1:int}, c:str=[{d:str=2:int}, {e:str=3:int}]}",
                "{a: 1, a: 2}                     | {a:str=1:int, a:str=2:int}",
                "[&x [a, {b: 1}], *x, c]          | [[a:str, {b:str=1:int}], [a:str, {b:str=1:int}],"
                        + " c:str]",
                "[&x 7, *x, &y [*x], *y]          | [7:int, 7:int, [7:int], [7:int]]",
                "{a: &x [1], b: [*x, *x], c: 2}   |"
                        + " {a:str=[1:int], b:str=[[1:int], [1:int]], c:str=2:int}",
            })
    void showsWhatStandsThere(String yaml, String shown) {
        assertEquals(shown, show(read(yaml)));
    }

    @Test
    void growsWithTheText() {
        List<String> numbers = new ArrayList<>();
        for (int i = 0; i < 10_000; i++) {
            numbers.add("[" + i + "]");
        }
        String shown = show(read(numbers.toString()));
        assertEquals(numbers.toString(), shown.replace(":int", ""));
    }

    private static YamlNode read(String yaml) {
        return YamlReader.parse(List.of(yaml), false, new Problems("test")).orElseThrow();
    }

    private static String show(YamlNode node) {
        List<String> inside = new ArrayList<>();
        return switch (node) {
            case YamlNode.Text text ->
                    text.value() + ":" + text.tag().getValue().replaceFirst(".*:", "");
            case YamlNode.Items items -> {
                items.all().forEach(item -> inside.add(show(item)));
                assertEquals(inside.size(), items.size());
                yield inside.toString();
            }
            case YamlNode.Entries entries -> {
                entries.all()
                        .forEach(
                                entry -> inside.add(show(entry.key()) + "=" + show(entry.value())));
                yield "{" + String.join(", ", inside) + "}";
            }
        };
    }
}
