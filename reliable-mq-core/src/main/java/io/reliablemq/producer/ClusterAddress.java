package io.reliablemq.producer;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.UUID;

import org.jspecify.annotations.Nullable;

/**
 * The name servers of a cluster and the namespace of a client in it. Two of them lead to
 * the same place if they share a name server and have the same namespace: topics and
 * groups of another namespace are others. Credentials say what a client may do there, not
 * where it is, and are no part of it. How the list is written does not matter: order,
 * blanks, upper case, {@code http://} and repeated addresses. Two names of one host, such
 * as its address and {@code localhost}, are two hosts.
 *
 * @param nameServers addresses of the name servers, in lower case, sorted
 * @param namespace the client's namespace, {@code null} if it has none
 */
public record ClusterAddress(List<String> nameServers, @Nullable String namespace) {

    /** Room for a name wherever one is stored. */
    private static final int LONGEST_NAME = 255;

    /** Begins what stands for the name servers that a name has no room for. */
    private static final String OTHERS = "~";

    /**
     * Writes the name servers in one way and sorts them.
     */
    public ClusterAddress {
        nameServers = nameServers.stream().map(ClusterAddress::plain).distinct().sorted().toList();
        namespace = (namespace == null || namespace.isBlank()) ? null : namespace;
    }

    /**
     * Reads what clients are configured with.
     * @param nameServers addresses separated by {@code ;} or {@code ,}
     * @param namespace the namespace, if there is one
     * @return the address; empty if there is no name server in it
     */
    public static Optional<ClusterAddress> of(@Nullable String nameServers, @Nullable String namespace) {
        List<String> addresses = (nameServers != null)
                ? Arrays.stream(nameServers.split("[;,]")).filter((address) -> !plain(address).isEmpty()).toList()
                : List.of();
        return addresses.isEmpty() ? Optional.empty() : Optional.of(new ClusterAddress(addresses, namespace));
    }

    /** Of what clients take for the address, the part by which they connect. */
    private static String plain(String nameServer) {
        String address = nameServer.strip().toLowerCase(Locale.ROOT);
        int scheme = address.indexOf("://");
        address = (scheme < 0) ? address : address.substring(scheme + "://".length());
        int path = address.indexOf('/');
        return ((path < 0) ? address : address.substring(0, path)).strip();
    }

    /**
     * Whether two names mean the same cluster: the same name, or two that were made of
     * addresses that lead to the same place, as instances have them that are configured
     * with different parts of one list.
     * @param one a name, from {@link #name()} or of a template
     * @param other another one
     * @return {@code true} if they mean the same
     */
    public static boolean isSame(String one, String other) {
        return one.equals(other)
                || ofName(one).flatMap((address) -> ofName(other).filter(address::leadsWhere)).isPresent();
    }

    /**
     * The address that a name was made of.
     * @param name a name, from {@link #name()} or of a template
     * @return the address, as far as the name has room for it; empty if the name is that
     * of a template
     */
    public static Optional<ClusterAddress> ofName(String name) {
        if (name.indexOf(':') < 0) {
            return Optional.empty();
        }
        int namespace = name.indexOf('/');
        List<String> servers = Arrays.stream(name.substring(0, (namespace < 0) ? name.length() : namespace).split(";"))
            .filter((server) -> !server.isBlank() && !server.startsWith(OTHERS))
            .toList();
        return servers.isEmpty() ? Optional.empty()
                : Optional.of(new ClusterAddress(servers, (namespace < 0) ? null : name.substring(namespace + 1)));
    }

    /**
     * Whether both lead to the same place.
     * @param other another address
     * @return {@code true} if they share a name server and have the same namespace
     */
    public boolean leadsWhere(ClusterAddress other) {
        return sharesNameServer(other) && String.valueOf(this.namespace).equals(String.valueOf(other.namespace));
    }

    /**
     * Whether both ask the same name servers, whatever their namespaces.
     * @param other another address
     * @return {@code true} if they share a name server
     */
    public boolean sharesNameServer(ClusterAddress other) {
        return !Collections.disjoint(this.nameServers, other.nameServers);
    }

    /**
     * A name for the cluster, for lack of a better one; the same on every instance that
     * is configured alike. What there is no room for is told apart, but not named.
     * @return the name servers and the namespace, at most 255 characters
     */
    public String name() {
        String end = (this.namespace != null) ? "/" + this.namespace : "";
        String all = String.join(";", this.nameServers) + end;
        if (all.length() <= LONGEST_NAME) {
            return all;
        }
        String others = OTHERS + UUID.nameUUIDFromBytes(all.getBytes(StandardCharsets.UTF_8)) + end;
        List<String> named = new ArrayList<>();
        int length = others.length();
        for (String server : this.nameServers) {
            length += server.length() + 1;
            if (length <= LONGEST_NAME) {
                named.add(server);
            }
        }
        named.add(others);
        return String.join(";", named);
    }

}
