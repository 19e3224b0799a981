package executeapi_test

// badHead is the beginning of a request, and how it is answered.
type badHead struct {
	name, send string
	want       int
	body       string
}

// badBody is a request in the parts that it is sent in, and how it is answered.
type badBody struct {
	name string
	send []string
	want int
	body string
}

// brokenHeads are refused by APIs of every kind, before they are asked.
func brokenHeads() []badHead {
	const get = "GET /dev/x HTTP/1.1\r\nHost: h\r\n"
	return []badHead{
		{"a request line without a version", "GET /dev/x\r\nHost: h\r\n\r\n", 400, anything},
		{"a version that is none", "GET /dev/x HTTP/9.z\r\nHost: h\r\n\r\n", 400, anything},
		{"a blank in the path", "GET /dev/x y HTTP/1.1\r\nHost: h\r\n\r\n", 400, anything},
		{"an escape of the path that is none", "GET /dev/%zz HTTP/1.1\r\nHost: h\r\n\r\n", 400, anything},
		{"bytes of no protocol", "\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n", 400, anything},
		{"no Host", "GET /dev/x HTTP/1.1\r\n\r\n", 400, anything},
		{"two Hosts", get + "Host: i\r\n\r\n", 400, anything},
		{"a header line without a colon", get + "nonsense\r\n\r\n", 400, anything},
		{"a header name with a blank", get + "a b: c\r\n\r\n", 400, anything},
		{"a header value with a zero byte", get + "a: b\x00c\r\n\r\n", 400, anything},
		{"two lengths that differ", get + "Content-Length: 1\r\nContent-Length: 2\r\n\r\nab", 400, anything},
		{"a length below zero", get + "Content-Length: -1\r\n\r\n", 400, anything},
		{"a length that is no number", get + "Content-Length: ten\r\n\r\n", 400, anything},
	}
}

// brokenBodies are refused by APIs of every kind.
func brokenBodies() []badBody {
	const post = "POST /dev/x HTTP/1.1\r\nHost: h\r\nContent-Length: "
	return []badBody{
		{"a length of a million MB and few bytes", []string{post + "1048576000000\r\n\r\nfew"}, 400, badRequest},
		{"a body that breaks off", []string{post + "10\r\n\r\nfew"}, 400, badRequest},
		{"a chunk size that is none", []string{chunked("/dev/x", "zz\r\n")}, 400, badRequest},
		{"a chunk size below zero", []string{chunked("/dev/x", "-1\r\n")}, 400, badRequest},
		{"a chunk size of too many digits", []string{chunked("/dev/x", "fffffffffffffffff\r\n")}, 400, badRequest},
		{"a chunk that is longer than it says", []string{chunked("/dev/x", "1\r\nabc\r\n0\r\n\r\n")}, 400, badRequest},
		{"chunks that break off", []string{chunked("/dev/x", "3\r\nabc\r\n")}, 400, badRequest},
	}
}
