import java.io.*;
import java.nio.charset.StandardCharsets;
import java.util.*;
import java.util.regex.*;

/**
 * Says what Java makes of regular expressions. Every line of the input has four fields between
 * tabs: expression, text and replacement in Base64, and the limit of a split. Every line of the
 * output has the results in the order of main, each after its kind: = a value, ! an error, + a part.
 */
class RegexOracle {
	interface Result { String of() throws Exception; }

	static String plain(String field) {
		return new String(Base64.getDecoder().decode(field), StandardCharsets.UTF_8);
	}

	static String coded(String text) {
		return Base64.getEncoder().encodeToString(text.getBytes(StandardCharsets.UTF_8));
	}

	static String tried(Result result) {
		try {
			return "=" + coded(result.of());
		} catch (PatternSyntaxException e) {
			return "!" + coded(e.getDescription());
		} catch (Exception e) {
			return "!" + coded(String.valueOf(e.getMessage()));
		}
	}

	public static void main(String[] arguments) throws IOException {
		var in = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
		for (String line; (line = in.readLine()) != null;) {
			String[] fields = line.split("\t", -1);
			String regex = plain(fields[0]), text = plain(fields[1]), with = plain(fields[2]);
			int limit = Integer.parseInt(fields[3]);
			var out = new StringBuilder();
			out.append(tried(() -> String.valueOf(text.matches(regex)))).append('\t');
			out.append(tried(() -> String.valueOf(Pattern.compile(regex).matcher(text).find()))).append('\t');
			out.append(tried(() -> text.replaceAll(regex, with))).append('\t');
			out.append(tried(() -> text.replaceFirst(regex, with)));
			try {
				for (String part : text.split(regex, limit)) {
					out.append("\t+").append(coded(part));
				}
			} catch (Exception e) {
				// told by the first result
			}
			System.out.println(out);
		}
	}
}
