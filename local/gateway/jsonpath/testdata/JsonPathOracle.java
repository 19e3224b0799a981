import com.jayway.jsonpath.Configuration;
import com.jayway.jsonpath.JsonPath;
import com.jayway.jsonpath.spi.json.JsonSmartJsonProvider;
import java.io.*;
import java.nio.charset.StandardCharsets;
import java.util.*;
import net.minidev.json.JSONObject;
import net.minidev.json.JSONStyle;
import net.minidev.json.JSONValue;

/** Evaluates paths with Jayway's json-path. One JSON text per line, in and out; the document first. */
public class JsonPathOracle {
    public static void main(String[] args) throws Exception {
        BufferedReader in = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
        PrintStream out = new PrintStream(new FileOutputStream(FileDescriptor.out), true, "UTF-8");
        JsonSmartJsonProvider provider = new JsonSmartJsonProvider();
        String document = in.readLine();
        Configuration configuration = Configuration.builder().jsonProvider(provider).build();
        for (String line; (line = in.readLine()) != null; ) {
            Map<String, Object> answer = new LinkedHashMap<>();
            String path = (String) JSONValue.parse(line);
            answer.put("path", path);
            try {
                Object value = JsonPath.compile(path).read(provider.parse(document), configuration);
                answer.put("want", JSONValue.toJSONString(value, JSONStyle.LT_COMPRESS));
            } catch (Throwable t) {
                answer.put("error", true);
            }
            out.println(JSONObject.toJSONString(answer, JSONStyle.LT_COMPRESS));
        }
    }
}
