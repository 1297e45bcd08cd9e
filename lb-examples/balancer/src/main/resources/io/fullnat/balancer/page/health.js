// SPDX-License-Identifier: Apache-2.0
// How services and servers are, in a word and a tone each.

/** A real server: [tone, word, reason]. */
export function ofServer(server) {
  const health = server.health;
  const connections = server.activeConnections + server.inactiveConnections;
  if (server.inhibited) {
    return ['off', 'inhibited', 'taken out by an operator; its weight is kept'];
  }
  if (server.weight === 0) {
    return ['off', connections > 0 ? 'draining' : 'drained', 'its weight is 0'];
  }
  if (health.use === 'kept') {
    return ['warn', 'down, kept', health.reason];
  }
  if (health.state === 'down') {
    return ['bad', 'down', health.reason];
  }
  if (health.use === 'slow-start') {
    return ['warn', `slow start ${health.sharePercent} %`, health.reason];
  }
  return ['good', 'up', health.reason];
}

/** A virtual service: [tone, word, reason]. */
export function ofService(service) {
  if (service.servers === 0) {
    return ['off', 'no servers', 'it has no real servers yet'];
  }
  if (service.health.sorry) {
    return ['warn', 'sorry', 'its sorry server gets the new connections'];
  }
  if (service.serversUp === 0) {
    return ['bad', 'down', 'none of its servers is up'];
  }
  if (!service.health.quorumUp) {
    return ['warn', 'quorum lost', 'less of it is up than its quorum asks for'];
  }
  if (service.conditions > 0) {
    return ['warn', 'in trouble', 'a condition lasts about it'];
  }
  return service.serversUp < service.servers
    ? ['warn', 'degraded', `${service.servers - service.serversUp} of its servers get no new connections`]
    : ['good', 'up', ''];
}

/** The balancer: [tone, word]. */
export const ofBalancer = (status) => ({ UP: ['good', 'up'], DEGRADED: ['warn', 'degraded'], DOWN: ['bad', 'down'] })[status] ?? ['off', status.toLowerCase()];
