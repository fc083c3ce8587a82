import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.StringJoiner;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.table.api.EnvironmentSettings;
import org.apache.flink.table.api.TableEnvironment;
import org.apache.flink.table.api.TableResult;
import org.apache.flink.types.Row;
import org.apache.flink.types.RowKind;
import org.apache.flink.util.CloseableIterator;

/**
 * Carries out the statements of a file. Of each query prints the rows that are left when it has ended, a line for each
 * with tabs between fields and instants in milliseconds, and an empty line.
 */
public class FlinkSql {
    public static void main(String[] arguments) throws Exception {
        Configuration configuration = new Configuration();
        configuration.setString("parallelism.default", "1");
        configuration.setString("table.local-time-zone", "UTC");
        configuration.setString("taskmanager.memory.network.min", "8m");
        configuration.setString("taskmanager.memory.network.max", "8m");
        configuration.setString("taskmanager.memory.managed.size", "32m");
        TableEnvironment flink = TableEnvironment.create(
            EnvironmentSettings.newInstance().inStreamingMode().withConfiguration(configuration).build());
        for (String statement : Files.readString(Path.of(arguments[0])).split(";\\s*(\n|$)")) {
            if (statement.isBlank()) {
                continue;
            }
            TableResult result = flink.executeSql(statement);
            if (statement.stripLeading().startsWith("SELECT")) {
                print(result);
            }
        }
    }

    /** A table that changes comes as rows that are added and taken away. */
    private static void print(TableResult result) throws Exception {
        List<Row> rows = new ArrayList<>();
        try (CloseableIterator<Row> changes = result.collect()) {
            while (changes.hasNext()) {
                Row change = changes.next();
                RowKind kind = change.getKind();
                change.setKind(RowKind.INSERT);
                if (kind == RowKind.INSERT || kind == RowKind.UPDATE_AFTER) {
                    rows.add(change);
                } else if (!rows.remove(change)) {
                    throw new IllegalStateException("there is no row " + change + " to take away");
                }
            }
        }
        for (Row row : rows) {
            StringJoiner fields = new StringJoiner("\t");
            for (int field = 0; field < row.getArity(); field++) {
                Object value = row.getField(field);
                fields.add(value instanceof Instant instant ? "" + instant.toEpochMilli() : "" + value);
            }
            System.out.println(fields);
        }
        System.out.println();
    }
}
