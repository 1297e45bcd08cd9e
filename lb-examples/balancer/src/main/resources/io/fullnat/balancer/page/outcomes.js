// SPDX-License-Identifier: Apache-2.0
// How packets ended, a second and in all.
import { h, mark, text, attribute } from './dom.js';
import { count, plain, short } from './format.js';
import { Table } from './table.js';

const TONES = { FORWARDED: 'good', CONSUMED: 'off', MOVED: 'off', DROPPED: 'warn' };

function kind(cell) {
  const shown = mark();
  cell.append(shown.element);
  return (row) => shown.set(TONES[row.kind] ?? 'off', row.kind.toLowerCase());
}

function name(cell) {
  const word = h('span', { class: 'name code' });
  const meaning = h('span', { class: 'second' });
  cell.append(word, meaning);
  return (row) => {
    text(word, row.name);
    text(meaning, row.meaning);
    attribute(meaning, 'title', row.meaning);
  };
}

/** The view of outcomes. */
export function view(rates, words) {
  const search = h('input', { type: 'search', placeholder: 'Outcome or meaning', 'aria-label': 'Search outcomes', autocomplete: 'off', spellcheck: 'false', oninput: () => refresh() });
  const never = h('input', { type: 'checkbox', id: 'never', onchange: () => refresh() });
  const table = new Table({
    caption: 'Outcomes of packets',
    empty: 'No packet has ended so far.',
    key: (row) => row.name,
    columns: [
      { label: 'Outcome', kind: 'key wide', cell: name },
      { label: 'Kind', cell: kind },
      { label: 'Packets/s', kind: 'num', value: (row) => short(row.rate) },
      { label: 'Since the start', kind: 'num', value: (row) => count(row.packets) },
    ],
  });

  async function refresh() {
    if (rates.now === null) {
      return;
    }
    const wanted = search.value.trim().toLowerCase().split(/\s+/);
    const rows = Object.entries(rates.now.outcomes)
      .map(([each, packets]) => ({
        name: each,
        packets,
        kind: words.outcomes[each]?.kind ?? '',
        meaning: plain(words.outcomes[each]?.meaning ?? ''),
        rate: rates.rate((answer) => answer.outcomes[each]),
      }))
      .filter((row) => (never.checked || row.packets > 0) && wanted.every((word) => `${row.name} ${row.meaning} ${row.kind}`.toLowerCase().includes(word)))
      .sort((a, b) => (b.rate ?? 0) - (a.rate ?? 0) || b.packets - a.packets || a.name.localeCompare(b.name));
    table.update(rows);
  }
  const tools = h('div', { class: 'toolbar' },
    h('label', { class: 'search' }, search, h('kbd', { 'aria-hidden': 'true' }, '/')),
    h('label', { class: 'check' }, never, ' Those that never happened, too'));
  return { element: h('div', {}, tools, table.element), refresh, search };
}
