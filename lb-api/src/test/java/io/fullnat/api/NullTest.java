// SPDX-License-Identifier: Apache-2.0
package io.fullnat.api;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;

import io.fullnat.api.control.AddressRules;
import io.fullnat.api.control.BalancerEvent;
import io.fullnat.api.control.Change;
import io.fullnat.api.control.Control;
import io.fullnat.api.control.DesiredState;
import io.fullnat.api.control.FrontendRules;
import io.fullnat.api.control.StateDraft;
import io.fullnat.api.control.TransactionFunction;
import io.fullnat.api.health.HealthCheck;
import io.fullnat.api.health.HealthPolicy;
import io.fullnat.api.health.HttpProbe;
import io.fullnat.api.health.Payload;
import io.fullnat.api.health.ProbeSpec;
import io.fullnat.api.health.Quorum;
import io.fullnat.api.health.StatusRanges;
import io.fullnat.api.health.TcpProbe;
import io.fullnat.api.health.TlsSettings;
import io.fullnat.api.network.NetworkControl;
import io.fullnat.api.service.ClientDisclosure;
import io.fullnat.api.service.Clients;
import io.fullnat.api.service.HandshakeTimes;
import io.fullnat.api.service.RealServer;
import io.fullnat.api.service.ServiceKey;
import io.fullnat.api.service.ServicePolicy;
import io.fullnat.api.service.ServiceRegistry;
import io.fullnat.api.service.SynProxy;
import io.fullnat.api.service.TcpPolicy;
import io.fullnat.api.service.VirtualService;
import io.fullnat.api.set.IpSet;
import io.fullnat.api.set.SetType;
import java.lang.reflect.Constructor;
import java.lang.reflect.Executable;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.lang.reflect.ParameterizedType;
import java.lang.reflect.Proxy;
import java.lang.reflect.RecordComponent;
import java.lang.reflect.Type;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.function.Function;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/// Every value of the API refuses a null where it is made, by name, so that the stack shows who
/// gave it: not later, on a thread of the balancer's.
class NullTest {
    private static final RealServer SERVER = RealServer.of("192.0.2.1", 80);
    private static final HealthCheck CHECK = HealthCheck.of(new TcpProbe());
    private static final VirtualService SERVICE =
            VirtualService.of(ServiceKey.tcp("192.0.2.1", 80));
    private static final Map<Class<?>, Object> SAMPLES =
            Map.ofEntries(
                    Map.entry(String.class, "192.0.2.1"),
                    Map.entry(IpAddress.class, IpAddress.parse("192.0.2.1")),
                    Map.entry(IpPrefix.class, IpPrefix.parse("192.0.2.0/24")),
                    Map.entry(Endpoint.class, Endpoint.of("192.0.2.1", 80)),
                    Map.entry(Duration.class, Duration.ofSeconds(1)),
                    Map.entry(Optional.class, Optional.empty()),
                    Map.entry(OptionalInt.class, OptionalInt.empty()),
                    Map.entry(List.class, List.of()),
                    Map.entry(Collection.class, List.of()),
                    Map.entry(Function.class, (Function<Object, Object>) any -> Optional.empty()),
                    Map.entry(Map.class, Map.of()),
                    Map.entry(SortedMap.class, new TreeMap<>()),
                    Map.entry(Object.class, "any"),
                    Map.entry(Throwable.class, new IllegalStateException()),
                    Map.entry(CompletableFuture.class, CompletableFuture.completedFuture("")),
                    Map.entry(
                            TransactionFunction.class, (TransactionFunction) present -> List.of()),
                    Map.entry(ProbeSpec.class, new TcpProbe()),
                    Map.entry(Payload.class, Payload.parse("x")),
                    Map.entry(StatusRanges.class, StatusRanges.USUAL),
                    Map.entry(TlsSettings.class, TlsSettings.UNVERIFIED),
                    Map.entry(HttpProbe.Builder.class, HttpProbe.builder()),
                    Map.entry(HealthCheck.class, CHECK),
                    Map.entry(HealthCheck.Builder.class, CHECK.toBuilder()),
                    Map.entry(HealthPolicy.class, HealthPolicy.NONE),
                    Map.entry(HealthPolicy.Builder.class, HealthPolicy.builder()),
                    Map.entry(Clients.class, Clients.parse("ipset:any")),
                    Map.entry(IpSet.class, IpSet.builder("any", SetType.HASH_IP).build()),
                    Map.entry(IpSet.Builder.class, IpSet.builder("any", SetType.HASH_IP)),
                    Map.entry(Quorum.class, Quorum.ONE),
                    Map.entry(TcpPolicy.class, TcpPolicy.KEEP),
                    Map.entry(SynProxy.class, SynProxy.ALWAYS),
                    Map.entry(NavigableMap.class, new TreeMap<>()),
                    Map.entry(ClientDisclosure.class, ClientDisclosure.NONE),
                    Map.entry(ServicePolicy.class, ServicePolicy.DEFAULT),
                    Map.entry(RealServer.class, SERVER),
                    Map.entry(RealServer.Builder.class, SERVER.toBuilder()),
                    Map.entry(VirtualService.class, SERVICE),
                    Map.entry(VirtualService.Builder.class, SERVICE.toBuilder()),
                    Map.entry(StateDraft.class, DesiredState.EMPTY.draft()),
                    Map.entry(HandshakeTimes.class, HandshakeTimes.NONE),
                    Map.entry(OptionalLong.class, OptionalLong.empty()),
                    Map.entry(int.class, 1),
                    Map.entry(long.class, 1L),
                    Map.entry(double.class, 1.0),
                    Map.entry(boolean.class, false));

    /// All public classes of a package and those within them.
    private static Stream<Class<?>> classes() throws Exception {
        URI root = BalancerException.class.getResource("BalancerException.class").toURI();
        Path folder = requireNonNull(Path.of(root).getParent());
        List<Class<?>> found = new ArrayList<>();
        try (Stream<Path> files = Files.walk(folder)) {
            for (Path file : files.filter(each -> each.toString().endsWith(".class")).toList()) {
                String name =
                        "io.fullnat.api." + folder.relativize(file).toString().replace('/', '.');
                Class<?> type = Class.forName(name.substring(0, name.length() - 6));
                if (isPublic(type) && !type.getPackageName().endsWith(".io")) {
                    found.add(type);
                }
            }
        }
        found.add(io.fullnat.api.io.FlowRule.class);
        return found.stream();
    }

    private static boolean isPublic(Class<?> type) {
        return Modifier.isPublic(type.getModifiers())
                && (type.getEnclosingClass() == null || isPublic(type.getEnclosingClass()));
    }

    private static Stream<Executable> executables() throws Exception {
        return classes()
                .flatMap(type ->
                        Stream.<Executable>concat(
                                Arrays.stream(type.getConstructors()),
                                Arrays.stream(type.getDeclaredMethods())
                                        .filter(NullTest::isOfInterest)))
                .filter(executable -> !isWhollyPrimitive(executable));
    }

    private static boolean isOfInterest(Method method) {
        boolean inherited =
                List.of("equals", "compareTo", "valueOf", "onEvent", "changes", "resume")
                        .contains(method.getName());
        boolean callable =
                Modifier.isPublic(method.getModifiers())
                        && !method.isSynthetic()
                        && !Modifier.isAbstract(method.getModifiers());
        boolean promises =
                !method.getName().equals("listen") && !method.getName().equals("unlisten");
        return !inherited && callable && promises;
    }

    private static boolean isWhollyPrimitive(Executable executable) {
        return Arrays.stream(executable.getParameterTypes()).allMatch(Class::isPrimitive);
    }

    @ParameterizedTest
    @MethodSource("executables")
    void refusesNull(Executable executable) throws Exception {
        Object[] good = samples(executable.getGenericParameterTypes());
        for (int i = 0; i < good.length; i++) {
            if (executable.getParameterTypes()[i].isPrimitive() || mayBeNull(executable, i)) {
                continue;
            }
            @Nullable Object[] arguments = good.clone();
            arguments[i] = null;
            String name = executable.getParameters()[i].getName();

            Throwable thrown = catchThrowable(() -> call(executable, arguments));

            assertThat(thrown)
                    .as("%s, %s", executable, name)
                    .isInstanceOf(NullPointerException.class);
            if (executable.getDeclaringClass().isRecord() && executable instanceof Constructor) {
                assertThat(thrown).hasMessage(name);
            }
        }
    }

    /// The cause of an exception.
    private static boolean mayBeNull(Executable executable, int parameter) {
        return executable.getParameterTypes()[parameter] == Throwable.class;
    }

    private static void call(Executable executable, @Nullable Object[] arguments) throws Throwable {
        try {
            if (executable instanceof Constructor<?> constructor) {
                constructor.newInstance(arguments);
            } else {
                Method method = (Method) executable;
                boolean isStatic = Modifier.isStatic(method.getModifiers());
                Object target = isStatic ? null : sample(method.getDeclaringClass());
                method.invoke(target, arguments);
            }
        } catch (InvocationTargetException thrown) {
            throw thrown.getCause();
        }
    }

    private static Object[] samples(Type[] types) throws Exception {
        Object[] samples = new Object[types.length];
        for (int i = 0; i < types.length; i++) {
            samples[i] = sample(raw(types[i]));
        }
        return samples;
    }

    private static Class<?> raw(Type type) {
        return switch (type) {
            case Class<?> plain -> plain;
            case ParameterizedType generic -> (Class<?>) generic.getRawType();
            default -> Object.class;
        };
    }

    private static Object sample(Class<?> type) throws Exception {
        Object known = SAMPLES.get(type);
        if (known != null) {
            return known;
        }
        if (type.isArray()) {
            return java.lang.reflect.Array.newInstance(type.componentType(), 0);
        }
        if (type.isEnum()) {
            return type.getEnumConstants()[0];
        }
        if (type == Change.class) {
            return new Change.ZeroCounters(Optional.empty());
        }
        if (type == BalancerEvent.class) {
            return new BalancerEvent.ConfigurationRefused("no");
        }
        if (type.isRecord()) {
            Class<?>[] components =
                    Arrays.stream(type.getRecordComponents())
                            .map(RecordComponent::getType)
                            .toArray(Class<?>[]::new);
            return type.getDeclaredConstructor(components).newInstance(samples(components));
        }
        if (type == ServiceRegistry.class) {
            return new ServiceRegistry((Control) sample(Control.class));
        }
        if (type == Class.class) {
            return String.class;
        }
        if (type == FrontendRules.class) {
            return new FrontendRules(new TreeMap<>());
        }
        if (type == AddressRules.class) {
            return new AddressRules(List.of(), any -> Optional.empty());
        }
        if (type == NetworkControl.class) {
            return new NetworkControl((Control) sample(Control.class));
        }
        if (type.isInterface()) {
            return Proxy.newProxyInstance(
                    NullTest.class.getClassLoader(),
                    new Class<?>[] {type},
                    (proxy, method, arguments) ->
                            method.isDefault()
                                    ? java.lang.reflect.InvocationHandler.invokeDefault(
                                            proxy, method, arguments)
                                    : CompletableFuture.completedFuture(""));
        }
        return type.getDeclaredConstructor().newInstance();
    }
}
