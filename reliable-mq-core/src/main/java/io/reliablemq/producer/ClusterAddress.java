package io.reliablemq.producer;

import java.util.Arrays;
import java.util.Collection;
import java.util.Collections;
import java.util.List;
import java.util.Optional;

import org.jspecify.annotations.Nullable;

/**
 * Where a client finds its cluster, and the part of it that it sees. Two of them lead to
 * the same place if they share a name server and have the same namespace.
 *
 * @param nameServers addresses of the name servers, sorted
 * @param namespace the client's namespace, {@code null} if it has none
 */
public record ClusterAddress(List<String> nameServers, @Nullable String namespace) {

    /**
     * Sorts the name servers.
     */
    public ClusterAddress {
        nameServers = nameServers.stream().sorted().toList();
        namespace = (namespace == null || namespace.isBlank()) ? null : namespace;
    }

    /**
     * Reads what clients are configured with.
     * @param nameServers addresses separated by {@code ;} or {@code ,}
     * @param namespace the namespace, if there is one
     * @return the address; empty if there is no name server in it
     */
    public static Optional<ClusterAddress> of(@Nullable String nameServers, @Nullable String namespace) {
        Collection<String> addresses = (nameServers != null) ? Arrays.stream(nameServers.split("[;,]"))
            .map(String::trim)
            .filter((address) -> !address.isEmpty())
            .distinct()
            .toList() : List.of();
        return addresses.isEmpty() ? Optional.empty()
                : Optional.of(new ClusterAddress(List.copyOf(addresses), namespace));
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
     * is configured alike.
     * @return the name servers and the namespace
     */
    public String name() {
        String servers = String.join(";", this.nameServers);
        return (this.namespace != null) ? servers + "/" + this.namespace : servers;
    }

}
