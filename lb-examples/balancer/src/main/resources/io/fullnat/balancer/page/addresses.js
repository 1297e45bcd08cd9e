// SPDX-License-Identifier: Apache-2.0
// Local addresses: how full they are.
import { gauge, h, mark } from './dom.js';
import { count, short } from './format.js';
import { Listing } from './listing.js';

function state(cell) {
  const shown = mark();
  cell.append(shown.element);
  return (row) => {
    if (row.draining) {
      shown.set('off', 'draining');
    } else if (row.state === 'duplicate') {
      shown.set('bad', 'duplicate');
    } else if (row.ports.fullestPercent >= 100) {
      shown.set('bad', 'exhausted');
    } else if (row.ports.nearExhaustion) {
      shown.set('warn', 'nearly full');
    } else {
      shown.set(row.state === 'tentative' ? 'warn' : 'good', row.state === 'tentative' ? 'tentative' : 'in use');
    }
  };
}

function fullest(cell) {
  const level = gauge();
  cell.append(level.element);
  return (row) => level.set(row.ports.fullestPercent, `${row.ports.fullestPercent} %`);
}

/** A list of the local addresses of all services, or of one. */
export function list(service = null) {
  return new Listing({
    path: 'v2/overview/local-addresses',
    field: 'localAddresses',
    what: 'local addresses',
    hint: 'Address, device',
    sort: service === null ? 'fullest' : 'name',
    searchable: service === null,
    key: (row) => `${row.address} ${row.draining}`,
    fixed: () => (service === null ? {} : { service }),
    columns: [
      { label: 'Address', sort: 'name', kind: 'key', value: (row) => row.address },
      { label: 'Device', value: (row) => row.device },
      { label: 'State', cell: state },
      { label: 'Fullest pair', sort: 'fullest', kind: 'level', title: 'of this address and one real server', cell: fullest },
      { label: 'Ports in use', sort: 'connections', kind: 'num', value: (row) => `${short(row.ports.inUse)} of ${short(row.ports.capacity)}` },
      { label: 'Most', kind: 'num', title: 'ports in use at once since the start', value: (row) => short(row.ports.highWater) },
      { label: 'Misses', sort: 'misses', kind: 'num', title: 'connections that found no port here', value: (row) => count(row.ports.misses) },
      ...(service === null ? [{ label: 'Services', kind: 'num', value: (row) => count(row.services) }] : []),
    ],
  });
}

/** The view of all local addresses. */
export function view() {
  const listing = list();
  return { element: h('div', {}, listing.element), refresh: () => listing.refresh(), search: listing.search };
}
