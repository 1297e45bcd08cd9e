// SPDX-License-Identifier: Apache-2.0
package io.fullnat.api;

/// Every class of error that a caller may meet, with the exit status that the command line gives
/// for it. The numbers are stable: scripts may rely on them.
public enum ErrorCode {
    /// A value is malformed or out of range.
    INVALID_ARGUMENT(2, "a value is malformed or out of range"),
    /// A feature, option or combination that this version does not have.
    UNSUPPORTED(3, "a feature, option or combination that this version does not have"),
    /// A configuration file has an unknown key, a wrong value or a wrong reference.
    INVALID_CONFIGURATION(4, "the configuration file has an error"),
    /// No such virtual service.
    NO_SERVICE(10, "no such virtual service"),
    /// The virtual service is there already.
    SERVICE_EXISTS(11, "the virtual service already exists"),
    /// The service has no such real server.
    NO_REAL_SERVER(12, "the service has no such real server"),
    /// The service has this real server already.
    REAL_SERVER_EXISTS(13, "the real server already exists in the service"),
    /// The service has no such local address.
    NO_LOCAL_ADDRESS(14, "the service has no such local address"),
    /// The service has this local address already.
    LOCAL_ADDRESS_EXISTS(15, "the local address already exists in the service"),
    /// No scheduler of this name.
    NO_SCHEDULER(16, "no scheduler of this name"),
    /// The service has this access rule already.
    ACCESS_RULE_EXISTS(17, "the access rule already exists in the service"),
    /// The service has no such access rule.
    NO_ACCESS_RULE(18, "the service has no such access rule"),
    /// No such connection.
    NO_CONNECTION(19, "no such connection"),
    /// No port of this name.
    NO_PORT(20, "no port of this name"),
    /// The port has no such address.
    NO_ADDRESS(21, "the port has no such address"),
    /// The address is there already.
    ADDRESS_EXISTS(22, "the address already exists"),
    /// The address is in use and cannot be removed or changed.
    ADDRESS_IN_USE(23, "the address is in use and cannot be removed or changed"),
    /// No such route.
    NO_ROUTE(24, "no such route"),
    /// The route is there already.
    ROUTE_EXISTS(25, "the route already exists"),
    /// No such neighbour.
    NO_NEIGHBOUR(26, "no such neighbour"),
    /// A report is older than one that came before.
    STALE(27, "a report is older than one that came before"),
    /// No such set.
    NO_SET(28, "no such set"),
    /// The set is there already.
    SET_EXISTS(29, "the set already exists"),
    /// A fixed capacity chosen at start is used up.
    CAPACITY(30, "a capacity chosen at start is used up"),
    /// The set is in use and cannot be removed or renamed.
    SET_IN_USE(31, "the set is in use and cannot be removed or renamed"),
    /// The set has this entry already.
    SET_ENTRY_EXISTS(32, "the entry already exists in the set"),
    /// The set has no such entry.
    NO_SET_ENTRY(33, "the set has no such entry"),
    /// A worker did not answer in time; the old state stays in force.
    WORKER_TIMEOUT(40, "a worker did not answer in time; the old state stays in force"),
    /// A worker refused the change; the old state stays in force.
    WORKER_REFUSED(41, "a worker refused the change; the old state stays in force"),
    /// The balancer is closed.
    CLOSED(42, "the balancer is closed"),
    /// No balancer answers where the command looked for one.
    NO_BALANCER(43, "no balancer answers where the command looked for one"),
    /// A transaction took longer than its limit; the message says what has become of it.
    TRANSACTION_TIMEOUT(44, "a transaction took longer than its limit"),
    /// A thread that drives the balancer would have waited for itself.
    WOULD_DEADLOCK(45, "a thread that drives the balancer would have waited for itself"),
    /// Missing privilege.
    PERMISSION(50, "a privilege is missing"),
    /// A library or package of the system is missing or of an unknown version.
    MISSING_LIBRARY(51, "a system library is missing or of an unknown version"),
    /// A device is missing, busy or refuses a setting.
    DEVICE(52, "a device is missing, busy or refuses a setting"),
    /// The system has not enough memory or hugepages.
    MEMORY(53, "not enough memory or hugepages"),
    /// The demo or a check ran and found something wrong.
    CHECK_FAILED(60, "a check ran and found something wrong"),
    /// The output could not be written.
    OUTPUT(61, "the output could not be written"),
    /// A fault in the balancer itself.
    INTERNAL(70, "a fault in the balancer itself");

    private final int exitStatus;
    private final String meaning;

    ErrorCode(int exitStatus, String meaning) {
        this.exitStatus = exitStatus;
        this.meaning = meaning;
    }

    /// The exit status of a command that fails so.
    ///
    /// @return 1 to 125, stable over versions
    public int exitStatus() {
        return exitStatus;
    }

    /// One line for the operator's manual.
    ///
    /// @return what went wrong in general
    public String meaning() {
        return meaning;
    }
}
