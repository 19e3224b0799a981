package runtimeapi

// refusal is an answer other than success. AWS's words are those of its open runtime emulator.
type refusal struct {
	status string // "400 Bad Request"
	body   string
	closes bool // the connection cannot be read on
}

func (r *refusal) Error() string { return r.status + ": " + r.body }

var (
	refuseRequestID = &refusal{
		status: "400 Bad Request",
		body:   `{"errorMessage":"Invalid request ID","errorType":"InvalidRequestID"}`,
	}
	refuseTooLarge = &refusal{
		status: "413 Request Entity Too Large",
		body: `{"errorMessage":"Exceeded maximum allowed payload size (6291556 bytes).",` +
			`"errorType":"RequestEntityTooLarge"}`,
	}
	refuseFlood = &refusal{
		status: refuseTooLarge.status, body: refuseTooLarge.body, closes: true,
	}
	refusePath        = &refusal{status: "404 Not Found", body: "404 page not found"}
	refuseMethod      = &refusal{status: "405 Method Not Allowed"}
	refuseExpectation = &refusal{status: "417 Expectation Failed", closes: true}
	refuseHead        = malformed("431 Request Header Fields Too Large", "head over 64 KB")
	refuseVersion     = malformed("505 HTTP Version Not Supported", "only HTTP/1.0 and 1.1")
	refuseCoding      = malformed("501 Not Implemented", "only the chunked transfer coding")
	refusePipelined   = malformed("400 Bad Request", "a request before the answer to next")
)

func malformed(status, reason string) *refusal {
	return &refusal{
		status: status,
		body:   `{"errorMessage":"` + reason + `","errorType":"InvalidRequest"}`,
		closes: true,
	}
}

func badRequest(reason string) *refusal { return malformed("400 Bad Request", reason) }

func invalidTransition(from, to string) *refusal {
	return &refusal{
		status: "403 Forbidden",
		body: `{"errorMessage":"State transition from ` + from + ` to ` + to +
			` failed for runtime. Error: State transition is not allowed",` +
			`"errorType":"InvalidStateTransition"}`,
	}
}
