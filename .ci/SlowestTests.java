import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;

import javax.xml.stream.XMLInputFactory;
import javax.xml.stream.XMLStreamException;
import javax.xml.stream.XMLStreamReader;

/**
 * Prints the ten test classes that took longest in this build, from the reports of all
 * modules. Arguments: the root folder, and when the build began.
 */
class SlowestTests {

    private static final int MOST = 10;

    record Suite(String name, double seconds) {
    }

    public static void main(String[] args) throws IOException {
        Instant begin = Instant.parse(args[1]);
        List<Suite> suites = new ArrayList<>();
        try (Stream<Path> files = Files.walk(Path.of(args[0]), 5)) {
            for (Path file : (Iterable<Path>) files.filter(SlowestTests::isReport)::iterator) {
                if (Files.getLastModifiedTime(file).toInstant().isAfter(begin)) {
                    suites.add(read(file));
                }
            }
        }
        suites.sort(Comparator.comparingDouble(Suite::seconds).reversed());
        double sum = suites.stream().mapToDouble(Suite::seconds).sum();
        System.out.printf("%d test classes took %.0f s; the slowest:%n", suites.size(), sum);
        suites.stream().limit(MOST).forEach((it) -> System.out.printf("%7.1f s  %s%n", it.seconds(), it.name()));
    }

    private static boolean isReport(Path file) {
        return file.getFileName().toString().matches("TEST-.*\\.xml") && file.toString().contains("-reports");
    }

    private static Suite read(Path file) throws IOException {
        try (var in = Files.newInputStream(file)) {
            XMLStreamReader reader = XMLInputFactory.newFactory().createXMLStreamReader(in);
            reader.nextTag();
            String time = reader.getAttributeValue(null, "time").replace(",", "");
            return new Suite(reader.getAttributeValue(null, "name"), Double.parseDouble(time));
        }
        catch (XMLStreamException ex) {
            throw new IOException(file + " is no report of a test", ex);
        }
    }

}
