package mapping_test

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"portico/local/gateway/exchange"
	"portico/local/gateway/mapping"
)

// velocityJars are Debian's velocity and libjsonpath-java, with what they need.
var velocityJars = []string{
	"velocity", "json-smart", "json-path", "accessors-smart", "asm-all", "commons-lang",
	"commons-collections3", "slf4j-api", "slf4j-nop",
}

// javaSource renders one template with Velocity 1.7, set up as API Gateway does. The first line in
// is {template, body, variables}; the first line out what the template makes, as a JSON text. Then
// each line in is "render N" or "compile N", each line out the nanoseconds that one of N took.
const javaSource = `
import java.io.*;
import java.nio.charset.StandardCharsets;
import java.util.*;
import com.jayway.jsonpath.JsonPath;
import com.jayway.jsonpath.spi.json.JsonSmartJsonProvider;
import net.minidev.json.*;
import org.apache.commons.lang.StringEscapeUtils;
import org.apache.velocity.*;
import org.apache.velocity.app.VelocityEngine;
import org.apache.velocity.app.event.*;
import org.apache.velocity.runtime.resource.loader.StringResourceLoader;

public class Passthrough {
    public static class Util {
        public String escapeJavaScript(Object text) {
            return text == null ? null : StringEscapeUtils.escapeJavaScript(text.toString());
        }
    }

    public static class Input {
        private final String body;
        private final Map<?, ?> params;
        private final JsonSmartJsonProvider provider = new JsonSmartJsonProvider();
        private Object document;

        Input(String body, Map<?, ?> params) { this.body = body; this.params = params; }
        public Map<?, ?> params() { return params; }
        public String json(String path) {
            if (document == null) document = provider.parse(body);
            return provider.toJson(JsonPath.read(document, path));
        }
    }

    static final VelocityEngine engine = new VelocityEngine();
    static String text, body;
    static Map<?, ?> variables;

    static VelocityContext context() {
        VelocityContext context = new VelocityContext();
        context.put("util", new Util());
        context.put("input", new Input(body, (Map<?, ?>) variables.get("params")));
        context.put("context", variables.get("context"));
        context.put("stageVariables", variables.get("stageVariables"));
        EventCartridge cartridge = new EventCartridge();
        cartridge.addEventHandler((ReferenceInsertionEventHandler)
            (reference, value) -> value == null ? "" : value);
        cartridge.attachToContext(context);
        return context;
    }

    static String render(Template template) throws Exception {
        StringWriter writer = new StringWriter();
        template.merge(context(), writer);
        return writer.toString();
    }

    static String compile() throws Exception {
        StringWriter writer = new StringWriter();
        engine.evaluate(context(), writer, "template", text);
        return writer.toString();
    }

    public static void main(String[] args) throws Exception {
        BufferedReader in = new BufferedReader(
            new InputStreamReader(System.in, StandardCharsets.UTF_8));
        Map<?, ?> given = (Map<?, ?>) new JsonSmartJsonProvider().parse(in.readLine());
        text = (String) given.get("template");
        body = (String) given.get("body");
        variables = (Map<?, ?>) given.get("variables");
        engine.setProperty("runtime.log.logsystem.class",
            "org.apache.velocity.runtime.log.NullLogChute");
        engine.setProperty("runtime.introspector.uberspect",
            "org.apache.velocity.util.introspection.SecureUberspector");
        engine.setProperty("directive.set.null.allowed", "true");
        engine.setProperty("directive.foreach.maxloops", "1000");
        engine.setProperty("resource.loader", "string");
        engine.setProperty("string.resource.loader.class", StringResourceLoader.class.getName());
        engine.init();
        StringResourceLoader.getRepository().putStringResource("template", text);
        Template template = engine.getTemplate("template");
        System.out.println(JSONValue.toJSONString(render(template)));
        long length = 0;
        for (String line; (line = in.readLine()) != null; ) {
            int times = Integer.parseInt(line.substring(line.indexOf(' ') + 1));
            boolean rendering = line.startsWith("render ");
            long began = System.nanoTime();
            for (int i = 0; i < times; i++)
                length += (rendering ? render(template) : compile()).length();
            System.out.println((System.nanoTime() - began) / times);
        }
        System.exit(length == 0 ? 1 : 0);
    }
}
`

// javaVelocity is a running Passthrough.
type javaVelocity struct {
	in  io.Writer
	out *bufio.Scanner
}

// startJava compiles and starts Passthrough, and returns what its template makes. It skips the
// benchmark where Java or the jars are missing.
func startJava(b *testing.B, given any) (velocity *javaVelocity, made string) {
	b.Helper()
	paths := []string{b.TempDir()}
	for _, tool := range []string{"java", "javac"} {
		if _, err := exec.LookPath(tool); err != nil {
			b.Skipf("%s is not installed: apt-get install default-jdk-headless", tool)
		}
	}
	for _, jar := range velocityJars {
		path := "/usr/share/java/" + jar + ".jar"
		if _, err := os.Stat(path); err != nil {
			b.Skipf("%s is missing: apt-get install velocity libjsonpath-java", path)
		}
		paths = append(paths, path)
	}
	classpath, source := strings.Join(paths, ":"), filepath.Join(paths[0], "Passthrough.java")
	if err := os.WriteFile(source, []byte(javaSource), 0o644); err != nil {
		b.Fatal(err)
	}
	javac := exec.Command("javac", "-cp", classpath, "-d", paths[0], source)
	if out, err := javac.CombinedOutput(); err != nil {
		b.Fatalf("javac: %v\n%s", err, out)
	}
	java := exec.Command("java", "-cp", classpath, "Passthrough")
	java.Stderr = os.Stderr
	in, err := java.StdinPipe()
	if err != nil {
		b.Fatal(err)
	}
	out, err := java.StdoutPipe()
	if err != nil {
		b.Fatal(err)
	}
	if err := java.Start(); err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() {
		_ = in.Close()
		if err := java.Wait(); err != nil {
			b.Errorf("java: %v", err)
		}
	})
	line, err := json.Marshal(given)
	if err != nil {
		b.Fatal(err)
	}
	velocity = &javaVelocity{in: in, out: bufio.NewScanner(out)}
	if err := json.Unmarshal([]byte(velocity.ask(b, string(line))), &made); err != nil {
		b.Fatal(err)
	}
	return velocity, made
}

func (j *javaVelocity) ask(b *testing.B, line string) string {
	b.Helper()
	if _, err := io.WriteString(j.in, line+"\n"); err != nil {
		b.Fatal(err)
	}
	if !j.out.Scan() {
		b.Fatalf("java answered nothing: %v", j.out.Err())
	}
	return j.out.Text()
}

// took returns what one of many renderings ("render") or compilations with a rendering
// ("compile") took under Java.
func (j *javaVelocity) took(b *testing.B, what string, times int) time.Duration {
	b.Helper()
	took, err := time.ParseDuration(j.ask(b, fmt.Sprintf("%s %d", what, times)) + "ns")
	if err != nil {
		b.Fatal(err)
	}
	return took
}

// given is the call as Passthrough is told of it.
func given(template string, in mapping.Input) map[string]any {
	fields := func(list []exchange.Field) map[string]string {
		m := map[string]string{}
		for _, field := range list {
			m[field.Name] = field.Value
		}
		return m
	}
	v := in.Variables
	return map[string]any{
		"template": template, "body": string(in.Body),
		"variables": map[string]any{
			"params": map[string]any{
				"path": fields(in.Params.Path), "querystring": fields(in.Params.Query),
				"header": fields(in.Params.Header),
			},
			"stageVariables": in.StageVariables,
			"context": map[string]any{
				"apiId": v.APIID, "httpMethod": v.HTTPMethod, "stage": v.Stage,
				"requestId": v.RequestID, "resourceId": v.ResourceID, "resourcePath": v.ResourcePath,
				"identity":   map[string]any{"sourceIp": v.SourceIP, "userAgent": v.UserAgent},
				"authorizer": map[string]any{},
			},
		},
	}
}

// BenchmarkPassthroughBesideJava takes turns with Velocity 1.7 under Java, one thread each, and
// prints medians and how many times faster we are.
func BenchmarkPassthroughBesideJava(b *testing.B) {
	const rounds, warm, times = 9, 20000, 5000
	text, in := passthrough(b)
	java, made := startJava(b, given(text, in))
	template, err := mapping.Compile(text)
	if err != nil {
		b.Fatal(err)
	}
	if diff := cmp.Diff(document(b, made), document(b, render(b, text, in).Text)); diff != "" {
		b.Fatalf("the two do not do the same work (-java +ours):\n%s", diff)
	}
	ours := map[string]func() error{
		"render":  func() error { _, err := template.Render(in); return err },
		"compile": func() error { return compileAndRender(text, in) },
	}
	fmt.Printf("\n%-10s %10s %10s  %s\n", "passthrough", "ours", "java", "ratio (median of rounds)")
	for _, what := range []string{"render", "compile"} {
		java.took(b, what, warm)
		var mine, theirs []time.Duration
		var ratios []float64
		for round := range rounds {
			mine = append(mine, average(b, times, ours[what]))
			theirs = append(theirs, java.took(b, what, times))
			ratios = append(ratios, float64(theirs[round])/float64(mine[round]))
		}
		slices.Sort(mine)
		slices.Sort(theirs)
		slices.Sort(ratios)
		middle := rounds / 2
		fmt.Printf("%-10s %10s %10s  %.2f times as fast as Java\n", what, mine[middle],
			theirs[middle], ratios[middle])
		b.ReportMetric(float64(mine[middle].Nanoseconds())/1000, what+"-µs")
		b.ReportMetric(float64(theirs[middle].Nanoseconds())/1000, "java-"+what+"-µs")
		b.ReportMetric(ratios[middle], "java/"+what)
	}
}

func compileAndRender(text string, in mapping.Input) error {
	template, err := mapping.Compile(text)
	if err != nil {
		return err
	}
	_, err = template.Render(in)
	return err
}

func average(b *testing.B, times int, do func() error) time.Duration {
	b.Helper()
	began := time.Now()
	for range times {
		if err := do(); err != nil {
			b.Fatal(err)
		}
	}
	return time.Since(began) / time.Duration(times)
}

func document(b *testing.B, text string) any {
	b.Helper()
	var value any
	if err := json.Unmarshal([]byte(text), &value); err != nil {
		b.Fatalf("%v in %s", err, text)
	}
	return value
}
