package executeapi

import (
	"context"
	"errors"
	"io"
	"maps"
	"net"
	"net/http"
	"os"
	"runtime/debug"
	"slices"
	"strconv"
	"strings"
	"time"

	"portico/local/gateway/clock"
	"portico/local/gateway/exchange"
)

// maxBody is one byte more than API Gateway takes (10 MB), so that an API can tell.
const maxBody = 10<<20 + 1

// arrival is a request and its head as the client wrote it, nil where that was not followed.
type arrival struct {
	*http.Request
	head exchange.Header

	domain *exchange.Domain            // serve domain; nil for an API's own name
	client *exchange.ClientCertificate // serve domain; nil without mutual TLS
}

// only serves one API, whatever the host.
func (s *Server) only(id string) func(http.ResponseWriter, arrival) {
	return func(w http.ResponseWriter, a arrival) { s.call(w, a, id, a.RequestURI) }
}

// serveMain finds the API by host name or by path.
func (s *Server) serveMain(w http.ResponseWriter, a arrival) {
	if domain, name := s.deployed.Load().domains.find(a.Host); domain != nil {
		s.serveDomain(w, a, domain, name)
		return
	}
	if id, ok := apiOfHost(a.Host); ok {
		s.call(w, a, id, a.RequestURI)
		return
	}
	if id, target, ok := apiOfPath(a.RequestURI); ok {
		s.call(w, a, id, target)
		return
	}
	if stage, connection, ok := command(a.URL.Path); ok {
		s.call(w, a, s.holder(stage, connection), a.RequestURI)
		return
	}
	if s.options.Other == nil {
		http.NotFound(w, a.Request)
		return
	}
	s.options.Other.ServeHTTP(w, a.Request)
}

// apiOfHost reads {api-id}.execute-api.… from a Host header, and {url-id}.lambda-url.… of function
// URLs.
func apiOfHost(host string) (id string, ok bool) {
	id, rest, found := strings.Cut(host, ".")
	return id, found && id != "" &&
		(strings.HasPrefix(rest, "execute-api.") || strings.HasPrefix(rest, "lambda-url."))
}

// Holder is an API that keeps connections open: a WebSocket API.
type Holder interface {
	// Holds says whether there is a stage of this name, and whether it holds a connection open.
	Holds(stage, connection string) (known, open bool)
}

// command reads /{stage}/@connections/{id}: what clients of connections send that were told no more
// of an endpoint than the main address and a stage.
func command(path string) (stage, connection string, ok bool) {
	stage, connection, ok = strings.Cut(strings.TrimPrefix(path, "/"), "/@connections/")
	return stage, connection, ok && stage != "" && !strings.Contains(stage, "/")
}

// holder finds the API that holds a connection, else one that has the stage and says that there is
// no such connection; "" when there is none.
func (s *Server) holder(stage, connection string) string {
	apis := s.deployed.Load().apis
	answers := ""
	for _, id := range slices.Sorted(maps.Keys(apis)) {
		holder, can := apis[id].(Holder)
		if !can {
			continue
		}
		known, open := holder.Holds(stage, connection)
		if open {
			return id
		}
		if known {
			answers = id
		}
	}
	return answers
}

// unknownAPI answers for an API that is not there. A function URL answers so on AWS.
//
// Unlike AWS: the name of another kind of API does not resolve there, so nothing would answer.
func unknownAPI(host string) *exchange.Reply {
	if _, rest, _ := strings.Cut(host, "."); !strings.HasPrefix(rest, "lambda-url.") {
		return forbidden()
	}
	return &exchange.Reply{
		Status: http.StatusForbidden,
		Header: exchange.Header{
			{Name: "Content-Type", Value: "application/json"},
			{Name: "x-amzn-ErrorType", Value: "AccessDeniedException"},
		},
		Body: []byte(`{"Message":null}`),
	}
}

// apiOfPath reads /restapis/{id}/{stage}/_user_request_/…, and returns the target as a call of the
// API would have it: /{stage}/…, or /… for the stage $default.
func apiOfPath(target string) (id, rest string, ok bool) {
	target, found := strings.CutPrefix(target, "/restapis/")
	if !found {
		return "", "", false
	}
	id, target, _ = strings.Cut(target, "/")
	stage, after, found := strings.Cut(target, "/_user_request_")
	if !found || id == "" || strings.ContainsAny(stage, "/?") {
		return "", "", false
	}
	if after != "" && after[0] != '/' && after[0] != '?' {
		return "", "", false
	}
	if stage != "$default" { // which an HTTP API serves from its base URL
		return id, "/" + stage + after, true
	}
	if !strings.HasPrefix(after, "/") {
		after = "/" + after
	}
	return id, after, true
}

// call hands a request to an API and writes its reply.
func (s *Server) call(w http.ResponseWriter, a arrival, id, target string) {
	api, ok := s.api(id)
	if !ok {
		writeReply(w, unknownAPI(a.Host))
		return
	}
	call, err := s.read(w, a, target)
	if err != nil {
		s.options.Log.Debug("reading a request", "error", err)
		writeReply(w, unread(err))
		return
	}
	if upgrader, can := api.(Upgrader); can && isUpgrade(call) {
		if conn := headConnOf(a.Request); conn != nil {
			conn.stop()
		}
		upgrader.Upgrade(w, a.Request, call)
		return
	}
	// On AWS an integration runs on when its client has gone.
	reply := api.Serve(context.WithoutCancel(a.Context()), call)
	if reply.Stream != nil {
		s.writeStream(w, a, reply)
		return
	}
	writeReply(w, reply)
}

func isUpgrade(call *exchange.Request) bool {
	return call.Method == http.MethodGet &&
		strings.EqualFold(call.Header.Get("Upgrade"), "websocket")
}

// unread answers a request whose body did not arrive whole.
func unread(err error) *exchange.Reply {
	reply := &exchange.Reply{
		Status: http.StatusBadRequest,
		Header: exchange.Header{
			{Name: "Content-Type", Value: "application/json"}, {Name: "Connection", Value: "close"},
		},
		Body: []byte(`{"message":"Bad Request"}`),
	}
	if errors.Is(err, os.ErrDeadlineExceeded) {
		reply.Status, reply.Body = http.StatusRequestTimeout, []byte(`{"message":"Request Timeout"}`)
	}
	return reply
}

// read fills the call's request from what arrived.
func (s *Server) read(
	w http.ResponseWriter, a arrival, target string,
) (*exchange.Request, error) {
	path, query, _ := strings.Cut(originForm(target), "?")
	call := &exchange.Request{
		Method:   a.Method,
		RawPath:  path,
		RawQuery: query,
		Protocol: "HTTP/1.1",
		Host:     a.Host,
		Header:   a.header(),
		SourceIP: sourceIP(a.RemoteAddr),
		Received: s.options.Clock.Now(),
		Began:    clock.Begin(s.options.Clock),

		Domain: a.domain, ClientCertificate: a.client,
	}
	if sent, _, _ := strings.Cut(originForm(a.RequestURI), "?"); sent != path {
		call.SentPath = sent
	}
	if conn := headConnOf(a.Request); conn != nil && conn.tls != nil {
		state := conn.tls.ConnectionState()
		call.TLS, call.TLSVersion = true, tlsVersion(state.Version)
		call.CipherSuite = cipherSuite(state.CipherSuite)
	}
	if a.Body == nil || a.Body == http.NoBody {
		return call, nil
	}
	connection := http.NewResponseController(w)
	if err := connection.SetReadDeadline(time.Now().Add(bodyWithin)); err != nil {
		return nil, err
	}
	body, err := readBody(a.Request)
	if err != nil {
		return nil, err
	}
	call.Body = body
	return call, connection.SetReadDeadline(time.Time{})
}

func readBody(r *http.Request) ([]byte, error) {
	if r.ContentLength > 0 && r.ContentLength < maxBody {
		body := make([]byte, r.ContentLength)
		_, err := io.ReadFull(r.Body, body)
		return body, err
	}
	body, err := io.ReadAll(io.LimitReader(r.Body, maxBody))
	if len(body) == 0 {
		return nil, err
	}
	return body, err
}

// originForm turns the absolute form that proxies send (http://host/path) into a path.
func originForm(target string) string {
	if !strings.HasPrefix(target, "/") {
		if _, after, found := strings.Cut(target, "://"); found {
			if slash := strings.IndexByte(after, '/'); slash >= 0 {
				return after[slash:]
			}
		}
		return "/"
	}
	return target
}

// header returns the header lines as the client wrote them; for HTTP/2, where names are lower-case
// on the wire, as net/http has them.
func (a arrival) header() exchange.Header {
	if a.head != nil {
		return a.head
	}
	header := exchange.Header{{Name: "Host", Value: a.Host}}
	for _, name := range slices.Sorted(maps.Keys(a.Header)) {
		values := a.Header[name]
		if a.ProtoMajor == 2 {
			name = strings.ToLower(name)
		}
		for _, value := range values {
			header.Add(name, value)
		}
	}
	return header
}

func headConnOf(r *http.Request) *headConn {
	conn, _ := r.Context().Value(connKey{}).(*headConn)
	return conn
}

func sourceIP(address string) string {
	host, _, err := net.SplitHostPort(address)
	if err != nil {
		return address
	}
	return host
}

// writeReply writes a reply with exactly its header names; Date is net/http's.
func writeReply(w http.ResponseWriter, reply *exchange.Reply) {
	header := copyHeader(w, reply)
	if reply.Status != http.StatusNoContent && reply.Status != http.StatusNotModified {
		header["Content-Length"] = []string{strconv.Itoa(len(reply.Body))}
	}
	w.WriteHeader(reply.Status)
	_, _ = w.Write(reply.Body) // the client may have gone: nobody is left to tell
}

func copyHeader(w http.ResponseWriter, reply *exchange.Reply) http.Header {
	header := w.Header()
	header["Content-Type"] = nil // or net/http would guess one, also beside a "content-type"
	last := len(reply.Header)
	values := make([]string, last+1) // one piece of memory for all lines
	for i, field := range reply.Header {
		if earlier := header[field.Name]; len(earlier) > 0 {
			header[field.Name] = append(earlier, field.Value)
			continue
		}
		values[i] = field.Value
		header[field.Name] = values[i : i+1 : i+1]
	}
	if header["Connection"] == nil { // net/http says close where it closes, and nothing in HTTP/2
		values[last] = "keep-alive"
		header["Connection"] = values[last:]
	}
	return header
}

// recovering answers 500 when a handler panics, and logs it once.
func (s *Server) recovering(next func(http.ResponseWriter, arrival)) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		defer func() {
			cause := recover()
			if cause == nil {
				return
			}
			if err, ok := cause.(error); ok && errors.Is(err, http.ErrAbortHandler) {
				panic(cause)
			}
			s.options.Log.Error("a call panicked", "path", r.URL.Path, "cause", cause,
				"stack", string(debug.Stack()))
			w.Header().Set("Content-Type", "application/json")
			http.Error(w, `{"message":"Internal Server Error"}`, http.StatusInternalServerError)
		}()
		a := arrival{Request: r}
		if conn := headConnOf(r); conn != nil && r.ProtoMajor == 1 {
			a.head = conn.takeHead() // for every request, or the next one would get this one's
		}
		next(w, a)
	})
}
