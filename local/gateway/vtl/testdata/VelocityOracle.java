import java.io.*;
import java.nio.charset.StandardCharsets;
import java.util.*;
import net.minidev.json.JSONObject;
import net.minidev.json.JSONValue;
import com.jayway.jsonpath.spi.json.JsonSmartJsonProvider;
import org.apache.velocity.VelocityContext;
import org.apache.velocity.app.VelocityEngine;
import org.apache.velocity.app.event.EventCartridge;
import org.apache.velocity.app.event.ReferenceInsertionEventHandler;

/** Renders templates with Velocity 1.7 as API Gateway sets it up. One JSON text per line, in and out. */
public class VelocityOracle {
    public static void main(String[] args) throws Exception {
        BufferedReader in = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
        PrintStream out = new PrintStream(new FileOutputStream(FileDescriptor.out), true, "UTF-8");
        String variables = in.readLine();
        for (String line; (line = in.readLine()) != null; ) {
            Map<String, Object> answer = new LinkedHashMap<>();
            answer.put("template", JSONValue.parse(line));
            try {
                answer.put("want", render((String) JSONValue.parse(line), variables));
            } catch (Throwable t) {
                answer.put("error", String.valueOf(t.getMessage()).split("\n")[0]);
            }
            out.println(JSONObject.toJSONString(answer, net.minidev.json.JSONStyle.LT_COMPRESS));
        }
    }

    static String render(String template, String variables) throws Exception {
        VelocityEngine engine = new VelocityEngine();
        engine.setProperty("runtime.log.logsystem.class", "org.apache.velocity.runtime.log.NullLogChute");
        engine.setProperty("runtime.introspector.uberspect",
            "org.apache.velocity.util.introspection.SecureUberspector");
        engine.setProperty("directive.set.null.allowed", "true");
        engine.setProperty("directive.foreach.maxloops", "1000");
        engine.init();
        Map<?, ?> values = (Map<?, ?>) new JsonSmartJsonProvider().parse(variables);
        VelocityContext context = new VelocityContext(values);
        EventCartridge cartridge = new EventCartridge();
        cartridge.addEventHandler(new ReferenceInsertionEventHandler() {
            public Object referenceInsert(String reference, Object value) {
                return value == null ? "" : value;
            }
        });
        cartridge.attachToContext(context);
        StringWriter writer = new StringWriter();
        if (!engine.evaluate(context, writer, "template", template)) {
            throw new IllegalStateException("not rendered");
        }
        return writer.toString();
    }
}
