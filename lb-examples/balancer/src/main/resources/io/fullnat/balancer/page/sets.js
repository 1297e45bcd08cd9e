// SPDX-License-Identifier: Apache-2.0
// Sets of addresses: how many entries they have, and whom rules have kept out or let in by them.
import { gauge, h } from './dom.js';
import { count } from './format.js';
import { Listing } from './listing.js';

function fullness(cell) {
  const level = gauge();
  cell.append(level.element);
  return (row) => level.set(100 * row.entries / row.maxEntries, `${count(row.entries)} of ${count(row.maxEntries)}`);
}

/** The view of all sets. */
export function view() {
  const listing = new Listing({
    path: 'v2/overview/sets',
    field: 'sets',
    what: 'sets',
    hint: 'Name, type, service',
    sort: 'refused',
    key: (row) => row.name,
    columns: [
      { label: 'Set', sort: 'name', kind: 'key', value: (row) => row.name },
      { label: 'Type', value: (row) => row.type },
      { label: 'Family', value: (row) => row.family },
      { label: 'Entries', sort: 'entries', kind: 'level', title: 'of those that it may have', cell: fullness },
      { label: 'Rules', kind: 'num', title: 'of services that name it', value: (row) => count(row.rules) },
      { label: 'Refused', sort: 'refused', kind: 'num', title: 'first packets of connections', value: (row) => count(row.refused) },
      { label: 'Admitted', sort: 'admitted', kind: 'num', title: 'connections', value: (row) => count(row.admitted) },
    ],
  });
  return { element: h('div', {}, listing.element), refresh: () => listing.refresh(), search: listing.search };
}
