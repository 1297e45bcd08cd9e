// SPDX-License-Identifier: Apache-2.0
// Connections, found by an address that takes part in them.
import * as api from './api.js';
import { h, text } from './dom.js';
import { count, duration, short } from './format.js';
import { Table } from './table.js';

const MOST = 200;
const HINTS = {
  client: '198.51.100.7 or 198.51.100.0/24',
  server: '10.0.1.11 or 10.0.1.11:8080',
  local: '10.0.1.100',
  service: '192.0.2.80-80-tcp',
  tuple: 'tcp:198.51.100.7:40000:192.0.2.80:80',
};

/** The view that finds connections. */
export function view() {
  const search = h('input', { type: 'search', id: 'address', autocomplete: 'off', spellcheck: 'false', placeholder: HINTS.client });
  const part = h('select', { id: 'part', onchange: () => { search.placeholder = HINTS[part.value]; } },
    h('option', { value: 'client' }, 'Client'),
    h('option', { value: 'server' }, 'Real server'),
    h('option', { value: 'local' }, 'Local address'),
    h('option', { value: 'service' }, 'Service'),
    h('option', { value: 'tuple' }, 'Tuple'));
  const said = h('p', { class: 'found', role: 'status' }, `Connections are looked up once, at most ${MOST} are shown.`);
  const table = new Table({
    caption: 'Connections',
    empty: '',
    key: (row) => `${row.worker} ${row.protocol} ${row.client} ${row.virtual} ${row.server} ${row.local}`,
    columns: [
      { label: 'Client', kind: 'key', value: (row) => row.client },
      { label: 'Virtual', value: (row) => row.virtual },
      { label: 'Local', value: (row) => row.local },
      { label: 'Server', value: (row) => row.server },
      { label: 'State', value: (row) => (row.state.startsWith(row.protocol) ? row.state : `${row.protocol} ${row.state}`).replaceAll('_', ' ') },
      { label: 'Age', kind: 'num', value: (row) => duration(row.ageSeconds) },
      { label: 'Ends in', kind: 'num', title: 'if it stays idle', value: (row) => duration(row.secondsLeft) },
      { label: 'Packets in', kind: 'num', value: (row) => short(row.inPkts) },
      { label: 'Packets out', kind: 'num', value: (row) => short(row.outPkts) },
      { label: 'Worker', kind: 'num', value: (row) => row.worker },
    ],
  });
  table.update([]);

  async function find(event) {
    event.preventDefault();
    const value = search.value.trim();
    if (!value) {
      text(said, 'Write an address first.');
      search.focus();
      return;
    }
    text(said, 'Looking …');
    try {
      const { found, more } = await api.lines(`v2/connections?${new URLSearchParams({ [part.value]: value })}`, MOST);
      table.update(found);
      text(said, more ? `The first ${count(MOST)} are shown; there are more.` : found.length === 0 ? 'There is no such connection now.' : `${count(found.length)} connection${found.length === 1 ? '' : 's'}.`);
    } catch (failure) {
      table.update([]);
      text(said, `Not found out: ${failure.message}`);
    }
  }

  const form = h('form', { class: 'toolbar', novalidate: true, onsubmit: find },
    h('label', { for: 'part', class: 'hidden' }, 'What the address is of'), part,
    h('label', { for: 'address', class: 'hidden' }, 'Address'), h('span', { class: 'search' }, search, h('kbd', { 'aria-hidden': 'true' }, '/')),
    h('button', { type: 'submit', class: 'primary' }, 'Find'));
  return { element: h('div', {}, form, said, table.element), refresh: async () => {}, search };
}
