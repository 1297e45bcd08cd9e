// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.control;

import io.fullnat.api.IpAddress;
import io.fullnat.api.control.TemplateFilter;
import io.fullnat.api.service.ServiceKey;
import io.fullnat.core.open.PurgeRules;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Optional;
import java.util.Set;

/// A next state on its way to the workers, and what is to be done when it is in force or given up.
///
/// @param state what is desired
/// @param built its services as built
/// @param added those of them that are new: released again if the transaction is given up
/// @param dropped those of the present state that are not in it: released when it is in force
/// @param draining local addresses that no service lists, with their devices
/// @param purges connections that end with it, as workers get them
/// @param templates persistence templates that go with it
/// @param zeroed services whose counts begin at zero with it; empty for all
/// @param flushed numbers of devices whose neighbours are forgotten
record Transaction(
        DesiredTables state,
        NavigableMap<ServiceKey, ServiceBuilder.Built> built,
        List<ServiceBuilder.Built> added,
        List<ServiceBuilder.Built> dropped,
        Map<IpAddress, String> draining,
        PurgeRules purges,
        List<TemplateFilter> templates,
        Set<Optional<ServiceKey>> zeroed,
        Set<Integer> flushed) {}
