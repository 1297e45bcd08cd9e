// SPDX-License-Identifier: Apache-2.0
package io.fullnat.balancer.attribute;

import io.fullnat.balancer.attribute.Attribute.Shown;
import java.util.function.BiFunction;
import java.util.function.Function;

/// Says what an attribute is. What is not said follows from its name, its kind and its text: it is
/// shown where it is set, and a request that leaves it out keeps it. For one thread, once.
///
/// @param <T> what has it
/// @param <V> what a value is
final class AttributeBuilder<T, V> {
    final String name;
    final Kind<V> kind;
    final Function<T, V> get;
    final BiFunction<T, V, T> with;
    final V usual;
    char letter = ' ';
    Shown shown = Shown.IF_SET;
    String column = "";
    String ipvsadm;
    String flag = "";
    String withoutValue = "";
    String listing;
    String rest;
    boolean kept = true;
    String label;
    String usage;
    String ipvsadmHelp;
    String addHelp;
    String editHelp;
    String requestHelp;
    String answerHelp;
    String rowType;
    String rowUsual;
    String rowMeaning;

    /// @param name the key in files, and the option of the verbs without dashes
    /// @param kind what values it has
    /// @param get reads it
    /// @param with sets it
    /// @param usual the default
    /// @param text what it means, in a few words
    AttributeBuilder(
            String name,
            Kind<V> kind,
            Function<T, V> get,
            BiFunction<T, V, T> with,
            V usual,
            String text) {
        this.name = name;
        this.kind = kind;
        this.get = get;
        this.with = with;
        this.usual = usual;
        ipvsadm = name;
        listing = name;
        rest = name;
        label = kind.usage();
        usage = kind.usage();
        ipvsadmHelp = text;
        addHelp = Character.toUpperCase(text.charAt(0)) + text.substring(1) + ".";
        editHelp = addHelp;
        requestHelp = text;
        answerHelp = text;
        rowType = kind instanceof Kind.Text ? "text" : "`" + kind.usage() + "`";
        rowUsual = "none";
        rowMeaning = text;
    }

    /// A letter for its option, in all grammars.
    AttributeBuilder<T, V> letter(char one) {
        letter = one;
        return this;
    }

    /// Where it stands, and the title of its column in tables.
    AttributeBuilder<T, V> shown(Shown where, String title) {
        shown = where;
        column = title;
        return this;
    }

    /// Its field in the JSON of lists.
    AttributeBuilder<T, V> listing(String field) {
        listing = field;
        return this;
    }

    /// Its option of `ipvsadm` without dashes, what stands for its value in the usage, and its line
    /// of the help.
    AttributeBuilder<T, V> ipvsadm(String option, String value, String line) {
        ipvsadm = option;
        usage = value;
        ipvsadmHelp = line;
        return this;
    }

    /// Its word in lists of `ipvsadm`, if that is not its option.
    AttributeBuilder<T, V> flag(String one) {
        flag = one;
        return this;
    }

    /// What its option of `ipvsadm` means if no value follows.
    AttributeBuilder<T, V> withoutValue(String meant) {
        withoutValue = meant;
        return this;
    }

    /// What stands for its value in help of the verbs, and what that of adding and of editing says.
    AttributeBuilder<T, V> verbs(String value, String adding, String editing) {
        label = value;
        addHelp = adding;
        editHelp = editing;
        return this;
    }

    /// Its field in the models of the API, and what they say of it in requests and in answers.
    AttributeBuilder<T, V> rest(String field, String request, String answer) {
        rest = field;
        requestHelp = request;
        answerHelp = answer;
        return this;
    }

    /// A request that leaves it out sets the default.
    AttributeBuilder<T, V> resetByRequests() {
        kept = false;
        return this;
    }

    /// Type, default and meaning of its row in docs/configuration.md.
    AttributeBuilder<T, V> row(String type, String said, String meaning) {
        rowType = type;
        rowUsual = said;
        rowMeaning = meaning;
        return this;
    }

    Attribute<T, V> build() {
        return new Attribute<>(this);
    }
}
