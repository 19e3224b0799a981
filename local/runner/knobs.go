package runner

import (
	"encoding/json"
	"encoding/xml"
	"fmt"
	"io"
	"net"
	"net/http"
	"strconv"
	"strings"

	"portico/local/control/lambda"
	"portico/local/services"
)

// The runner's own knobs stand under one reserved prefix of the main address.
const (
	knobs       = "/_portico/"
	cognitoPath = knobs + "cognito"
)

// knobHandler serves what is not a call of an API.
func (r *Runner) knobHandler() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /{$}", r.serveOverview)
	mux.HandleFunc("GET "+knobs+"running", r.serveRunning)
	mux.HandleFunc("GET "+knobs+"calls", r.serveCalls)
	mux.HandleFunc("GET "+knobs+"calls/{id}", r.serveCall)
	mux.HandleFunc("POST "+knobs+"functions/{name}/invocations", r.serveInvocation)
	mux.HandleFunc("POST "+knobs+"reset", r.serveReset)
	mux.HandleFunc("GET "+exportPath, r.serveExport)
	mux.HandleFunc("GET "+clockPath, r.serveClock)
	mux.HandleFunc("GET "+trafficPath, r.serveTraffic)
	mux.HandleFunc("GET "+addressesPath, r.serveAddresses)
	mux.HandleFunc("POST "+clockPath+"/{move}", r.serveClockMove)
	mux.HandleFunc("POST "+knobs+"caches/{api}/{stage}/flush", r.serveFlush)
	mux.Handle(cognitoPath+"/", http.StripPrefix(cognitoPath, http.HandlerFunc(
		func(w http.ResponseWriter, request *http.Request) {
			r.guardPools(r.identity.Load().Handler()).ServeHTTP(w, request)
		})))
	mux.Handle(sqsPath, r.queueHandler())
	mux.Handle(sqsPath+"/", r.queueHandler())
	mux.HandleFunc("GET "+lambda.CodePath, r.serveCode)
	guarded := http.NewCrossOriginProtection()
	for _, endpoint := range []string{"token", "revoke", "userInfo"} { // pages elsewhere may call them
		guarded.AddInsecureBypassPattern("POST " + cognitoPath + "/{pool}/oauth2/" + endpoint)
	}
	return onlyFromHere(guarded.Handler(r.orControl(mux)))
}

// onlyFromHere refuses what came by another name than this machine's: a page elsewhere whose name
// was made to lead here must not reach functions or read calls.
func onlyFromHere(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, request *http.Request) {
		host := request.Host
		if name, _, err := net.SplitHostPort(host); err == nil {
			host = name
		}
		if !isLoopback(strings.Trim(host, "[]")) {
			answer(w, http.StatusForbidden, problem{
				fmt.Sprintf("the host %q is not this machine; ask localhost", request.Host),
			})
			return
		}
		next.ServeHTTP(w, request)
	})
}

func (r *Runner) serveOverview(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	r.WriteTable(w)
}

func (r *Runner) serveCalls(w http.ResponseWriter, request *http.Request) {
	count := 50
	if text := request.URL.Query().Get("count"); text != "" {
		n, err := strconv.Atoi(text)
		if err != nil || n < 1 || n > keptCalls {
			answer(w, http.StatusBadRequest, problem{
				fmt.Sprintf("count is %q, want 1 to %d", text, keptCalls),
			})
			return
		}
		count = n
	}
	answer(w, http.StatusOK, r.calls.recent(count))
}

func (r *Runner) serveCall(w http.ResponseWriter, request *http.Request) {
	id := request.PathValue("id")
	record, ok := r.calls.find(id)
	if !ok {
		answer(w, http.StatusNotFound, problem{
			fmt.Sprintf("no call %q among the last %d", id, keptCalls),
		})
		return
	}
	answer(w, http.StatusOK, record)
}

func (r *Runner) serveInvocation(w http.ResponseWriter, request *http.Request) {
	const limit = 6<<20 + 1
	payload, err := io.ReadAll(io.LimitReader(request.Body, limit))
	if err != nil {
		answer(w, http.StatusBadRequest, problem{"reading the event: " + err.Error()})
		return
	}
	out, err := r.invoke(request.Context(), request.PathValue("name"), payload)
	if err != nil {
		answer(w, http.StatusBadRequest, problem{err.Error()})
		return
	}
	answer(w, http.StatusOK, out)
}

// serveNowhere answers the calls of functions to AWS services that have no endpoint here.
func serveNowhere(w http.ResponseWriter, request *http.Request) {
	_, err := services.Endpoints{}.Lookup(signedService(request))
	message := err.Error() + "; nothing is sent to the real cloud"
	w.Header().Set("x-amzn-ErrorType", noEndpoint)
	if strings.HasPrefix(request.Header.Get("Content-Type"), "application/x-www-form-urlencoded") {
		answerXML(w, message) // SQS of old, SNS and others speak forms and XML
		return
	}
	answer(w, http.StatusBadRequest, map[string]string{"__type": noEndpoint, "message": message})
}

// noEndpoint is the error of a service that has no endpoint here.
const noEndpoint = "NoEndpointException"

func answerXML(w http.ResponseWriter, message string) {
	text, err := xml.Marshal(struct {
		XMLName xml.Name `xml:"ErrorResponse"`
		Type    string   `xml:"Error>Type"`
		Code    string   `xml:"Error>Code"`
		Message string   `xml:"Error>Message"`
	}{Type: "Sender", Code: noEndpoint, Message: message})
	if err != nil { // texts marshal
		text = nil
	}
	w.Header().Set("Content-Type", "text/xml")
	w.WriteHeader(http.StatusBadRequest)
	_, _ = w.Write(text)
}

// signedService reads the service out of the credential scope of a signed request.
func signedService(request *http.Request) string {
	_, credential, _ := strings.Cut(request.Header.Get("Authorization"), "Credential=")
	scope := strings.Split(credential, "/")
	if len(scope) < 5 {
		return "unknown"
	}
	return scope[3]
}

// problem is how the knobs say what was wrong.
type problem struct {
	Message string `json:"message"`
}

func answer(w http.ResponseWriter, status int, value any) {
	text, err := json.Marshal(value)
	if err != nil {
		status, text = http.StatusInternalServerError, []byte(`{"message":"encoding the answer"}`)
	}
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_, _ = w.Write(append(text, '\n'))
}
