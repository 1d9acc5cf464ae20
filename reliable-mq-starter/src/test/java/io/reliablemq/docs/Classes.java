package io.reliablemq.docs;

import java.io.File;
import java.io.IOException;
import java.net.URI;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Set;
import java.util.TreeSet;
import java.util.jar.JarFile;
import java.util.stream.Stream;

/**
 * The classes of the platform and of the class path.
 */
final class Classes {

    private Classes() {
    }

    static Set<String> simpleNames() throws IOException {
        Set<String> names = new TreeSet<>();
        Path platform = FileSystems.getFileSystem(URI.create("jrt:/")).getPath("/modules");
        try (Stream<Path> files = Files.walk(platform)) {
            files.forEach((file) -> add(names, file.toString()));
        }
        for (String entry : System.getProperty("java.class.path").split(File.pathSeparator)) {
            if (entry.endsWith(".jar")) {
                try (JarFile jar = new JarFile(entry)) {
                    jar.stream().forEach((file) -> add(names, file.getName()));
                }
            }
        }
        return names;
    }

    private static void add(Set<String> names, String file) {
        if (file.endsWith(".class")) {
            String name = file.substring(file.lastIndexOf('/') + 1, file.length() - ".class".length());
            names.add(name.substring(name.lastIndexOf('$') + 1));
        }
    }

}
